//! Brings what is missing of an asset.

use std::fs;
use std::path::{Path, PathBuf};

use super::meter::Meter;
use super::state::check;
use super::{Asset, AssetError, FileCheck, Network, SourceFile, download, local};
use crate::progress::Progress;

/// How a file came to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It was there already, and is sound.
    Kept,
    /// Over the network.
    Downloaded,
    /// From what was given.
    Taken,
}

/// A file that is there now, as published.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Brought {
    /// Its name.
    pub name: &'static str,
    /// Its size.
    pub bytes: u64,
    /// How it came.
    pub how: How,
}

/// Brings every file of an asset into `root`/`asset.name` that is not there as published: from what is given (files, folders,
/// archives) without the network, or where nothing is given over the network. Files that are sound stay as they are.
///
/// # Errors
/// [`AssetError`]. Files that came before it stay; one that did not come whole is not under its name.
pub fn fetch(
    asset: &Asset,
    root: &Path,
    given: &[PathBuf],
    network: &Network,
    progress: &Progress,
) -> Result<Vec<Brought>, AssetError> {
    let folder = root.join(asset.name);
    fs::create_dir_all(&folder).map_err(|error| AssetError::io("written", &folder, error))?;
    let mut wanted: Vec<&SourceFile> = Vec::new();
    for file in asset.files {
        if check(&folder, file, progress)? != FileCheck::Sound {
            wanted.push(file);
        }
    }
    let bytes = wanted.iter().map(|file| file.bytes).sum();
    let mut meter = Meter::new(progress, asset.title, bytes);
    let how = if given.is_empty() {
        for file in &wanted {
            progress.check()?;
            let url = network.address(asset, file)?;
            download::download(file, &url, &folder.join(file.name), network, &mut meter)?;
        }
        How::Downloaded
    } else {
        take(asset, &folder, &wanted, (given, &mut meter))?;
        How::Taken
    };
    let brought = |file: &SourceFile| Brought {
        name: file.name,
        bytes: file.bytes,
        how: match wanted.iter().any(|wanted| wanted.name == file.name) {
            true => how,
            false => How::Kept,
        },
    };
    Ok(asset.files.iter().map(brought).collect())
}

/// Takes what is wanted from what is given.
fn take(
    asset: &Asset,
    folder: &Path,
    wanted: &[&SourceFile],
    (given, meter): (&[PathBuf], &mut Meter<'_>),
) -> Result<(), AssetError> {
    let progress = meter.progress().clone();
    let mut missing = wanted.to_vec();
    for source in given {
        if missing.is_empty() {
            break;
        }
        let mut came: Vec<&'static str> = Vec::new();
        local::each(
            source,
            (asset.files, &missing),
            &progress,
            &mut |file, from, origin| {
                let target = folder.join(file.name);
                local::put(file, from, origin, &target, meter)?;
                download::forget(&target);
                came.push(file.name);
                Ok(())
            },
        )?;
        missing.retain(|file| !came.contains(&file.name));
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(AssetError::NotGiven {
        names: missing.iter().map(|file| file.name.to_owned()).collect(),
        folder: folder.to_owned(),
    })
}
