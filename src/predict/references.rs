//! Lists of studies for spreadsheets and reference managers.

use std::fmt::Write as _;

use super::StudyHit;
use crate::corpus::Author;
use crate::measure::{csv_record, csv_text};
use crate::provenance::{CSV_COLUMNS, Provenance};

/// One line an article, best first; the last columns say how they were found. Authors, journal, DOI and words have columns
/// where a corpus was at hand ([`StudyHit::details`]).
pub fn studies_csv(studies: &[StudyHit], made: &Provenance) -> String {
    let detailed = studies.iter().any(|study| study.details.is_some());
    let more = if detailed {
        "authors,journal,doi,abstract_words,"
    } else {
        ""
    };
    // Of studies found by a place.
    let by_place = studies.iter().any(|study| study.near.is_some());
    let place = if by_place {
        "distance_mm,peaks_near,"
    } else {
        ""
    };
    let mut out = format!(
        "rank,pmid,year,title,peaks,similarity,{place}nearest_tasks,link,{more}{CSV_COLUMNS}\n"
    );
    let made = csv_record(made);
    for (n, study) in studies.iter().enumerate() {
        let year = study.year.map(|year| year.to_string()).unwrap_or_default();
        let peaks = study.peaks.map(|n| n.to_string()).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{},{},{year},{},{peaks},{},{}{},{},{}{made}",
            n + 1,
            study.pmid,
            csv_text(study.title.as_deref().unwrap_or_default()),
            study.similarity.map(|s| s.to_string()).unwrap_or_default(),
            match (by_place, study.near) {
                (true, Some(near)) => format!("{:.1},{},", near.distance_mm, near.peaks),
                (true, None) => ",,".to_owned(),
                (false, _) => String::new(),
            },
            csv_text(&study.tasks.join("; ")),
            pubmed_page(study.pmid),
            if detailed {
                detail_cells(study)
            } else {
                String::new()
            },
        );
    }
    out
}

/// Authors, journal, DOI and words, with a comma after each.
fn detail_cells(study: &StudyHit) -> String {
    let detail = study.details.clone().unwrap_or_default();
    let authors: Vec<String> = detail.authors.iter().map(Author::to_string).collect();
    format!(
        "{},{},{},{},",
        csv_text(&authors.join("; ")),
        csv_text(&detail.journal),
        csv_text(&detail.doi),
        csv_text(&detail.words.join("; ")),
    )
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
        let detail = study.details.clone().unwrap_or_default();
        if !detail.authors.is_empty() {
            let names: Vec<String> = detail.authors.iter().map(bibtex_name).collect();
            let _ = writeln!(out, "  author = {{{}}},", names.join(" and "));
        }
        if let Some(title) = &study.title {
            let _ = writeln!(out, "  title = {{{{{}}}}},", braced(title));
        }
        if let Some(year) = study.year {
            let _ = writeln!(out, "  year = {{{year}}},");
        }
        if !detail.journal.is_empty() {
            let _ = writeln!(out, "  journal = {{{}}},", braced(&detail.journal));
        }
        if !detail.doi.is_empty() {
            // As it is: what reads it makes an address of it.
            let doi = detail.doi.replace(['{', '}', '\\'], "");
            let _ = writeln!(out, "  doi = {{{doi}}},");
        }
        let _ = writeln!(out, "  note = {{PMID: {}}},", study.pmid);
        let _ = writeln!(out, "  url = {{{}}}\n}}\n", pubmed_page(study.pmid));
    }
    out
}

/// "Family, Suffix, Given", and in braces what cannot be divided, so that it stays whole.
fn bibtex_name(author: &Author) -> String {
    let Author {
        family,
        given,
        suffix,
    } = author;
    // " and " is what is between two authors.
    let family = braced(family).replace(" and ", " {and} ");
    match (given.is_empty(), suffix.is_empty()) {
        (true, _) if family.contains(' ') => format!("{{{family}}}"),
        (true, _) => family,
        (false, true) => format!("{family}, {}", braced(given)),
        (false, false) => format!("{family}, {suffix}, {}", braced(given)),
    }
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
        let detail = study.details.clone().unwrap_or_default();
        let mut line = |tag: &str, text: &str| {
            let _ = write!(out, "{tag}  - {}\r\n", text.replace(['\r', '\n'], " "));
        };
        for author in &detail.authors {
            line("AU", &author.inverted());
        }
        if let Some(title) = &study.title {
            line("TI", title);
        }
        if !detail.journal.is_empty() {
            line("JF", &detail.journal);
        }
        if !detail.doi.is_empty() {
            line("DO", &detail.doi);
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
    use crate::corpus::StudyDetail;

    fn study(title: Option<&str>) -> StudyHit {
        StudyHit {
            pmid: 123,
            year: title.map(|_| 2009),
            title: title.map(str::to_owned),
            peaks: Some(4),
            similarity: Some(0.5),
            near: None,
            tasks: vec!["pain".into(), "touch".into()],
            details: None,
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

    #[test]
    fn what_a_corpus_knows_stands_in_every_format() {
        let mut known = study(Some("Maps"));
        known.details = Some(StudyDetail {
            authors: Author::list("Hart J Jr, D'Esposito M, Wu Yu"),
            journal: "Brain & mind".into(),
            doi: "10.1/a_b".into(),
            words: vec!["working memory".into(), "load".into()],
            year: None,
        });
        let studies = [known, study(None)];
        let csv = studies_csv(&studies, &Provenance::new("list of studies"));
        let lines: Vec<&str> = csv.lines().collect();
        assert!(lines[0].contains(",link,authors,journal,doi,abstract_words,map_sha256,"));
        let cells =
            "/,Hart J. Jr; D'Esposito M.; Wu Yu,Brain & mind,10.1/a_b,working memory; load,";
        assert!(lines[1].contains(cells), "{}", lines[1]);
        let columns = |line: &str| line.split(',').count();
        assert_eq!(columns(lines[0]), columns(lines[2]));
        let bib = bibtex(&studies);
        for wanted in [
            "author = {Hart, Jr, J. and D'Esposito, M. and {Wu Yu}},",
            "journal = {Brain \\& mind},",
            "doi = {10.1/a_b},",
        ] {
            assert!(bib.contains(wanted), "{bib}");
        }
        assert_eq!(bib.matches('{').count(), bib.matches('}').count());
        let ris = ris(&studies);
        for wanted in [
            "AU  - Hart, J., Jr\r\nAU  - D'Esposito, M.\r\nAU  - Wu Yu\r\nTI  - Maps\r\n",
            "JF  - Brain & mind\r\nDO  - 10.1/a_b\r\n",
        ] {
            assert!(ris.contains(wanted), "{ris}");
        }
        let json = serde_json::to_value(&studies).unwrap();
        assert_eq!(json[0]["authors"][0], "Hart J. Jr");
        assert_eq!(json[0]["abstract_words"][1], "load");
        // What is not known is not there.
        assert!(json[1].get("journal").is_none() && json[1].get("authors").is_none());
    }
}
