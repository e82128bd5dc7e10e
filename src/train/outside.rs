//! Vectors of texts that another program made: those of a language model that does not run here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::TrainError;
use super::finish::literature_prior;
use crate::align::Rows;
use crate::bundle::TaskTable;
use crate::corpus::{Corpus, Split, Study};
use crate::files;
use crate::ontology::Ontology;
use crate::tensors::{Container, NpyArray, NpyHeader};

/// The files of such vectors. Tables are `.npy` (two-dimensional, half, single or double precision) or safetensors
/// with one such array; lists are text with a name a line or `.npy` of whole numbers or texts, in the order of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideTexts {
    /// A row a study.
    pub vectors: PathBuf,
    /// PMIDs, or the corpus' own names, of its rows.
    pub ids: PathBuf,
    /// A row a task of the ontology: of its name, its definition or both, by the same model.
    pub task_vectors: PathBuf,
    /// Identifiers or names of its rows.
    pub task_ids: PathBuf,
}

/// The vectors, read, for one corpus.
#[derive(Debug, Clone)]
pub struct Outside {
    width: usize,
    fingerprint: String,
    /// By `Study::pmid`, at unit length.
    studies: HashMap<u32, Vec<f32>>,
    /// Of the ontology's tasks in their order, at unit length.
    tasks: Rows,
}

/// Whole-literature tables: 60,000 studies of 16,384 numbers.
const MAX_TABLE_BYTES: u64 = 4 << 30;
/// Names of as many.
const MAX_LIST_BYTES: u64 = 64 << 20;
/// Widest vectors.
const MAX_WIDTH: usize = 1 << 14;

impl Outside {
    /// Reads the vectors of a corpus' studies and an ontology's tasks.
    ///
    /// # Errors
    /// [`TrainError::Vectors`] where a file cannot be read, tables and lists differ in length, a number is not
    /// finite, no study is in the list, or a task has no vector.
    pub fn read(
        texts: &OutsideTexts,
        corpus: &Corpus,
        ontology: &Ontology,
    ) -> Result<Self, TrainError> {
        let (rows, digest) = table(&texts.vectors)?;
        let ids = list(&texts.ids, rows.len())?;
        let (task_rows, task_digest) = table(&texts.task_vectors)?;
        let task_ids = list(&texts.task_ids, task_rows.len())?;
        let (width, other) = (rows.width, task_rows.width);
        if width != other {
            let why = format!("its vectors have {other} numbers, those of the studies {width}");
            return Err(wrong(&texts.task_vectors, why, "Make both with one model"));
        }
        let own = corpus
            .studies
            .iter()
            .filter_map(|s| Some((s.own_id.as_deref()?, s.pmid)));
        let own: HashMap<&str, u32> = own.collect();
        let mut studies = HashMap::new();
        for (id, row) in ids.iter().zip(rows.unit().iter()) {
            let number = own.get(id.as_str()).copied();
            let number = number.or_else(|| id.trim_end_matches(".0").parse().ok());
            if let Some(number) = number.filter(|&n| corpus.index_of(n).is_some()) {
                studies.entry(number).or_insert_with(|| row.to_vec());
            }
        }
        if studies.is_empty() {
            let why = format!("none of its {} names is a study of the corpus", ids.len());
            return Err(wrong(
                &texts.ids,
                why,
                "Write the PMIDs of the rows, one a line",
            ));
        }
        let unit = task_rows.unit();
        let lower = |text: &str| text.trim().to_lowercase();
        let place: HashMap<String, usize> = task_ids
            .iter()
            .enumerate()
            .map(|(n, id)| (lower(id), n))
            .collect();
        let mut tasks = Rows {
            values: Vec::new(),
            width,
        };
        let mut missing = Vec::new();
        for task in &ontology.tasks {
            let row = place
                .get(&lower(&task.id))
                .or_else(|| place.get(&lower(&task.name)));
            match row.and_then(|&row| unit.iter().nth(row)) {
                Some(row) => tasks.values.extend(row),
                None => missing.push(task.name.as_str()),
            }
        }
        if let Some(first) = missing.first() {
            let why = format!(
                "{} of the {} tasks have no vector in it, {first:?} among them",
                missing.len(),
                ontology.tasks.len()
            );
            let remedy = "Embed the name and definition of every task that `gyrus ontology list --json` prints";
            return Err(wrong(&texts.task_ids, why, remedy));
        }
        let all = format!("{digest} {task_digest}");
        Ok(Self {
            width,
            fingerprint: format!("external: {}", files::hex_sha256(all.as_bytes())),
            studies,
            tasks,
        })
    }

    /// Numbers of a vector.
    pub fn dim(&self) -> usize {
        self.width
    }

    /// What the vectors are, for manifest and stages.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether there is a vector of a study.
    pub fn has(&self, study: &Study) -> bool {
        self.studies.contains_key(&study.pmid)
    }

    /// The split without the training and dev studies that have no vector, and how many those are.
    pub fn known(&self, corpus: &Corpus, split: &Split) -> (Split, usize) {
        let mut known = split.clone();
        let has = |&i: &usize| self.has(&corpus.studies[i]);
        known.train.retain(has);
        known.dev.retain(has);
        let of = |split: &Split| split.train.len() + split.dev.len();
        let without = of(split) - of(&known);
        (known, without)
    }

    /// The vectors of studies, each of which has one.
    pub(super) fn rows(&self, studies: &[&Study]) -> Rows {
        let none = vec![0.0; self.width];
        let of = |study: &&Study| self.studies.get(&study.pmid).unwrap_or(&none).as_slice();
        Rows::from_rows(studies.iter().map(of), self.width)
    }

    /// The tasks by their one vector each, with the literature prior over `documents`.
    pub(super) fn task_table(&self, ontology: &Ontology, documents: &Rows) -> TaskTable {
        TaskTable {
            ids: ontology.tasks.iter().map(|t| t.id.clone()).collect(),
            names: ontology.tasks.iter().map(|t| t.name.clone()).collect(),
            prior: literature_prior(&self.tasks, documents),
            embeddings: self.tasks.values.clone(),
            text_of: (0..self.tasks.len()).map(|task| task as u16).collect(),
        }
    }
}

fn wrong(path: &Path, why: impl Into<String>, remedy: &'static str) -> TrainError {
    TrainError::Vectors {
        path: path.to_owned(),
        why: why.into(),
        remedy,
    }
}

/// A table and the digest of its file.
fn table(path: &Path) -> Result<(Rows, String), TrainError> {
    const REMEDY: &str = "Save a table of 16-, 32- or 64-bit floating-point numbers, a row a text, as .npy or .safetensors";
    let refuse = |why: String| wrong(path, why, REMEDY);
    let bytes = files::read_whole(path, MAX_TABLE_BYTES).map_err(|e| refuse(e.to_string()))?;
    let (shape, values) = if bytes.starts_with(b"\x93NUMPY") {
        let array = NpyArray::from_bytes(&bytes).map_err(|e| refuse(e.to_string()))?;
        (array.shape, array.values)
    } else {
        let mut file = Container::from_bytes(&bytes)
            .map_err(|_| refuse("it is neither .npy nor safetensors".into()))?;
        let names: Vec<String> = file.names().map(str::to_owned).collect();
        let [name] = names.as_slice() else {
            return Err(refuse(format!(
                "it holds {} arrays where one belongs",
                names.len()
            )));
        };
        let array = file.need(name).map_err(|e| refuse(e.to_string()))?;
        let values = array.to_f32().map_err(|e| refuse(e.to_string()))?;
        (array.shape.clone(), values)
    };
    let &[_, width] = shape.as_slice() else {
        return Err(refuse(format!("its shape is {shape:?}, not a table's")));
    };
    if width == 0 || width > MAX_WIDTH || values.is_empty() {
        return Err(refuse(format!(
            "its shape is {shape:?}: from 1 to {MAX_WIDTH} numbers a text are read"
        )));
    }
    if values.iter().any(|v| !v.is_finite()) {
        return Err(refuse("some of its numbers are not finite".into()));
    }
    Ok((Rows { values, width }, files::hex_sha256(&bytes)))
}

/// The names of a table's rows.
fn list(path: &Path, rows: usize) -> Result<Vec<String>, TrainError> {
    let refuse = |why: String| {
        wrong(
            path,
            why,
            "Write a name for every row of the table, in its order, one a line",
        )
    };
    let bytes = files::read_whole(path, MAX_LIST_BYTES).map_err(|e| refuse(e.to_string()))?;
    let names = if bytes.starts_with(b"\x93NUMPY") {
        npy_names(&bytes).map_err(refuse)?
    } else {
        let text = String::from_utf8(bytes).map_err(|_| refuse("it is no text (UTF-8)".into()))?;
        let text = text.trim_start_matches('\u{feff}').trim_end();
        text.lines().map(|line| line.trim().to_owned()).collect()
    };
    if names.len() != rows {
        return Err(refuse(format!(
            "it has {} names for {rows} rows",
            names.len()
        )));
    }
    Ok(names)
}

/// A row of whole numbers or texts.
fn npy_names(mut bytes: &[u8]) -> Result<Vec<String>, String> {
    let NpyHeader { code, shape, .. } = NpyHeader::read(&mut bytes)?;
    let &[count] = shape.as_slice() else {
        return Err(format!("its shape is {shape:?}, not a row"));
    };
    let number = |size: usize| -> Vec<String> {
        // Little-endian, of 4 or 8 bytes; the sign is that of no PMID.
        let whole = |b: &[u8]| b.iter().rev().fold(0_u64, |n, &b| n << 8 | u64::from(b));
        bytes
            .chunks_exact(size)
            .map(|b| whole(b).to_string())
            .collect()
    };
    let wide = |text: &str| {
        text.parse::<usize>()
            .ok()
            .filter(|&n| (1..=4096).contains(&n))
    };
    let mut names = match code.as_str() {
        "<i4" | "<u4" => number(4),
        "<i8" | "<u8" => number(8),
        code => {
            if let Some(letters) = code.strip_prefix("<U").and_then(wide) {
                let letter = |b: &[u8; 4]| char::from_u32(u32::from_le_bytes(*b));
                let text = |b: &[u8]| {
                    let letters = b.as_chunks::<4>().0.iter();
                    letters.filter_map(letter).filter(|&c| c != '\0').collect()
                };
                bytes.chunks_exact(4 * letters).map(text).collect()
            } else if let Some(letters) = code.strip_prefix("|S").and_then(wide) {
                let text = |b: &[u8]| String::from_utf8_lossy(b).trim_end_matches('\0').to_owned();
                bytes.chunks_exact(letters).map(text).collect()
            } else {
                return Err(format!("names of type {code} are not read"));
            }
        }
    };
    if names.len() < count {
        return Err(format!("it ends after {} of {count} names", names.len()));
    }
    names.truncate(count);
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(code: &str, count: usize, body: &[u8]) -> Vec<u8> {
        let header =
            format!("{{'descr': '{code}', 'fortran_order': False, 'shape': ({count},), }}\n");
        let mut bytes = b"\x93NUMPY\x01\0".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn names_come_as_numbers_and_as_texts() {
        let numbers: Vec<u8> = [17_i64, 90_000_001]
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect();
        assert_eq!(
            npy_names(&npy("<i8", 2, &numbers)).unwrap(),
            ["17", "90000001"]
        );
        let letters: Vec<u8> = ['a', 'b', 'c', '\0']
            .iter()
            .flat_map(|&c| u32::from(c).to_le_bytes())
            .collect();
        assert_eq!(npy_names(&npy("<U2", 2, &letters)).unwrap(), ["ab", "c"]);
        assert_eq!(npy_names(&npy("|S2", 2, b"abc\0")).unwrap(), ["ab", "c"]);
        for (code, count) in [
            ("<i8", 3),
            ("<f4", 1),
            ("<U0", 1),
            ("<U99999999", 1),
            ("|O", 1),
        ] {
            assert!(npy_names(&npy(code, count, &numbers)).is_err(), "{code}");
        }
    }
}
