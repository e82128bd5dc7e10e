//! Names of an atlas's labels, from the tables that come with atlases.
//!
//! Read are: tables with a heading row (CSV, TSV: a column of numbers called index, value, label, id
//! or the like and one of names, as nilearn and BIDS write them), plain lists ("17 Name"), FreeSurfer
//! colour tables ("17 Name R G B A"), ITK-SNAP descriptions (the name in quotes), FSL's XML, and JSON
//! from number to name or name to number.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

use super::AtlasError;
use crate::delimited::{self, Row};

/// A table larger than this is no list of names.
const MAX_BYTES: u64 = 16 << 20;
/// Endings a table beside an atlas may have, in the order they are looked for.
const ENDINGS: [&str; 6] = ["tsv", "csv", "txt", "xml", "json", "lut"];
/// Headings of the column of numbers.
const NUMBER: [&str; 12] = [
    "index",
    "value",
    "label",
    "id",
    "code",
    "no",
    "number",
    "roi",
    "region",
    "component",
    "key",
    "intensity",
];
/// Headings of the column of names, besides any that contains "name".
const NAME: [&str; 8] = [
    "name",
    "label",
    "region",
    "structure",
    "roi",
    "area",
    "anatomy",
    "parcel",
];

/// Names by label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LabelTable {
    names: BTreeMap<u32, String>,
    /// FSL numbers the maps of a probabilistic atlas from 0 and the labels of its summary from 1.
    counts_maps: bool,
}

impl LabelTable {
    /// Reads a table.
    ///
    /// # Errors
    /// [`AtlasError::Io`], or [`AtlasError::Table`] for a file without a number and a name in any
    /// row.
    pub fn read(path: &Path) -> Result<Self, AtlasError> {
        let io = |source| AtlasError::Io {
            path: path.to_owned(),
            source,
        };
        let no_table = |why: &str| AtlasError::Table {
            why: why.to_owned(),
            path: path.to_owned(),
        };
        let bytes = crate::files::read_whole(path, MAX_BYTES).map_err(io)?;
        let text = String::from_utf8_lossy(&bytes);
        let table = Self::parse(text.trim_start_matches('\u{feff}'));
        if table.names.is_empty() {
            return Err(no_table("no row of it has a label's number and its name"));
        }
        Ok(table)
    }

    /// Reads the text of a table of any of the kinds; empty where it is none.
    pub fn parse(text: &str) -> Self {
        let start = text.trim_start();
        if start.starts_with('<') {
            return xml(text);
        }
        if start.starts_with('{') || start.starts_with('[') {
            return serde_json::from_str(text)
                .map_or_else(|_| Self::default(), |value| json(&value));
        }
        let names = headed(text).unwrap_or_else(|| listed(text));
        Self {
            names,
            counts_maps: false,
        }
    }

    /// The name of a label.
    pub fn name(&self, label: u32) -> Option<&str> {
        self.names.get(&label).map(String::as_str)
    }

    /// For a volume of labels: FSL's numbers of maps become those of its summary image.
    pub(super) fn for_labels(mut self) -> Self {
        if self.counts_maps {
            self.names = self
                .names
                .into_iter()
                .filter_map(|(n, name)| Some((n.checked_add(1)?, name)))
                .collect();
        }
        self
    }

    /// For `maps` maps, one a region: the name of each, by the table's numbers where they count from
    /// 0 or from 1 (a leading background aside), else in the table's order.
    pub(super) fn for_maps(&self, maps: usize) -> Vec<Option<String>> {
        let counts_from = |first: u32| {
            let covered = |n: usize| self.names.contains_key(&(n as u32 + first));
            (0..maps).all(covered)
        };
        let first = if self.counts_maps || (counts_from(0) && self.names.len() == maps) {
            Some(0)
        } else if counts_from(1) {
            Some(1)
        } else if counts_from(0) {
            Some(0)
        } else {
            None
        };
        match first {
            Some(first) => (0..maps)
                .map(|n| self.names.get(&(n as u32 + first)).cloned())
                .collect(),
            None if self.names.len() == maps => self.names.values().cloned().map(Some).collect(),
            None => (0..maps)
                .map(|n| self.names.get(&(n as u32 + 1)).cloned())
                .collect(),
        }
    }
}

/// The table that lies beside an atlas under the same name, if one there can be read.
pub(super) fn beside(atlas: &Path) -> Option<(PathBuf, LabelTable)> {
    let name = atlas.file_name()?.to_str()?;
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    ENDINGS.iter().find_map(|ending| {
        let path = atlas.with_file_name(format!("{stem}.{ending}"));
        // A JSON file of the same name is mostly a description of the scan: passed over.
        let table = path.is_file().then(|| LabelTable::read(&path).ok())??;
        Some((path, table))
    })
}

/// Rows under a heading; `None` where the first row is no heading we know.
fn headed(text: &str) -> Option<BTreeMap<u32, String>> {
    let told = text.lines().filter(|line| !line.starts_with('#'));
    let text = told.collect::<Vec<_>>().join("\n");
    let heading = text.lines().find(|line| !line.trim().is_empty())?;
    let separator = [b'\t', b';', b',']
        .into_iter()
        .find(|&c| heading.contains(char::from(c)))?;
    let mut rows = delimited::rows(&text, separator);
    let heads: Vec<String> = rows
        .next()?
        .fields()
        .map(|head| head.trim().to_lowercase())
        .collect();
    if heads.iter().any(|head| head.parse::<f64>().is_ok()) {
        return None;
    }
    let rows: Vec<Row> = rows.collect();
    let numeric = |column: usize| rows.iter().all(|row| number(row.get(column)).is_some());
    let find = |wanted: &[&str], fits: &dyn Fn(usize) -> bool| {
        wanted
            .iter()
            .filter_map(|w| heads.iter().position(|head| head == w))
            .find(|&column| fits(column))
    };
    let of_number = find(&NUMBER, &numeric)?;
    let is_text = |column: usize| column != of_number && !numeric(column);
    let of_name = find(&NAME, &is_text).or_else(|| {
        heads
            .iter()
            .enumerate()
            .find(|(column, head)| head.contains("name") && is_text(*column))
            .map(|(column, _)| column)
    })?;
    let row = |row: &Row| {
        let name = row.get(of_name);
        Some((number(row.get(of_number))?, name.to_owned())).filter(|_| !name.is_empty())
    };
    Some(rows.iter().filter_map(row).collect())
}

/// "17", "17.0".
fn number(cell: &str) -> Option<u32> {
    let cell = cell.trim();
    cell.strip_suffix(".0").unwrap_or(cell).parse().ok()
}

/// Lines that begin with a number and go on with a name, perhaps followed by colours; or, as AAL's
/// list has it, end with the number.
fn listed(text: &str) -> BTreeMap<u32, String> {
    let line = |line: &str| -> Option<(u32, String)> {
        let line = line.trim();
        if line.starts_with('#') || line.starts_with("//") {
            return None;
        }
        if let Some((before, rest)) = line.split_once('"')
            && let Some((name, _)) = rest.split_once('"')
            && !name.is_empty()
            && let Some(label) = before
                .split(|c: char| c.is_whitespace() || c == ',')
                .next()
                .and_then(number)
        {
            return Some((label, name.to_owned()));
        }
        let mut words: Vec<&str> = line
            .split(|c: char| c.is_whitespace() || c == ',' || c == ';')
            .filter(|word| !word.is_empty())
            .collect();
        let last = words.last().copied().and_then(number);
        if let Some(label) = words.first().copied().and_then(number) {
            let numbers = words[1..]
                .iter()
                .rev()
                .take_while(|word| word.parse::<f64>().is_ok())
                .count();
            // Colours are three or four numbers; a single one repeats the label ("Area 44" is a
            // name).
            if numbers >= 3 || (numbers == 1 && last == Some(label)) {
                words.truncate(words.len() - numbers);
            }
            let name = words[1..].join(" ");
            return (!name.is_empty()).then_some((label, name));
        }
        // "FAG  Precentral_L  2001"
        let label = last.filter(|_| words.len() >= 2)?;
        Some((label, words[words.len() - 2].to_owned()))
    };
    text.lines().filter_map(line).collect()
}

/// FSL's description of an atlas. What follows a break in the markup is left out.
fn xml(text: &str) -> LabelTable {
    let mut reader = Reader::from_str(text);
    // HTML is no atlas, but no reason to stop either.
    reader.config_mut().check_end_names = false;
    let mut table = LabelTable::default();
    while let Ok(event) = reader.read_event() {
        let start = match event {
            Event::Start(start) => start,
            Event::Eof => break,
            _ => continue,
        };
        let name = start.name();
        if name.as_ref() != b"label" && name.as_ref() != b"type" {
            continue;
        }
        let Ok(inner) = reader.read_text(name) else {
            break;
        };
        let inner = String::from_utf8_lossy(&inner.into_inner()).into_owned();
        let inner = unescape(&inner).map_or_else(|_| inner.clone(), Cow::into_owned);
        let inner = inner.trim().to_owned();
        if name.as_ref() == b"type" {
            table.counts_maps = inner.eq_ignore_ascii_case("probabilistic");
            continue;
        }
        let index = start.try_get_attribute("index").ok().flatten();
        let index =
            index.and_then(|index| std::str::from_utf8(&index.value).ok()?.trim().parse().ok());
        if let Some(index) = index {
            table.names.insert(index, inner);
        }
    }
    table
}

fn json(value: &serde_json::Value) -> LabelTable {
    use serde_json::Value;
    let whole = |v: &Value| v.as_u64().and_then(|n| u32::try_from(n).ok());
    let names = match value {
        Value::Object(entries) => {
            let inner = ["labels", "names", "label_names"]
                .iter()
                .find_map(|key| entries.get(*key))
                .filter(|inner| inner.is_object() || inner.is_array());
            if let Some(inner) = inner {
                return json(inner);
            }
            let entry = |(key, value): (&String, &Value)| match (number(key), value) {
                (Some(label), Value::String(name)) => Some((label, name.clone())),
                (None, value) => Some((whole(value)?, key.clone())),
                _ => None,
            };
            entries.iter().filter_map(entry).collect()
        }
        // nilearn's lists begin with the background, label 0.
        Value::Array(names) => names
            .iter()
            .enumerate()
            .filter_map(|(n, name)| Some((n as u32, name.as_str()?.to_owned())))
            .collect(),
        _ => BTreeMap::new(),
    };
    LabelTable {
        names,
        counts_maps: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(u32, String)> {
        LabelTable::parse(text).names.into_iter().collect()
    }

    fn pair(label: u32, name: &str) -> (u32, String) {
        (label, name.to_owned())
    }

    #[test]
    fn tables_of_all_kinds_are_read() {
        let want = vec![pair(17, "Left-Hippocampus"), pair(40_001, "a, \"b\"")];
        for text in [
            "index,name\n17,Left-Hippocampus\n40001,\"a, \"\"b\"\"\"\n",
            "index\tname\tabbreviation\tcolor\n17\tLeft-Hippocampus\tH\t#ff0000\n40001\t\"a, \"\"b\"\"\"\tX\t#0000ff\n",
            "name;value\nLeft-Hippocampus;17.0\n\"a, \"\"b\"\"\";40001\n",
            "{\"17\": \"Left-Hippocampus\", \"40001\": \"a, \\\"b\\\"\"}",
            "{\"labels\": {\"Left-Hippocampus\": 17, \"a, \\\"b\\\"\": 40001}}",
            "<?xml version=\"1.0\"?><atlas><header><type>Label</type></header><data>\
             <label index=\"17\" x=\"1\">Left-Hippocampus</label>\
             <label index='40001'>a, &quot;b&quot;</label></data></atlas>",
        ] {
            assert_eq!(names(text), want, "{text}");
        }
    }

    #[test]
    fn colours_and_comments_are_no_part_of_a_name() {
        let lut = "#No. Label Name:   R G B A\n\n0   Unknown  0 0 0 0\n17  Left-Hippocampus  220 216 20 0\n";
        assert_eq!(
            names(lut),
            [pair(0, "Unknown"), pair(17, "Left-Hippocampus")]
        );
        let snap =
            "# ITK-SnAP\n    0  0 0 0  0 0 0  \"Clear Label\"\n   3  1 2 3  1 1 1  \"CA 1\"\n";
        assert_eq!(names(snap), [pair(0, "Clear Label"), pair(3, "CA 1")]);
        assert_eq!(
            names("1 Precentral gyrus\n2 Area 44\n"),
            [pair(1, "Precentral gyrus"), pair(2, "Area 44")]
        );
        assert_eq!(
            names("FAG\tPrecentral_L\t2001\n"),
            [pair(2001, "Precentral_L")]
        );
    }

    #[test]
    fn of_broken_markup_what_came_before_the_break_is_read() {
        let text = "<atlas><!-- <label index=\"1\">no</label> --><data>\
                    <label x=\"3\" index=\"2\">R&amp;D &lt;x&gt;</label><label index=\"x\">no</label>\
                    <label>no</label><label index=\"4\"/><label index=\"5\">cut";
        assert_eq!(names(text), [pair(2, "R&D <x>")]);
    }

    #[test]
    fn a_quoted_name_may_hold_the_separator_and_a_line_end() {
        let text = "# drawn by hand\nindex,name\n\n1,\"a, b\"\n2,\"c\nd\"\n# 3,none\n";
        assert_eq!(names(text), [pair(1, "a, b"), pair(2, "c\nd")]);
    }

    #[test]
    fn what_is_no_table_has_no_names() {
        for text in [
            "",
            "hello",
            "{",
            "[]",
            "{\"EchoTime\": 0.03}",
            "<html></html>",
            "a,b\nc,d\n",
        ] {
            assert!(LabelTable::parse(text).names.is_empty(), "{text}");
        }
    }

    #[test]
    fn maps_are_named_whether_the_table_counts_from_nought_or_one() {
        let of = |text: &str, n| LabelTable::parse(text).for_maps(n);
        let two = [Some("a".to_owned()), Some("b".to_owned())];
        assert_eq!(of("index,name\n0,a\n1,b\n", 2), two);
        assert_eq!(of("index,name\n1,a\n2,b\n", 2), two);
        assert_eq!(of("index,name\n0,Background\n1,a\n2,b\n", 2), two);
        assert_eq!(of("index,name\n10,a\n20,b\n", 2), two);
        assert_eq!(of("index,name\n1,a\n", 2), [Some("a".to_owned()), None]);
        let fsl = "<atlas><type>Probabilistic</type><label index=\"0\">a</label><label index=\"1\">b</label></atlas>";
        assert_eq!(of(fsl, 2), two);
        // The summary image of the same atlas holds 1 and 2.
        let labels = LabelTable::parse(fsl).for_labels();
        assert_eq!((labels.name(1), labels.name(2)), (Some("a"), Some("b")));
    }
}
