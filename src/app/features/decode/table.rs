//! The decoded side of the selected layer as a table or a document: the columns of `gyrus decode -o`,
//! the fields of `gyrus decode --json`.

use crate::app::feature::{Act, Call, FileRequest};
use crate::app::kit::words::file_name;
use crate::app::model::{Document, Side};
use crate::decode::{DecodeDocument, OtherSide, file_notes, scores_csv, scores_csv_head};
use crate::files::path_text;
use crate::volume::MapInfo;

use super::Decode;

/// Said where there is nothing to copy or save.
const NOTHING: &str = "The selected layer is not decoded yet";

/// All tasks, concepts and domains of the side shown.
fn csv(doc: &Document) -> Option<String> {
    let layer = doc.selected_layer()?;
    let (_, Side::Decoded(reading)) = doc.side()? else {
        return None;
    };
    let map = match layer.source.path() {
        Some(path) => path_text(path),
        None => layer.name.clone(),
    };
    let frame = layer.volume.as_ref().map_or(0, |volume| volume.frame);
    let rows = scores_csv(
        &map,
        frame,
        &reading.decoding,
        &reading.provenance,
        usize::MAX,
    );
    Some(format!("{}{rows}", scores_csv_head()))
}

/// The same as a JSON document.
fn json(doc: &Document) -> Option<String> {
    let layer = doc.selected_layer()?;
    let (tail, Side::Decoded(reading)) = doc.side()? else {
        return None;
    };
    let volume = layer.volume.as_ref()?;
    let map = MapInfo::of(volume, layer.source.path().map(|path| path.as_path()));
    let notes = file_notes(volume);
    let sides = doc.result()?.other_side();
    let shown = Some(&reading.decoding);
    // As on the command line: the other side is told of beside the leading one.
    let other = sides.and_then(|(balance, other)| {
        (tail == balance.leading).then(|| match other {
            Side::Decoded(reading) => OtherSide::decoded(&balance, &reading.decoding, shown),
            Side::Refused(why) => OtherSide::empty(&balance, balance.other(), &why.why),
        })
    });
    let document = DecodeDocument::new(
        map,
        &reading.decoding,
        &reading.provenance,
        sides.map_or(tail, |(balance, _)| balance.leading),
        &notes,
        usize::MAX,
    )
    .beside(other.as_ref());
    let mut text = serde_json::to_string_pretty(&document).ok()?;
    text.push('\n');
    Some(text)
}

impl Decode {
    /// Puts the table on the clipboard.
    pub(super) fn copy_table(&mut self, act: &mut Act<'_>) {
        match csv(&act.doc) {
            Some(text) => act.call(Call::Copy {
                text,
                notice: "The decoding table is copied",
            }),
            None => act.say(NOTHING),
        }
    }

    /// Asks where the table goes.
    pub(super) fn save_csv(&mut self, act: &mut Act<'_>) {
        choose(csv(&act.doc), "csv", "Table", act);
    }

    /// Asks where the document goes.
    pub(super) fn save_json(&mut self, act: &mut Act<'_>) {
        choose(json(&act.doc), "json", "JSON document", act);
    }
}

fn choose(text: Option<String>, ending: &'static str, kind: &'static str, act: &mut Act<'_>) {
    let Some(text) = text else {
        return act.say(NOTHING);
    };
    let layer = act.doc.selected_layer();
    let name = file_name(layer.map_or("map", |layer| layer.name.as_str()));
    let name = format!("{name}_decoding.{ending}");
    let request = FileRequest::save_text("Save decoding", kind, name, ending, text);
    act.call(Call::Choose(request));
}
