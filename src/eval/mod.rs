//! The benchmark: how well texts find maps and maps find texts, and how well maps are predicted from texts, beside
//! peers that learn from the same studies, with paired intervals.

mod bootstrap;
mod cca;
mod corpus;
mod gclda;
mod groups;
mod labelled;
mod mapping;
mod method;
mod neurosynth;
mod peers;
mod reconstruction;
mod table;
mod towers;
mod voxels;

pub use bootstrap::Interval;
pub(crate) use corpus::{CorpusScores, EvalPlan, PartName, evaluate_corpus};
pub use groups::{
    Disturbed, DisturbedRow, GroupDifference, GroupInfo, GroupRow, GroupScores, GroupTable,
    Robustness, TaskFigures, TaskList, TaskLists, TaskText,
};
pub use labelled::{
    LabelScore, LabelledPlan, LabelledScores, LeftOut, MapScore, evaluate_labelled,
};
pub use mapping::{Label, MappedFile, Mapping, MappingError};
pub use method::{QueryText, TextRows};
pub use reconstruction::{
    ReconstructedStudy, Reconstruction, ReconstructionDifference, ReconstructionRow,
    ReconstructionTable,
};
pub use table::{Difference, Direction, Figures, Row, Spread, Table, evaluate};

use crate::align::Rows;
use crate::bundle::BundleError;
use crate::corpus::CorpusError;
use crate::error::{Explain, Explanation};
use crate::progress::{Cancelled, Progress};
use crate::text::TextError;
use crate::train::TrainError;

/// The tables of one part of a split. Row i of every table is study i.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Features of the studies' maps.
    pub features: Rows,
    /// The maps themselves on every third voxel, which some peers read; of width 0 where they are left out.
    pub voxels: Rows,
    /// Their titles.
    pub titles: TextRows,
    /// Title, keywords and what is known of the abstract.
    pub long_texts: TextRows,
    /// What is known of the abstract, alone; of width 0 where it is left out.
    pub words: TextRows,
    /// Studies of which more than the title is known.
    pub longer: Vec<usize>,
}

impl Part {
    /// One text of every study.
    fn texts(&self, which: QueryText) -> &TextRows {
        match which {
            QueryText::Title => &self.titles,
            QueryText::Long => &self.long_texts,
            QueryText::Words => &self.words,
        }
    }

    /// The studies of which that text is known.
    fn known_by(&self, which: QueryText) -> Vec<usize> {
        match which {
            QueryText::Title => (0..self.features.len()).collect(),
            QueryText::Long => self.longer.clone(),
            QueryText::Words => {
                let texts = self.words.texts.iter().enumerate();
                let known = texts.filter(|(_, text)| !text.is_empty());
                known.map(|(study, _)| study).collect()
            }
        }
    }
}

/// What can end an evaluation early.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The user asked for it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The tables could not be made.
    #[error(transparent)]
    Train(TrainError),
    /// The studies could not be read or divided.
    #[error(transparent)]
    Corpus(CorpusError),
    /// There is no text encoder.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A model goes with another text encoder.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The model has learnt from the studies it would be tested on.
    #[error("the model was trained on {trained} of the {studies} studies it would be tested on")]
    TrainedOn {
        /// Studies of the part the model has seen.
        trained: usize,
        /// Studies of the part.
        studies: usize,
    },
    /// Nobody can tell what the model has learnt from.
    #[error(
        "this corpus divides otherwise than the one the model was trained on, and the model does not list its studies"
    )]
    UnknownTraining,
    /// Models that cannot stand in one table.
    #[error("the models were trained on different atlases, encoders or splits")]
    Mixed,
    /// No map of a table was decoded.
    #[error("none of the {maps} maps of the table was decoded; the first: {why}")]
    NoMap {
        /// Maps named.
        maps: usize,
        /// What was wrong with the first.
        why: String,
    },
    /// A map made from studies could not be changed as wanted.
    #[error("a map could not be made: {0}")]
    Map(String),
    /// A model that decodes maps and predicts none.
    #[error("a model has no decoder: it predicts no maps that could be compared")]
    NoDecoder,
    /// No model, or no studies.
    #[error("there is nothing to evaluate")]
    Nothing,
}

impl EvalError {
    /// What went wrong with a map: a stop, where one was asked for.
    fn of_map(error: &impl std::fmt::Display, progress: &Progress) -> Self {
        if progress.is_cancelled() {
            Self::Cancelled(Cancelled)
        } else {
            Self::Map(error.to_string())
        }
    }
}

impl From<TrainError> for EvalError {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Train(other),
        }
    }
}

impl From<CorpusError> for EvalError {
    fn from(error: CorpusError) -> Self {
        match error {
            CorpusError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Corpus(other),
        }
    }
}

impl Explain for EvalError {
    fn explain(&self) -> Explanation {
        let remedy = match self {
            Self::Cancelled(_) => "Start it again",
            Self::Train(e) => return e.explain(),
            Self::Corpus(e) => return e.explain(),
            Self::Text(e) => return e.explain(),
            Self::Bundle(e) => return e.explain(),
            Self::TrainedOn { .. } | Self::UnknownTraining => {
                "Pass --allow-trained to see the figures all the same; they say nothing about new studies"
            }
            Self::Mixed => "Evaluate them one by one",
            Self::NoDecoder => "Leave --reconstruction out, or evaluate models that predict maps",
            Self::NoMap { .. } => {
                "Name statistical maps in MNI space, relative to the table's folder"
            }
            Self::Map(_) => "Start it again with more memory free",
            Self::Nothing => "Choose a model and a corpus with a test part",
        };
        Explanation {
            what: "The model was not evaluated".into(),
            why: self.to_string(),
            remedy: remedy.into(),
            path: None,
        }
    }
}
