//! One table of everything: a row a peak, with the study it belongs to and what is known of it.

use std::path::Path;

use crate::progress::Progress;

use super::drops::DropReason;
use super::rows::{axes, numbers, parse_pmid};
use super::source::{Names, ReportedSpace, Source, parse_year};
use super::table::{Table, optional, tidy};
use super::{CorpusError, TextField};

/// Names of the column that tells studies apart.
pub(super) const IDS: [&str; 4] = ["pmid", "id", "study_id", "study"];

/// Reads it. Columns: `pmid` (or `id`, `study_id`, `study`), `x`, `y`, `z`, and where present `title` (or `name`),
/// `keywords`, `abstract`, `body`, `doi`, `year`, `space` (of each peak). A study's texts may stand in any of its
/// rows; the first that is given counts. A row without x, y and z is a study without a peak.
pub(super) fn read(
    path: &Path,
    (names, list_drops): (&mut Names, bool),
    progress: &Progress,
) -> Result<Source, CorpusError> {
    let table = Table::read(path)?;
    let id = table.need(&IDS, "pmid (or id)")?;
    let axes = axes(&table)?;
    let column = |name: &str| table.column(&[name]);
    let title = table.column(&["title", "name"]);
    let texts = [
        (TextField::Keywords, column("keywords")),
        (TextField::Abstract, column("abstract")),
        (TextField::Body, column("body")),
    ];
    let (doi, year, space) = (column("doi"), column("year"), column("space"));
    let mut source = Source::new("one table", list_drops);
    source.notes.extend(table.note());
    for (n, row) in table.rows().enumerate() {
        if n % 8192 == 0 {
            progress.check()?;
        }
        let (at, name) = (table.at(&row), row.get(id));
        if name.is_empty() {
            source.drop_study(at, name, DropReason::NoIdentifier, "no identifier");
            continue;
        }
        let number = parse_pmid(name).unwrap_or_else(|| names.number(name));
        let study = source.study(at, number, name)?;
        if study.title.is_empty() {
            study.title = tidy(optional(&row, title));
        }
        for (field, column) in texts {
            let text = study.texts.of_mut(field);
            if let Some(text) = text.filter(|text| text.is_empty()) {
                *text = tidy(optional(&row, column));
            }
        }
        let given = optional(&row, doi);
        if study.doi.is_none() && !given.is_empty() {
            study.doi = Some(given.to_owned());
        }
        study.year = study.year.or_else(|| parse_year(optional(&row, year)));
        if axes.iter().any(|&axis| !row.get(axis).is_empty()) {
            let space = ReportedSpace::parse(optional(&row, space));
            source.peak(at, (number, name), numbers(&row, axes), space)?;
        }
    }
    source.settle();
    Ok(source)
}
