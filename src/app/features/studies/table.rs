//! The studies found, as a table or a list of references.

use super::asked::Asked;
use crate::app::feature::{Act, Call, FileRequest};
use crate::app::kit::words::file_name;
use crate::app::model::{Document, Side};
use crate::predict::{bibtex, ris, studies_csv};
use crate::provenance::Provenance;

impl super::Studies {
    /// The list shown: as CSV, BibTeX ("bib") or RIS.
    fn written(&self, doc: &Document, model: u64, ending: &str) -> Option<String> {
        let question = self.question(doc, model)?;
        let list = self.query.ready(&question)?.as_ref()?;
        let new = || Provenance::new("list of studies").model(list.model.clone());
        let made = match &question.0 {
            Asked::Map(..) => {
                let (_, Side::Decoded(reading)) = doc.side()? else {
                    return None;
                };
                Provenance {
                    made: "list of studies".to_owned(),
                    ..reading.provenance.clone()
                }
            }
            Asked::Text(wanted) => new().option("text", wanted.name()),
            Asked::Place(at_mm) => new().option("peaks_near_mm", at_mm),
        };
        Some(match ending {
            "bib" => bibtex(&list.hits),
            "ris" => ris(&list.hits),
            _ => studies_csv(&list.hits, &made),
        })
    }

    /// Puts the list on the clipboard.
    pub(super) fn copy(&mut self, act: &mut Act<'_>) {
        match self.written(&act.doc, act.services.model().number, "csv") {
            Some(text) => act.call(Call::Copy {
                text,
                notice: "The list of studies is copied",
            }),
            None => act.say("There is no list of studies yet: open the Studies tab"),
        }
    }

    /// Asks where the list goes.
    pub(super) fn save(&mut self, ending: &'static str, act: &mut Act<'_>) {
        let Some(text) = self.written(&act.doc, act.services.model().number, ending) else {
            return act.say("There is no list of studies yet: open the Studies tab");
        };
        let asked = self.asked(&act.doc);
        let name = match &asked {
            Some(Asked::Text(wanted)) => wanted.name(),
            Some(Asked::Place(_)) => "peaks here".to_owned(),
            _ => {
                let layer = act.doc.selected_layer();
                layer.map_or_else(|| "map".to_owned(), |layer| layer.name.clone())
            }
        };
        let name = format!("{}_studies.{ending}", file_name(&name));
        let (title, kind) = match ending {
            "csv" => ("Save list of studies", "Table"),
            _ => ("Save list of studies", "References"),
        };
        let request = FileRequest::save_text(title, kind, name, ending, text);
        act.call(Call::Choose(request));
    }
}
