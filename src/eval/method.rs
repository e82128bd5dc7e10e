//! What a method of the benchmark is: texts and maps brought into one space.

use super::Direction;
use crate::align::metrics::{Retrieval, ranks};
use crate::align::{Linear, Rows, Tower, beside};
use crate::bundle::Bundle;

/// Which text of a study asks, or is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryText {
    /// The title alone.
    Title,
    /// Title, keywords and what is known of the abstract, of studies of which more than the title is known.
    Long,
    /// What is known of the abstract alone, of the same studies.
    Words,
}

impl QueryText {
    /// What is read of a study.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Title => "title alone",
            Self::Long => "title, keywords and what is known of the abstract",
            Self::Words => "what is known of the abstract, alone",
        }
    }
}

/// One text of every study in numbers. Row i is study i.
#[derive(Debug, Clone, Default)]
pub struct TextRows {
    /// By the sentence encoder.
    pub sentence: Rows,
    /// By the terms of the literature as the peers read them; of width 0 where nothing is read by them.
    pub lexical: Rows,
    /// The texts themselves, which a model may read by terms of its own; needed where it does.
    pub texts: Vec<String>,
}

impl TextRows {
    /// Those of some studies.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        Self {
            sentence: self.sentence.select(rows),
            lexical: self.lexical.select(rows),
            texts: rows
                .iter()
                .map(|&row| self.texts.get(row).cloned().unwrap_or_default())
                .collect(),
        }
    }

    /// Which numbers a method reads, each part at unit length.
    pub(super) fn read(&self, by: TextInput) -> Rows {
        match by {
            TextInput::Sentence => self.sentence.unit(),
            TextInput::Lexical => self.lexical.unit(),
            TextInput::Both => beside(&self.sentence.unit(), &self.lexical.unit()),
        }
    }
}

/// The numbers of a text that a method reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextInput {
    /// The sentence encoder's.
    Sentence,
    /// Those of the literature's terms.
    Lexical,
    /// Both.
    Both,
}

/// Maps and one text of the studies to be told apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Queries<'a> {
    pub features: &'a Rows,
    /// The same maps on every third voxel; of width 0 where no method reads them.
    pub voxels: &'a Rows,
    pub texts: &'a TextRows,
    /// Which text that is.
    pub text: QueryText,
}

/// A way to tell which map goes with which text.
pub(super) trait Method {
    /// Its name in the table.
    fn name(&self) -> &str;

    /// What was chosen on dev, or how it was trained, where that is worth telling.
    fn settings(&self) -> Option<String> {
        None
    }

    /// What asks and what is looked for as vectors of one space, row by row, whose dot products say how well
    /// they go together: one pair a model, where the method is several.
    fn answers(&self, direction: Direction, queries: Queries<'_>) -> Vec<(Rows, Rows)>;
}

/// The models under evaluation.
pub(super) struct Gyrus<'a>(pub &'a [&'a Bundle]);

impl Method for Gyrus<'_> {
    fn name(&self) -> &str {
        "Gyrus"
    }

    fn answers(&self, direction: Direction, queries: Queries<'_>) -> Vec<(Rows, Rows)> {
        let latents = |tower: &Tower, rows: &Rows| rows.map(tower.outputs(), |r| tower.forward(r));
        let of = |bundle: &&Bundle| {
            let maps = latents(&bundle.image_tower, queries.features);
            let sentences = queries.texts.sentence.iter().enumerate();
            let text = |row| queries.texts.texts.get(row).map_or("", String::as_str);
            let read: Vec<Vec<f32>> = sentences
                .map(|(row, sentence)| bundle.read_text(sentence, text(row)))
                .collect();
            let width = bundle.text_tower.inputs();
            let texts = Rows::from_rows(read.iter().map(Vec::as_slice), width);
            direction.sort(latents(&bundle.text_tower, &texts), maps)
        };
        self.0.iter().map(of).collect()
    }
}

/// A linear map from one modality to the other, each way.
pub(super) struct Regression {
    pub name: &'static str,
    pub input: TextInput,
    pub to_maps: Linear,
    pub to_texts: Linear,
    pub means: Means,
}

impl Method for Regression {
    fn name(&self) -> &str {
        self.name
    }

    fn answers(&self, direction: Direction, queries: Queries<'_>) -> Vec<(Rows, Rows)> {
        let (features, texts) = (queries.features.unit(), queries.texts.read(self.input));
        let predict = |layer: &Linear, rows: &Rows, width| rows.map(width, |r| layer.forward(r));
        vec![match direction {
            Direction::TextToMap => {
                let predicted = predict(&self.to_maps, &texts, features.width);
                self.means.of_maps(&predicted, &features)
            }
            Direction::MapToText => {
                let predicted = predict(&self.to_texts, &features, texts.width);
                self.means.of_texts(&predicted, &texts)
            }
        }]
    }
}

/// Training means. A peer's answer is compared after the mean is taken from both sides: what all maps (or all
/// texts) share says nothing about which one is meant. It makes the peers stronger.
pub(super) struct Means {
    pub map: Vec<f32>,
    pub text: Vec<f32>,
}

impl Means {
    pub(super) fn of_maps(&self, a: &Rows, b: &Rows) -> (Rows, Rows) {
        (without(a, &self.map), without(b, &self.map))
    }

    pub(super) fn of_texts(&self, a: &Rows, b: &Rows) -> (Rows, Rows) {
        (without(a, &self.text), without(b, &self.text))
    }
}

/// Recall@10 and Recall@100, added.
pub(super) fn recall(queries: &Rows, candidates: &Rows) -> f64 {
    let found = ranks(&queries.values, &candidates.values, candidates.width);
    let found = Retrieval::from_ranks(&found, candidates.len());
    found.recall_10 + found.recall_100
}

/// Rows less `mean`, brought to unit length.
pub(super) fn without(rows: &Rows, mean: &[f32]) -> Rows {
    let shift = |row: &[f32]| {
        let moved: Vec<f32> = row.iter().zip(mean).map(|(v, m)| v - m).collect();
        crate::align::unit(&moved)
    };
    rows.map(rows.width, shift)
}

impl Direction {
    /// What asks, and what is looked for.
    pub(super) fn sort<T>(self, texts: T, maps: T) -> (T, T) {
        match self {
            Self::TextToMap => (texts, maps),
            Self::MapToText => (maps, texts),
        }
    }
}
