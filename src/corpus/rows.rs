//! Rows that all sources share: identifiers and peaks.

use crate::progress::Progress;

use super::CorpusError;
use super::merge::{RawStudy, ReportedSpace, Source};
use super::report::Rejected;
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
pub(super) fn check_studies(table: &Table, studies: usize) -> Result<(), CorpusError> {
    check_rows(table, studies, MAX_STUDIES, "studies")
}

fn check_rows(table: &Table, rows: usize, most: usize, what: &str) -> Result<(), CorpusError> {
    if rows < most {
        return Ok(());
    }
    Err(CorpusError::TooLarge {
        path: table.path().to_owned(),
        most: format!("{most} {what}"),
    })
}

/// Reads peaks into the studies of `source`; `space` is called with the study and the row's space.
pub(super) fn read_peaks(
    table: &Table,
    ids: &[&str],
    source: &mut Source,
    resolve: impl Fn(&str) -> Option<u32>,
    mut each: impl FnMut(u32, &mut RawStudy, [f32; 3], ReportedSpace),
    progress: &Progress,
) -> Result<(), CorpusError> {
    let id = table.need(ids, "id (or pmid)")?;
    let axes = [
        table.need(&["x"], "x")?,
        table.need(&["y"], "y")?,
        table.need(&["z"], "z")?,
    ];
    let space = table.column(&["space"]);
    let mut rejected = Rejected::default();
    for (n, row) in table.rows().enumerate() {
        if n % 8192 == 0 {
            progress.check()?;
        }
        let Some((pmid, study)) = resolve(row.get(id))
            .and_then(|pmid| source.studies.get_mut(&pmid).map(|study| (pmid, study)))
        else {
            rejected.add(table, row.line, &format!("no study {:?}", row.get(id)));
            continue;
        };
        let mut peak = [f32::NAN; 3];
        for (value, &column) in peak.iter_mut().zip(&axes) {
            *value = row.get(column).parse().unwrap_or(f32::NAN);
        }
        if peak.iter().all(|v| v.is_finite()) {
            check_rows(table, source.count.peaks, MAX_PEAKS, "peaks")?;
            source.count.peaks += 1;
            each(
                pmid,
                study,
                peak,
                ReportedSpace::parse(optional(&row, space)),
            );
        } else {
            let seen: Vec<&str> = axes.iter().map(|&a| row.get(a)).collect();
            rejected.add(table, row.line, &format!("{seen:?} are not three numbers"));
        }
    }
    source.count.rejected_peaks = rejected;
    Ok(())
}
