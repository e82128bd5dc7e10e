//! Session files: the document as readable JSON. Maps are named, not copied: files by a path beside
//! the session where that is possible, with the hash of their bytes, so that a session folder can be
//! moved or given away and a changed file is noticed.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::layer::{Layer, Source};
use crate::error::{Explain, Explanation};
use crate::files;
use crate::provenance::{MapRecord, Provenance};

/// Ending of session files.
pub const ENDING: &str = "gyrus-session";
/// Version written; a newer one is not understood.
pub const SESSION_VERSION: u32 = 1;
/// A session names a few dozen maps: what is larger is no session.
const MAX_BYTES: u64 = 16 << 20;
/// A map this many folders above the session still gets a relative path.
const MAX_UP: usize = 3;

/// The file's content.
#[derive(Serialize, Deserialize)]
struct SessionFile {
    /// [`SESSION_VERSION`].
    gyrus_session: u32,
    /// Version of the program that wrote it, for the curious.
    program: String,
    /// The maps it names and how they were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
    /// The session itself, without values and results.
    document: Document,
}

/// Why a session was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{path} is no session: {why}")]
    NotASession {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A later program wrote it.
    #[error("{path} is a session of version {version}")]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The file could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Explain for SessionError {
    fn explain(&self) -> Explanation {
        let (what, why, remedy, path) = match self {
            Self::Read { path, source } => (
                "Could not open this session",
                source.to_string(),
                "Check that the file is there and may be read",
                path,
            ),
            Self::NotASession { path, why } => (
                "Could not open this session",
                why.clone(),
                "Choose a file that Gyrus saved with “Save session…”",
                path,
            ),
            Self::Newer { path, version } => (
                "Could not open this session",
                format!("a later Gyrus wrote it (version {version}, known is {SESSION_VERSION})"),
                "Open it with that Gyrus, or install a newer one here",
                path,
            ),
            Self::Write { path, source } => (
                "Could not save the session",
                source.to_string(),
                "Choose another folder, or make room on the disk",
                path,
            ),
        };
        Explanation {
            what: what.to_owned(),
            why,
            remedy: remedy.to_owned(),
            path: Some(path.clone()),
        }
    }
}

/// Whether a path names a session. The reader has the last word.
pub fn looks_like_a_session(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING))
}

/// The document as a session file's text, with paths as seen from `folder` (absolute without one).
pub fn to_text(document: &Document, folder: Option<&Path>) -> String {
    let mut document = Document {
        results: Default::default(),
        ..document.clone()
    };
    for layer in &mut document.layers {
        if let Source::File { path, .. } = &mut layer.source {
            let whole = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
            *path = match folder {
                Some(folder) => seen_from(&whole, folder),
                None => whole,
            };
        }
    }
    if let Some(path) = document
        .model
        .as_mut()
        .and_then(|model| model.path.as_mut())
    {
        let whole = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        *path = folder.map_or_else(|| whole.clone(), |folder| seen_from(&whole, folder));
    }
    let file = SessionFile {
        gyrus_session: SESSION_VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        provenance: Some(provenance(&document)),
        document,
    };
    // Plain data with text keys: serde_json has nothing to refuse.
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text
}

/// The maps a session shows. Of those whose values are not there yet, what the session said of them.
fn provenance(document: &Document) -> Provenance {
    let record = |layer: &Layer| {
        let (sha256, frame) = match (&layer.volume, &layer.source) {
            (Some(volume), _) => (volume.hash.clone(), volume.frame),
            (None, Source::File { hash, frame, .. }) => (hash.clone(), *frame),
            (None, Source::Embedded { hash, .. }) => (hash.clone(), 0),
            (
                None,
                Source::Predicted { .. }
                | Source::Studies { .. }
                | Source::Derived { .. }
                | Source::Carried { .. },
            ) => (String::new(), 0),
        };
        let made_by = layer
            .volume
            .as_ref()
            .and_then(|volume| volume.provenance.as_deref());
        MapRecord {
            name: layer.name.clone(),
            sha256,
            frame: frame + 1,
            made_by: made_by.cloned().map(Box::new),
        }
    };
    let layers = document.layers.iter();
    layers.fold(Provenance::new("session"), |made, layer| {
        made.map(record(layer))
    })
}

/// Reads a session from its text; relative paths are taken from `folder`. `path` is for messages.
///
/// # Errors
/// Where the text is no session, or one of a later version.
pub fn from_text(text: &str, folder: &Path, path: &Path) -> Result<Document, SessionError> {
    let no_session = |why: String| SessionError::NotASession {
        path: path.to_owned(),
        why,
    };
    // The version first: a later file need not have today's shape.
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| no_session(format!("the file is no JSON text ({error})")))?;
    let version = value
        .get("gyrus_session")
        .and_then(serde_json::Value::as_u64)
        .ok_or_else(|| no_session("the file does not say that it is a Gyrus session".to_owned()))?;
    if version > u64::from(SESSION_VERSION) {
        return Err(SessionError::Newer {
            path: path.to_owned(),
            version: u32::try_from(version).unwrap_or(u32::MAX),
        });
    }
    let file: SessionFile = serde_json::from_value(value)
        .map_err(|error| no_session(format!("a part of it is not understood ({error})")))?;
    let mut document = file.document;
    for layer in &mut document.layers {
        if let Source::File { path, .. } = &mut layer.source {
            *path = found(path, folder);
        }
    }
    if let Some(path) = document
        .model
        .as_mut()
        .and_then(|model| model.path.as_mut())
    {
        *path = found(path, folder);
    }
    Ok(document)
}

/// Writes a session, whole or not at all.
///
/// # Errors
/// Where the folder or the disk refuses.
pub fn write(document: &Document, path: &Path) -> Result<(), SessionError> {
    let failed = |source| SessionError::Write {
        path: path.to_owned(),
        source,
    };
    let whole = std::path::absolute(path).map_err(failed)?;
    let text = to_text(document, whole.parent());
    files::write_whole(&whole, text.as_bytes()).map_err(failed)
}

/// Reads a session file.
///
/// # Errors
/// Where it cannot be read, is no session, or comes from a later program.
pub fn read(path: &Path) -> Result<Document, SessionError> {
    let failed = |source| SessionError::Read {
        path: path.to_owned(),
        source,
    };
    let whole = std::path::absolute(path).map_err(failed)?;
    let bytes = files::read_whole(&whole, MAX_BYTES).map_err(|error| match error.get_ref() {
        Some(why) => SessionError::NotASession {
            path: path.to_owned(),
            why: why.to_string(),
        },
        None => failed(error),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| SessionError::NotASession {
        path: path.to_owned(),
        why: "the file is no text".to_owned(),
    })?;
    from_text(&text, whole.parent().unwrap_or(Path::new("/")), path)
}

/// A path as seen from a folder: relative where the way goes up a few folders at most.
fn seen_from(path: &Path, folder: &Path) -> PathBuf {
    let parts: Vec<Component<'_>> = path.components().collect();
    let base: Vec<Component<'_>> = folder.components().collect();
    let common = parts.iter().zip(&base).take_while(|(a, b)| a == b).count();
    let up = base.len() - common;
    // On another drive, or far away: the way there says more than the way from here.
    if common == 0 || up > MAX_UP || common == 1 && up > 0 {
        return path.to_owned();
    }
    let mut relative: PathBuf = std::iter::repeat_n(Component::ParentDir, up).collect();
    relative.extend(&parts[common..]);
    relative
}

/// Where a session's map is: as written, else beside the session under the same name.
fn found(path: &Path, folder: &Path) -> PathBuf {
    let whole = folder.join(path);
    if whole.exists() {
        return whole;
    }
    match path.file_name().map(|name| folder.join(name)) {
        Some(beside) if beside.exists() => beside,
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_where_that_helps() {
        for (path, folder, seen) in [
            ("/a/b/map.nii", "/a/b", "map.nii"),
            ("/a/b/maps/map.nii", "/a/b", "maps/map.nii"),
            ("/a/map.nii", "/a/b/c", "../../map.nii"),
            ("/elsewhere/map.nii", "/a/b", "/elsewhere/map.nii"),
            ("/a/map.nii", "/a/b/c/d/e", "/a/map.nii"),
        ] {
            let got = seen_from(Path::new(path), Path::new(folder));
            assert_eq!(got, Path::new(seen), "{path} from {folder}");
        }
    }

    #[test]
    fn what_is_no_session_is_said_to_be_none() {
        let path = Path::new("/x.gyrus-session");
        for text in ["", "{", "[]", "7", r#"{"a":1}"#, r#"{"gyrus_session":1}"#] {
            let error = from_text(text, Path::new("/"), path).unwrap_err();
            assert!(
                matches!(error, SessionError::NotASession { .. }),
                "{text}: {error}"
            );
            assert_eq!(error.explain().path.as_deref(), Some(path));
        }
        let later = r#"{"gyrus_session":99,"novelty":true}"#;
        let error = from_text(later, Path::new("/"), path).unwrap_err();
        assert!(matches!(error, SessionError::Newer { version: 99, .. }));
    }

    #[test]
    fn a_document_comes_back_as_it_was() {
        let document = Document {
            cut_mm: [1.0, -2.5, 3.0],
            crosshair: false,
            ..Document::default()
        };
        let text = to_text(&document, None);
        let back = from_text(&text, Path::new("/"), Path::new("/s")).unwrap();
        assert_eq!(
            serde_json::to_value(&back).unwrap(),
            serde_json::to_value(&document).unwrap()
        );
    }
}
