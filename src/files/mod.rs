//! Files: read whole but never without a limit, written whole or not at all, and never over what a
//! command reads.

mod check;
mod partial;
mod read;
mod write;

pub use check::{OutputError, OutputFormat, check_output};
pub use partial::remove_partials_on_signals;
pub use read::{open_regular, read_text, read_whole};
pub use write::{WholeFile, write_whole};

use sha2::{Digest as _, Sha256};

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
