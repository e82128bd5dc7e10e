//! The maps below some folders, each under a name that does not depend on where the folders lie.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::BatchError;
use crate::files::path_text;
use crate::progress::Progress;
use crate::volume::{drop_image_halves, looks_like_a_map};

/// A file to be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Path below the common folder of all inputs, with "/" between.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Why the folder of this name could not be looked into.
    pub unreadable: Option<String>,
}

/// All maps of the inputs, sorted by name, each name once. Folders are looked into as deep as they go, hidden ones
/// not; one that several links lead to is looked into once. Files that are named are taken, whatever they are.
///
/// # Errors
/// [`BatchError::Io`] for an input that is not there, a stop.
pub(super) fn find(inputs: &[PathBuf], progress: &Progress) -> Result<Vec<Entry>, BatchError> {
    let mut roots = Vec::new();
    for input in inputs {
        let path = std::path::absolute(input).map_err(BatchError::io(input))?;
        let is_folder = std::fs::metadata(&path)
            .map_err(BatchError::io(input))?
            .is_dir();
        roots.push((path, is_folder));
    }
    let folders = roots.iter().map(|(path, is_folder)| match is_folder {
        true => path.as_path(),
        false => path.parent().unwrap_or(path),
    });
    let common = common(folders);
    let mut found = Found::default();
    for (path, is_folder) in &roots {
        if *is_folder {
            found.look_into(path, progress)?;
        } else {
            found.files.push(path.clone());
        }
    }
    let name = |path: &Path| {
        let below = path.strip_prefix(&common).unwrap_or(path);
        let parts: Vec<String> = below
            .iter()
            .map(|part| path_text(Path::new(part)))
            .collect();
        parts.join("/")
    };
    let files = found.files.iter().map(|path| Entry {
        name: name(path),
        path: path.clone(),
        unreadable: None,
    });
    let folders = found.unreadable.iter().map(|(path, why)| Entry {
        name: name(path),
        path: path.clone(),
        unreadable: Some(why.clone()),
    });
    let mut entries: Vec<Entry> = files.chain(folders).collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries.dedup_by(|a, b| a.name == b.name);
    Ok(entries)
}

/// The deepest folder that holds all.
fn common<'a>(mut folders: impl Iterator<Item = &'a Path>) -> PathBuf {
    let first = folders.next().map(|path| path.components().collect());
    let mut common: Vec<Component<'_>> = first.unwrap_or_default();
    for path in folders {
        let shared = common.iter().zip(path.components());
        let shared = shared.take_while(|(a, b)| **a == *b).count();
        common.truncate(shared);
    }
    common.iter().collect()
}

#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    unreadable: Vec<(PathBuf, String)>,
    /// Folders looked into, by the path without links.
    visited: HashSet<PathBuf>,
}

impl Found {
    /// Takes the maps of a folder and of those below it; folders that links lead to come last, so that what lies
    /// below the folder itself is known by its own path.
    fn look_into(&mut self, folder: &Path, progress: &Progress) -> Result<(), BatchError> {
        let mut links = vec![folder.to_owned()];
        while !links.is_empty() {
            links.sort();
            let mut next = Vec::new();
            for link in links {
                self.below(link, &mut next, progress)?;
            }
            links = next;
        }
        Ok(())
    }

    /// As [`Self::look_into`], leaving folders that links lead to for later.
    fn below(
        &mut self,
        folder: PathBuf,
        links: &mut Vec<PathBuf>,
        progress: &Progress,
    ) -> Result<(), BatchError> {
        let mut waiting = vec![folder];
        while let Some(folder) = waiting.pop() {
            progress.check()?;
            let canonical = std::fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone());
            if !self.visited.insert(canonical) {
                continue;
            }
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(why) => {
                    self.unreadable.push((folder, why.to_string()));
                    continue;
                }
            };
            let mut files = Vec::new();
            for entry in entries.flatten() {
                if is_hidden(&entry.file_name()) {
                    continue;
                }
                let path = entry.path();
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                if kind.is_dir() {
                    waiting.push(path);
                } else if kind.is_symlink() && path.is_dir() {
                    links.push(path);
                } else if looks_like_a_map(&path) {
                    // A link to nothing too: the results then say that its file is missing.
                    files.push(path);
                }
            }
            drop_image_halves(&mut files);
            self.files.append(&mut files);
        }
        Ok(())
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(inputs: &[PathBuf]) -> Vec<String> {
        let found = find(inputs, &Progress::new()).unwrap();
        found.into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn folders_are_looked_into_and_names_begin_below_what_inputs_share() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [
            "b/z.nii.gz",
            "a.nii",
            "b/c/x.hdr",
            "b/c/x.img",
            ".hidden/y.nii",
            "b/readme.txt",
        ] {
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), b"").unwrap();
        }
        let all = ["a.nii", "b/c/x.hdr", "b/z.nii.gz"];
        assert_eq!(names(&[folder.path().to_owned()]), all);
        assert_eq!(names(&[at("b")]), ["c/x.hdr", "z.nii.gz"]);
        assert_eq!(names(&[at("a.nii")]), ["a.nii"]);
        assert_eq!(names(&[at("b"), at("a.nii"), at("b/z.nii.gz")]), all);
        assert_eq!(
            names(&[at("b/readme.txt")]),
            ["readme.txt"],
            "what is named is taken"
        );
        assert!(find(&[at("gone")], &Progress::new()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_but_not_in_circles() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("m")).unwrap();
        std::fs::write(at("m/z.nii"), b"").unwrap();
        std::fs::write(other.path().join("far.nii"), b"").unwrap();
        symlink(folder.path(), at("m/up")).unwrap();
        symlink(at("m"), at("also")).unwrap();
        symlink(other.path(), at("other")).unwrap();
        symlink(at("m/z.nii"), at("link.nii")).unwrap();
        symlink(at("nowhere"), at("lost.nii.gz")).unwrap();
        let want = ["link.nii", "lost.nii.gz", "m/z.nii", "other/far.nii"];
        assert_eq!(names(&[folder.path().to_owned()]), want);
    }
}
