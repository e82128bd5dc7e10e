//! Delimited text: the published `.tsv.gz` tables and a person's own `.csv` or `.tsv`.
//!
//! Quoting follows RFC 4180: a field that starts with `"` runs to the next lone `"`, over line ends if
//! need be (NeuroQuery has such titles). A quote that never closes is an ordinary character, so one
//! stray mark cannot swallow the rest of a table.

use std::borrow::Cow;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::CorpusError;
use crate::files;

/// Text of a table, unpacked: ten times the largest published one. A compressed bomb stops here.
pub(super) const MAX_TABLE_BYTES: u64 = 256 << 20;
/// Columns looked at; more than any table has.
const MAX_COLUMNS: usize = 1024;
/// A quoted field longer than this is taken for a stray quote.
const MAX_QUOTED_BYTES: usize = 1 << 20;

/// A table in memory.
pub(super) struct Table {
    path: PathBuf,
    text: String,
    delimiter: u8,
    header: Vec<String>,
    /// Offset and line number of the first row after the header.
    start: (usize, usize),
}

/// One row: its fields and the line it starts on (from 1).
pub(super) struct Row<'a> {
    pub(super) line: usize,
    pub(super) fields: Vec<Cow<'a, str>>,
}

impl Row<'_> {
    /// The trimmed field, or `""` where the row is too short.
    pub(super) fn get(&self, column: usize) -> &str {
        self.fields.get(column).map_or("", |f| f.trim())
    }

    /// As [`Row::get`] for a column the table may lack.
    pub(super) fn get_optional(&self, column: Option<usize>) -> &str {
        column.map_or("", |c| self.get(c))
    }
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
        let mut table = Self {
            path: path.to_path_buf(),
            text,
            delimiter,
            header: Vec::new(),
            start: (0, 1),
        };
        let mut rows = table.rows();
        let header = rows.next().map(|row| {
            row.fields
                .iter()
                .map(|f| f.trim().to_ascii_lowercase())
                .collect::<Vec<_>>()
        });
        let start = (rows.offset, rows.line);
        table.header = header.unwrap_or_default();
        table.start = start;
        table
    }

    /// The rows after the header; blank lines are passed over.
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows {
            text: &self.text,
            delimiter: self.delimiter,
            offset: self.start.0,
            line: self.start.1,
        }
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

/// Iterator over rows.
pub(super) struct Rows<'a> {
    text: &'a str,
    delimiter: u8,
    offset: usize,
    line: usize,
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        loop {
            let rest = self.text.get(self.offset..).filter(|r| !r.is_empty())?;
            let line = self.line;
            let end = rest.find('\n').unwrap_or(rest.len());
            let plain = rest[..end].trim_end_matches('\r');
            if !plain.contains('"') {
                self.offset += (end + 1).min(rest.len());
                self.line += 1;
                if plain.trim().is_empty() {
                    continue;
                }
                let fields = plain
                    .split(char::from(self.delimiter))
                    .take(MAX_COLUMNS)
                    .map(Cow::Borrowed)
                    .collect();
                return Some(Row { line, fields });
            }
            let (fields, used) = quoted_row(rest, self.delimiter);
            self.offset += used;
            self.line += rest.as_bytes()[..used]
                .iter()
                .filter(|&&b| b == b'\n')
                .count()
                .max(1);
            return Some(Row { line, fields });
        }
    }
}

/// Splits a row that has a quote in it; returns the fields and the bytes used, line end included.
fn quoted_row(rest: &str, delimiter: u8) -> (Vec<Cow<'_, str>>, usize) {
    let bytes = rest.as_bytes();
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        // Delimiters, quotes and line ends are ASCII, so every cut is at a character boundary.
        let (field, next) = match bytes.get(at) {
            Some(b'"') => quoted_field(rest, at, delimiter),
            _ => None,
        }
        .unwrap_or_else(|| {
            let length = bytes[at..]
                .iter()
                .position(|&b| b == delimiter || b == b'\n')
                .unwrap_or(bytes.len() - at);
            (
                Cow::Borrowed(rest[at..at + length].trim_end_matches('\r')),
                at + length,
            )
        });
        if fields.len() < MAX_COLUMNS {
            fields.push(field);
        }
        match bytes.get(next) {
            Some(&b) if b == delimiter => at = next + 1,
            Some(_) => return (fields, next + 1),
            None => return (fields, bytes.len()),
        }
    }
}

/// The field that opens with the quote at `open`, and the offset of the delimiter or line end after
/// it; `None` where it does not close properly.
fn quoted_field(rest: &str, open: usize, delimiter: u8) -> Option<(Cow<'_, str>, usize)> {
    let bytes = rest.as_bytes();
    let limit = bytes.len().min(open + MAX_QUOTED_BYTES);
    let mut at = open + 1;
    let mut doubled = false;
    while at < limit {
        if bytes[at] != b'"' {
            at += 1;
        } else if bytes.get(at + 1) == Some(&b'"') {
            doubled = true;
            at += 2;
        } else {
            break;
        }
    }
    if at >= limit {
        return None;
    }
    let inner = &rest[open + 1..at];
    let mut after = at + 1;
    if bytes.get(after) == Some(&b'\r') {
        after += 1;
    }
    let closes = bytes
        .get(after)
        .is_none_or(|&b| b == delimiter || b == b'\n');
    let field = if doubled {
        Cow::Owned(inner.replace("\"\"", "\""))
    } else {
        Cow::Borrowed(inner)
    };
    closes.then_some((field, after))
}

/// White space made single, ends trimmed.
pub(super) fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
        let table = Table::parse(Path::new("t.tsv"), text.as_bytes().to_vec());
        table
            .rows()
            .map(|r| (r.line, r.fields.iter().map(|f| f.to_string()).collect()))
            .collect()
    }

    #[test]
    fn quotes_line_ends_and_blank_lines() {
        let text = "id\ttitle\r\n1\tplain\r\n\n2\t\"over\ntwo \"\"lines\"\"\"\n3\tlast";
        assert_eq!(
            rows(text),
            vec![
                (2, vec!["1".to_string(), "plain".into()]),
                (4, vec!["2".into(), "over\ntwo \"lines\"".into()]),
                (6, vec!["3".into(), "last".into()]),
            ]
        );
    }

    #[test]
    fn a_stray_quote_costs_no_other_row() {
        let text = "id\ttitle\n1\t\"open\n2\tb\n3\tsize 3\" c\n";
        let got = rows(text);
        assert_eq!(got.len(), 3);
        assert_eq!(got[0].1, ["1", "\"open"]);
        assert_eq!(got[2].1, ["3", "size 3\" c"]);
    }

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

    proptest! {
        /// Any bytes are read to the end, without panic, each line counted once.
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(
            prop_oneof![Just(b'"'), Just(b'\n'), Just(b'\t'), Just(b','), Just(b'\r'), any::<u8>()], 0..400)) {
            let table = Table::parse(Path::new("x"), bytes);
            let mut last = 0;
            for row in table.rows() {
                prop_assert!(row.line > last);
                last = row.line;
            }
        }

        /// What a careful writer wrote is what is read.
        #[test]
        fn written_fields_come_back(fields in proptest::collection::vec("[a\"\n\t,é ]{0,12}", 1..5)) {
            let quoted: Vec<String> =
                fields.iter().map(|f| format!("\"{}\"", f.replace('"', "\"\""))).collect();
            let text = format!("a\tb\n{}\n", quoted.join("\t"));
            let got = rows(&text);
            prop_assert_eq!(got.len(), 1);
            prop_assert_eq!(&got[0].1, &fields);
        }
    }
}
