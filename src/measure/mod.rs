//! Numbers and maps made from maps: the peak table, comparison of two maps, derived maps, regions.

mod compare;
mod derive;
mod error;
mod likeness;
mod on_grid;
mod region;
mod scatter;
mod smooth;
mod table;

pub(crate) use crate::delimited::csv_text;
pub use compare::{Comparison, Measured, Over, Pair, compare, compare_all};
pub use derive::{Derived, OVERLAP, Operation, derive};
pub use error::MeasureError;
pub(crate) use likeness::{FIRST_DICE, Likeness, PERCENTILES, Ready};
pub(crate) use region::is_region;
pub use region::{DEFAULT_RADIUS_MM, MAX_RADIUS_MM, union};
pub use scatter::{SCATTER_CELLS, Scatter};
pub use smooth::smooth;
pub use table::{PeakRow, peak_rows};
pub(crate) use table::{csv_record, peaks_csv};
