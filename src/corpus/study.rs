//! One article and the corpus it belongs to.

use std::path::PathBuf;

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
    /// What else is known of its text.
    pub texts: StudyTexts,
    /// Year of publication.
    pub year: Option<u16>,
    /// Peaks in MNI mm, each once, none further than [`super::MAX_OUTSIDE_MM`] outside the brain.
    pub peaks_mm: Vec<[f32; 3]>,
    /// Where the peaks' space came from.
    pub space: SpaceNote,
}

/// The texts of a study beyond its title, each empty where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StudyTexts {
    /// Keywords.
    pub keywords: String,
    /// The most telling words of the abstract, where only its word counts are published.
    pub words: String,
    /// The abstract.
    pub abstract_text: String,
    /// The article itself, without title and abstract.
    pub body: String,
}

impl StudyTexts {
    /// Whether nothing is known of what [`TextView::LONG`] reads: all but the body.
    pub fn is_empty(&self) -> bool {
        let Self {
            keywords,
            words,
            abstract_text,
            body: _,
        } = self;
        [keywords, words, abstract_text]
            .iter()
            .all(|text| text.is_empty())
    }

    /// One of them; the title is none of them.
    pub(super) fn of_mut(&mut self, field: TextField) -> Option<&mut String> {
        Some(match field {
            TextField::Title => return None,
            TextField::Keywords => &mut self.keywords,
            TextField::Words => &mut self.words,
            TextField::Abstract => &mut self.abstract_text,
            TextField::Body => &mut self.body,
        })
    }
}

/// One of the texts of a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextField {
    /// Its title.
    Title,
    /// Its keywords.
    Keywords,
    /// Telling words of its abstract.
    Words,
    /// Its abstract.
    Abstract,
    /// The article itself.
    Body,
}

impl TextField {
    /// All there are.
    pub const ALL: [Self; 5] = [
        Self::Title,
        Self::Keywords,
        Self::Words,
        Self::Abstract,
        Self::Body,
    ];

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Keywords => "keywords",
            Self::Words => "words of the abstract",
            Self::Abstract => "abstract",
            Self::Body => "body",
        }
    }
}

/// What is read of a study: some of its texts, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextView<'a>(pub &'a [TextField]);

impl TextView<'static> {
    /// The title alone.
    pub const TITLE: Self = Self(&[TextField::Title]);
    /// Title, keywords and what is known of the abstract; the title where no more is known. The standard longer text.
    pub const LONG: Self = Self(&[
        TextField::Title,
        TextField::Keywords,
        TextField::Words,
        TextField::Abstract,
    ]);
    /// What is known of the abstract, alone.
    pub const ABSTRACT: Self = Self(&[TextField::Words, TextField::Abstract]);
}

impl Study {
    /// One of its texts; empty where it is not known.
    pub fn text(&self, field: TextField) -> &str {
        match field {
            TextField::Title => &self.title,
            TextField::Keywords => &self.texts.keywords,
            TextField::Words => &self.texts.words,
            TextField::Abstract => &self.texts.abstract_text,
            TextField::Body => &self.texts.body,
        }
    }

    /// The texts of a view as sentences, those that are not known left out.
    pub fn read(&self, view: TextView<'_>) -> String {
        let known = view.0.iter().filter(|field| !self.text(**field).is_empty());
        let known: Vec<TextField> = known.copied().collect();
        let sentence = |(n, field): (usize, &TextField)| {
            let text = self.text(*field);
            match field {
                // A title that ends in a full stop does not get a second one.
                TextField::Title if n + 1 < known.len() => text.trim_end_matches(['.', ' ']),
                _ => text,
            }
        };
        let sentences: Vec<&str> = known.iter().enumerate().map(sentence).collect();
        sentences.join(". ")
    }

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
    /// Maps that studies have instead of peaks, by ascending `pmid`. Training does not learn from them.
    pub maps: Vec<(u32, PathBuf)>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_reads_what_is_known_as_sentences() {
        let mut study = Study {
            pmid: 1,
            own_id: None,
            doi: None,
            title: "Fear. ".into(),
            texts: StudyTexts::default(),
            year: None,
            peaks_mm: Vec::new(),
            space: SpaceNote::Mni,
        };
        // Alone the title stays as it is.
        assert_eq!(study.read(TextView::LONG), "Fear. ");
        assert_eq!(study.read(TextView::ABSTRACT), "");
        study.texts.words = "amygdala".into();
        assert_eq!(study.read(TextView::TITLE), "Fear. ");
        assert_eq!(study.read(TextView::LONG), "Fear. amygdala");
        study.texts.keywords = "threat, pain.".into();
        assert_eq!(study.read(TextView::LONG), "Fear. threat, pain.. amygdala");
        assert_eq!(study.read(TextView::ABSTRACT), "amygdala");
        study.title.clear();
        assert_eq!(study.read(TextView::LONG), "threat, pain.. amygdala");
    }
}
