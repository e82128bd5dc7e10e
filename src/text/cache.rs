//! Embeddings kept on disk, by encoder fingerprint and sha256 of the text.
//!
//! A cache is a folder for each fingerprint with segment files, each written whole under a
//! temporary name and renamed, never changed afterwards; programs running at once add segments
//! side by side. A segment is a header, then records of fixed size, each with its own checksum:
//! whatever is cut off or damaged is left out and computed again.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::TextEncoder;
use super::error::TextError;
use crate::files;
use crate::progress::Progress;

const MAGIC: &[u8; 8] = b"GYRUSEM1";
const CHECKSUM_BYTES: usize = 8;
/// Texts embedded between two writes: what a stop or a crash can lose.
const TEXTS_A_SEGMENT: usize = 2048;
/// More segments than this are merged into one when the cache is next written.
const MAX_SEGMENTS: usize = 16;

type Key = [u8; 32];

fn key_of(text: &str) -> Key {
    Sha256::digest(text.as_bytes()).into()
}

/// The cache folder of one encoder, with its content in memory.
pub struct EmbeddingCache {
    folder: PathBuf,
    dim: usize,
    entries: HashMap<Key, Vec<f32>>,
    segments: Vec<PathBuf>,
}

impl EmbeddingCache {
    /// Reads the cache of the encoder with this fingerprint and width under `root`. Nothing there,
    /// or nothing usable, is an empty cache.
    pub fn open(root: &Path, fingerprint: &str, dim: usize) -> Self {
        // A fingerprint is used as a file name: hash it, whatever an encoder may call itself.
        let name: String = key_of(&format!("{fingerprint}/{dim}"))
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut cache = Self {
            folder: root.join(name),
            dim,
            entries: HashMap::new(),
            segments: Vec::new(),
        };
        let Ok(listing) = fs::read_dir(&cache.folder) else {
            return cache;
        };
        let mut paths: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == "seg"));
        paths.sort();
        for path in paths {
            if let Ok(bytes) = fs::read(&path) {
                cache.entries.extend(parse_segment(&bytes, dim));
            }
            cache.segments.push(path);
        }
        cache
    }

    /// Texts kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The vector of a text, where it is kept.
    pub fn get(&self, text: &str) -> Option<&[f32]> {
        self.entries.get(&key_of(text)).map(Vec::as_slice)
    }

    /// Adds texts with their vectors and writes them; vectors of another width are ignored.
    ///
    /// # Errors
    /// [`TextError::Cache`] where the folder cannot be written; the entries stay in memory.
    pub fn insert(&mut self, new: &[(&str, &[f32])]) -> Result<(), TextError> {
        let new: Vec<(Key, Vec<f32>)> = new
            .iter()
            .filter(|(_, vector)| vector.len() == self.dim)
            .map(|(text, vector)| (key_of(text), vector.to_vec()))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        if self.segments.len() < MAX_SEGMENTS {
            let written = self.write(new.iter().map(|(key, vector)| (key, vector)));
            self.entries.extend(new);
            self.segments.push(written?);
            return Ok(());
        }
        self.entries.extend(new);
        let merged = self.write(self.entries.iter())?;
        for old in std::mem::replace(&mut self.segments, vec![merged.clone()]) {
            if old != merged {
                // One that stays behind costs space, nothing else.
                fs::remove_file(old).ok();
            }
        }
        Ok(())
    }

    /// Writes one segment and returns its path, named by its content.
    fn write<'a>(
        &self,
        records: impl Iterator<Item = (&'a Key, &'a Vec<f32>)>,
    ) -> Result<PathBuf, TextError> {
        let mut bytes = Vec::new();
        bytes.extend(MAGIC);
        bytes.extend((self.dim as u64).to_le_bytes());
        for (key, vector) in records {
            let start = bytes.len();
            bytes.extend(key);
            bytes.extend(vector.iter().flat_map(|v| v.to_le_bytes()));
            let sum = checksum(&bytes[start..]);
            bytes.extend(sum);
        }
        let name = super::minilm::hex_sha256(&bytes);
        let path = self.folder.join(format!("{}.seg", &name[..32]));
        write_segment(&path, &bytes).map_err(|source| TextError::Cache {
            path: path.clone(),
            source,
        })?;
        Ok(path)
    }
}

fn checksum(record: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest: Key = Sha256::digest(record).into();
    let mut sum = [0; CHECKSUM_BYTES];
    sum.copy_from_slice(&digest[..CHECKSUM_BYTES]);
    sum
}

/// The sound records of a segment.
fn parse_segment(bytes: &[u8], dim: usize) -> Vec<(Key, Vec<f32>)> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Vec::new();
    };
    let Some(records) = rest.strip_prefix(&(dim as u64).to_le_bytes()) else {
        return Vec::new();
    };
    records
        .chunks_exact(32 + 4 * dim + CHECKSUM_BYTES)
        .filter_map(|record| {
            let (content, sum) = record.split_at(record.len() - CHECKSUM_BYTES);
            if checksum(content) != sum {
                return None;
            }
            let (key, cells) = content.split_first_chunk::<32>()?;
            let (cells, _) = cells.as_chunks::<4>();
            Some((*key, cells.iter().map(|&c| f32::from_le_bytes(c)).collect()))
        })
        .collect()
}

fn write_segment(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    files::write_whole(path, bytes)
}

/// An encoder that looks into a cache first and keeps what it computes.
pub struct CachedEncoder<'a> {
    inner: &'a dyn TextEncoder,
    state: Mutex<State>,
}

struct State {
    cache: EmbeddingCache,
    warning: Option<TextError>,
}

impl<'a> CachedEncoder<'a> {
    /// Wraps `inner` with the cache under `root`.
    pub fn new(inner: &'a dyn TextEncoder, root: &Path) -> Self {
        let cache = EmbeddingCache::open(root, inner.fingerprint(), inner.dim());
        Self {
            inner,
            state: Mutex::new(State {
                cache,
                warning: None,
            }),
        }
    }

    /// Why results could not be kept, once: a full disk does not stop the work itself.
    pub fn take_warning(&self) -> Option<TextError> {
        self.with_state(|state| state.warning.take())
    }

    /// The lock is never held while the encoder runs; what it guards is whole after every call, so
    /// a poisoned one is still usable.
    fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the cache has of `texts`, and the texts it lacks, each once.
    fn look_up<'t>(&self, texts: &[&'t str]) -> (HashMap<&'t str, Vec<f32>>, Vec<&'t str>) {
        let mut found = HashMap::with_capacity(texts.len());
        let mut seen = HashSet::with_capacity(texts.len());
        let mut missing = Vec::new();
        self.with_state(|state| {
            for &text in texts {
                if !seen.insert(text) {
                    continue;
                }
                match state.cache.get(text) {
                    Some(vector) => {
                        found.insert(text, vector.to_vec());
                    }
                    None => missing.push(text),
                }
            }
        });
        (found, missing)
    }
}

impl TextEncoder for CachedEncoder<'_> {
    /// As the encoder's own; what was computed before a stop is kept. Many texts are worked through
    /// in parts: the stage says how far, the fraction is that of the part.
    fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Vec<Vec<f32>>, TextError> {
        let (mut found, missing) = self.look_up(texts);
        for (number, chunk) in missing.chunks(TEXTS_A_SEGMENT).enumerate() {
            progress.check()?;
            if missing.len() > TEXTS_A_SEGMENT {
                let done = number * TEXTS_A_SEGMENT;
                progress.stage(format!("Reading texts, {done} of {} done", missing.len()));
            }
            let vectors = self.inner.embed(chunk, progress)?;
            let new: Vec<(&str, &[f32])> = chunk
                .iter()
                .zip(&vectors)
                .map(|(&text, vector)| (text, vector.as_slice()))
                .collect();
            self.with_state(|state| {
                if let Err(error) = state.cache.insert(&new) {
                    state.warning = Some(error);
                }
            });
            found.extend(chunk.iter().copied().zip(vectors));
        }
        Ok(texts
            .iter()
            // Every text was found or computed: the default is never used.
            .map(|text| found.get(text).cloned().unwrap_or_default())
            .collect())
    }

    fn dim(&self) -> usize {
        self.inner.dim()
    }

    fn fingerprint(&self) -> &str {
        self.inner.fingerprint()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use std::sync::atomic::AtomicUsize;

    /// Counts the texts it is asked for; the vector depends on the text.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl TextEncoder for Counting {
        fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Vec<Vec<f32>>, TextError> {
            progress.check()?;
            self.0.fetch_add(texts.len(), Ordering::Relaxed);
            let vector = |text: &&str| vec![text.len() as f32, 1.0, f32::from(text.as_bytes()[0])];
            Ok(texts.iter().map(vector).collect())
        }
        fn dim(&self) -> usize {
            3
        }
        fn fingerprint(&self) -> &str {
            "counting"
        }
    }

    /// The embeddings of `texts` from a fresh encoder over `root`, and how many it computed.
    fn run(root: &Path, texts: &[&str]) -> (Vec<Vec<f32>>, usize) {
        let inner = Counting::default();
        let vectors = CachedEncoder::new(&inner, root)
            .embed(texts, &Progress::new())
            .unwrap();
        (vectors, inner.0.into_inner())
    }

    fn segments(root: &Path) -> Vec<PathBuf> {
        let folder = fs::read_dir(root).unwrap().next().unwrap().unwrap();
        let mut paths: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        paths
    }

    #[test]
    fn each_text_is_computed_once() {
        let root = tempfile::tempdir().unwrap();
        let (first, computed) = run(root.path(), &["one", "three", "one"]);
        assert_eq!(computed, 2);
        assert_eq!(first[0], first[2]);
        let (second, computed) = run(root.path(), &["three", "four", "one"]);
        assert_eq!(computed, 1);
        assert_eq!((&second[0], &second[2]), (&first[1], &first[0]));
    }

    #[test]
    fn damage_costs_a_computation_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let texts = ["one", "three", "seventeen"];
        let (sound, _) = run(root.path(), &texts);
        let path = segments(root.path()).remove(0);
        let bytes = fs::read(&path).unwrap();
        // What is still read is right; at most `least` records are lost.
        let check = |damaged: &[u8], least: usize, what: &str| {
            fs::write(&path, damaged).unwrap();
            let cache = EmbeddingCache::open(root.path(), "counting", 3);
            assert!(cache.len() >= least, "{what}");
            for (text, vector) in texts.iter().zip(&sound) {
                assert!(cache.get(text).is_none_or(|v| v == vector), "{what}");
            }
        };
        let record = 32 + 4 * 3 + CHECKSUM_BYTES;
        for cut in 0..bytes.len() {
            let whole = cut.saturating_sub(16) / record;
            check(&bytes[..cut], whole, &format!("cut at {cut}"));
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            let least = if at < 16 { 0 } else { 2 };
            check(&damaged, least, &format!("bit at {at}"));
        }
        let (again, _) = run(root.path(), &texts);
        assert_eq!(again, sound);
    }

    #[test]
    fn many_small_segments_are_merged() {
        let root = tempfile::tempdir().unwrap();
        let inner = Counting::default();
        let encoder = CachedEncoder::new(&inner, root.path());
        let texts: Vec<String> = (0..40).map(|i| format!("text {i}")).collect();
        for text in &texts {
            encoder.embed(&[text], &Progress::new()).unwrap();
        }
        assert!(segments(root.path()).len() <= MAX_SEGMENTS);
        let all: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(run(root.path(), &all).1, 0);
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_a_warning() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("not a folder");
        fs::write(&file, b"").unwrap();
        let inner = Counting::default();
        let encoder = CachedEncoder::new(&inner, &file);
        assert_eq!(encoder.embed(&["one"], &Progress::new()).unwrap().len(), 1);
        assert!(matches!(
            encoder.take_warning(),
            Some(TextError::Cache { .. })
        ));
        encoder.embed(&["one"], &Progress::new()).unwrap();
        assert_eq!(inner.0.load(Ordering::Relaxed), 1, "still kept in memory");
    }
}
