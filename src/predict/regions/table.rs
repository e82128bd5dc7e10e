//! The regions of a text for spreadsheets.

use std::fmt::Write as _;

use super::RegionRow;
use crate::measure::{csv_record, csv_text};
use crate::provenance::{CSV_COLUMNS, Provenance};

/// One line a region; the last columns say how they were found.
pub fn regions_csv(rows: &[RegionRow], made: &Provenance) -> String {
    let mut out = format!("region,x,y,z,named,peaks,predicted,percentile,missing,{CSV_COLUMNS}\n");
    let made = csv_record(made);
    for row in rows {
        let [x, y, z] = row.at_mm;
        let peaks = row.peaks.map(|n| n.to_string()).unwrap_or_default();
        let missing = row.is_missing.map(|m| m.to_string()).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{},{x:.0},{y:.0},{z:.0},{},{peaks},{},{},{missing},{made}",
            csv_text(&row.region),
            row.named,
            row.predicted,
            row.percentile,
        );
    }
    out
}
