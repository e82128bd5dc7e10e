//! The results of all shards in one folder: the bytes that one run gives.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::lines::{Lines, journals};
use super::outputs::{Manifest, write_results};
use super::{BatchError, RESULTS, Shard, Summary};
use crate::progress::Progress;

/// Merges the results of all shards of a run.
///
/// # Errors
/// [`BatchError::NotFinished`] where one is not whole, [`BatchError::Mixed`] where they are not all shards of one
/// run, each once, [`BatchError::Io`].
pub fn merge(
    folders: &[PathBuf],
    output: &Path,
    progress: &Progress,
) -> Result<Summary, BatchError> {
    progress.stage("Merging the results");
    let mixed = |path: &Path, why: String| BatchError::Mixed {
        why,
        path: path.to_owned(),
    };
    let mut first: Option<(Manifest, Shard)> = None;
    let mut seen = BTreeSet::new();
    let mut lines = Lines::default();
    let mut files = 0;
    for folder in folders {
        progress.check()?;
        let unfinished = || BatchError::NotFinished {
            path: folder.clone(),
        };
        let manifest = Manifest::read(folder)?.ok_or_else(unfinished)?;
        if !journals(folder)?.is_empty() {
            return Err(unfinished());
        }
        if same(folder, output) {
            let why = "it is one of those that are read".to_owned();
            return Err(mixed(output, why));
        }
        let Some(shard) = manifest.shard else {
            let why = "it holds a whole run, not a shard of one".to_owned();
            return Err(mixed(folder, why));
        };
        let (known, known_shard) = first.get_or_insert_with(|| (manifest.clone(), shard));
        if known.run != manifest.run || known_shard.of != shard.of {
            let why = format!(
                "it is of another run than {} (program, model, options or number of shards)",
                folders[0].display()
            );
            return Err(mixed(folder, why));
        }
        if !seen.insert(shard.index) {
            let why = format!("shard {} is there twice", shard.index);
            return Err(mixed(folder, why));
        }
        lines.read(&folder.join(RESULTS), &manifest.run)?;
        files += manifest.summary.files;
    }
    let Some((manifest, shard)) = first else {
        let why = "no folder of results was named".to_owned();
        return Err(mixed(output, why));
    };
    if let Some(missing) = (1..=shard.of).find(|index| !seen.contains(index)) {
        let why = format!("shard {missing} of {} is missing", shard.of);
        return Err(mixed(output, why));
    }
    std::fs::create_dir_all(output).map_err(BatchError::io(output))?;
    if let Some(other) = journals(output)?.first() {
        let why = format!("a run that is not finished left {other} there");
        return Err(mixed(output, why));
    }
    let summary = write_results(output, &lines, files)?;
    let manifest = Manifest {
        shard: None,
        summary: summary.clone(),
        ..manifest
    };
    manifest.write(output)?;
    Ok(summary)
}

/// Whether both lead to one folder.
fn same(a: &Path, b: &Path) -> bool {
    match (std::fs::canonicalize(a), std::fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
