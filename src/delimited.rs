//! Rows of delimited text: the published `.tsv` tables, a person's own `.csv`, tables of labels.
//!
//! Rows are cut by `csv-core`, the parser inside the `csv` crate, which alone lets a record be given up:
//! a quote that never closes is an ordinary character here, so that one stray mark cannot swallow the
//! rest of a table. Quoting is RFC 4180's otherwise; a quoted field may run over line ends (NeuroQuery
//! has such titles).

use std::borrow::Cow;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

/// Columns looked at of a row without quotes; more than any table has. A line of nothing but delimiters
/// would else take eight bytes each.
const MAX_COLUMNS: usize = 1024;
/// A quoted row longer than this is taken for a stray quote.
const MAX_ROW_BYTES: usize = 1 << 20;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line it starts on, from 1.
    pub line: usize,
    text: String,
    /// Where each field ends in `text`.
    ends: Vec<usize>,
}

impl Row {
    /// Number of fields, at least 1.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no fields, which no row of a table is.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The fields as written.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        // The parser cuts at ASCII characters only, so every end is a character boundary.
        let field = |(start, &end)| self.text.get(start..end).unwrap_or_default();
        starts.zip(&self.ends).map(field)
    }

    /// A field without white space around it, or `""` where the row is too short.
    pub fn get(&self, column: usize) -> &str {
        self.fields().nth(column).map_or("", str::trim)
    }
}

/// The rows of a text; blank lines are passed over.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    rest: &'a str,
    line: usize,
    delimiter: u8,
    quoting: Reader,
    plain: Reader,
}

/// Cuts a text into rows at line ends and `delimiter`.
pub fn rows(text: &str, delimiter: u8) -> Rows<'_> {
    let reader = |quoting: bool| {
        ReaderBuilder::new()
            .delimiter(delimiter)
            .terminator(Terminator::Any(b'\n'))
            .quoting(quoting)
            .build()
    };
    Rows {
        rest: text,
        line: 1,
        delimiter,
        quoting: reader(true),
        plain: reader(false),
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let mut first = first_line(self.rest);
        while first.trim().is_empty() {
            self.pass(first.len());
            if self.rest.is_empty() {
                return None;
            }
            first = first_line(self.rest);
        }
        let line = self.line;
        if first.contains('"') {
            let window = window(self.rest);
            let cut = cut(&mut self.quoting, window, window.len() == self.rest.len());
            let sound = cut.filter(|(row, used)| {
                let raw = window.get(..*used).unwrap_or_default();
                is_written_as(without_line_end(raw), row, self.delimiter)
            });
            if let Some((row, used)) = sound {
                self.pass(used);
                return Some(Row { line, ..row });
            }
        }
        let (row, _) = cut(&mut self.plain, first_columns(first, self.delimiter), true)?;
        self.pass(first.len());
        Some(Row { line, ..row })
    }
}

impl Rows<'_> {
    fn pass(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes);
        self.line += passed.bytes().filter(|&b| b == b'\n').count();
        self.rest = rest;
    }
}

/// The first line with its end.
fn first_line(text: &str) -> &str {
    text.split_inclusive('\n').next().unwrap_or_default()
}

/// The start of a line that holds as many columns as are looked at.
fn first_columns(line: &str, delimiter: u8) -> &str {
    let mut ends = line.match_indices(char::from(delimiter));
    let end = ends.nth(MAX_COLUMNS - 1).map_or(line.len(), |(at, _)| at);
    &line[..end]
}

fn without_line_end(raw: &str) -> &str {
    let raw = raw.strip_suffix('\n').unwrap_or(raw);
    raw.strip_suffix('\r').unwrap_or(raw)
}

/// As much of a text as one row is looked for in.
fn window(text: &str) -> &str {
    let mut end = text.len().min(MAX_ROW_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The first row of a text and the bytes it takes with its line end; `None` where it does not end in
/// the text, which is `whole` where nothing follows it.
fn cut(reader: &mut Reader, text: &str, whole: bool) -> Option<(Row, usize)> {
    reader.reset();
    let mut input = text.as_bytes();
    let (mut out, mut ends) = (vec![0; 256], vec![0; 16]);
    let (mut used, mut written, mut fields) = (0, 0, 0);
    loop {
        let (result, taken, wrote, ended) =
            reader.read_record(input, &mut out[written..], &mut ends[fields..]);
        (used, written, fields) = (used + taken, written + wrote, fields + ended);
        input = &input[taken..];
        match result {
            ReadRecordResult::OutputFull => out.resize(out.len() * 2, 0),
            ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
            // With no more input the next call ends the row.
            ReadRecordResult::InputEmpty if whole => {}
            ReadRecordResult::InputEmpty | ReadRecordResult::End => return None,
            ReadRecordResult::Record => break,
        }
    }
    out.truncate(written);
    ends.truncate(fields);
    // The carriage return before the line end belongs to no field.
    let raw = text.get(..used).unwrap_or_default();
    if raw.strip_suffix('\n').unwrap_or(raw).ends_with('\r') {
        out.pop();
        if let Some(last) = ends.last_mut() {
            *last = out.len();
        }
    }
    let text = String::from_utf8(out).ok()?;
    let row = Row {
        line: 0,
        text,
        ends,
    };
    Some((row, used))
}

/// Whether a row, written out again with the quotes it was read with, is what was read: where it is
/// not, a quote did not close or something followed one that did.
fn is_written_as(raw: &str, row: &Row, delimiter: u8) -> bool {
    let mut rest = raw;
    for (n, field) in row.fields().enumerate() {
        let after = if n > 0 {
            rest.strip_prefix(char::from(delimiter))
        } else {
            Some(rest)
        };
        let after = after.and_then(|rest| match rest.strip_prefix('"') {
            Some(quoted) => quoted
                .strip_prefix(field.replace('"', "\"\"").as_str())?
                .strip_prefix('"'),
            None => rest.strip_prefix(field),
        });
        match after {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

/// A text field of a CSV line: quoted where it must be, and with an apostrophe before what a
/// spreadsheet would take for a formula. Names of files and regions come from anywhere.
pub(crate) fn csv_text(text: &str) -> String {
    let formula = text.starts_with(['=', '@', '+', '-', '\t', '\r']);
    let text = if formula {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(usize, Vec<String>)> {
        let row = |row: Row| (row.line, row.fields().map(str::to_owned).collect());
        rows(text, b'\t').map(row).collect()
    }

    #[test]
    fn quotes_line_ends_and_blank_lines() {
        let text = "id\ttitle\r\n1\tplain\r\n\n  \n2\t\"over\ntwo \"\"lines\"\"\"\r\n3\tlast\t";
        assert_eq!(
            read(text),
            vec![
                (1, vec!["id".to_string(), "title".into()]),
                (2, vec!["1".into(), "plain".into()]),
                (5, vec!["2".into(), "over\ntwo \"lines\"".into()]),
                (7, vec!["3".into(), "last".into(), String::new()]),
            ]
        );
        assert_eq!(read(""), []);
        assert_eq!(read("\n \r\n"), []);
    }

    #[test]
    fn a_stray_quote_costs_no_other_row() {
        let text = "1\t\"open\n2\tb\n3\tsize 3\" c\n4\t\"closed\" late\n5\t\"ok\"\n";
        let fields: Vec<String> = read(text).iter().map(|(_, row)| row[1].clone()).collect();
        let want = ["\"open", "b", "size 3\" c", "\"closed\" late", "ok"];
        assert_eq!(fields, want);
        // One that closes only far below, in the next quoted field.
        let text = format!("1\t\"open\n{}9\t\"x\"\n", "2\tb\n".repeat(100));
        assert_eq!(read(&text).len(), 102);
    }

    #[test]
    fn a_row_that_never_ends_is_given_up() {
        let text = format!("1\t\"{}\"\n2\tb\n", "x\n".repeat(MAX_ROW_BYTES));
        assert_eq!(read(&text)[0].1, ["1", "\"x"]);
        let text = format!("1\t\"{}\"\r\n2\tb\n", "é\r\n".repeat(10_000));
        assert_eq!(read(&text).len(), 2);
    }

    proptest! {
        /// Any text is read to the end, without panic, each line counted once.
        #[test]
        fn any_text_ends(text in "[\"\n\t,\ra é]{0,200}") {
            let mut last = 0;
            for (line, fields) in read(&text) {
                prop_assert!(line > last && !fields.is_empty());
                last = line;
            }
        }

        /// What a careful writer wrote is what is read.
        #[test]
        fn written_fields_come_back(fields in proptest::collection::vec("[a\"\n\r\t,é ]{0,12}", 1..5)) {
            let quoted: Vec<String> =
                fields.iter().map(|f| format!("\"{}\"", f.replace('"', "\"\""))).collect();
            let got = read(&format!("a\tb\n{}\n", quoted.join("\t")));
            prop_assert_eq!(got.len(), 2);
            prop_assert_eq!(&got[1].1, &fields);
        }
    }
}
