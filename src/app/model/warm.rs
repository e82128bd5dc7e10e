//! What is expensive about a map is worked out where it is made, off the window's thread.

use super::layer::Opened;
use crate::render::{first_look, first_values, warm};
use crate::volume::Volume;

/// Works out how a map is first shown, and hands it on: the window finds it done.
pub fn warmed(opened: Opened) -> Opened {
    warm_volume(&opened.volume);
    opened
}

/// As [`warmed`], of values alone.
pub fn warm_volume(volume: &Volume) {
    first_look(volume).point_mm(volume);
    first_values(volume);
    warm(volume);
}
