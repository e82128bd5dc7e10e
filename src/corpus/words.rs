//! Keywords and telling abstract words of the NeuroQuery studies, from its word counts.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::npz::Csr;
use super::{CorpusError, StudyTexts, table};

/// Keywords given, most telling first.
const KEYWORDS: usize = 12;
/// Abstract words given, most telling first.
const ABSTRACT_WORDS: usize = 30;

/// The published vocabulary has a tenth of a megabyte.
const MAX_VOCABULARY_BYTES: u64 = 8 << 20;

/// Word counts of the keywords and abstracts; rows in the order of the metadata table.
pub(super) struct WordCounts {
    vocabulary: Vec<String>,
    keywords: Csr,
    abstracts: Csr,
}

impl WordCounts {
    /// Reads the two matrices and their vocabulary; `studies` is the number of metadata rows.
    pub(super) fn read(
        vocabulary: &Path,
        keywords: &Path,
        abstracts: &Path,
        studies: usize,
    ) -> Result<Self, CorpusError> {
        let text = table::read_bytes(vocabulary, MAX_VOCABULARY_BYTES)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let words: Vec<String> = text.lines().map(table::tidy).collect();
        let matrix = |path: &Path| {
            let check = |[rows, columns]: [usize; 2]| {
                if rows == studies && columns == words.len() {
                    return Ok(());
                }
                Err(format!(
                    "it counts {columns} words in {rows} studies, where there are {} words and {studies} studies",
                    words.len()
                ))
            };
            Csr::read(path, check)
        };
        let keywords = matrix(keywords)?;
        let abstracts = matrix(abstracts)?;
        Ok(Self {
            vocabulary: words,
            keywords,
            abstracts,
        })
    }

    /// For each row its keywords and top abstract words, empty where there are none.
    ///
    /// Weight is (1 + ln count) · (1 + ln((1 + n) / (1 + df))), ties by vocabulary order. Document
    /// frequencies leave out the rows in `hidden`, so that no test study has a say in another's text.
    pub(super) fn texts(&self, hidden: &HashSet<usize>) -> Vec<StudyTexts> {
        let keyword_idf = self.idf(&self.keywords, hidden);
        let abstract_idf = self.idf(&self.abstracts, hidden);
        (0..self.keywords.rows())
            .map(|row| {
                let mut said = HashSet::new();
                let keywords = self
                    .top(&self.keywords, row, &keyword_idf, KEYWORDS, &mut said)
                    .join(", ");
                let words = self
                    .top(
                        &self.abstracts,
                        row,
                        &abstract_idf,
                        ABSTRACT_WORDS,
                        &mut said,
                    )
                    .join(" ");
                StudyTexts {
                    keywords,
                    words,
                    ..StudyTexts::default()
                }
            })
            .collect()
    }

    /// For each row the most telling words of its abstract, weighed as in [`Self::texts`]. One that is part of another
    /// named before it is left out.
    pub(super) fn abstract_words(&self, limit: usize) -> impl Iterator<Item = Vec<&str>> {
        let idf = self.idf(&self.abstracts, &HashSet::new());
        (0..self.abstracts.rows()).map(move |row| {
            let ranked = self.top(&self.abstracts, row, &idf, 2 * limit, &mut HashSet::new());
            let mut words: Vec<&str> = Vec::new();
            for word in ranked {
                if words.len() < limit && !words.iter().any(|said| is_part(word, said)) {
                    words.push(word);
                }
            }
            words
        })
    }

    fn idf(&self, counts: &Csr, hidden: &HashSet<usize>) -> Vec<f64> {
        let mut frequency = vec![0_u32; self.vocabulary.len()];
        let mut rows = 0_u32;
        for row in (0..counts.rows()).filter(|row| !hidden.contains(row)) {
            rows += 1;
            for (word, count) in counts.row(row) {
                frequency[word as usize] += u32::from(count > 0.0);
            }
        }
        let n = 1.0 + f64::from(rows);
        frequency
            .iter()
            .map(|&df| 1.0 + (n / (1.0 + f64::from(df))).ln())
            .collect()
    }

    /// The best `limit` words of a row not yet said.
    fn top<'a>(
        &'a self,
        counts: &Csr,
        row: usize,
        idf: &[f64],
        limit: usize,
        said: &mut HashSet<&'a str>,
    ) -> Vec<&'a str> {
        let mut weighted: HashMap<u32, f64> = HashMap::new();
        for (word, count) in counts.row(row).filter(|(_, count)| *count > 0.0) {
            *weighted.entry(word).or_default() += f64::from(count);
        }
        let mut ranked: Vec<(f64, u32)> = weighted
            .into_iter()
            .map(|(word, count)| ((1.0 + count.max(1.0).ln()) * idf[word as usize], word))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut out = Vec::with_capacity(limit);
        for (_, word) in ranked {
            let word = self.vocabulary[word as usize].as_str();
            if out.len() < limit && !word.is_empty() && said.insert(word) {
                out.push(word);
            }
        }
        out
    }
}

/// Whether the words of `part` are next to each other in `whole`.
fn is_part(part: &str, whole: &str) -> bool {
    format!(" {whole} ").contains(&format!(" {part} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> WordCounts {
        let csr = |indptr: Vec<usize>, indices: Vec<u32>, data: Vec<f32>| {
            Csr::new([3, 4], indptr, indices, data).unwrap()
        };
        WordCounts {
            vocabulary: ["amygdala", "brain", "fear", "working memory"]
                .map(String::from)
                .to_vec(),
            keywords: csr(vec![0, 1, 1, 1], vec![2], vec![1.0]),
            abstracts: csr(
                vec![0, 3, 5, 6],
                vec![0, 1, 2, 1, 3, 1],
                vec![1.0, 1.0, 4.0, 3.0, 1.0, 1.0],
            ),
        }
    }

    #[test]
    fn rare_words_come_first_and_none_twice() {
        let texts = counts().texts(&HashSet::new());
        assert_eq!(texts[0].keywords, "fear");
        assert_eq!(texts[0].words, "amygdala brain");
        // ln 3 of a word in every abstract against one that is rare.
        assert_eq!(texts[1].words, "brain working memory");
        assert_eq!(texts[2].words, "brain");
    }

    #[test]
    fn a_word_that_is_part_of_another_is_not_named_again() {
        assert!(is_part("memory", "working memory") && !is_part("memo", "working memory"));
        let counts = counts();
        let words: Vec<Vec<&str>> = counts.abstract_words(2).collect();
        assert_eq!(words[0], ["fear", "amygdala"]);
        assert_eq!(words[2], ["brain"]);
    }

    #[test]
    fn hidden_rows_do_not_count() {
        // Without row 0 "amygdala" has no document: still ranked, as the rarest.
        let texts = counts().texts(&HashSet::from([0]));
        assert_eq!(texts[0].words, "amygdala brain");
        let all = counts();
        let with = all.idf(&all.abstracts, &HashSet::new());
        let without = all.idf(&all.abstracts, &HashSet::from([0]));
        assert!(with[0] > 1.0 && without[0] > with[0] * 0.9 && with != without);
    }
}
