//! Where a file may be saved, and under which name.

use std::path::{Path, PathBuf};

use super::typed::fits;
use crate::app::feature::{Action, FileRequest, Purpose};
use crate::app::jobs::Services;
use crate::app::model::{Desk, Document, SESSION_ENDING};
use crate::files::input_at;

/// What is to be done with the files chosen.
pub(in crate::app::shell) fn chosen(request: FileRequest, mut paths: Vec<PathBuf>) -> Action {
    if let Purpose::Save { ending, .. } = request.purpose {
        for path in &mut paths {
            *path = with_ending(std::mem::take(path), ending);
        }
    }
    (request.then)(paths)
}

/// Whether what the system's dialog gave is to be asked about once more.
pub(in crate::app::shell) fn is_doubtful(
    request: &FileRequest,
    path: &Path,
    inputs: &[PathBuf],
) -> bool {
    let Purpose::Save { ending, .. } = &request.purpose else {
        return false;
    };
    let written = with_ending(path.to_owned(), ending);
    refusal(request, &written, inputs).is_some() || (written != path && written.exists())
}

/// The files that are shown or read now.
pub(in crate::app::shell) fn inputs(
    doc: &Document,
    desk: &Desk,
    services: &dyn Services,
) -> Vec<PathBuf> {
    let layers = doc.layers.iter();
    let maps = layers.filter_map(|layer| layer.source.path().cloned());
    let atlas = desk.atlas.choice.iter();
    let atlas = atlas.flat_map(|choice| [Some(choice.path.clone()), choice.table.clone()]);
    let others = atlas.chain([desk.atlas.table.clone(), services.model().path]);
    maps.chain(others.flatten()).collect()
}

/// Why nothing is saved there, in words.
pub(super) fn refusal(request: &FileRequest, path: &Path, inputs: &[PathBuf]) -> Option<String> {
    let Purpose::Save { ending, .. } = &request.purpose else {
        return None;
    };
    // A map may be saved uncompressed.
    let endings: Vec<String> = match *ending {
        "nii.gz" => vec!["nii.gz".to_owned(), "nii".to_owned()],
        one => vec![one.to_owned()],
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !fits(&name, &endings) {
        let dotted: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
        let (kind, _) = request.filters.first()?;
        let dotted = dotted.join(" or ");
        return Some(format!("{kind}: the name ends in {dotted}"));
    }
    let input = input_at(path, inputs.iter().map(PathBuf::as_path))?;
    let input = input.file_name().unwrap_or_default().to_string_lossy();
    Some(format!(
        "{input} is in use here and would be lost: give the file a name of its own"
    ))
}

/// A path with the ending of what is written there. Another file's ending ("fig.pdf") stays, to be refused;
/// what only looks like one ("study.v2") does not. A session is known by its ending.
pub(super) fn with_ending(path: PathBuf, ending: &str) -> PathBuf {
    let name = path.to_string_lossy().to_lowercase();
    let is_ending =
        |e: &str| (2..=4).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphabetic());
    let has_another = path
        .extension()
        .and_then(|e| e.to_str())
        .is_some_and(is_ending);
    if name.ends_with(&format!(".{ending}")) || (has_another && ending != SESSION_ENDING) {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".");
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_the_ending_they_lack() {
        for (typed, ending, written) in [
            ("peaks", "csv", "peaks.csv"),
            ("peaks.csv", "csv", "peaks.csv"),
            ("PEAKS.CSV", "csv", "PEAKS.CSV"),
            ("run.2", "csv", "run.2.csv"),
            ("fig.pdf", "png", "fig.pdf"),
            ("map.nii", "nii.gz", "map.nii"),
            ("study.v2", SESSION_ENDING, "study.v2.gyrus-session"),
            ("study.old", SESSION_ENDING, "study.old.gyrus-session"),
        ] {
            assert_eq!(with_ending(typed.into(), ending), PathBuf::from(written));
        }
    }
}
