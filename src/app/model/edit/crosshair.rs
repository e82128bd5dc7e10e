//! The crosshair moves.

use std::time::Instant;

use super::Editor;
use crate::render::first_values;

/// Slices are drawn within this distance of the origin, mm; the cut point stays inside.
const WORLD_LIMIT_MM: f64 = 200.0;

impl Editor<'_> {
    /// Moves the crosshair along a way, as a drag or a held key does. RAS mm.
    pub fn move_to(&mut self, point_mm: [f64; 3]) {
        let from = self.cut_mm;
        if self.place(point_mm) {
            let history = &mut self.document.crosshair_history;
            history.left(from, false, Instant::now());
        }
    }

    /// Moves it by a vector, mm.
    pub fn nudge(&mut self, vector_mm: [f64; 3]) {
        let cut = self.cut_mm;
        self.move_to(std::array::from_fn(|axis| cut[axis] + vector_mm[axis]));
    }

    /// Moves it to a place that was looked up: one that can be gone back from. RAS mm.
    pub fn go_to(&mut self, point_mm: [f64; 3]) {
        let from = self.cut_mm;
        if self.place(point_mm) {
            let history = &mut self.document.crosshair_history;
            history.left(from, true, Instant::now());
        }
    }

    /// The same by a voxel of the selected layer's file, from 0.
    pub fn go_to_voxel(&mut self, voxel: [f64; 3]) {
        let volume = self.selected_layer().and_then(|layer| layer.volume.clone());
        let Some(volume) = volume else {
            self.say("No layer is selected");
            return;
        };
        let shape = volume.grid.shape;
        if (0..3).any(|axis| voxel[axis] >= shape[axis] as f64) {
            let [i, j, k] = shape.map(|n| n.saturating_sub(1));
            self.say(format!(
                "The selected layer's voxels go from 0 0 0 to {i} {j} {k}"
            ));
            return;
        }
        self.go_to(volume.grid.affine.apply(voxel));
    }

    /// To the largest absolute value the selected layer shows.
    pub fn go_to_peak(&mut self) {
        let peak = self
            .selected_layer()
            .and_then(|layer| Some((layer.volume.as_ref()?, layer.display.signs)))
            .and_then(|(volume, signs)| first_values(volume).peak_mm(signs));
        match peak {
            Some(point) => self.go_to(point),
            None => self.say("The selected layer has no peak"),
        }
    }

    /// To the place before.
    pub fn go_back(&mut self) {
        let here = self.cut_mm;
        match self.document.crosshair_history.back(here) {
            Some(to) => {
                self.place(to);
            }
            None => self.say("No earlier position"),
        }
    }

    /// To the place that was left by going back.
    pub fn go_forward(&mut self) {
        let here = self.cut_mm;
        match self.document.crosshair_history.forward(here) {
            Some(to) => {
                self.place(to);
            }
            None => self.say("No later position"),
        }
    }

    /// Shows or hides the crosshair.
    pub fn toggle_crosshair(&mut self) {
        self.document.crosshair = !self.crosshair;
        self.touch();
    }

    /// Moves the cut point; whether it is elsewhere now.
    pub(super) fn place(&mut self, point_mm: [f64; 3]) -> bool {
        if !point_mm.iter().all(|x| x.is_finite()) {
            return false;
        }
        let from = self.cut_mm;
        self.document.cut_mm = self
            .nearest_shown_mm(point_mm)
            .map(|x| x.clamp(-WORLD_LIMIT_MM, WORLD_LIMIT_MM));
        self.touch();
        self.cut_mm != from
    }
}
