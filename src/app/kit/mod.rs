//! Colours, widgets and words the window is made of. Nothing here knows of maps.

pub mod fuzzy;
pub mod theme;
pub mod widgets;
pub mod words;
