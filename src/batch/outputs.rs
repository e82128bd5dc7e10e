//! The files of results, made from the lines.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::line::{ERRORS_HEAD, Line};
use super::lines::Lines;
use super::{BatchError, ERRORS, Plan, RESULTS, SCORES, Shard, Summary, at};
use crate::bundle::Bundle;
use crate::decode::scores_csv_head;
use crate::files::{WholeFile, read_whole, write_whole};
use crate::ontology::Ontology;
use crate::provenance::Provenance;

/// Says that the results in a folder are whole.
const MANIFEST: &str = "batch.json";
/// It holds a few hundred bytes.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// What the results in a folder are of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub schema: u32,
    /// What results have in common that may stand in one table.
    pub run: String,
    /// The part of the files they are of.
    pub shard: Option<Shard>,
    /// Program, model and options.
    pub provenance: Provenance,
    #[serde(flatten)]
    pub summary: Summary,
}

impl Manifest {
    pub fn new(
        bundle: &Bundle,
        ontology: &Ontology,
        plan: &Plan,
        run: &str,
        summary: &Summary,
    ) -> Self {
        let provenance = Provenance::new("batch")
            .model(bundle.record(ontology.fingerprint()))
            .options(plan.options);
        Self {
            schema: 1,
            run: run.to_owned(),
            shard: plan.shard,
            provenance,
            summary: summary.clone(),
        }
    }

    /// That of a folder, where results in it are whole.
    ///
    /// # Errors
    /// [`BatchError::Io`], [`BatchError::Damaged`].
    pub fn read(folder: &Path) -> Result<Option<Self>, BatchError> {
        let path = at(folder, MANIFEST);
        match read_whole(&path, MAX_MANIFEST_BYTES) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(manifest) => Ok(Some(manifest)),
                Err(error) => Err(BatchError::Damaged {
                    why: error.to_string(),
                    path,
                }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(BatchError::io(&path)(error)),
        }
    }

    /// # Errors
    /// [`BatchError::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), BatchError> {
        let path = at(folder, MANIFEST);
        // Plain data with text keys: serde_json has nothing to refuse.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        write_whole(&path, format!("{text}\n").as_bytes()).map_err(BatchError::io(&path))
    }
}

/// Writes the lines and the tables of `files` files. Each appears whole or not at all, the lines last: until then a
/// run that goes on finds what there was.
///
/// # Errors
/// [`BatchError::Io`], [`BatchError::Damaged`].
pub(super) fn write_results(
    folder: &Path,
    lines: &Lines,
    files: usize,
) -> Result<Summary, BatchError> {
    let paths = [RESULTS, SCORES, ERRORS].map(|name| at(folder, name));
    let [results_path, scores_path, errors_path] = &paths;
    let create = |path: &Path| {
        let file = WholeFile::create(path).map_err(BatchError::io(path))?;
        Ok::<_, BatchError>(std::io::BufWriter::with_capacity(1 << 16, file))
    };
    let mut results = create(results_path)?;
    let mut scores = create(scores_path)?;
    let mut errors = create(errors_path)?;
    let head = scores_csv_head();
    scores
        .write_all(head.as_bytes())
        .map_err(BatchError::io(scores_path))?;
    errors
        .write_all(ERRORS_HEAD.as_bytes())
        .map_err(BatchError::io(errors_path))?;
    let mut summary = Summary {
        files,
        ..Summary::default()
    };
    lines.for_each(|text| {
        results
            .write_all(text)
            .and_then(|()| results.write_all(b"\n"))
            .map_err(BatchError::io(results_path))?;
        let line: Line = serde_json::from_slice(text).map_err(|error| BatchError::Damaged {
            why: error.to_string(),
            path: results_path.clone(),
        })?;
        line.count(&mut summary);
        if let Some(row) = line.error() {
            errors
                .write_all(row.as_bytes())
                .map_err(BatchError::io(errors_path))?;
        }
        scores
            .write_all(line.scores().as_bytes())
            .map_err(BatchError::io(scores_path))
    })?;
    for (file, path) in [
        (scores, scores_path),
        (errors, errors_path),
        (results, results_path),
    ] {
        let whole = file.into_inner().map_err(|error| error.into_error());
        let finished = whole.and_then(WholeFile::finish);
        finished.map_err(BatchError::io(path))?;
    }
    Ok(summary)
}
