//! Files that appear whole or not at all, and the names of their bytes.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

/// Writes beside the target, then renames over it: a reader sees the old file or the whole new one,
/// and a failure leaves the old one.
///
/// # Errors
/// Where the folder or the disk refuses, or the path names no file.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path names no file",
        ));
    };
    // A pipe or a device is written to, never replaced.
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return std::fs::write(path, bytes);
    }
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut partial = name.to_owned();
    partial.push(format!(".{}-{number}.part", std::process::id()));
    // In the same folder, so that the rename cannot cross a disk.
    let partial = path.with_file_name(partial);
    let written = std::fs::File::create(&partial)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            // Without it a crash may leave the new name over no bytes.
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        // The half-written file is ours; failing to remove it changes nothing for the caller.
        std::fs::remove_file(&partial).ok();
    }
    written
}

/// Finds out before a long run whether its result can be written.
///
/// # Errors
/// Where the path is a folder, or its folder is missing or not writable.
pub(crate) fn check_can_write(path: &Path) -> io::Result<()> {
    if path.is_dir() || path.file_name().is_none() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "this is a folder, not a file",
        ));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Permissions alone do not tell (full or read-only file systems): a file is made and removed.
    let probe = folder.join(format!(".gyrus-{}.tmp", std::process::id()));
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
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
    fn a_failed_write_leaves_the_old_file_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.csv");
        write_whole(&path, b"old").unwrap();
        write_whole(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        let blocked = folder.path().join("map.csv").join("inside a file");
        write_whole(&blocked, b"lost").unwrap_err();
        write_whole(Path::new("/"), b"lost").unwrap_err();
        // A folder stands where the file should go: the rename is refused.
        let taken = folder.path().join("taken");
        std::fs::create_dir(&taken).unwrap();
        std::fs::write(taken.join("kept"), b"kept").unwrap();
        write_whole(&taken, b"lost").unwrap_err();
        let mut left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["map.csv", "taken"]);
    }

    #[test]
    fn bytes_are_named_in_lower_case() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
