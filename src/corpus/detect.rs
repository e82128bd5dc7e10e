//! Tells what a file is by its first bytes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::CorpusError;
use super::encoding::decode;
use super::load::file_name;
use super::one_table::IDS;
use super::table::{Table, read_head};

/// Where a JSON file's first names are looked for.
const HEAD_BYTES: u64 = 1 << 20;

/// Kinds of files that are a corpus each on its own, or go with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Studyset,
    Annotation,
    Dataset,
    Sleuth,
    /// Studies and peaks in one table; `titled` where it has titles.
    OneTable {
        titled: bool,
    },
    /// Names of map files with titles.
    Maps,
}

/// Endings of files that are looked into: a folder may hold anything else.
const ENDINGS: [&str; 6] = [".json", ".json.gz", ".txt", ".csv", ".tsv", ".tab"];

/// What of a folder's files is looked into.
pub(super) fn may_be_one(path: &Path) -> bool {
    let name = file_name(path);
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// What a file is; none where it is none of them or cannot be read.
pub(super) fn kind_of(path: &Path) -> Option<Kind> {
    look(path).ok().and_then(Result::ok)
}

/// As [`kind_of`]; where it is none of them, what it is instead.
///
/// # Errors
/// [`CorpusError::Io`] where it cannot be read, [`CorpusError::NotText`].
pub(super) fn look(path: &Path) -> Result<Result<Kind, String>, CorpusError> {
    let mut head = read_head(path, HEAD_BYTES).map_err(CorpusError::io(path))?;
    if head.is_empty() {
        return Ok(Err("it is empty".to_owned()));
    }
    // A letter may be cut in two at the end.
    while head.len() as u64 == HEAD_BYTES && head.last().is_some_and(|b| !b.is_ascii()) {
        head.pop();
    }
    if head.len() as u64 == HEAD_BYTES && head.len() % 2 == 1 {
        head.pop();
    }
    let (text, _) = decode(path, head)?;
    Ok(of_text(path, text))
}

fn of_text(path: &Path, text: String) -> Result<Kind, String> {
    let start = text.trim_start();
    if start.starts_with(['{', '[']) {
        let names = |name: &str| start.contains(&format!("\"{name}\""));
        return if names("contrasts") {
            Ok(Kind::Dataset)
        } else if names("notes") || names("note_keys") {
            Ok(Kind::Annotation)
        } else if names("studies") {
            Ok(Kind::Studyset)
        } else {
            Err("it is JSON without studies, contrasts or notes".to_owned())
        };
    }
    if start.starts_with("//") {
        return Ok(Kind::Sleuth);
    }
    let first: String = start
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(80)
        .collect();
    let table = Table::parse(path, text);
    let has = |names: &[&str]| table.column(names).is_some();
    let titled = has(&["title", "name"]);
    if has(&IDS) && ["x", "y", "z"].iter().all(|axis| has(&[axis])) {
        Ok(Kind::OneTable { titled })
    } else if has(&super::maps::FILES) && titled {
        Ok(Kind::Maps)
    } else {
        Err(format!("its first line reads {first:?}"))
    }
}

/// Files of a folder by kind, each once, however many links lead to it.
pub(super) fn sorted(files: &[PathBuf]) -> Vec<(Kind, PathBuf)> {
    let mut seen = HashSet::new();
    let kinds = files.iter().filter(|path| may_be_one(path));
    let kinds = kinds.filter(|path| path.canonicalize().is_ok_and(|real| seen.insert(real)));
    kinds
        .filter_map(|path| Some((kind_of(path)?, path.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_their_first_bytes() {
        let of = |text: &str| of_text(Path::new("f"), text.to_owned());
        assert_eq!(of("\n{\"id\": 1, \"studies\": []}"), Ok(Kind::Studyset));
        assert_eq!(
            of("{\"studyset\": \"a\", \"notes\": []}"),
            Ok(Kind::Annotation)
        );
        assert_eq!(of("{\"p\": {\"contrasts\": {}}}"), Ok(Kind::Dataset));
        assert_eq!(of("//Reference=MNI\n"), Ok(Kind::Sleuth));
        assert_eq!(of("study,x,y,z\n"), Ok(Kind::OneTable { titled: false }));
        assert_eq!(
            of("PMID;Title;X;Y;Z\n"),
            Ok(Kind::OneTable { titled: true })
        );
        assert_eq!(of("file\ttitle\n"), Ok(Kind::Maps));
        for other in ["[1]", "hello", "x,y,z\n1,2,3", "batch\n"] {
            assert!(of(other).is_err(), "{other}");
        }
    }
}
