//! Reading a file whole: regular files only, and never more of them than the caller has room for.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::path::Path;

/// Why a file was not read; the inner error of the [`io::Error`]s made here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("it is {0}, not a file")]
    NotAFile(&'static str),
    #[error("it is larger than {}, the most that is read of such a file", size(*.0))]
    TooLarge(u64),
    #[error("it is no text (UTF-8)")]
    NotText,
}

/// Opens a regular file for reading and tells its length. Pipes, sockets and devices, which may have
/// no end or keep the reader waiting, are refused before they are opened.
///
/// # Errors
/// What the system says, or that it is a folder, a pipe, a socket or a device.
pub fn open_regular(path: &Path) -> io::Result<(File, u64)> {
    let refuse = |kind| match not_a_file(kind) {
        Some(what) => Err(io::Error::other(Refused::NotAFile(what))),
        None => Ok(()),
    };
    let about = fs::metadata(path)?;
    if about.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            Refused::NotAFile("a folder"),
        ));
    }
    refuse(about.file_type())?;
    let file = File::open(path)?;
    // Of what was opened, which may be another thing by now.
    let about = file.metadata()?;
    refuse(about.file_type())?;
    Ok((file, about.len()))
}

/// Reads a regular file whole, if it has at most `max_bytes`.
///
/// # Errors
/// As [`open_regular`], and where the file is, or while being read becomes, longer.
pub fn read_whole(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::other(Refused::TooLarge(max_bytes));
    let (file, length) = open_regular(path)?;
    if length > max_bytes {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // The length is the file system's word (0 for what the system makes up as it is read).
    bytes.try_reserve_exact(usize::try_from(length).map_err(|_| too_large())?)?;
    file.take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(too_large());
    }
    Ok(bytes)
}

/// As [`read_whole`], as text.
///
/// # Errors
/// As [`read_whole`], and where the bytes are not UTF-8.
pub fn read_text(path: &Path, max_bytes: u64) -> io::Result<String> {
    String::from_utf8(read_whole(path, max_bytes)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, Refused::NotText))
}

/// What something that is no file is, with its article.
#[cfg(unix)]
fn not_a_file(kind: FileType) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else if kind.is_fifo() {
        Some("a named pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

#[cfg(not(unix))]
fn not_a_file(kind: FileType) -> Option<&'static str> {
    (!kind.is_file()).then_some("something else")
}

/// "16 MB", "800 bytes": limits are round numbers.
fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("names.csv");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(read_whole(&path, 5).unwrap(), b"12345");
        let told = read_whole(&path, 4).unwrap_err().to_string();
        assert!(told.contains("larger than 4 bytes"), "{told}");
        assert_eq!(read_text(&path, 5).unwrap(), "12345");
        fs::write(&path, b"\xff\xfe").unwrap();
        assert!(
            read_text(&path, 5)
                .unwrap_err()
                .to_string()
                .contains("no text")
        );
        let folder = read_whole(folder.path(), 5).unwrap_err();
        assert_eq!(folder.kind(), io::ErrorKind::IsADirectory);
        assert!(folder.to_string().contains("a folder"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_has_no_end_is_refused_at_once() {
        // A device is none of the file system's lengths: /proc files say 0 and are read to their end.
        let told = read_whole(Path::new("/dev/zero"), 1 << 20).unwrap_err();
        assert!(told.to_string().contains("a device"), "{told}");
        assert!(
            read_whole(Path::new("/proc/self/status"), 1 << 20)
                .unwrap()
                .len()
                > 100
        );
        assert!(read_whole(Path::new("/proc/self/status"), 10).is_err());
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let told = read_whole(&socket, 10).unwrap_err().to_string();
        assert!(told.contains("a socket"), "{told}");
    }

    #[test]
    fn sizes_are_said_in_round_numbers() {
        assert_eq!(
            [800, 16 << 20, 3 << 30].map(size),
            ["800 bytes", "16 MB", "3 GB"]
        );
    }
}
