//! Small parts the panels are made of. Each one is labelled for screen readers, and thereby for tests.

mod choice;
mod controls;
mod icon;
mod rows;
mod text;

pub use choice::choice;
pub use controls::{
    badge, chip, field_frame, field_name, focus_ring, gradient, heading, link, search_field,
    segmented, slider, slider_steps,
};
pub use icon::{Icon, icon_button};
pub use rows::{BarRow, ROW, amount_row};
pub use text::{elided, paint_elided, paint_name, paint_text, paragraph, say};
