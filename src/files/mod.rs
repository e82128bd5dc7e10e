//! Files: read whole but never without a limit, written whole or not at all, and never over what a
//! command reads.

mod check;
mod partial;
mod read;
mod write;

pub use check::{OutputError, OutputFormat, check_output, input_at};
pub use partial::remove_partials_on_signals;
pub use read::{open_regular, read_text, read_whole};
pub use write::{WholeFile, write_whole};

use sha2::{Digest as _, Sha256};

/// A path as text. What is no UTF-8 in it is written as "\xff": unlike a replacement character that
/// tells names apart, and unlike the bytes themselves it is valid JSON.
pub(crate) fn path_text(path: &std::path::Path) -> String {
    let mut text = String::new();
    for part in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(part.valid());
        for byte in part.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Sha-256 of bytes, hexadecimal.
pub(crate) fn hex_sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_named_in_lower_case() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
