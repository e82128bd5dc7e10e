//! The tables of a corpus: the published `.tsv.gz` files and a person's own `.csv` or `.tsv`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::CorpusError;
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
}

/// Reads a file of at most `max_bytes` whole, inflating it where its first bytes say gzip.
pub(super) fn read_bytes(path: &Path, max_bytes: u64) -> Result<Vec<u8>, CorpusError> {
    let (file, _) = files::open_regular(path).map_err(CorpusError::io(path))?;
    let mut file = BufReader::new(file);
    let packed = file
        .fill_buf()
        .map_err(CorpusError::io(path))?
        .starts_with(&[0x1f, 0x8b]);
    let mut out = Vec::new();
    let limit = max_bytes.saturating_add(1);
    let read = if packed {
        flate2::bufread::MultiGzDecoder::new(file)
            .take(limit)
            .read_to_end(&mut out)
    } else {
        file.take(limit).read_to_end(&mut out)
    };
    read.map_err(CorpusError::io(path))?;
    if out.len() as u64 > max_bytes {
        return Err(CorpusError::TooLarge {
            path: path.to_owned(),
            most: format!("{} MB of text", max_bytes >> 20),
        });
    }
    Ok(out)
}

impl Table {
    /// Reads a table; the delimiter is the one most frequent in the header line.
    pub(super) fn read(path: &Path) -> Result<Self, CorpusError> {
        Ok(Self::parse(path, read_bytes(path, MAX_TABLE_BYTES)?))
    }

    /// As [`Table::read`], from bytes.
    pub(super) fn parse(path: &Path, bytes: Vec<u8>) -> Self {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(bad) => String::from_utf8_lossy(bad.as_bytes()).into_owned(),
        };
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let first = text.lines().next().unwrap_or("");
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
        let table = Table::parse(
            Path::new("t.csv"),
            "\u{feff}PMID,Title\n1,\"a, b\"\n".into(),
        );
        assert_eq!(table.column(&["id", "pmid"]), Some(0));
        let row = table.rows().next().unwrap();
        assert_eq!((row.get(1), row.get(7)), ("a, b", ""));
    }
}
