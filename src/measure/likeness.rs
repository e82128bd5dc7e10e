//! How alike two maps over the same voxels are: Pearson correlation, and Dice of their strongest voxels.

/// Percentiles above which Dice is measured, as NeuroConText prints them.
pub(crate) const PERCENTILES: [f64; 10] =
    [80.0, 85.0, 90.0, 95.0, 96.0, 97.0, 98.0, 99.0, 99.5, 99.8];

/// Where the strongest tenth stands among the percentiles.
const TENTH: usize = 2;

/// Correlation with the study's density, with that density after the chain, then Dice with the density at each
/// percentile; 0..=1 but for the correlations.
pub(crate) type Likeness = [f64; FIRST_DICE + PERCENTILES.len()];
/// Where the figures of Dice begin.
pub(crate) const FIRST_DICE: usize = 2;

/// A map ready to be compared with others over the same voxels.
pub(crate) struct Ready {
    values: Vec<f32>,
    mean: f64,
    /// Length of the values less their mean.
    length: f64,
    /// Of each voxel: above how many of the percentiles it lies.
    above: Vec<u8>,
    /// Voxels above each percentile.
    counts: [u32; PERCENTILES.len()],
    /// The value that the strongest tenth lies above.
    tenth: f32,
}

impl Ready {
    /// Of a map whose values are all finite.
    pub fn of(values: Vec<f32>) -> Self {
        let n = values.len().max(1) as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let square = |&v: &f32| (f64::from(v) - mean).powi(2);
        let length = values.iter().map(square).sum::<f64>().sqrt();
        let thresholds = thresholds(&values);
        let lowest = thresholds[0];
        let level = |&v: &f32| {
            let v = f64::from(v);
            // Most voxels are below the lowest one.
            if v > lowest {
                thresholds.iter().take_while(|&&t| v > t).count() as u8
            } else {
                0
            }
        };
        let above: Vec<u8> = values.iter().map(level).collect();
        Self {
            counts: counts(above.iter().copied()),
            values,
            mean,
            length,
            above,
            tenth: thresholds[TENTH] as f32,
        }
    }

    /// How alike a map is to a study's density and to that after the chain.
    pub fn likeness(&self, density: &Self, chain: &Self) -> Likeness {
        let mut out = [0.0; FIRST_DICE + PERCENTILES.len()];
        out[0] = self.pearson(density);
        out[1] = self.pearson(chain);
        out[FIRST_DICE..].copy_from_slice(&self.dice(density));
        out
    }

    /// The values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The value that the strongest tenth lies above.
    pub fn tenth(&self) -> f32 {
        self.tenth
    }

    /// The correlation over all voxels; 0 where one of the maps is the same everywhere.
    pub fn pearson(&self, other: &Self) -> f64 {
        let pairs = self.values.iter().zip(&other.values);
        let product =
            |(&a, &b): (&f32, &f32)| (f64::from(a) - self.mean) * (f64::from(b) - other.mean);
        let lengths = self.length * other.length;
        if lengths > 0.0 {
            pairs.map(product).sum::<f64>() / lengths
        } else {
            0.0
        }
    }

    /// At each percentile p 2|A∩B| / (|A| + |B|), A and B being the voxels strictly above the p-th percentile of
    /// their own map; 0 where there are none.
    pub fn dice(&self, other: &Self) -> [f64; PERCENTILES.len()] {
        let both = self.above.iter().zip(&other.above);
        let mut both = counts(both.map(|(&a, &b)| a.min(b))).into_iter();
        let mut sizes = self.counts.iter().zip(&other.counts);
        std::array::from_fn(|_| {
            let (a, b) = sizes.next().unwrap_or((&0, &0));
            2.0 * f64::from(both.next().unwrap_or(0)) / f64::from((a + b).max(1))
        })
    }
}

/// How many levels are above each number of percentiles.
fn counts(levels: impl Iterator<Item = u8>) -> [u32; PERCENTILES.len()] {
    let mut of_level = [0_u32; PERCENTILES.len() + 1];
    for level in levels {
        of_level[usize::from(level)] += 1;
    }
    let mut out = [0; PERCENTILES.len()];
    let mut sum = 0;
    for (slot, count) in out.iter_mut().zip(&of_level[1..]).rev() {
        sum += count;
        *slot = sum;
    }
    out
}

/// The percentiles of the values, between two of them the linear interpolation numpy uses.
fn thresholds(values: &[f32]) -> [f64; PERCENTILES.len()] {
    let Some(last) = values.len().checked_sub(1) else {
        return [0.0; PERCENTILES.len()];
    };
    let rank = |percent: f64| percent / 100.0 * last as f64;
    let start = rank(PERCENTILES[0]).floor() as usize;
    let mut sorted = values.to_vec();
    // Only the end is wanted: what is below stays in any order.
    sorted.select_nth_unstable_by(start, f32::total_cmp);
    sorted[start..].sort_unstable_by(f32::total_cmp);
    PERCENTILES.map(|percent| {
        let rank = rank(percent);
        let below = rank.floor();
        let at = |index: usize| f64::from(sorted[index.min(last)]);
        let (low, high) = (at(below as usize), at(below as usize + 1));
        low + (high - low) * (rank - below)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made-up maps and what numpy makes of them (tests/fixtures/eval/make_likeness.py).
    #[derive(serde::Deserialize)]
    struct Fixture {
        percentiles: Vec<f64>,
        pairs: Vec<Pair>,
    }

    #[derive(serde::Deserialize)]
    struct Pair {
        a: Vec<f32>,
        b: Vec<f32>,
        pearson: f64,
        dice: Vec<f64>,
    }

    #[test]
    fn likeness_equals_numpys() {
        let text = include_str!("../../tests/fixtures/eval/likeness.json");
        let fixture: Fixture = serde_json::from_str(text).unwrap();
        assert_eq!(fixture.percentiles, PERCENTILES);
        assert!(fixture.pairs.len() >= 4);
        for pair in fixture.pairs {
            let (a, b) = (Ready::of(pair.a), Ready::of(pair.b));
            let found = a.likeness(&b, &a);
            assert!((found[0] - pair.pearson).abs() < 1e-9, "{found:?}");
            assert!((found[1] - 1.0).abs() < 1e-9, "{found:?}");
            for (found, dice) in found[FIRST_DICE..].iter().zip(&pair.dice) {
                assert!((found - dice).abs() < 1e-12, "{found} {dice}");
            }
            assert_eq!(b.dice(&a), a.dice(&b));
        }
    }

    #[test]
    fn a_map_is_wholly_like_itself_and_a_flat_one_like_none() {
        let map: Vec<f32> = (0..5000).map(|i| (i as f32 * 0.37).sin()).collect();
        let ready = Ready::of(map.clone());
        let same = ready.likeness(&ready, &ready);
        assert!(same.iter().all(|v| (v - 1.0).abs() < 1e-9), "{same:?}");
        // Any rising function of the values has the same strongest voxels.
        let cubed = Ready::of(map.iter().map(|v| v.powi(3)).collect());
        assert_eq!(cubed.dice(&ready)[..], same[FIRST_DICE..]);
        let flat = Ready::of(vec![2.0; 5000]).likeness(&ready, &cubed);
        assert_eq!(flat, [0.0; 12]);
        let nothing = Ready::of(Vec::new());
        assert_eq!(nothing.likeness(&nothing, &nothing), [0.0; 12]);
    }
}
