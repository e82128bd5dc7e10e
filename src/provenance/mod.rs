//! How a result was made: the program, the maps, the model, the options. Every result carries this
//! record in the way its file format allows: JSON documents under `provenance`, tables in their last
//! columns, pictures in a text chunk, NIfTI files in a header extension.

mod read;

pub use read::{MAX_RECORD_BYTES, may_carry_records, records_in};

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The last columns of every table: see [`Provenance::csv_cells`].
pub const CSV_COLUMNS: &str = "map_sha256,model,options,gyrus";
/// Keyword of the record in PNG files.
pub const PNG_KEYWORD: &str = "Gyrus provenance";

/// How a result was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// Version of the program.
    pub gyrus: String,
    /// What was made: "decoding", "prediction", "peak table", "comparison", "figure", "map".
    pub made: String,
    /// The maps it was made from, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<MapRecord>,
    /// The model that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRecord>,
    /// What was chosen: tail, threshold, width of a kernel…
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Value>,
}

/// A map that a result was made from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MapRecord {
    /// Its name.
    pub name: String,
    /// Sha-256 of its file, hex; of its values where Gyrus made it.
    pub sha256: String,
    /// Its frame, from 1.
    pub frame: usize,
    /// How it was made, where Gyrus made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_by: Option<Box<Provenance>>,
}

/// A model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelRecord {
    /// Its name.
    pub name: String,
    /// Fingerprint of the bundle.
    pub fingerprint: String,
    /// Fingerprint of the ontology.
    pub ontology: String,
    /// Name of the chain that maps pass before they are decoded.
    pub preprocess: String,
}

impl Provenance {
    /// Of something this program makes now.
    pub fn new(made: &str) -> Self {
        Self {
            gyrus: env!("CARGO_PKG_VERSION").to_owned(),
            made: made.to_owned(),
            ..Self::default()
        }
    }

    /// Made from this map too.
    #[must_use]
    pub fn map(mut self, map: MapRecord) -> Self {
        self.maps.push(map);
        self
    }

    /// Made by this model.
    #[must_use]
    pub fn model(mut self, model: ModelRecord) -> Self {
        self.model = Some(model);
        self
    }

    /// With something that was chosen. Single-precision numbers keep their short form.
    #[must_use]
    pub fn option(mut self, name: &str, value: impl Serialize) -> Self {
        // What has no JSON form (a map with keys that are no text) is no option.
        let text = serde_json::to_string(&value).unwrap_or_default();
        let value = serde_json::from_str(&text).unwrap_or(Value::Null);
        self.options.insert(name.to_owned(), value);
        self
    }

    /// With the fields of a value that has a name for each, as options.
    #[must_use]
    pub fn options(mut self, value: impl Serialize) -> Self {
        if let Ok(Value::Object(fields)) = serde_json::to_value(value) {
            self.options.extend(fields);
        }
        self
    }

    /// As JSON in one line of ASCII, which every carrier takes.
    pub fn to_json(&self) -> String {
        // Plain data with text keys: serde_json has nothing to refuse.
        let text = serde_json::to_string(self).unwrap_or_default();
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_ascii() {
                out.push(c);
            } else {
                // Writing to a String cannot fail.
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
        out
    }

    /// From JSON, padded with zeros or not; `None` where it is no such record.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().rposition(|&b| b != 0)? + 1;
        let record: Self = serde_json::from_slice(&bytes[..end]).ok()?;
        (!record.gyrus.is_empty() && !record.made.is_empty()).then_some(record)
    }

    /// The cells under [`CSV_COLUMNS`], unquoted: hashes and frames of the maps, fingerprint of the
    /// model, options as `name=value` pairs, version of the program.
    pub fn csv_cells(&self) -> [String; 4] {
        let hashes: Vec<&str> = self.maps.iter().map(|map| map.sha256.as_str()).collect();
        let model = self.model.as_ref().map(|model| model.fingerprint.clone());
        [
            hashes.join(" "),
            model.unwrap_or_default(),
            self.options_line(),
            self.gyrus.clone(),
        ]
    }

    /// The options in one line: "tail=pos; top=10".
    pub fn options_line(&self) -> String {
        let one = |(name, value): (&String, &Value)| match value {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        };
        self.options.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    /// In one line for people: "figure of a, b by Gyrus 0.1.0 (zoom=2)".
    pub fn line(&self) -> String {
        let mut out = self.made.clone();
        let names: Vec<&str> = self.maps.iter().map(|map| map.name.as_str()).collect();
        if !names.is_empty() {
            out += &format!(" of {}", names.join(", "));
        }
        out += &format!(" by Gyrus {}", self.gyrus);
        if let Some(model) = &self.model {
            let short: String = model.fingerprint.chars().take(12).collect();
            out += &format!(", model {} {short}", model.name);
        }
        let plain = |value: &Value| match value {
            Value::Object(_) => false,
            Value::Array(list) => !list.iter().any(Value::is_object),
            _ => true,
        };
        let mut short = self.clone();
        short.options.retain(|_, value| plain(value));
        if !short.options.is_empty() {
            out += &format!(" ({})", short.options_line());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Provenance {
        let before = Provenance::new("map").option("make", "smooth");
        Provenance::new("decoding")
            .map(MapRecord {
                name: "Übung „a“ 𝛼".to_owned(),
                sha256: "ab".to_owned(),
                frame: 2,
                made_by: Some(Box::new(before)),
            })
            .model(ModelRecord {
                name: "m".to_owned(),
                fingerprint: "0123456789abcdef".to_owned(),
                ..ModelRecord::default()
            })
            .option("tail", "pos")
            .option("threshold", 3.1_f32)
    }

    #[test]
    fn a_record_comes_back_from_ascii_json() {
        let json = record().to_json();
        assert!(json.is_ascii(), "{json}");
        assert_eq!(Provenance::from_json(json.as_bytes()), Some(record()));
        let padded = [json.as_bytes(), &[0; 7]].concat();
        assert_eq!(Provenance::from_json(&padded), Some(record()));
    }

    #[test]
    fn other_json_is_no_record() {
        for text in [
            "",
            "{}",
            "[]",
            "{\"gyrus\":\"1\"}",
            "{\"gyrus\":1,\"made\":\"x\"}",
            "\0\0",
        ] {
            assert_eq!(Provenance::from_json(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn options_are_written_as_people_write_them() {
        let [hashes, model, options, version] = record().csv_cells();
        assert_eq!(
            (hashes.as_str(), model.as_str()),
            ("ab", "0123456789abcdef")
        );
        assert_eq!(options, "tail=pos; threshold=3.1");
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        assert!(record().line().starts_with("decoding of Übung"));
        assert!(
            record()
                .line()
                .ends_with("model m 0123456789ab (tail=pos; threshold=3.1)")
        );
    }
}
