//! Lists of studies for spreadsheets and reference managers.

use std::fmt::Write as _;

use super::StudyHit;
use crate::measure::{csv_record, csv_text};
use crate::provenance::{CSV_COLUMNS, Provenance};

/// One line an article, best first; the last columns say how they were found.
pub fn studies_csv(studies: &[StudyHit], made: &Provenance) -> String {
    let mut out =
        format!("rank,pmid,year,title,peaks,similarity,nearest_tasks,link,{CSV_COLUMNS}\n");
    let made = csv_record(made);
    for (n, study) in studies.iter().enumerate() {
        let year = study.year.map(|year| year.to_string()).unwrap_or_default();
        let peaks = study.peaks.map(|n| n.to_string()).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{},{},{year},{},{peaks},{},{},{},{made}",
            n + 1,
            study.pmid,
            csv_text(study.title.as_deref().unwrap_or_default()),
            study.similarity.map(|s| s.to_string()).unwrap_or_default(),
            csv_text(&study.tasks.join("; ")),
            pubmed_page(study.pmid),
        );
    }
    out
}

/// The page of an article.
pub fn pubmed_page(pmid: u32) -> String {
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
        let _ = writeln!(out, "  url = {{{}}}\n}}\n", pubmed_page(study.pmid));
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
            '^' => out.push_str("\\textasciicircum "),
            '~' => out.push_str("\\textasciitilde "),
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
            pubmed_page(study.pmid)
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
            similarity: Some(0.5),
            near: None,
            tasks: vec!["pain".into(), "touch".into()],
            row: 0,
        }
    }

    #[test]
    fn titles_stay_what_they_are_in_every_format() {
        let odd = [study(Some("=5% of {fear}, \"A & B\"")), study(None)];
        let made = Provenance::new("list of studies").option("tail", "neg");
        let csv = studies_csv(&odd, &made);
        let lines: Vec<&str> = csv.lines().collect();
        assert!(lines[0].ends_with("link,map_sha256,model,options,gyrus"));
        let wanted = "1,123,2009,\"'=5% of {fear}, \"\"A & B\"\"\",4,0.5,pain; touch,\
                      https://pubmed.ncbi.nlm.nih.gov/123/,,,tail=neg,";
        assert!(lines[1].starts_with(wanted), "{}", lines[1]);
        assert!(
            lines[2].starts_with("2,123,,,4,0.5,pain; touch,"),
            "{}",
            lines[2]
        );
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
