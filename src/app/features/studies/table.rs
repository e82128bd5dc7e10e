//! The studies found, as a table.

use crate::app::feature::{Act, Call, FileRequest};
use crate::app::kit::words::file_name;
use crate::app::model::{Document, Side};
use crate::decode::Tail;
use crate::predict::studies_csv;
use crate::provenance::Provenance;

/// The side of the map they were found by, as the switch of the Decode tab calls it.
pub(super) fn side_words(tail: Tail) -> &'static str {
    match tail {
        Tail::Neg => "negative values",
        Tail::Pos => "positive values",
        Tail::Both => "positive and negative values",
    }
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
        Some(studies_csv(list, &made))
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
