//! The tables of a corpus: the published `.tsv.gz` files and a person's own `.csv` or `.tsv`.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use super::drops::At;
use super::{CorpusError, encoding};
use crate::delimited::{self, Row};
use crate::files;

/// Text of a table, unpacked: ten times the largest published one. A compressed bomb stops here.
pub(super) const MAX_TABLE_BYTES: u64 = 256 << 20;

/// A table in memory.
pub(super) struct Table {
    path: PathBuf,
    text: String,
    delimiter: u8,
    header: Vec<String>,
    note: Option<String>,
}

/// Reads a file of at most `max_bytes` whole, inflating it where its first bytes say gzip. What cannot fit is
/// refused by its length, before it is read.
pub(super) fn read_bytes(path: &Path, max_bytes: u64) -> Result<Vec<u8>, CorpusError> {
    let too_large = || CorpusError::TooLarge {
        path: path.to_owned(),
        most: format!("{} MB of text", max_bytes >> 20),
    };
    let (file, length) = files::open_regular(path).map_err(CorpusError::io(path))?;
    if length > max_bytes {
        return Err(too_large());
    }
    let mut out = Vec::new();
    inflated(file)
        .and_then(|file| file.take(max_bytes.saturating_add(1)).read_to_end(&mut out))
        .map_err(CorpusError::io(path))?;
    if out.len() as u64 > max_bytes {
        return Err(too_large());
    }
    Ok(out)
}

/// The first bytes of a file, inflated where they say gzip.
pub(super) fn read_head(path: &Path, bytes: u64) -> std::io::Result<Vec<u8>> {
    let (file, _) = files::open_regular(path)?;
    let mut head = Vec::new();
    inflated(file)?.take(bytes).read_to_end(&mut head)?;
    Ok(head)
}

fn inflated(file: std::fs::File) -> std::io::Result<Box<dyn Read>> {
    let mut file = BufReader::new(file);
    let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if packed {
        Box::new(flate2::bufread::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    })
}

impl Table {
    /// Reads a table; the delimiter is the one most frequent in the header line.
    pub(super) fn read(path: &Path) -> Result<Self, CorpusError> {
        Self::read_within(path, MAX_TABLE_BYTES)
    }

    /// As [`Table::read`], of a table that may be larger or smaller than most.
    pub(super) fn read_within(path: &Path, max_bytes: u64) -> Result<Self, CorpusError> {
        let bytes = read_bytes(path, max_bytes)?;
        let (text, note) = encoding::decode(path, bytes)?;
        let mut table = Self::parse(path, text);
        table.note = note;
        if table.header.is_empty() {
            return Err(CorpusError::NoRows {
                path: path.to_owned(),
            });
        }
        Ok(table)
    }

    /// As [`Table::read`], from text.
    pub(super) fn parse(path: &Path, text: String) -> Self {
        let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
        let count = |d: u8| first.bytes().filter(|&b| b == d).count();
        // Ties go to the tab, which appears in no header by chance.
        let delimiter = [b';', b',', b'\t']
            .into_iter()
            .max_by_key(|&d| count(d))
            .unwrap_or(b'\t');
        let lower = |field: &str| field.trim().to_ascii_lowercase();
        let header = delimited::rows(&text, delimiter)
            .next()
            .map(|row| row.fields().map(lower).collect())
            .unwrap_or_default();
        Self {
            path: path.to_path_buf(),
            text,
            delimiter,
            header,
            note: None,
        }
    }

    /// What is worth knowing of how it was read.
    pub(super) fn note(&self) -> Option<String> {
        self.note.clone()
    }

    /// Where a row of it stands.
    pub(super) fn at(&self, row: &Row) -> At<'_> {
        At {
            path: &self.path,
            line: row.line,
        }
    }

    /// The rows after the header; blank lines are passed over.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        delimited::rows(&self.text, self.delimiter).skip(1)
    }

    /// Position of the first of these column names that is present.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        names
            .iter()
            .find_map(|name| self.header.iter().position(|h| h == name))
    }

    /// As [`Table::column`], for one the table must have; `wanted` names it in the message.
    pub(super) fn need(&self, names: &[&str], wanted: &'static str) -> Result<usize, CorpusError> {
        self.column(names)
            .ok_or_else(|| CorpusError::MissingColumn {
                path: self.path.clone(),
                wanted,
                present: self.header.join(", "),
            })
    }

    /// The file read.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The trimmed field of a column the table may lack.
pub(super) fn optional(row: &Row, column: Option<usize>) -> &str {
    column.map_or("", |column| row.get(column))
}

/// White space made single, ends trimmed.
pub(super) fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_read_off_the_header() {
        let table = Table::parse(Path::new("t.csv"), "PMID,Title\n1,\"a, b\"\n".into());
        assert_eq!(table.column(&["id", "pmid"]), Some(0));
        let row = table.rows().next().unwrap();
        assert_eq!((row.get(1), row.get(7)), ("a, b", ""));
    }
}
