//! Finished stages kept on disk, by the hash of everything they depend on.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::align::Rows;
use crate::files;
use crate::tensors::{Container, Tensor};

/// A stage is never larger: features of a million studies take 2 GiB.
const MAX_STAGE_BYTES: u64 = 8 << 30;
/// Of the digest that follows a stage's bytes.
const DIGEST_BYTES: usize = 32;

/// A folder of finished stages, or nowhere. A file that is missing or damaged is a stage to do
/// again; one that cannot be written costs time later, not the run.
#[derive(Debug, Clone, Default)]
pub struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// Keeps stages in `folder`, made when first needed.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: Some(folder.into()),
        }
    }

    /// Keeps nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// The folder of this user: `GYRUS_CACHE`, else the system's cache folder.
    pub(crate) fn of_user() -> Self {
        let given = std::env::var_os("GYRUS_CACHE")
            .filter(|v| !v.is_empty())
            .map(PathBuf::from);
        let system =
            || directories::ProjectDirs::from("", "", "gyrus").map(|d| d.cache_dir().to_owned());
        Self {
            folder: given.or_else(system),
        }
    }

    /// The folder, where there is one.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The stage stored under this name and key.
    pub fn get(&self, stage: &str, key: &Key) -> Option<Container<'static>> {
        let bytes = self.get_bytes(stage, key)?;
        Some(Container::from_bytes(&bytes).ok()?.into_owned())
    }

    /// The bytes of a stage, as they were stored: damaged ones are no stage.
    pub(crate) fn get_bytes(&self, stage: &str, key: &Key) -> Option<Vec<u8>> {
        let mut bytes = files::read_whole(&self.path(stage, key)?, MAX_STAGE_BYTES).ok()?;
        let content = bytes.len().checked_sub(DIGEST_BYTES)?;
        if bytes[content..] != digest(key, &bytes[..content]) {
            return None;
        }
        bytes.truncate(content);
        Some(bytes)
    }

    /// Removes a stage, if it is there.
    pub(crate) fn remove(&self, stage: &str, key: &Key) {
        if let Some(path) = self.path(stage, key) {
            // What cannot be removed is in nobody's way.
            let _ = std::fs::remove_file(path);
        }
    }

    /// Stores a stage.
    pub fn put(&self, stage: &str, key: &Key, content: &Container<'_>) {
        self.put_bytes(stage, key, &content.to_bytes());
    }

    /// Stores the bytes of a stage.
    pub(crate) fn put_bytes(&self, stage: &str, key: &Key, bytes: &[u8]) {
        if let (Some(folder), Some(path)) = (&self.folder, self.path(stage, key)) {
            let write = || {
                std::fs::create_dir_all(folder)?;
                let mut file = files::WholeFile::create(&path)?;
                file.write_all(bytes)?;
                file.write_all(&digest(key, bytes))?;
                file.finish()
            };
            // Not being able to keep a stage is no reason to fail the run that made it.
            let _: io::Result<()> = write();
        }
    }

    /// A table stored under this name and key.
    pub(crate) fn get_rows(
        &self,
        stage: &str,
        key: &Key,
        rows: usize,
        width: usize,
    ) -> Option<Rows> {
        let array = self.get(stage, key)?.take("rows")?;
        let values = (array.shape == [rows, width]).then(|| array.to_f32().ok())??;
        Some(Rows { values, width })
    }

    /// Stores a table.
    pub(crate) fn put_rows(&self, stage: &str, key: &Key, rows: &Rows) {
        let mut content = Container::default();
        content.push(Tensor::f32("rows", &[rows.len(), rows.width], &rows.values));
        self.put(stage, key, &content);
    }

    fn path(&self, stage: &str, key: &Key) -> Option<PathBuf> {
        Some(
            self.folder
                .as_ref()?
                .join(format!("{stage}-{}.stage", &key.0[..32])),
        )
    }
}

/// What the bytes of a stage end in: one flipped bit of a stage would be another model, silently.
fn digest(key: &Key, content: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut hash = Sha256::new();
    hash.update(key.0.as_bytes());
    hash.update(content);
    hash.finalize().into()
}

/// A hash over everything a stage depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Of parts, each taken as a whole: ("ab", "c") and ("a", "bc") differ.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(files::hex(&hash.finalize()))
    }

    /// The hash, hexadecimal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_come_back_by_key_and_damage_is_a_miss() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("deep/er"));
        let rows = Rows {
            values: vec![1.0, 2.0, 3.0, 4.0],
            width: 2,
        };
        let key = Key::of([&b"a"[..], b"bc"]);
        assert_eq!(cache.get_rows("s", &key, 2, 2), None);
        cache.put_rows("s", &key, &rows);
        assert_eq!(cache.get_rows("s", &key, 2, 2), Some(rows));
        assert_eq!(cache.get_rows("s", &key, 1, 4), None);
        assert_eq!(
            cache.get_rows("s", &Key::of([&b"ab"[..], b"c"]), 2, 2),
            None
        );
        let file = std::fs::read_dir(cache.folder().unwrap())
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        // A flipped bit of a value would be read as another value.
        let whole = std::fs::read(&file).unwrap();
        for at in [whole.len() - 40, whole.len() - 1] {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            std::fs::write(&file, flipped).unwrap();
            assert_eq!(cache.get_rows("s", &key, 2, 2), None, "byte {at}");
        }
        std::fs::write(&file, &whole).unwrap();
        assert!(cache.get_rows("s", &key, 2, 2).is_some());
        // The file of another stage under this one's name.
        let other = Key::of([&b"other"[..]]);
        std::fs::copy(&file, cache.path("s", &other).unwrap()).unwrap();
        assert_eq!(cache.get_rows("s", &other, 2, 2), None);
        std::fs::write(&file, b"torn").unwrap();
        assert_eq!(cache.get_rows("s", &key, 2, 2), None);
        assert_eq!(Cache::none().get_rows("s", &key, 2, 2), None);
    }
}
