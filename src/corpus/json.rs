//! JSON as programs for meta-analyses write it: numbers that are none, words that are numbers, and nothing at all
//! where either should be.

use std::fmt;
use std::path::Path;

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::CorpusError;
use super::table::read_bytes;

/// A studyset of the whole literature with its texts.
const MAX_JSON_BYTES: u64 = 1 << 30;

/// Reads a file as `format`, its name in words with its article.
///
/// # Errors
/// [`CorpusError::Io`], [`CorpusError::TooLarge`]; [`CorpusError::Broken`] where it is something else or cut.
pub(super) fn read<T: DeserializeOwned>(
    path: &Path,
    format: &'static str,
) -> Result<T, CorpusError> {
    let mut bytes = read_bytes(path, MAX_JSON_BYTES)?;
    blank_non_numbers(&mut bytes);
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(text).map_err(|error| CorpusError::Broken {
        path: path.to_owned(),
        format,
        why: match error.classify() {
            serde_json::error::Category::Eof => format!("it ends in the middle: {error}"),
            _ => format!("it does not go on as one: {error}"),
        },
    })
}

/// Python writes NaN and Infinity where JSON has no word: they become empty lists, which [`Number`] and [`Word`] read as
/// nothing.
fn blank_non_numbers(bytes: &mut [u8]) {
    let (mut quoted, mut at) = (false, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'N' | b'I' | b'-' if !quoted => {
                let words: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
                let word = words.into_iter().find(|w| bytes[at..].starts_with(w));
                if let Some(word) = word {
                    // "null" has a letter more than NaN; an empty list is nothing, too.
                    bytes[at..at + word.len()].fill(b' ');
                    bytes[at..at + 2].copy_from_slice(b"[]");
                    at += word.len() - 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// A number, also written in quotes; not a number where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number(pub(super) f32);

impl Default for Number {
    fn default() -> Self {
        Self(f32::NAN)
    }
}

/// Text, also written as a number; empty where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word(pub(super) String);

/// What any JSON value is as a number and as text.
enum Any {
    Nothing,
    Number(f64),
    Text(String),
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a text")
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Any, E> {
        Ok(Any::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Any, E> {
        Ok(Any::Number(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Any, E> {
        Ok(Any::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Any, E> {
        Ok(Any::Number(value as f64))
    }

    fn visit_str<E>(self, value: &str) -> Result<Any, E> {
        Ok(Any::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Any, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Any::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Any::Nothing)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Any::deserialize(deserializer)? {
            Any::Number(value) => Self(value as f32),
            Any::Text(text) => Self(text.trim().parse().unwrap_or(f32::NAN)),
            Any::Nothing => Self::default(),
        })
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Any::deserialize(deserializer)? {
            Any::Number(value) => Self(value.to_string()),
            Any::Text(text) => Self(text),
            Any::Nothing => Self::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
        let mut bytes = text.as_bytes().to_vec();
        blank_non_numbers(&mut bytes);
        serde_json::from_slice(&bytes).ok()
    }

    #[test]
    fn numbers_and_words_come_in_each_others_clothes() {
        let numbers: Vec<Number> =
            parse(r#"[1, -2.5, "3", "x", null, [1], {"a": "NaN"}, true, NaN, -Infinity]"#).unwrap();
        let numbers: Vec<String> = numbers.iter().map(|n| n.0.to_string()).collect();
        assert_eq!(numbers[..3], ["1", "-2.5", "3"]);
        assert!(numbers[3..].iter().all(|n| n == "NaN"), "{numbers:?}");
        let words: Vec<Word> = parse(r#"["a \" NaN", 12345, null, {}, true]"#).unwrap();
        let words: Vec<&str> = words.iter().map(|w| w.0.as_str()).collect();
        assert_eq!(words, ["a \" NaN", "12345", "", "", "true"]);
    }
}
