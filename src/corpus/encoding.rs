//! Bytes of a table or list as text, whatever program saved them.

use std::path::Path;

use super::CorpusError;

/// What Windows-1252 has at 0x80 to 0x9F, where Latin-1 has control characters.
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// Text, and a note where it is not UTF-8: UTF-16 says so in its first bytes, anything else is taken for
/// Windows-1252, which western spreadsheets save.
///
/// # Errors
/// [`CorpusError::NotText`] for UTF-16 cut or damaged, and for zero bytes, which no text has.
pub(super) fn decode(path: &Path, bytes: Vec<u8>) -> Result<(String, Option<String>), CorpusError> {
    let bad = |why| CorpusError::NotText {
        path: path.to_owned(),
        why,
    };
    let name = || path.file_name().unwrap_or_default().to_string_lossy();
    if let [0xff, 0xfe, rest @ ..] | [0xfe, 0xff, rest @ ..] = bytes.as_slice() {
        let unit = if bytes[0] == 0xff {
            u16::from_le_bytes
        } else {
            u16::from_be_bytes
        };
        let (pairs, odd) = rest.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|&pair| unit(pair)).collect();
        let text = String::from_utf16(&units).ok().filter(|_| odd.is_empty());
        let text = text.ok_or_else(|| bad("its first bytes say UTF-16, and the rest is not"))?;
        return Ok((text, None));
    }
    if bytes.contains(&0) {
        return Err(bad("it holds zero bytes"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let rest = text.strip_prefix('\u{feff}').map(str::to_owned);
            Ok((rest.unwrap_or(text), None))
        }
        Err(other) => {
            let table: Vec<char> = WINDOWS_1252.chars().collect();
            let letter = |&byte: &u8| match byte {
                0x80..=0x9f => table
                    .get(usize::from(byte - 0x80))
                    .copied()
                    .unwrap_or('\u{fffd}'),
                _ => char::from(byte),
            };
            let note = format!("{} is not UTF-8: it was read as Windows-1252", name());
            Ok((other.as_bytes().iter().map(letter).collect(), Some(note)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(String, Option<String>), CorpusError> {
        decode(Path::new("a/t.csv"), bytes.to_vec())
    }

    #[test]
    fn what_spreadsheets_save_is_read() {
        assert_eq!(read("é".as_bytes()).unwrap(), ("é".into(), None));
        assert_eq!(read(b"\xef\xbb\xbfid").unwrap(), ("id".into(), None));
        assert_eq!(read(b"\xff\xfei\0d\0").unwrap(), ("id".into(), None));
        assert_eq!(read(b"\xfe\xff\0i\0d").unwrap(), ("id".into(), None));
        let (text, note) = read(b"M\xfcller \x96 pain\x92s").unwrap();
        assert_eq!(text, "Müller – pain’s");
        assert!(note.unwrap().starts_with("t.csv is not UTF-8"));
        assert_eq!(WINDOWS_1252.chars().count(), 32);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b"\xff\xfei\0d"[..], b"\xff\xfe\0\xd8", b"id\0"] {
            assert!(matches!(read(bytes), Err(CorpusError::NotText { .. })));
        }
    }
}
