//! A person's own corpus: a table of studies and a table of coordinates.

use std::path::{Path, PathBuf};

use crate::progress::Progress;

use super::drops::DropReason;
use super::load::file_name;
use super::rows::{check_studies, parse_pmid, read_peaks};
use super::source::{Names, RawStudy, ReportedSpace, Source, parse_year};
use super::table::{Table, optional, tidy};
use super::{CorpusError, Study, StudyTexts};

const ENDINGS: [&str; 4] = [".csv", ".tsv", ".csv.gz", ".tsv.gz"];

/// The tables of studies and coordinates, where one folder holds both.
pub(super) fn tables(files: &[PathBuf]) -> Option<(PathBuf, PathBuf)> {
    let is = |path: &Path, stems: &[&str]| {
        let name = file_name(path);
        ENDINGS
            .iter()
            .filter_map(|e| name.strip_suffix(e))
            .any(|stem| stems.contains(&stem))
    };
    files
        .iter()
        .filter(|p| is(p, &["studies", "metadata"]))
        .find_map(|studies| {
            let beside =
                |p: &&PathBuf| p.parent() == studies.parent() && is(p, &["coordinates", "peaks"]);
            Some((studies.clone(), files.iter().find(beside)?.clone()))
        })
}

/// Reads both. Columns: `pmid` (or `id`, `study_id`), `title`, and where present `abstract`,
/// `keywords`, `body`, `doi`, `year`, `space`; `pmid`/`id`, `x`, `y`, `z` and where present `space`.
///
/// A study's space is its own row's; where that says nothing, its peaks' rows are each taken at their
/// word, those marked Talairach converted one by one when not all agree.
pub(super) fn read(
    studies: &Path,
    coordinates: &Path,
    (names, list_drops): (&mut Names, bool),
    progress: &Progress,
) -> Result<Source, CorpusError> {
    let ids = ["pmid", "id", "study_id", "study"];
    let table = Table::read(studies)?;
    let id = table.need(&ids, "pmid (or id)")?;
    let title = table.need(&["title", "name"], "title")?;
    let column = |name: &str| table.column(&[name]);
    let (abstract_, keywords, body) = (column("abstract"), column("keywords"), column("body"));
    let (doi, year, space) = (column("doi"), column("year"), column("space"));
    let mut source = Source::new("own tables", list_drops);
    source.notes.extend(table.note());
    for row in table.rows() {
        let name = row.get(id);
        if name.is_empty() {
            let reason = DropReason::NoIdentifier;
            source.drop_study(table.at(&row), name, reason, "no identifier");
            continue;
        }
        check_studies(table.path(), source.studies.len())?;
        let pmid = parse_pmid(name).unwrap_or_else(|| names.number(name));
        if source.studies.contains_key(&pmid) {
            let (at, reason) = (table.at(&row), DropReason::IdentifierAgain);
            source.drop_study(at, name, reason, &format!("{name} again"));
            continue;
        }
        let text = |column| tidy(optional(&row, column));
        let doi = optional(&row, doi);
        source.studies.insert(
            pmid,
            RawStudy {
                own_id: (pmid >= Study::FIRST_UNNUMBERED).then(|| name.to_owned()),
                doi: (!doi.is_empty()).then(|| doi.to_owned()),
                title: tidy(row.get(title)),
                texts: StudyTexts {
                    keywords: text(keywords),
                    abstract_text: text(abstract_),
                    body: text(body),
                    ..StudyTexts::default()
                },
                year: parse_year(optional(&row, year)),
                space: ReportedSpace::parse(optional(&row, space)),
                ..RawStudy::default()
            },
        );
    }
    source.count.studies = source.studies.len();
    let table = Table::read(coordinates)?;
    source.notes.extend(table.note());
    let mut spaces = std::mem::take(&mut source.peak_spaces);
    let resolve = |name: &str| parse_pmid(name).or_else(|| names.get(name));
    let keep = |pmid, study: &mut RawStudy, peak, space| {
        study.peaks.push(peak);
        spaces.entry(pmid).or_default().push(space);
    };
    read_peaks(&table, &ids, &mut source, resolve, keep, progress)?;
    source.peak_spaces = spaces;
    source.settle();
    Ok(source)
}
