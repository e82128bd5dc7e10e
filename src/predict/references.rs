//! Lists of studies for spreadsheets and reference managers.

use std::fmt::Write as _;

use super::StudyHit;
use crate::measure::csv_text;

/// One line a study.
pub fn studies_csv(studies: &[StudyHit]) -> String {
    let mut out = String::from("pmid,year,title,peaks,similarity,tasks\n");
    for study in studies {
        let year = study.year.map(|year| year.to_string()).unwrap_or_default();
        let peaks = study.peaks.map(|n| n.to_string()).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{},{year},{},{peaks},{:.4},{}",
            study.pmid,
            csv_text(study.title.as_deref().unwrap_or_default()),
            study.similarity,
            csv_text(&study.tasks.join("; "))
        );
    }
    out
}

fn page(pmid: u32) -> String {
    format!("https://pubmed.ncbi.nlm.nih.gov/{pmid}/")
}

/// BibTeX: what is known of each study, and its page.
pub fn bibtex(studies: &[StudyHit]) -> String {
    let mut out = String::new();
    for study in studies {
        let _ = writeln!(out, "@article{{pmid{},", study.pmid);
        if let Some(title) = &study.title {
            let _ = writeln!(out, "  title = {{{{{}}}}},", braced(title));
        }
        if let Some(year) = study.year {
            let _ = writeln!(out, "  year = {{{year}}},");
        }
        let _ = writeln!(out, "  note = {{PMID: {}}},", study.pmid);
        let _ = writeln!(out, "  url = {{{}}}\n}}\n", page(study.pmid));
    }
    out
}

/// What BibTeX or TeX would read as more than letters.
fn braced(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '{' | '}' => {}
            '\\' => out.push_str("\\textbackslash "),
            '&' | '%' | '$' | '#' | '_' => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    out
}

/// RIS, as reference managers read it.
pub fn ris(studies: &[StudyHit]) -> String {
    let mut out = String::new();
    for study in studies {
        out.push_str("TY  - JOUR\r\n");
        if let Some(title) = &study.title {
            let _ = write!(out, "TI  - {}\r\n", title.replace(['\r', '\n'], " "));
        }
        if let Some(year) = study.year {
            let _ = write!(out, "PY  - {year}\r\n");
        }
        let _ = write!(
            out,
            "AN  - {0}\r\nDB  - PubMed\r\nUR  - {1}\r\n",
            study.pmid,
            page(study.pmid)
        );
        out.push_str("ER  - \r\n\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study(title: Option<&str>) -> StudyHit {
        StudyHit {
            pmid: 123,
            year: title.map(|_| 2009),
            title: title.map(str::to_owned),
            peaks: Some(4),
            similarity: 0.5,
            tasks: vec!["pain".into(), "touch".into()],
            row: 0,
        }
    }

    #[test]
    fn titles_stay_what_they_are_in_every_format() {
        let odd = [study(Some("=5% of {fear}, \"A & B\"")), study(None)];
        let csv = studies_csv(&odd);
        assert!(
            csv.contains("123,2009,\"'=5% of {fear}, \"\"A & B\"\"\",4,0.5000,pain; touch"),
            "{csv}"
        );
        assert!(csv.ends_with("123,,,4,0.5000,pain; touch\n"));
        let bib = bibtex(&odd);
        assert!(
            bib.contains("title = {{=5\\% of fear, \"A \\& B\"}}"),
            "{bib}"
        );
        assert_eq!(bib.matches("@article{pmid123,").count(), 2);
        assert_eq!(bib.matches('{').count(), bib.matches('}').count());
        let ris = ris(&odd);
        assert_eq!(
            (ris.matches("TY  - ").count(), ris.matches("ER  - ").count()),
            (2, 2)
        );
        assert!(
            ris.contains("TI  - =5% of {fear}, \"A & B\"\r\nPY  - 2009\r\n"),
            "{ris}"
        );
    }
}
