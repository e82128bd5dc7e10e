//! Numbers and maps made from maps: the peak table, comparison of two maps, derived maps.

mod compare;
mod derive;
mod error;
mod smooth;
mod table;

pub use compare::{Comparison, Measured, Over, compare};
pub use derive::{Derived, Operation, derive};
pub use error::MeasureError;
pub use smooth::smooth;
pub(crate) use table::peaks_csv;
pub use table::{PeakRow, peak_rows};
