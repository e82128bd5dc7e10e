//! Where assets lie and what is there of them.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::part::part_path;
use super::{Asset, AssetError, SourceFile, all};
use crate::files;
use crate::progress::{Cancelled, Progress};

/// The folder that holds a folder an asset: `to` where it is given, else what `GYRUS_ASSETS` names, else `assets` in the
/// user's folder for the program's data.
///
/// # Errors
/// [`AssetError::NoFolder`] where the user has none.
pub fn root(to: Option<&Path>) -> Result<PathBuf, AssetError> {
    if let Some(to) = to {
        return Ok(to.to_owned());
    }
    if let Some(named) = std::env::var_os("GYRUS_ASSETS").filter(|named| !named.is_empty()) {
        return Ok(named.into());
    }
    directories::ProjectDirs::from("", "", "gyrus")
        .map(|folders| folders.data_dir().join("assets"))
        .ok_or(AssetError::NoFolder)
}

/// What is there of a file, by its size alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Nothing.
    Missing,
    /// A download that was cut short, of so many bytes.
    Begun(u64),
    /// A file of another size.
    WrongSize(u64),
    /// A file of the right size.
    There,
}

/// What is there of an asset, by sizes alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AssetState {
    /// Nothing.
    Absent,
    /// Some of it.
    Partial,
    /// All files, with their sizes.
    Complete,
}

impl AssetState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Partial => "partial",
            Self::Complete => "complete",
        }
    }
}

/// What a file turned out to be when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileCheck {
    /// The published file.
    Sound,
    /// It is not there.
    Missing,
    /// It has so many bytes.
    WrongSize(u64),
    /// It has this SHA-256.
    WrongSum(String),
    /// It cannot be read.
    Unreadable(String),
}

impl FileCheck {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Sound => "sound".into(),
            Self::Missing => "missing".into(),
            Self::WrongSize(bytes) => format!("wrong size: {bytes} bytes"),
            Self::WrongSum(sum) => format!("wrong SHA-256: {sum}"),
            Self::Unreadable(why) => format!("cannot be read: {why}"),
        }
    }
}

/// What is there of a file in an asset's folder.
pub fn file_state(folder: &Path, file: &SourceFile) -> FileState {
    let path = folder.join(file.name);
    let size = |path: &Path| fs::metadata(path).ok().filter(|about| about.is_file());
    match (size(&path), size(&part_path(&path))) {
        (Some(about), _) if about.len() == file.bytes => FileState::There,
        (Some(about), _) => FileState::WrongSize(about.len()),
        (None, Some(part)) => FileState::Begun(part.len()),
        (None, None) => FileState::Missing,
    }
}

/// What is there of an asset below the folder of assets.
pub fn asset_state(root: &Path, asset: &Asset) -> AssetState {
    let folder = root.join(asset.name);
    let states = asset.files.iter().map(|file| file_state(&folder, file));
    let states: Vec<FileState> = states.collect();
    if states.iter().all(|state| *state == FileState::There) {
        AssetState::Complete
    } else if states.iter().all(|state| *state == FileState::Missing) {
        AssetState::Absent
    } else {
        AssetState::Partial
    }
}

/// Folders of the assets that are complete, each of which [`crate::corpus`] reads.
pub fn installed(root: &Path) -> Vec<PathBuf> {
    all()
        .iter()
        .filter(|asset| asset_state(root, asset) == AssetState::Complete)
        .map(|asset| root.join(asset.name))
        .collect()
}

/// Reads a file of an asset and holds it against its published size and sum.
///
/// # Errors
/// On cancel.
pub(super) fn check(
    folder: &Path,
    file: &SourceFile,
    progress: &Progress,
) -> Result<FileCheck, Cancelled> {
    let unreadable = |error: std::io::Error| FileCheck::Unreadable(error.to_string());
    let (mut opened, len) = match files::open_regular(&folder.join(file.name)) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(FileCheck::Missing);
        }
        Err(error) => return Ok(unreadable(error)),
    };
    if len != file.bytes {
        return Ok(FileCheck::WrongSize(len));
    }
    let mut sum = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        progress.check()?;
        match opened.read(&mut block) {
            Ok(0) => break,
            Ok(read) => sum.update(&block[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(unreadable(error)),
        }
    }
    let sum = files::hex(&sum.finalize());
    Ok(match sum == file.sha256 {
        true => FileCheck::Sound,
        false => FileCheck::WrongSum(sum),
    })
}

/// Reads every file of an asset and holds it against its published size and sum.
///
/// # Errors
/// On cancel.
pub fn verify(
    root: &Path,
    asset: &Asset,
    progress: &Progress,
) -> Result<Vec<(SourceFile, FileCheck)>, Cancelled> {
    progress.stage(format!("Checking {}", asset.title));
    let folder = root.join(asset.name);
    let checks = asset.files.iter().enumerate().map(|(n, file)| {
        progress.set_fraction(n as f32 / asset.files.len() as f32);
        Ok((file.clone(), check(&folder, file, progress)?))
    });
    checks.collect()
}
