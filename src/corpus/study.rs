//! One article and the corpus it belongs to.

use super::MergeReport;

/// What is known of the stereotaxic space of a study's peaks, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpaceNote {
    /// Reported in MNI space; taken as they are.
    Mni,
    /// Reported in Talairach space; converted to MNI.
    ConvertedTalairach,
    /// Not reported; taken as MNI (see the rule in `merge.rs`).
    UnknownTakenAsMni,
}

/// One article.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Study {
    /// PubMed number. A table of one's own may use other names: those studies get a number from
    /// [`Study::FIRST_UNNUMBERED`] upwards, and `own_id` holds the name.
    pub pmid: u32,
    /// The identifier in the table, where it is not a PubMed number.
    pub own_id: Option<String>,
    /// Digital object identifier.
    pub doi: Option<String>,
    /// Title, white space made single; empty where the source has none.
    pub title: String,
    /// Title, keywords and the most telling words of the abstract; the title where no more is known.
    pub long_text: String,
    /// Year of publication.
    pub year: Option<u16>,
    /// Peaks in MNI mm, each once, none further than [`super::MAX_OUTSIDE_MM`] outside the brain.
    pub peaks_mm: Vec<[f32; 3]>,
    /// Where the peaks' space came from.
    pub space: SpaceNote,
}

impl Study {
    /// Numbers from here on are not PubMed's.
    pub const FIRST_UNNUMBERED: u32 = 3_000_000_000;

    /// Whether the study can be learnt from: it has a title and at least one peak.
    pub fn is_usable(&self) -> bool {
        !self.peaks_mm.is_empty() && !self.title.is_empty()
    }
}

/// A merged corpus.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// The studies by ascending `pmid`.
    pub studies: Vec<Study>,
    /// PMIDs set aside for evaluation, ascending: in no split.
    pub evaluation: Vec<u32>,
    /// What was read, changed and dropped.
    pub report: MergeReport,
}

impl Corpus {
    /// Index of the study with this number.
    pub fn index_of(&self, pmid: u32) -> Option<usize> {
        self.studies.binary_search_by_key(&pmid, |s| s.pmid).ok()
    }

    /// Whether the study is set aside for evaluation.
    pub fn is_evaluation(&self, pmid: u32) -> bool {
        self.evaluation.binary_search(&pmid).is_ok()
    }
}
