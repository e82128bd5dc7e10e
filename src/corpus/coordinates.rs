//! A table of peaks of one study or one list: x, y, z in MNI millimetres, and perhaps a value.

use std::path::{Path, PathBuf};

use super::table::read_bytes;
use crate::delimited::{self, Row};
use crate::error::{Explain, Explanation};

/// A list of peaks, not a corpus: some hundred thousand rows.
const MAX_BYTES: u64 = 16 << 20;
/// Nothing of a head is further away, mm.
const FARTHEST_MM: f32 = 300.0;

/// Peaks read from a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coordinates {
    /// Peaks without a value, or with one that is not negative, MNI mm.
    pub positive_mm: Vec<[f32; 3]>,
    /// Peaks with a negative value, MNI mm.
    pub negative_mm: Vec<[f32; 3]>,
    /// Lines that are not three numbers of a head.
    pub not_read: usize,
}

/// Why a table of peaks cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CoordinatesError {
    /// The file.
    #[error("{why}")]
    Read {
        /// The table.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Columns x, y and z are not all there.
    #[error("its first line names no columns x, y and z, and is not three numbers")]
    Columns {
        /// The table.
        path: PathBuf,
    },
    /// Not one peak.
    #[error("none of its lines is three numbers in millimetres")]
    Empty {
        /// The table.
        path: PathBuf,
    },
}

impl Explain for CoordinatesError {
    fn explain(&self) -> Explanation {
        let (Self::Read { path, .. } | Self::Columns { path } | Self::Empty { path }) = self;
        Explanation {
            what: "The table of peaks cannot be used".to_owned(),
            why: self.to_string(),
            remedy: "Give it the columns x, y and z in MNI millimetres, and where wanted value"
                .to_owned(),
            path: Some(path.clone()),
        }
    }
}

/// Columns of x, y, z and of the value.
type Columns = ([usize; 3], Option<usize>);

impl Coordinates {
    /// Reads a comma, semicolon or tab separated table, gzip or not. Columns are `x`, `y`, `z` and `value` (or
    /// `x_mm`, `y_mm`, `z_mm`, as `gyrus peaks` writes them); without a header the first four in this order.
    ///
    /// # Errors
    /// [`CoordinatesError`].
    pub fn read(path: &Path) -> Result<Self, CoordinatesError> {
        let bytes = read_bytes(path, MAX_BYTES).map_err(|error| CoordinatesError::Read {
            path: path.to_owned(),
            why: error.explain().why,
        })?;
        let text = String::from_utf8_lossy(&bytes);
        Self::parse(path, text.strip_prefix('\u{feff}').unwrap_or(&text))
    }

    fn parse(path: &Path, text: &str) -> Result<Self, CoordinatesError> {
        let first = text.lines().find(|line| !line.trim().is_empty());
        let first = first.unwrap_or_default();
        let count = |d: &u8| first.bytes().filter(|b| b == d).count();
        let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(count);
        let mut rows = delimited::rows(text, delimiter.unwrap_or(b',')).peekable();
        let (axes, value) = match rows.peek() {
            Some(row) => match columns(row) {
                Some(columns) => {
                    rows.next();
                    columns
                }
                None if peak(row, [0, 1, 2]).is_some() => ([0, 1, 2], Some(3)),
                None => {
                    return Err(CoordinatesError::Columns {
                        path: path.to_owned(),
                    });
                }
            },
            None => {
                return Err(CoordinatesError::Empty {
                    path: path.to_owned(),
                });
            }
        };
        let mut found = Self::default();
        for row in rows {
            let value = value.and_then(|column| row.get(column).parse::<f64>().ok());
            match peak(&row, axes) {
                Some(peak) if value.is_some_and(|v| v < 0.0) => found.negative_mm.push(peak),
                Some(peak) => found.positive_mm.push(peak),
                None => found.not_read += 1,
            }
        }
        if found.is_empty() {
            return Err(CoordinatesError::Empty {
                path: path.to_owned(),
            });
        }
        Ok(found)
    }

    /// Number of peaks.
    pub fn len(&self) -> usize {
        self.positive_mm.len() + self.negative_mm.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The columns a header names.
fn columns(header: &Row) -> Option<Columns> {
    let find = |names: [&str; 2]| {
        let is = |&at: &usize| names.iter().any(|n| header.get(at).eq_ignore_ascii_case(n));
        (0..header.len()).find(is)
    };
    let axes = [
        find(["x", "x_mm"])?,
        find(["y", "y_mm"])?,
        find(["z", "z_mm"])?,
    ];
    Some((axes, find(["value", "statistic_value"])))
}

fn peak(row: &Row, axes: [usize; 3]) -> Option<[f32; 3]> {
    let mut peak = [0.0; 3];
    for (value, column) in peak.iter_mut().zip(axes) {
        *value = row.get(column).parse().ok()?;
    }
    let possible = |v: &f32| v.is_finite() && v.abs() <= FARTHEST_MM;
    peak.iter().all(possible).then_some(peak)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Coordinates, CoordinatesError> {
        Coordinates::parse(Path::new("t.csv"), text)
    }

    #[test]
    fn tables_with_and_without_a_header_are_read() {
        let want = [[-42.0, 22.0, 8.5], [1.0, 2.0, 3.0]];
        for text in [
            "x,y,z\n-42,22,8.5\n1,2,3\n",
            "-42\t22\t8.5\n\n1\t2\t3\n",
            "cluster;Z;y;x\n1;8.5;22;-42\n1a;3;2;1\n",
            "cluster,x_mm,y_mm,z_mm,value\r\n1,-42,22,8.5,5.1\r\n2,1,2,3,\r\n",
        ] {
            let found = parse(text).unwrap();
            assert_eq!(found.positive_mm, want, "{text}");
            assert_eq!((found.negative_mm.len(), found.not_read), (0, 0));
        }
    }

    #[test]
    fn negative_values_are_a_side_of_their_own_and_bad_lines_are_counted() {
        let found =
            parse("x,y,z,value\n1,2,3,-4\n1,2,3,4\n1,2,,4\n1,2,nan,4\n900,0,0,1\n").unwrap();
        assert_eq!((found.positive_mm.len(), found.negative_mm.len()), (1, 1));
        assert_eq!(found.not_read, 3);
    }

    #[test]
    fn what_is_no_table_of_peaks_is_refused() {
        let refused = |text: &str| parse(text).unwrap_err();
        assert!(matches!(refused(""), CoordinatesError::Empty { .. }));
        assert!(matches!(refused("x,y,z\n"), CoordinatesError::Empty { .. }));
        assert!(matches!(
            refused("a,b\n1,2\n"),
            CoordinatesError::Columns { .. }
        ));
    }
}
