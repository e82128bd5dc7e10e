//! Numbers and words at fixed places of a binary header, in either byte order.

use super::error::Fault;

/// A header's bytes with their byte order. What lies beyond the end reads as 0 and "".
pub(super) struct Fields<'a> {
    pub bytes: &'a [u8],
    pub big: bool,
}

impl Fields<'_> {
    fn raw<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut out = [0; N];
        if let Some(slice) = self.bytes.get(at..at + N) {
            out.copy_from_slice(slice);
        }
        if self.big {
            out.reverse();
        }
        out
    }

    pub fn i16(&self, at: usize) -> i32 {
        i32::from(i16::from_le_bytes(self.raw(at)))
    }

    pub fn i32(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.raw(at))
    }

    pub fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.raw(at))
    }

    pub fn f32(&self, at: usize) -> f64 {
        f64::from(f32::from_le_bytes(self.raw(at)))
    }

    pub fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.raw(at))
    }

    /// Printable text up to the first zero byte.
    pub fn text(&self, at: usize, len: usize) -> String {
        let bytes = self.bytes.get(at..at + len).unwrap_or_default();
        let end = bytes.iter().position(|&b| b == 0).unwrap_or(len);
        printable(&bytes[..end.min(bytes.len())])
    }
}

/// Bytes as text without control characters or white space around.
pub(super) fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .filter(|c| !c.is_control())
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Big-endian?, and whether the size field was unusable. The size field decides; `dim[0]` (1..=7)
/// must agree, and decides alone where the size field is garbage. Both come as (little, big).
///
/// # Errors
/// [`Fault::BadHeader`] where no order makes sense of both.
pub(super) fn byte_order(
    size: (i32, i32),
    dim0: (i64, i64),
    expected: i32,
) -> Result<(bool, bool), Fault> {
    let plausible = |d: i64| (1..=7).contains(&d);
    let by_size = match size {
        (little, _) if little == expected => Some(false),
        (_, big) if big == expected => Some(true),
        _ => None,
    };
    match (by_size, plausible(dim0.0), plausible(dim0.1)) {
        (Some(false), true, _) => Ok((false, false)),
        (Some(true), _, true) => Ok((true, false)),
        (None, true, false) => Ok((false, true)),
        (None, false, true) => Ok((true, true)),
        (Some(_), true, _) | (Some(_), _, true) => Err(Fault::BadHeader(
            "its fields are in different byte orders".to_owned(),
        )),
        _ => Err(Fault::BadHeader(format!(
            "it declares {} dimensions (1 to 7 are possible)",
            dim0.0
        ))),
    }
}
