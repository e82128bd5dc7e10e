//! The peak table: one row a cluster, one more for each further peak of it.

use std::fmt::Write as _;

use crate::delimited::csv_text;
use crate::provenance::{CSV_COLUMNS, Provenance};
use crate::volume::{Cluster, MapKind, Peak};

/// One row of the table.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PeakRow {
    /// "1" for a cluster's peak, "1a", "1b"… for its further peaks.
    pub id: String,
    /// Position, RAS mm.
    #[serde(rename = "mm")]
    pub at_mm: [f64; 3],
    /// Voxel of the map's file, from 0.
    pub voxel: [usize; 3],
    /// Value of the map there.
    pub value: f32,
    /// Volume of the cluster; not for further peaks.
    #[serde(rename = "cluster_mm3", skip_serializing_if = "Option::is_none")]
    pub volume_mm3: Option<f64>,
    /// Voxels of the cluster; not for further peaks.
    #[serde(rename = "cluster_voxels", skip_serializing_if = "Option::is_none")]
    pub voxels: Option<usize>,
    /// Name of the place, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl PeakRow {
    /// Whether this is a further peak of the cluster above it.
    pub(crate) fn is_sub_peak(&self) -> bool {
        self.voxels.is_none()
    }
}

/// Rows of clusters in their order, places named by `region`.
pub fn peak_rows(
    clusters: &[Cluster],
    region: impl Fn([f64; 3]) -> Option<String>,
) -> Vec<PeakRow> {
    let mut rows = Vec::new();
    for (number, cluster) in clusters.iter().enumerate() {
        let row = |id: String, peak: &Peak, of: Option<&Cluster>| PeakRow {
            id,
            at_mm: peak.at_mm,
            voxel: peak.voxel,
            value: peak.value,
            volume_mm3: of.map(|c| c.volume_mm3),
            voxels: of.map(|c| c.voxels),
            region: region(peak.at_mm),
        };
        let number = number + 1;
        rows.push(row(number.to_string(), &cluster.peak, Some(cluster)));
        for (letter, peak) in ('a'..='z').zip(&cluster.sub_peaks) {
            rows.push(row(format!("{number}{letter}"), peak, None));
        }
    }
    rows
}

/// The table as CSV. Positions have four decimals at most, values as many digits as `f32` holds.
/// The last columns say how the table was made.
pub(crate) fn peaks_csv(rows: &[PeakRow], kind: MapKind, made: &Provenance) -> String {
    let mut out = format!(
        "cluster,x_mm,y_mm,z_mm,value,statistic,cluster_mm3,cluster_voxels,i,j,k,region,{CSV_COLUMNS}\n"
    );
    let made = csv_record(made);
    for row in rows {
        let [x, y, z] = row.at_mm.map(decimals);
        let size = row.volume_mm3.map(decimals).unwrap_or_default();
        let voxels = row.voxels.map(|n| n.to_string()).unwrap_or_default();
        let [i, j, k] = row.voxel;
        let region = csv_text(row.region.as_deref().unwrap_or_default());
        // Writing to a String cannot fail.
        writeln!(
            out,
            "{},{x},{y},{z},{},{},{size},{voxels},{i},{j},{k},{region},{made}",
            row.id,
            row.value,
            kind.label(),
        )
        .ok();
    }
    out
}

/// The cells under [`CSV_COLUMNS`], quoted where they must be.
pub(crate) fn csv_record(made: &Provenance) -> String {
    made.csv_cells().map(|cell| csv_text(&cell)).join(",")
}

/// "-42", "3.25": four decimals at most, no trailing zeros, no "-0".
fn decimals(x: f64) -> String {
    let rounded = (x * 1e4).round() / 1e4;
    // Adding 0 turns −0 into 0.
    format!("{}", rounded + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_units_letters_and_quotes() {
        let peak = |x: f64, value: f32| Peak {
            voxel: [1, 2, 3],
            at_mm: [x, -0.000_01, 8.25],
            value,
        };
        let cluster = Cluster {
            positive: true,
            voxels: 12,
            volume_mm3: 324.0,
            centre_mm: [0.0; 3],
            peak: peak(-42.0, 5.5),
            sub_peaks: vec![peak(-30.0, 4.25)],
        };
        let rows = peak_rows(&[cluster], |[x, ..]| {
            (x < -40.0).then(|| "Gyrus, \"middle\"".to_owned())
        });
        assert!(!rows[0].is_sub_peak() && rows[1].is_sub_peak());
        let made = Provenance::new("peak table").option("threshold", 3.1_f32);
        let csv = peaks_csv(&rows, MapKind::Z, &made);
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(
            lines[1..],
            [
                format!(
                    "1,-42,0,8.25,5.5,z,324,12,1,2,3,\"Gyrus, \"\"middle\"\"\",,,threshold=3.1,{}",
                    made.gyrus
                ),
                format!(
                    "1a,-30,0,8.25,4.25,z,,,1,2,3,,,,threshold=3.1,{}",
                    made.gyrus
                ),
            ]
        );
        assert!(
            lines
                .iter()
                .skip(2)
                .all(|l| l.matches(',').count() == lines[0].matches(',').count())
        );
    }

    #[test]
    fn text_fields_are_quoted_and_never_formulas() {
        assert_eq!(csv_text("n-back"), "n-back");
        assert_eq!(
            csv_text("motor task (hand, foot)"),
            "\"motor task (hand, foot)\""
        );
        assert_eq!(csv_text("say \"ba\""), "\"say \"\"ba\"\"\"");
        assert_eq!(csv_text("=1+1"), "'=1+1");
        assert_eq!(csv_text("@x,y"), "\"'@x,y\"");
        assert_eq!([csv_text("-a"), csv_text("+a")], ["'-a", "'+a"]);
        assert_eq!(csv_text("a=b"), "a=b");
    }
}
