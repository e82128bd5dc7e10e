//! The studies found, as a table.

use std::fmt::Write as _;

use crate::app::feature::{Act, Call, FileRequest};
use crate::app::kit::words::file_name;
use crate::app::model::{Document, Side, StudyHit};
use crate::decode::Tail;
use crate::measure::{csv_record, csv_text};
use crate::provenance::{CSV_COLUMNS, Provenance};

/// The page of an article.
pub(super) fn link(pmid: u32) -> String {
    format!("https://pubmed.ncbi.nlm.nih.gov/{pmid}/")
}

/// The side of the map they were found by, as the switch of the Decode tab calls it.
pub(super) fn side_words(tail: Tail) -> &'static str {
    match tail {
        Tail::Neg => "negative values",
        Tail::Pos => "positive values",
        Tail::Both => "positive and negative values",
    }
}

/// One line an article, best first; the last columns say how they were found.
pub(super) fn csv(studies: &[StudyHit], made: &Provenance) -> String {
    let mut out =
        format!("rank,pmid,year,title,peaks,similarity,nearest_tasks,link,{CSV_COLUMNS}\n");
    let made = csv_record(made);
    for (n, study) in studies.iter().enumerate() {
        let year = study.year.map(|year| year.to_string()).unwrap_or_default();
        let peaks = study
            .peaks
            .map(|peaks| peaks.to_string())
            .unwrap_or_default();
        // Writing to a String cannot fail.
        writeln!(
            out,
            "{},{},{year},{},{peaks},{},{},{},{made}",
            n + 1,
            study.pmid,
            csv_text(study.title.as_deref().unwrap_or_default()),
            study.similarity,
            csv_text(&study.tasks.join("; ")),
            link(study.pmid),
        )
        .ok();
    }
    out
}

impl super::Studies {
    /// The list shown for the selected layer, as CSV.
    fn csv(&self, doc: &Document, model: u64) -> Option<String> {
        let list = self.query.ready(&self.question(doc, model)?)?.as_ref()?;
        let (_, Side::Decoded(reading)) = doc.side()? else {
            return None;
        };
        let made = Provenance {
            made: "list of studies".to_owned(),
            ..reading.provenance.clone()
        };
        Some(csv(list, &made))
    }

    /// Puts the list on the clipboard.
    pub(super) fn copy(&mut self, act: &mut Act<'_>) {
        match self.csv(&act.doc, act.services.model().number) {
            Some(text) => act.call(Call::Copy {
                text,
                notice: "The list of studies is copied",
            }),
            None => act.say("There is no list of studies yet: open the Studies tab"),
        }
    }

    /// Asks where the list goes.
    pub(super) fn save(&mut self, act: &mut Act<'_>) {
        let Some(text) = self.csv(&act.doc, act.services.model().number) else {
            return act.say("There is no list of studies yet: open the Studies tab");
        };
        let layer = act.doc.selected_layer();
        let name = file_name(layer.map_or("map", |layer| layer.name.as_str()));
        let (title, name) = ("Save list of studies", format!("{name}_studies.csv"));
        let request = FileRequest::save_text(title, "Table", name, "csv", text);
        act.call(Call::Choose(request));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_links_and_says_how_it_was_made() {
        let study = StudyHit {
            pmid: 12_345,
            year: None,
            title: Some("Maps, and more".to_owned()),
            tasks: vec!["n-back".to_owned(), "Stroop".to_owned()],
            similarity: 0.5,
            peaks: Some(7),
            row: 0,
        };
        let made = Provenance::new("list of studies").option("tail", "neg");
        let text = csv(&[study], &made);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("link,map_sha256,model,options,gyrus"));
        let wanted = "1,12345,,\"Maps, and more\",7,0.5,n-back; Stroop,\
                      https://pubmed.ncbi.nlm.nih.gov/12345/,,,tail=neg,";
        assert!(lines[1].starts_with(wanted), "{}", lines[1]);
    }
}
