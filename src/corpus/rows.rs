//! Rows that all sources share: identifiers and peaks.

use std::path::Path;

use crate::delimited::Row;
use crate::progress::Progress;

use super::CorpusError;
use super::drops::DropReason;
use super::source::{RawStudy, ReportedSpace, Source};
use super::table::{Table, optional};

/// A PMID: a whole number from 1, also written "123.0" as spreadsheets do.
pub(super) fn parse_pmid(text: &str) -> Option<u32> {
    let digits = text.trim().strip_suffix(".0").unwrap_or(text.trim());
    let known = |p: &u32| (1..super::Study::FIRST_UNNUMBERED).contains(p);
    digits.parse::<u32>().ok().filter(known)
}

/// Studies of one table: many times those of the literature. A hostile table stops here.
const MAX_STUDIES: usize = 1_000_000;
/// Peaks of one table.
const MAX_PEAKS: usize = 20_000_000;

/// Whether there is room for a study more.
///
/// # Errors
/// [`CorpusError::TooLarge`].
pub(super) fn check_studies(path: &Path, studies: usize) -> Result<(), CorpusError> {
    check_rows(path, studies, MAX_STUDIES, "studies")
}

/// Whether there is room for a peak more.
///
/// # Errors
/// [`CorpusError::TooLarge`].
pub(super) fn check_peaks(path: &Path, peaks: usize) -> Result<(), CorpusError> {
    check_rows(path, peaks, MAX_PEAKS, "peaks")
}

fn check_rows(path: &Path, rows: usize, most: usize, what: &str) -> Result<(), CorpusError> {
    if rows < most {
        return Ok(());
    }
    Err(CorpusError::TooLarge {
        path: path.to_owned(),
        most: format!("{most} {what}"),
    })
}

/// The columns of a peak's coordinates.
///
/// # Errors
/// [`CorpusError::MissingColumn`].
pub(super) fn axes(table: &Table) -> Result<[usize; 3], CorpusError> {
    Ok([
        table.need(&["x"], "x")?,
        table.need(&["y"], "y")?,
        table.need(&["z"], "z")?,
    ])
}

/// The three numbers of a row; not a number where one is none.
pub(super) fn numbers(row: &Row, axes: [usize; 3]) -> [f32; 3] {
    axes.map(|axis| row.get(axis).parse().unwrap_or(f32::NAN))
}

/// Reads peaks into the studies of `source`; `each` is called with the study, the peak and the row's space.
pub(super) fn read_peaks(
    table: &Table,
    ids: &[&str],
    source: &mut Source,
    resolve: impl Fn(&str) -> Option<u32>,
    mut each: impl FnMut(u32, &mut RawStudy, [f32; 3], ReportedSpace),
    progress: &Progress,
) -> Result<(), CorpusError> {
    let id = table.need(ids, "id (or pmid)")?;
    let axes = axes(table)?;
    let space = table.column(&["space"]);
    for (n, row) in table.rows().enumerate() {
        if n % 8192 == 0 {
            progress.check()?;
        }
        let at = table.at(&row);
        let name = row.get(id);
        let Some((pmid, study)) =
            resolve(name).and_then(|pmid| source.studies.get_mut(&pmid).map(|study| (pmid, study)))
        else {
            source.drop_peak(at, name, DropReason::NoStudy, &format!("no study {name:?}"));
            continue;
        };
        let peak = numbers(&row, axes);
        if peak.iter().all(|v| v.is_finite()) {
            check_peaks(table.path(), source.count.peaks)?;
            source.count.peaks += 1;
            each(
                pmid,
                study,
                peak,
                ReportedSpace::parse(optional(&row, space)),
            );
        } else {
            let seen: Vec<&str> = axes.iter().map(|&a| row.get(a)).collect();
            let why = format!("{seen:?} are not three numbers");
            source.drop_peak(at, name, DropReason::NotNumbers, &why);
        }
    }
    Ok(())
}
