//! Names of peaks in columns.

use crate::measure::PeakRow;

/// Name of a row's place.
pub(super) fn region(peak: &PeakRow) -> String {
    peak.region.clone().unwrap_or_else(|| "unnamed".to_owned())
}

/// "Left precentral" → "L precentral": the columns are narrow.
pub(super) fn short(name: &str) -> String {
    let (near, name) = match name.strip_prefix("≈ ") {
        Some(rest) => ("≈ ", rest),
        None => ("", name),
    };
    if let Some(rest) = name.strip_prefix("Left ") {
        format!("{near}L {rest}")
    } else if let Some(rest) = name.strip_prefix("Right ") {
        format!("{near}R {rest}")
    } else {
        format!("{near}{name}")
    }
}
