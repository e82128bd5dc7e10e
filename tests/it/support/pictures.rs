//! Pictures of the two renderers beside each other.

use gyrus::render::Pixels;

/// Share of all pixels that may be undecided: those on a threshold, a hole's edge or the border, where
/// rounding decides between two sides.
const MOST_UNDECIDED: f64 = 2e-4;

/// Pixels that differ by more than `steps` of a byte in any channel.
pub fn beyond(a: &Pixels, b: &Pixels, steps: u8) -> usize {
    assert_eq!(a.size, b.size);
    let differs =
        |(p, q): &(&[u8; 4], &[u8; 4])| p.iter().zip(*q).any(|(x, y)| x.abs_diff(*y) > steps);
    a.rgba.iter().zip(&b.rgba).filter(differs).count()
}

/// Pixels of many pictures that two renderers draw differently.
#[derive(Debug, Default)]
pub struct Agreement {
    undecided: usize,
    total: usize,
}

impl Agreement {
    /// Counts one picture; returns its pixels that differ by more than `steps` of a byte.
    pub fn count(&mut self, reference: &Pixels, got: &Pixels, steps: u8) -> usize {
        let beyond = beyond(reference, got, steps);
        self.undecided += beyond;
        self.total += reference.rgba.len();
        beyond
    }

    /// Fails where more pixels differ than rounding explains, or where there were none.
    pub fn check(&self) {
        let Self { undecided, total } = self;
        eprintln!("{undecided} of {total} pixels undecided");
        assert!(*total > 0, "nothing was compared");
        assert!(
            (*undecided as f64) < *total as f64 * MOST_UNDECIDED,
            "{undecided} of {total} pixels differ"
        );
    }
}
