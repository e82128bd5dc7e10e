//! Where the crosshair has been: back, forward, and a short list.

use std::time::{Duration, Instant};

/// Places kept in each direction.
const MAX_PLACES: usize = 50;
/// Moves that follow each other faster than this are one way: a drag, a held key.
const PAUSE: Duration = Duration::from_millis(700);

/// The places it has been at, RAS mm.
#[derive(Debug, Clone, Default)]
pub struct CrosshairHistory {
    back: Vec<[f64; 3]>,
    forward: Vec<[f64; 3]>,
    moved: Option<Instant>,
}

impl CrosshairHistory {
    /// The crosshair left `from`: by a jump, or by a step of a longer way.
    pub fn left(&mut self, from: [f64; 3], jump: bool, now: Instant) {
        let goes_on = self
            .moved
            .is_some_and(|before| now.saturating_duration_since(before) < PAUSE);
        self.moved = (!jump).then_some(now);
        if goes_on && !jump {
            return;
        }
        self.forward.clear();
        remember(&mut self.back, from);
    }

    /// The place before this one.
    pub fn back(&mut self, here: [f64; 3]) -> Option<[f64; 3]> {
        let to = self.back.pop()?;
        remember(&mut self.forward, here);
        self.moved = None;
        Some(to)
    }

    /// The place that was left by going back.
    pub fn forward(&mut self, here: [f64; 3]) -> Option<[f64; 3]> {
        let to = self.forward.pop()?;
        remember(&mut self.back, here);
        self.moved = None;
        Some(to)
    }

    /// Places left, the last one first.
    pub fn list(&self) -> impl Iterator<Item = [f64; 3]> {
        self.back.iter().rev().copied()
    }
}

/// The crosshair is at a peak or a voxel when it is this near, mm.
const NEAR_MM: f64 = 0.6;

/// Whether two places are the same for a person.
pub fn is_at(a: [f64; 3], b: [f64; 3]) -> bool {
    (0..3).all(|axis| (a[axis] - b[axis]).abs() < NEAR_MM)
}

/// A place in tenths of a millimetre, as it is written.
pub fn rounded(place_mm: [f64; 3]) -> [f64; 3] {
    place_mm.map(|mm| (10.0 * mm).round() / 10.0)
}

fn remember(list: &mut Vec<[f64; 3]>, place: [f64; 3]) {
    if list.last() != Some(&place) {
        list.push(place);
    }
    if list.len() > MAX_PLACES {
        list.remove(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_and_forward_go_the_way_that_was_gone() {
        let mut places = CrosshairHistory::default();
        let now = Instant::now();
        let [a, b, c] = [[0.0; 3], [1.0; 3], [2.0; 3]];
        places.left(a, true, now);
        places.left(b, true, now);
        assert_eq!(places.back(c), Some(b));
        assert_eq!(places.back(b), Some(a));
        assert_eq!(places.back(a), None);
        assert_eq!(places.forward(a), Some(b));
        // A new way forgets the old one.
        places.left(b, true, now);
        assert_eq!(places.forward(c), None);
        assert_eq!(places.list().collect::<Vec<_>>(), [b, a]);
    }

    #[test]
    fn a_drag_is_one_way() {
        let mut places = CrosshairHistory::default();
        let start = Instant::now();
        for step in 0..40 {
            let now = start + Duration::from_millis(50 * step);
            places.left([step as f64, 0.0, 0.0], false, now);
        }
        assert_eq!(places.list().count(), 1);
        places.left([9.0; 3], false, start + Duration::from_secs(10));
        assert_eq!(places.list().count(), 2);
    }
}
