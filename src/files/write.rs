//! Files that appear whole or not at all.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::partial::{Partial, no_name};

/// Links followed before they are taken for a circle.
const MAX_LINKS: usize = 40;

/// A file being written. It appears under its name with [`WholeFile::finish`], in place of the one
/// that was there; dropped before, it leaves no trace.
///
/// What is replaced is the file a link leads to, never the link; owner and permissions of a replaced
/// file are kept, and a write-protected one is not replaced. A pipe or a device is written to as
/// it comes.
#[derive(Debug)]
pub struct WholeFile {
    target: PathBuf,
    out: Out,
}

#[derive(Debug)]
enum Out {
    Beside(Partial),
    Direct(File),
}

impl WholeFile {
    /// Begins a file.
    ///
    /// # Errors
    /// Where the folder or the disk refuses, the path names no file, or the file there is
    /// write-protected.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::create_with_ending(path, ".part")
    }

    /// As [`Self::create`]; until it is finished the file's name has this ending.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_with_ending(path: &Path, ending: &str) -> io::Result<Self> {
        let target = follow(path)?;
        let there = fs::metadata(&target).ok();
        if there.as_ref().is_some_and(Metadata::is_dir) {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "this is a folder, not a file",
            ));
        }
        if there.as_ref().is_some_and(|about| !about.is_file()) {
            let file = OpenOptions::new().write(true).open(&target)?;
            return Ok(Self {
                target,
                out: Out::Direct(file),
            });
        }
        // Renaming over it would work, but is not what its owner meant.
        if there
            .as_ref()
            .is_some_and(|about| about.permissions().readonly())
        {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the file there is write-protected",
            ));
        }
        let partial = Partial::create(&target, ending, there.is_some())?;
        Ok(Self {
            target,
            out: Out::Beside(partial),
        })
    }

    /// Where the bytes lie until the file is finished; `None` for a pipe or a device.
    pub fn partial_path(&self) -> Option<&Path> {
        match &self.out {
            Out::Beside(partial) => Some(&partial.path),
            Out::Direct(_) => None,
        }
    }

    /// Puts the file under its name.
    ///
    /// # Errors
    /// What the disk says; what was there before is then as it was.
    pub fn finish(self) -> io::Result<()> {
        let Out::Beside(partial) = self.out else {
            return Ok(());
        };
        // Without it a crash may leave the new name over no bytes.
        partial.file.sync_all()?;
        if let Ok(before) = fs::metadata(&self.target) {
            keep_permissions(&partial.file, &before)?;
        }
        fs::rename(&partial.path, &self.target)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Beside(partial) => partial.file.write(bytes),
            Out::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Beside(partial) => partial.file.flush(),
            Out::Direct(file) => file.flush(),
        }
    }
}

/// Writes a file: a reader sees the old one or the whole new one, and a failure leaves the old one.
///
/// # Errors
/// As [`WholeFile::create`] and [`WholeFile::finish`].
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// The file that a name stands for: itself, or what a chain of links ends at, there or not.
fn follow(path: &Path) -> io::Result<PathBuf> {
    // Asked of the system first: it refuses to follow what another user put into a shared folder.
    match fs::metadata(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if path.file_name().is_none() {
            return Err(no_name());
        }
        match fs::read_link(&path) {
            // Relative links start at the folder they lie in.
            Ok(leads_to) => path = path.parent().unwrap_or(Path::new("")).join(leads_to),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("its links lead in a circle"))
}

/// Gives a new file the owner, group and permissions of the one it replaces, and never more.
#[cfg(unix)]
fn keep_permissions(file: &File, before: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let now = file.metadata()?;
    let mut mode = before.permissions().mode() & 0o777;
    if (now.uid(), now.gid()) != (before.uid(), before.gid())
        && fchown(file, Some(before.uid()), Some(before.gid())).is_err()
        && now.gid() != before.gid()
    {
        // What the old group was allowed is not for this one.
        mode &= !0o070;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn keep_permissions(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
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
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let blocked = folder.path().join("map.csv").join("inside a file");
        write_whole(&blocked, b"lost").unwrap_err();
        write_whole(Path::new("/"), b"lost").unwrap_err();
        // A folder stands where the file should go.
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        write_whole(&taken, b"lost").unwrap_err();
        // One that is begun and given up.
        let mut begun = WholeFile::create(&path).unwrap();
        begun.write_all(b"half").unwrap();
        drop(begun);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["map.csv", "taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_written_through_and_permissions_kept() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
        fs::create_dir(at("store")).unwrap();
        fs::write(at("store/real.csv"), b"old").unwrap();
        fs::set_permissions(at("store/real.csv"), fs::Permissions::from_mode(0o600)).unwrap();
        symlink("store/real.csv", at("near.csv")).unwrap();
        symlink(at("near.csv"), at("far.csv")).unwrap();
        symlink("store/new.csv", at("dangling.csv")).unwrap();
        symlink("circle.csv", at("circle.csv")).unwrap();
        write_whole(&at("far.csv"), b"new").unwrap();
        write_whole(&at("dangling.csv"), b"first").unwrap();
        for link in ["far.csv", "near.csv", "dangling.csv"] {
            let about = fs::symlink_metadata(at(link)).unwrap();
            assert!(about.is_symlink(), "{link}");
        }
        assert_eq!(fs::read(at("store/real.csv")).unwrap(), b"new");
        assert_eq!(fs::read(at("store/new.csv")).unwrap(), b"first");
        assert_eq!(mode("store/real.csv"), 0o600);
        fs::set_permissions(at("store/new.csv"), fs::Permissions::from_mode(0o664)).unwrap();
        write_whole(&at("store/new.csv"), b"second").unwrap();
        assert_eq!(mode("store/new.csv"), 0o664);
        assert!(write_whole(&at("circle.csv"), b"").is_err());
        fs::set_permissions(at("store/new.csv"), fs::Permissions::from_mode(0o444)).unwrap();
        let told = write_whole(&at("store/new.csv"), b"third").unwrap_err();
        assert!(told.to_string().contains("write-protected"), "{told}");
        assert_eq!(fs::read(at("store/new.csv")).unwrap(), b"second");
    }
}
