//! A person's own corpus: a table of studies and a table of coordinates.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::progress::Progress;

use super::load::file_name;
use super::merge::{RawStudy, ReportedSpace, Source, tal_to_mni};
use super::rows::{check_studies, parse_pmid, read_peaks};
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
/// `keywords`, `doi`, `year`, `space`; `pmid`/`id`, `x`, `y`, `z` and where present `space`.
///
/// A study's space is its own row's; where that says nothing, its peaks' rows are each taken at their
/// word, those marked Talairach converted one by one when not all agree.
pub(super) fn read(
    studies: &Path,
    coordinates: &Path,
    progress: &Progress,
) -> Result<Source, CorpusError> {
    let ids = ["pmid", "id", "study_id", "study"];
    let table = Table::read(studies)?;
    let id = table.need(&ids, "pmid (or id)")?;
    let title = table.need(&["title", "name"], "title")?;
    let column = |name: &str| table.column(&[name]);
    let (abstract_, keywords) = (column("abstract"), column("keywords"));
    let (doi, year, space) = (column("doi"), column("year"), column("space"));
    let mut source = Source::default();
    source.count.name = "own tables".into();
    let mut own: HashMap<String, u32> = HashMap::new();
    for row in table.rows() {
        let name = row.get(id);
        if name.is_empty() {
            source
                .count
                .rejected_studies
                .add(&table, row.line, "no identifier");
            continue;
        }
        check_studies(&table, source.studies.len())?;
        let number = parse_pmid(name);
        let pmid = number.unwrap_or_else(|| {
            // More names than numbers left would need a table of a billion rows.
            Study::FIRST_UNNUMBERED.saturating_add(u32::try_from(own.len()).unwrap_or(u32::MAX))
        });
        if own.contains_key(name) || source.studies.contains_key(&pmid) {
            source
                .count
                .rejected_studies
                .add(&table, row.line, &format!("{name} again"));
            continue;
        }
        if number.is_none() {
            own.insert(name.to_owned(), pmid);
        }
        let text = |column| tidy(optional(&row, column));
        let doi = optional(&row, doi);
        source.studies.insert(
            pmid,
            RawStudy {
                own_id: number.is_none().then(|| name.to_owned()),
                doi: (!doi.is_empty()).then(|| doi.to_owned()),
                title: tidy(row.get(title)),
                texts: StudyTexts {
                    keywords: text(keywords),
                    abstract_text: text(abstract_),
                    ..StudyTexts::default()
                },
                year: optional(&row, year).parse().ok(),
                space: ReportedSpace::parse(optional(&row, space)),
                peaks: Vec::new(),
            },
        );
    }
    source.count.studies = source.studies.len();
    let table = Table::read(coordinates)?;
    let mut spaces: HashMap<u32, Vec<ReportedSpace>> = HashMap::new();
    let resolve = |name: &str| parse_pmid(name).or_else(|| own.get(name).copied());
    let keep = |pmid, study: &mut RawStudy, peak, space| {
        study.peaks.push(peak);
        spaces.entry(pmid).or_default().push(space);
    };
    read_peaks(&table, &ids, &mut source, resolve, keep, progress)?;
    for (pmid, spaces) in spaces {
        if let Some(study) = source.studies.get_mut(&pmid) {
            settle_space(study, &spaces);
        }
    }
    Ok(source)
}

/// Gives a study without a stated space that of its peaks.
fn settle_space(study: &mut RawStudy, spaces: &[ReportedSpace]) {
    let Some(&first) = spaces.first() else { return };
    if study.space != ReportedSpace::Unknown {
        return;
    }
    if spaces.iter().all(|&s| s == first) {
        study.space = first;
        return;
    }
    for (peak, &space) in study.peaks.iter_mut().zip(spaces) {
        if space == ReportedSpace::Talairach {
            *peak = tal_to_mni(*peak);
        }
    }
    study.space = ReportedSpace::Mni;
}
