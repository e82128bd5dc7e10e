//! What people and programs read: no byte of a file's name or header reaches a terminal as an order.

use std::borrow::Cow;
use std::io::Write as _;
use std::path::Path;

use super::{Failure, Outcome};
pub(super) use crate::files::path_text;

/// Writes to stdout; a closed pipe ends the program quietly. Control characters, which may come from
/// names and headers of files, are written out as "\x1b".
pub fn print_text(text: &str) -> Outcome {
    print_bytes(lines(text).as_bytes())
}

/// As [`print_text`], on stderr; nobody is told where that is closed.
pub(super) fn tell(text: impl std::fmt::Display) {
    let text = format!("{text}\n");
    std::io::stderr()
        .lock()
        .write_all(lines(&text).as_bytes())
        .ok();
}

pub(super) fn print_bytes(bytes: &[u8]) -> Outcome {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| Failure::from_output(&error, None))
}

/// A path for people, in one line.
pub(super) fn shown(path: &Path) -> String {
    one_line(&path_text(path)).into_owned()
}

/// Text without control characters, line ends among them.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// Text without control characters but line ends.
fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c == '\n')
}

fn escaped(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    let control = |c: char| c.is_control() && !keep(c);
    if !text.contains(control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if control(c) {
            out.push_str(&format!("\\x{:02x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(
            one_line("a\x1b[31mb\r\nc\u{9b}"),
            "a\\x1b[31mb\\x0d\\x0ac\\x9b"
        );
        assert_eq!(lines("a\nb\x07"), "a\nb\\x07");
        assert!(matches!(one_line("μ 脑 é"), Cow::Borrowed(_)));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_stay_apart() {
        use std::os::unix::ffi::OsStrExt as _;
        let path = |bytes: &[u8]| path_text(Path::new(std::ffi::OsStr::from_bytes(bytes)));
        assert_eq!(path(b"m\xff.nii"), "m\\xff.nii");
        assert_ne!(path(b"m\xff.nii"), path(b"m\xfe.nii"));
        assert_eq!(path("maß.nii".as_bytes()), "maß.nii");
    }
}
