//! Records of files that are no maps: pictures, JSON documents, sessions.

use std::io::Cursor;
use std::path::Path;

use serde_json::Value;

use super::{PNG_KEYWORD, Provenance};

/// A record longer than this is not read.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// Whether a file of this name may be a picture, a JSON document or a session.
pub fn may_carry_records(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    ["png", "json", "gyrus-session"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

/// The records in the bytes of a picture, a JSON document or a session; `None` where they are none of
/// these, an empty list where there is no record.
pub fn records_in(bytes: &[u8]) -> Option<Vec<Provenance>> {
    of_png(bytes).or_else(|| of_document(bytes))
}

/// Of a picture; `None` where the bytes are no PNG.
fn of_png(bytes: &[u8]) -> Option<Vec<Provenance>> {
    let limits = png::Limits {
        bytes: 16 * MAX_RECORD_BYTES,
    };
    let decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    let reader = decoder.read_info().ok()?;
    let texts = &reader.info().uncompressed_latin1_text;
    let ours = texts.iter().filter(|chunk| chunk.keyword == PNG_KEYWORD);
    let ours = ours.filter_map(|chunk| Provenance::from_json(chunk.text.as_bytes()));
    Some(ours.collect())
}

/// Of a document, or of each document of a list; `None` where the bytes are no JSON.
fn of_document(bytes: &[u8]) -> Option<Vec<Provenance>> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let one = |document: &Value| {
        let record = serde_json::to_vec(document.get("provenance")?).ok()?;
        Provenance::from_json(&record)
    };
    Some(match &value {
        Value::Array(list) => list.iter().filter_map(one).collect(),
        document => one(document).into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_lists_of_them_give_their_records() {
        let record = Provenance::new("decoding");
        let one = serde_json::json!({"schema": 1, "provenance": record});
        let list = serde_json::json!([one, {"schema": 1}, one]);
        assert_eq!(of_document(one.to_string().as_bytes()).unwrap().len(), 1);
        assert_eq!(of_document(list.to_string().as_bytes()).unwrap().len(), 2);
        assert_eq!(of_document(b"7").unwrap(), Vec::new());
        assert!(of_document(b"{").is_none());
        assert!(of_png(b"{").is_none());
    }
}
