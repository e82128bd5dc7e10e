//! A folder of maps with a table of their texts: a row a map, `file` beside `title`.

use std::path::{Component, Path};

use crate::progress::Progress;

use super::drops::DropReason;
use super::rows::parse_pmid;
use super::source::{Names, Source, parse_year};
use super::table::{Table, optional, tidy};
use super::{CorpusError, TextField};

/// Names of the column of files.
pub(super) const FILES: [&str; 3] = ["file", "map", "filename"];

/// Reads the table. Columns: `file` (or `map`, `filename`; relative to the table), `title` (or `name`), and where
/// present `pmid` (or `id`; the file's name where there is none), `keywords`, `abstract`, `body`, `doi`, `year`.
/// The studies have maps and no peaks. Files that are missing, or outside the table's folder, are left out.
pub(super) fn read(
    path: &Path,
    (names, list_drops): (&mut Names, bool),
    progress: &Progress,
) -> Result<Source, CorpusError> {
    let table = Table::read(path)?;
    let file = table.need(&FILES, "file")?;
    let title = table.need(&["title", "name"], "title")?;
    let id = table.column(&["pmid", "id", "study_id", "study"]);
    let column = |name: &str| table.column(&[name]);
    let texts = [
        (TextField::Keywords, column("keywords")),
        (
            TextField::Abstract,
            table.column(&["abstract", "text", "description"]),
        ),
        (TextField::Body, column("body")),
    ];
    let (doi, year) = (column("doi"), column("year"));
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut source = Source::new("maps with texts", list_drops);
    source.notes.extend(table.note());
    for (n, row) in table.rows().enumerate() {
        if n % 256 == 0 {
            progress.check()?;
        }
        let (at, named) = (table.at(&row), row.get(file));
        let within = Path::new(named)
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let map = folder.join(named);
        if named.is_empty() || !within || !map.is_file() {
            let why = format!("no file {named:?} in the table's folder");
            source.drop_study(at, named, DropReason::NoMap, &why);
            continue;
        }
        let name = Some(optional(&row, id)).filter(|name| !name.is_empty());
        let name = name.unwrap_or(named);
        let number = parse_pmid(name).unwrap_or_else(|| names.number(name));
        if source.studies.contains_key(&number) {
            let why = format!("{name} again");
            source.drop_study(at, name, DropReason::IdentifierAgain, &why);
            continue;
        }
        let study = source.study(at, number, name)?;
        study.title = tidy(row.get(title));
        for (field, column) in texts {
            if let Some(text) = study.texts.of_mut(field) {
                *text = tidy(optional(&row, column));
            }
        }
        study.year = parse_year(optional(&row, year));
        let doi = optional(&row, doi);
        study.doi = (!doi.is_empty()).then(|| doi.to_owned());
        study.map = Some(map);
    }
    source.settle();
    Ok(source)
}
