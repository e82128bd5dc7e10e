//! Ordinary files, their other halves and their names.

use std::collections::HashSet;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::Fault;
use crate::files::open_regular;

/// Opens an ordinary, non-empty file. A pipe is refused before it can block.
pub(super) fn open_file(path: &Path) -> Result<(File, u64), Fault> {
    let (file, length) = open_regular(path).map_err(|error| match error.kind() {
        // Not the system's refusal but ours.
        ErrorKind::Other if error.get_ref().is_some() => Fault::NotAFile(error.to_string()),
        _ => Fault::from_io(&error),
    })?;
    if length == 0 {
        return Err(Fault::Empty);
    }
    Ok((file, length))
}

/// Whether the name ends in `.ext` or `.ext.gz`.
fn has_extension(path: &Path, ext: &str) -> bool {
    let is = |p: &Path| p.extension().is_some_and(|e| e.eq_ignore_ascii_case(ext));
    is(path) || (is_packed(path) && is(Path::new(path.file_stem().unwrap_or_default())))
}

fn is_packed(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gz"))
}

/// The ending of the header that belongs to a file of bare values with this name.
pub(super) fn header_ending(path: &Path) -> Option<&'static str> {
    [("img", "hdr"), ("BRIK", "HEAD")]
        .into_iter()
        .find_map(|(image, header)| has_extension(path, image).then_some(header))
}

/// The path without its last ending and without `.gz`.
fn stem(path: &Path) -> PathBuf {
    let stem = path.with_extension("");
    if is_packed(path) {
        stem.with_extension("")
    } else {
        stem
    }
}

/// `path` with another ending; a dot inside the name ("sub.01") stays.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = stem(path).into_os_string();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// The other half of a pair: same name, other ending in either case, packed or not.
///
/// # Errors
/// [`Fault::NoPartner`].
pub(super) fn partner(path: &Path, ext: &str) -> Result<PathBuf, Fault> {
    let other = if ext.chars().all(char::is_uppercase) {
        ext.to_lowercase()
    } else {
        ext.to_uppercase()
    };
    [ext, &other]
        .iter()
        .flat_map(|ext| [(*ext).to_owned(), format!("{ext}.gz")])
        .map(|ending| with_ending(path, &ending))
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| {
            let name = with_ending(path, ext);
            Fault::NoPartner(
                name.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
            )
        })
}

/// Last endings of files Gyrus opens, in lower case and without the `.gz` of packed ones. The reader
/// looks at the contents and has the last word; these are for dialogs and for what hangs over the window.
pub(crate) const ENDINGS: [&str; 7] = ["nii", "hdr", "img", "mgh", "mgz", "head", "brik"];

/// Whether a path looks like a map. The reader has the last word.
pub(crate) fn looks_like_a_map(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.')
        .is_some_and(|(stem, ending)| !stem.is_empty() && ENDINGS.contains(&ending))
}

/// Leaves out the image half of each pair whose header is there: it is read with that.
pub(crate) fn drop_image_halves(paths: &mut Vec<PathBuf>) {
    let whole_name = |path: &Path| path.to_string_lossy().to_lowercase();
    let headers: HashSet<String> = paths.iter().map(|path| whole_name(path)).collect();
    let half = |path: &PathBuf| {
        let name = whole_name(path);
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        [(".img", ".hdr"), (".brik", ".head")]
            .into_iter()
            .any(|(image, header)| {
                name.strip_suffix(image).is_some_and(|stem| {
                    headers.contains(&format!("{stem}{header}"))
                        || headers.contains(&format!("{stem}{header}.gz"))
                })
            })
    };
    paths.retain(|path| !half(path));
}

/// The file name without the endings of maps.
pub(crate) fn display_name(path: &Path) -> String {
    let mut name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    while let Some((stem, ext)) = name.rsplit_once('.') {
        let ext = ext.to_lowercase();
        if stem.is_empty() || !(ext == "gz" || ENDINGS.contains(&ext.as_str())) {
            break;
        }
        name = stem.to_owned();
    }
    name
}
