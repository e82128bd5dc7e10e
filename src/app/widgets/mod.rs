//! Small parts the panels are made of. Each one is labelled for screen readers, and thereby for tests.

mod controls;
mod icon;
mod picker;
mod range;
mod rows;
mod text;

pub use controls::{badge, chip, field_frame, focus_ring, heading, link, segmented, slider};
pub use icon::{Icon, icon_button};
pub use picker::{field_name, gradient, map_picker};
pub use range::{BarAction, RangeBar};
pub use rows::{BarRow, ROW, amount_row};
pub use text::{elided, paint_elided, paint_text, paragraph, say};
