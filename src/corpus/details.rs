//! What a corpus knows of its studies beside their peaks: who wrote them, where, and in which words.

use std::collections::HashMap;
use std::path::Path;

use crate::progress::Progress;

use super::load::{list, not_a_corpus};
use super::published::Published;
use super::rows::{check_studies, parse_pmid};
use super::table::{Table, optional, tidy};
use super::{Author, CorpusError, folder};

/// Words of an abstract that are kept.
const WORDS: usize = 8;

/// What a corpus knows of one study. What it does not know is empty and left out of JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct StudyDetail {
    /// Its authors, first author first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Author>,
    /// The journal it appeared in.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub journal: String,
    /// Its DOI, without an address before it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub doi: String,
    /// The most telling words of its abstract, most telling first.
    #[serde(rename = "abstract_words", skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// The year it appeared in; a list of studies has it already.
    #[serde(skip)]
    pub year: Option<u16>,
}

impl StudyDetail {
    /// Fills what is not known.
    fn fill(&mut self, more: Self) {
        let Self {
            authors,
            journal,
            doi,
            words,
            year,
        } = more;
        if self.authors.is_empty() {
            self.authors = authors;
        }
        if self.journal.is_empty() {
            self.journal = journal;
        }
        if self.doi.is_empty() {
            self.doi = doi;
        }
        if self.words.is_empty() {
            self.words = words;
        }
        self.year = self.year.or(year);
    }
}

/// What corpora know of studies, by PMID.
///
/// Reading takes some tenths of a second, so that a window does it once on a worker and keeps it behind an `Arc`;
/// a look-up costs nothing.
///
/// ```no_run
/// # use gyrus::corpus::StudyDetails;
/// # use gyrus::progress::Progress;
/// let details = StudyDetails::read(&["neurosynth".into()], &Progress::new())?;
/// if let Some(study) = details.of(9065511) {
///     println!("{}", study.journal);
/// }
/// # Ok::<(), gyrus::corpus::CorpusError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct StudyDetails {
    by_pmid: HashMap<u32, StudyDetail>,
    sources: Vec<String>,
}

impl StudyDetails {
    /// Reads what the corpora in some folders know; where several know the same study, the first folder's word comes first.
    /// Each folder is one that [`super::load`] reads; peaks are not looked at.
    ///
    /// # Errors
    /// [`CorpusError`] where a folder is no corpus or a table cannot be read, or on cancel.
    pub fn read(folders: &[std::path::PathBuf], progress: &Progress) -> Result<Self, CorpusError> {
        let mut details = Self::default();
        progress.stage("Reading what is known of the studies");
        for folder in folders {
            details.add(folder, progress)?;
        }
        Ok(details)
    }

    /// What is known of a study.
    pub fn of(&self, pmid: u32) -> Option<&StudyDetail> {
        self.by_pmid.get(&pmid)
    }

    /// Studies of which something is known.
    pub fn len(&self) -> usize {
        self.by_pmid.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.by_pmid.is_empty()
    }

    /// Names of the corpora read.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    fn add(&mut self, dir: &Path, progress: &Progress) -> Result<(), CorpusError> {
        let files = list(dir)?;
        let before = self.sources.len();
        if let Some(found) = Published::find(&files, "data-neurosynth") {
            self.table(&Table::read(&found.metadata)?, progress)?;
            self.sources.push("Neurosynth v7".into());
        }
        if let Some(found) = Published::find(&files, "data-neuroquery") {
            let table = Table::read(&found.metadata)?;
            let order = self.table(&table, progress)?;
            if let Some(counts) = found.word_counts(order.len())? {
                progress.check()?;
                for (pmid, words) in order.iter().zip(counts.abstract_words(WORDS)) {
                    let words = words.into_iter().map(str::to_owned).collect();
                    self.fill(
                        *pmid,
                        StudyDetail {
                            words,
                            ..StudyDetail::default()
                        },
                    );
                }
            }
            self.sources.push("NeuroQuery".into());
        }
        if let Some((studies, _)) = folder::tables(&files) {
            self.table(&Table::read(&studies)?, progress)?;
            self.sources.push("own tables".into());
        }
        match self.sources.len() > before {
            true => Ok(()),
            false => Err(not_a_corpus(dir, &files)),
        }
    }

    /// Reads a table of studies; the PMIDs of its rows, in their order.
    fn table(
        &mut self,
        table: &Table,
        progress: &Progress,
    ) -> Result<Vec<Option<u32>>, CorpusError> {
        let id = table.need(&["id", "pmid", "study_id", "study"], "pmid (or id)")?;
        let [authors, journal, doi, year] =
            ["authors", "journal", "doi", "year"].map(|name| table.column(&[name]));
        let mut order = Vec::new();
        for (n, row) in table.rows().enumerate() {
            if n % 4096 == 0 {
                progress.check()?;
            }
            check_studies(table.path(), order.len())?;
            let pmid = parse_pmid(row.get(id));
            order.push(pmid);
            let detail = StudyDetail {
                authors: Author::list(optional(&row, authors)),
                journal: tidy(optional(&row, journal)),
                doi: bare_doi(optional(&row, doi)).to_owned(),
                words: Vec::new(),
                year: optional(&row, year).trim().parse().ok(),
            };
            self.fill(pmid, detail);
        }
        Ok(order)
    }

    fn fill(&mut self, pmid: Option<u32>, detail: StudyDetail) {
        if let Some(pmid) = pmid.filter(|_| detail != StudyDetail::default()) {
            self.by_pmid.entry(pmid).or_default().fill(detail);
        }
    }
}

/// A DOI without "https://doi.org/" or "doi:" before it.
fn bare_doi(text: &str) -> &str {
    let text = text.trim();
    match text.find("10.") {
        Some(at) if text[..at].to_lowercase().contains("doi") => &text[at..],
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doi_is_kept_without_its_address() {
        for text in [
            "10.1/x",
            "https://doi.org/10.1/x",
            "doi:10.1/x",
            " DOI: 10.1/x ",
        ] {
            assert_eq!(bare_doi(text), "10.1/x");
        }
        assert_eq!(bare_doi("n/a"), "n/a");
    }

    #[test]
    fn the_first_corpus_comes_first_and_the_next_fills() {
        let folder = tempfile::tempdir().unwrap();
        let write = |dir: &str, studies: &str| {
            let dir = folder.path().join(dir);
            std::fs::create_dir(&dir).unwrap();
            std::fs::write(dir.join("studies.csv"), studies).unwrap();
            std::fs::write(dir.join("coordinates.csv"), "pmid,x,y,z\n").unwrap();
            dir
        };
        let one = write("one", "pmid,title,journal\n7,A,Brain\n9,B,\nx,C,Cortex\n");
        let two = write(
            "two",
            "pmid,title,journal,authors,year\n7,A,Mind,Hart J,1999\n",
        );
        let read = |folders: &[std::path::PathBuf]| StudyDetails::read(folders, &Progress::new());
        let both = read(&[one.clone(), two]).unwrap();
        let seven = both.of(7).unwrap();
        assert_eq!((seven.journal.as_str(), seven.year), ("Brain", Some(1999)));
        assert_eq!(seven.authors[0].inverted(), "Hart, J.");
        // A study of which nothing is known, and one without a PMID.
        assert_eq!((both.len(), both.of(9)), (1, None));
        assert_eq!(both.sources().len(), 2);
        assert!(matches!(
            read(&[folder.path().join("none")]),
            Err(CorpusError::Io { .. })
        ));
        std::fs::remove_file(one.join("studies.csv")).unwrap();
        assert!(matches!(read(&[one]), Err(CorpusError::NotACorpus { .. })));
    }
}
