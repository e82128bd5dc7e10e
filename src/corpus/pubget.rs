//! What pubget extracts from articles: tables that share the number of PubMed Central (`pmcid`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::progress::Progress;

use super::drops::DropReason;
use super::load::file_name;
use super::rows::{parse_pmid, read_peaks};
use super::source::{Names, RawStudy, ReportedSpace, Source, parse_year};
use super::table::{Table, optional, read_head, tidy};
use super::{CorpusError, Study, TextField};

/// Whole articles: twenty-four thousand have some 1.5 GB of text.
const MAX_TEXT_BYTES: u64 = 4 << 30;
/// A head line is shorter.
const HEAD_BYTES: u64 = 4096;

/// The tables of one extraction, all in one folder.
pub(super) struct Extracted {
    pub(super) metadata: PathBuf,
    pub(super) coordinates: PathBuf,
    pub(super) texts: Option<PathBuf>,
    pub(super) spaces: Option<PathBuf>,
}

impl Extracted {
    /// The first folder whose tables of studies and coordinates both go by `pmcid`.
    pub(super) fn find(files: &[PathBuf]) -> Option<Self> {
        let by_pmcid = |path: &Path| {
            let head = read_head(path, HEAD_BYTES).unwrap_or_default();
            let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
            let line = head.trim_start_matches('\u{feff}').lines().next();
            line.is_some_and(|line| {
                line.split([',', '\t', ';'])
                    .any(|c| c.trim_matches(['"', ' ']) == "pmcid")
            })
        };
        let named = |beside: &Path, stem: &str| {
            let is = |path: &&PathBuf| {
                let name = file_name(path);
                let stem_of = [".csv", ".csv.gz"]
                    .iter()
                    .find_map(|e| name.strip_suffix(e));
                path.parent() == beside.parent() && stem_of == Some(stem)
            };
            files.iter().find(is).cloned()
        };
        files.iter().find_map(|metadata| {
            let is_one = named(metadata, "metadata").as_ref() == Some(metadata);
            let coordinates = is_one.then(|| named(metadata, "coordinates"))??;
            (by_pmcid(metadata) && by_pmcid(&coordinates)).then(|| Self {
                texts: named(metadata, "text"),
                spaces: named(metadata, "coordinate_space"),
                metadata: metadata.clone(),
                coordinates,
            })
        })
    }
}

/// Reads them. A study is named by its PubMed number, or "PMC" and its number there where it has none; its texts
/// come from `text.csv`, its space from `coordinate_space.csv`.
pub(super) fn read(
    files: &Extracted,
    (names, list_drops): (&mut Names, bool),
    progress: &Progress,
) -> Result<Source, CorpusError> {
    let mut source = Source::new("pubget", list_drops);
    let by_pmcid = read_studies(&files.metadata, &mut source, names)?;
    let resolve = |pmcid: &str| parse_pmcid(pmcid).and_then(|n| by_pmcid.get(&n).copied());
    match &files.spaces {
        Some(path) => {
            let table = Table::read(path)?;
            each(
                &table,
                &["coordinate_space"],
                &mut source,
                &resolve,
                progress,
                |study, cells| {
                    study.space = ReportedSpace::parse(cells[0]);
                },
            )?;
        }
        None => source.notes.push(
            "There is no coordinate_space.csv: the space of the peaks is not known".to_owned(),
        ),
    }
    match &files.texts {
        Some(path) => {
            let table = Table::read_within(path, MAX_TEXT_BYTES)?;
            let columns = ["title", "keywords", "abstract", "body"];
            each(
                &table,
                &columns,
                &mut source,
                &resolve,
                progress,
                |study, cells| {
                    if study.title.is_empty() {
                        study.title = tidy(cells[0]);
                    }
                    let fields = [TextField::Keywords, TextField::Abstract, TextField::Body];
                    for (field, cell) in fields.into_iter().zip(&cells[1..]) {
                        if let Some(text) = study.texts.of_mut(field) {
                            *text = tidy(cell);
                        }
                    }
                },
            )?;
        }
        None => source
            .notes
            .push("There is no text.csv: the studies are known by their titles alone".to_owned()),
    }
    let table = Table::read(&files.coordinates)?;
    source.notes.extend(table.note());
    let keep = |_, study: &mut RawStudy, peak, _| study.peaks.push(peak);
    read_peaks(&table, &["pmcid"], &mut source, resolve, keep, progress)?;
    source.settle();
    Ok(source)
}

/// Calls `set` with every study of a table and its cells in these columns.
fn each<const N: usize>(
    table: &Table,
    columns: &[&str; N],
    source: &mut Source,
    resolve: &impl Fn(&str) -> Option<u32>,
    progress: &Progress,
    mut set: impl FnMut(&mut RawStudy, [&str; N]),
) -> Result<(), CorpusError> {
    source.notes.extend(table.note());
    let id = table.need(&["pmcid"], "pmcid")?;
    let at = columns.map(|name| table.column(&[name]));
    for (n, row) in table.rows().enumerate() {
        if n % 64 == 0 {
            progress.check()?;
        }
        let study = resolve(row.get(id)).and_then(|n| source.studies.get_mut(&n));
        if let Some(study) = study {
            set(study, at.map(|column| optional(&row, column)));
        }
    }
    Ok(())
}

/// The studies, and their numbers by those of PubMed Central.
fn read_studies(
    path: &Path,
    source: &mut Source,
    names: &mut Names,
) -> Result<HashMap<u32, u32>, CorpusError> {
    let table = Table::read(path)?;
    source.notes.extend(table.note());
    let id = table.need(&["pmcid"], "pmcid")?;
    let column = |names: &[&str]| table.column(names);
    let (pmid, title, doi) = (column(&["pmid"]), column(&["title"]), column(&["doi"]));
    let year = column(&["publication_year", "year"]);
    let mut by_pmcid = HashMap::new();
    for row in table.rows() {
        let (at, name) = (table.at(&row), row.get(id));
        let Some(pmcid) = parse_pmcid(name) else {
            source.drop_study(at, name, DropReason::NoIdentifier, "no pmcid");
            continue;
        };
        let own = format!("PMC{pmcid}");
        let number = parse_pmid(optional(&row, pmid)).unwrap_or_else(|| names.number(&own));
        if by_pmcid.contains_key(&pmcid) || source.studies.contains_key(&number) {
            let why = format!("{own} again");
            source.drop_study(at, &own, DropReason::IdentifierAgain, &why);
            continue;
        }
        by_pmcid.insert(pmcid, number);
        let study = source.study(at, number, &own)?;
        debug_assert!(study.own_id.is_some() == (number >= Study::FIRST_UNNUMBERED));
        study.title = tidy(optional(&row, title));
        study.year = parse_year(optional(&row, year));
        let doi = optional(&row, doi);
        study.doi = (!doi.is_empty()).then(|| doi.to_owned());
    }
    source.count.studies = source.studies.len();
    Ok(by_pmcid)
}

/// A number of PubMed Central: "PMC7664275", "7664275", "7664275.0".
fn parse_pmcid(text: &str) -> Option<u32> {
    let text = text.trim();
    parse_pmid(text.strip_prefix("PMC").unwrap_or(text))
}
