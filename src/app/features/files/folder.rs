//! The maps of a folder.

use std::io;
use std::path::{Path, PathBuf};

use crate::progress::Progress;
use crate::volume::drop_image_halves;
pub(super) use crate::volume::looks_like_a_map;

/// Maps opened from one folder; the rest is named in a message.
pub const MAX_MAPS: usize = 40;
/// Folders within folders that are looked into.
const DEPTH: usize = 4;

fn lower_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |n| n.to_string_lossy().to_lowercase())
}

/// The maps in a folder and its folders, hidden ones left out, in the order of their names with
/// numbers read as numbers; `None` where the task was stopped.
///
/// # Errors
/// Where the folder itself cannot be read; folders within that cannot be read are left out.
pub fn maps(folder: &Path, progress: &Progress) -> io::Result<Option<Vec<PathBuf>>> {
    let mut found = Vec::new();
    let mut waiting = vec![(folder.to_owned(), 0)];
    while let Some((place, depth)) = waiting.pop() {
        if progress.is_cancelled() {
            return Ok(None);
        }
        let entries = match std::fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(error),
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if lower_name(&path).starts_with('.') {
                continue;
            }
            // Of the entry itself: a link to a folder above would lead round for ever.
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && depth < DEPTH {
                waiting.push((path, depth + 1));
            } else if !kind.is_dir() && looks_like_a_map(&path) {
                found.push(path);
            }
        }
    }
    drop_image_halves(&mut found);
    found.sort_by_cached_key(|path| sort_key(path));
    Ok(Some(found))
}

/// Letters and numbers in turn, so that sub-2 comes before sub-10.
fn sort_key(path: &Path) -> Vec<(String, u64)> {
    let text = path.to_string_lossy().to_lowercase();
    let mut parts = vec![(String::new(), 0_u64)];
    let mut in_number = false;
    for c in text.chars() {
        match c.to_digit(10) {
            Some(digit) => {
                if let Some((_, number)) = parts.last_mut() {
                    *number = number.saturating_mul(10).saturating_add(u64::from(digit));
                }
                in_number = true;
            }
            None => {
                if in_number {
                    parts.push((String::new(), 0));
                    in_number = false;
                }
                if let Some((letters, _)) = parts.last_mut() {
                    letters.push(c);
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_told_apart() {
        for name in [
            "/a/Zmap.NII.GZ",
            "b.nii",
            "c.mgz",
            "d+tlrc.HEAD",
            "d+tlrc.BRIK.gz",
        ] {
            assert!(looks_like_a_map(Path::new(name)), "{name}");
        }
        for name in ["/a/table.csv.gz", "/", "notes.txt", "nii"] {
            assert!(!looks_like_a_map(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_folder_is_read_in_natural_order_without_halves_and_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("sub-10")).unwrap();
        std::fs::create_dir_all(at(".cache")).unwrap();
        for name in [
            "sub-10/z.nii.gz",
            "sub-2_z.nii",
            "sub-1_z.nii.gz",
            "old.hdr",
            "old.img",
            "afni+tlrc.HEAD",
            "afni+tlrc.BRIK.gz",
            "lonely.img",
            ".hidden.nii",
            ".cache/a.nii",
            "readme.txt",
        ] {
            std::fs::write(at(name), b"").unwrap();
        }
        let found = maps(folder.path(), &Progress::new()).unwrap().unwrap();
        let names: Vec<String> = found
            .iter()
            .map(|p| p.strip_prefix(folder.path()).unwrap().display().to_string())
            .collect();
        assert_eq!(
            names,
            [
                "afni+tlrc.HEAD",
                "lonely.img",
                "old.hdr",
                "sub-1_z.nii.gz",
                "sub-2_z.nii",
                "sub-10/z.nii.gz"
            ]
        );
        let stopped = Progress::new();
        stopped.cancel();
        assert_eq!(maps(folder.path(), &stopped).unwrap(), None);
        assert!(maps(&at("nowhere"), &Progress::new()).is_err());
    }
}
