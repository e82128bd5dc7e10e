//! What a model makes of noise, so that a decoding can be held against it: of each task the cosines that maps of smooth
//! noise reach, apart for noise that fills more or less of the brain and is more or less smooth.
//!
//! A cell holds what noise of about one extent and one smoothness gave: quantiles of the cosine of every task, and
//! quantiles of how far the best task of a map exceeds what noise gives it on average. A map lies between four cells
//! and gets the weighted mean of their answers.

use super::BundleError;
use crate::atlas::Texture;
use crate::tensors::{Container, Tensor};

/// Levels of the quantiles kept.
pub(crate) const LEVELS: [f32; 15] = [
    0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.998, 0.999, 1.0,
];
/// Studies nearest to a map whose mean similarity says how near the literature is.
pub(super) const NEAREST: usize = 10;
/// So much rougher or smoother than the mean of the outermost cell a map may be. Noise 30 mm wide, the widest of one
/// width that was tried, lies 0.09 above that mean at the largest extent.
const BEYOND: f32 = 0.09;
/// What the names of its arrays start with.
const PREFIX: &str = "nulls";
/// Extents and steps of smoothness at most: a damaged file must not ask for more.
const MAX_CELLS: usize = 4096;

/// Null distributions of one model. Cells are ordered by extent (falling), then smoothness (rising).
#[derive(Debug, Clone, PartialEq)]
pub struct Nulls {
    /// Maps of noise read, each side one.
    pub maps: u32,
    /// Share of the mask that the noise fills, falling.
    pub(crate) extents: Vec<f32>,
    /// Mean smoothness of each cell, rising within an extent.
    pub(crate) smoothness: Vec<f32>,
    /// Mean cosine of every task, a row a cell.
    pub(crate) means: Vec<f32>,
    /// `cells × tasks × levels`.
    pub(crate) cosines: Vec<f32>,
    /// `cells × levels`: the largest excess over the mean among the tasks of one map.
    pub(crate) best: Vec<f32>,
    /// Mean similarity of a map to the [`NEAREST`] studies nearest to it, at the levels, over studies the model did not learn
    /// from; empty where the model has no studies.
    pub(crate) nearness: Vec<f32>,
    /// The same of the titles of those studies, read as texts; empty where titles are not known or files are older.
    pub(crate) text_nearness: Vec<f32>,
}

/// A decoding beside noise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BesideNoise {
    /// Of each task the share of maps of noise that are less similar to it, 0..=1.
    pub tasks: Vec<f32>,
    /// Share of maps of noise whose best task stands out less than the best one here, 0..=1.
    pub best: f32,
    /// Maps of noise in the cells the map lies between.
    pub maps: u32,
}

impl Nulls {
    fn steps(&self) -> usize {
        self.smoothness.len() / self.extents.len().max(1)
    }

    fn tasks(&self) -> usize {
        self.means.len() / self.smoothness.len().max(1)
    }

    /// Cosines of all tasks of a map of this texture beside those of noise; `None` for another number of tasks, and
    /// for a map that is smoother or rougher than the noise that was tried.
    pub(crate) fn compare(&self, texture: Texture, cosines: &[f64]) -> Option<BesideNoise> {
        let n = self.tasks();
        if cosines.len() != n || n == 0 || !self.covers(texture) {
            return None;
        }
        let cells = self.cells(texture);
        let mut out = BesideNoise {
            tasks: vec![0.0; n],
            best: 0.0,
            maps: cells.len() as u32 * (self.maps / self.steps().max(1) as u32),
        };
        let all: f32 = cells.iter().map(|(_, weight)| weight).sum();
        for (cell, weight) in cells {
            let weight = weight / all;
            let levels = LEVELS.len();
            let means = &self.means[cell * n..][..n];
            let quantiles = &self.cosines[cell * n * levels..][..n * levels];
            let rows = quantiles.chunks_exact(levels);
            for ((slot, row), &cosine) in out.tasks.iter_mut().zip(rows).zip(cosines) {
                *slot += weight * level_of(row, cosine as f32);
            }
            let excess = cosines.iter().zip(means).map(|(c, m)| *c as f32 - m);
            let most = excess.fold(f32::NEG_INFINITY, f32::max);
            out.best += weight * level_of(&self.best[cell * levels..][..levels], most);
        }
        // Beyond all of them is beyond all of them, whatever the weights sum to.
        let whole = |p: f32| if p > 1.0 - 1e-5 { 1.0 } else { p };
        out.best = whole(out.best);
        out.tasks.iter_mut().for_each(|p| *p = whole(*p));
        Some(out)
    }

    /// The same, with other quantiles of how near titles of new studies are to the literature.
    #[must_use]
    pub(crate) fn with_text_nearness(self, text_nearness: Vec<f32>) -> Self {
        Self {
            text_nearness,
            ..self
        }
    }

    /// Share of studies whose maps are less similar to their nearest studies than this, 0..=1.
    pub(crate) fn nearness(&self, similarity: f32) -> Option<f32> {
        (!self.nearness.is_empty()).then(|| level_of(&self.nearness, similarity))
    }

    /// Share of titles of new studies that are less similar to their nearest studies than this, 0..=1.
    pub(crate) fn text_nearness(&self, similarity: f32) -> Option<f32> {
        (!self.text_nearness.is_empty()).then(|| level_of(&self.text_nearness, similarity))
    }

    /// Whether noise about as smooth was tried: cells know the mean of what they hold, so a little beyond the last one
    /// is still inside.
    fn covers(&self, texture: Texture) -> bool {
        let steps = self.steps();
        let row = self
            .extents
            .iter()
            .enumerate()
            .min_by(|a, b| {
                let far =
                    |extent: &f32| (extent.max(1e-6).ln() - texture.extent.max(1e-6).ln()).abs();
                far(a.1).total_cmp(&far(b.1))
            })
            .map_or(0, |(row, _)| row);
        let Some(cells) = self.smoothness.get(row * steps..(row + 1) * steps) else {
            return false;
        };
        let (Some(roughest), Some(smoothest)) = (cells.first(), cells.last()) else {
            return false;
        };
        (roughest - BEYOND..=smoothest + BEYOND).contains(&texture.smoothness)
    }

    /// The cells around a texture and their weights, which sum to 1.
    fn cells(&self, texture: Texture) -> Vec<(usize, f32)> {
        let steps = self.steps();
        // Extents fall and count by their ratio.
        let logs: Vec<f32> = self.extents.iter().map(|e| -e.max(1e-6).ln()).collect();
        let mut out = Vec::with_capacity(4);
        for (row, share) in between(&logs, -texture.extent.max(1e-6).ln()) {
            let smoothness = &self.smoothness[row * steps..][..steps];
            for (step, part) in between(smoothness, texture.smoothness) {
                if share * part > 0.0 {
                    out.push((row * steps + step, share * part));
                }
            }
        }
        out
    }

    /// Whether what is looked up by place rises, or falls, as it should.
    fn is_in_order(&self) -> bool {
        let rows = |list: &[f32], width: usize| {
            let mut rows = list.chunks_exact(width.max(1));
            rows.all(|row| row.is_sorted())
        };
        self.extents.iter().all(|e| (0.0..=1.0).contains(e))
            && self.extents.is_sorted_by(|a, b| a >= b)
            && rows(&self.smoothness, self.steps())
            && rows(&self.cosines, LEVELS.len())
            && rows(&self.best, LEVELS.len())
            && self.nearness.is_sorted()
            && self.text_nearness.is_sorted()
    }

    pub(crate) fn store(&self, out: &mut Container<'_>) {
        let (rows, steps, tasks) = (self.extents.len(), self.steps(), self.tasks());
        let name = |part: &str| format!("{PREFIX}.{part}");
        let levels = LEVELS.len();
        out.push(Tensor::u32(name("maps"), &[1], &[self.maps]));
        out.push(Tensor::f32(name("extents"), &[rows], &self.extents));
        out.push(Tensor::f32(name("levels"), &[levels], &LEVELS));
        let cells = [rows, steps];
        out.push(Tensor::f32(name("smoothness"), &cells, &self.smoothness));
        let of_tasks = [rows, steps, tasks];
        out.push(Tensor::f16(name("means"), &of_tasks, &self.means));
        let shape = [rows, steps, tasks, levels];
        out.push(Tensor::f16(name("cosines"), &shape, &self.cosines));
        out.push(Tensor::f32(
            name("best"),
            &[rows, steps, levels],
            &self.best,
        ));
        out.push(Tensor::f32(
            name("nearness"),
            &[self.nearness.len()],
            &self.nearness,
        ));
        // Left out where there is none, so that models without it keep their bytes.
        if !self.text_nearness.is_empty() {
            out.push(Tensor::f32(
                name("text_nearness"),
                &[self.text_nearness.len()],
                &self.text_nearness,
            ));
        }
    }

    pub(crate) fn load(from: &mut Container<'_>, tasks: usize) -> Result<Self, BundleError> {
        let text_nearness = match from.take(&format!("{PREFIX}.text_nearness")) {
            Some(stored) => stored.to_f32()?,
            None => Vec::new(),
        };
        let mut take = |part: &str| -> Result<Vec<f32>, BundleError> {
            Ok(from.need(&format!("{PREFIX}.{part}"))?.to_f32()?)
        };
        let levels = take("levels")?;
        let out = Self {
            text_nearness,
            extents: take("extents")?,
            smoothness: take("smoothness")?,
            means: take("means")?,
            cosines: take("cosines")?,
            best: take("best")?,
            nearness: take("nearness")?,
            maps: from
                .need(&format!("{PREFIX}.maps"))?
                .to_u32()?
                .first()
                .copied()
                .unwrap_or(0),
        };
        let (rows, cells) = (out.extents.len(), out.smoothness.len());
        let finite = [
            &out.extents,
            &out.smoothness,
            &out.means,
            &out.cosines,
            &out.best,
            &out.nearness,
            &out.text_nearness,
        ]
        .into_iter()
        .all(|list| list.iter().all(|v| v.is_finite()));
        let fits = finite
            && levels == LEVELS
            && rows > 0
            && out.maps > 0
            && (1..=MAX_CELLS).contains(&cells)
            && cells.is_multiple_of(rows)
            && cells.checked_mul(tasks) == Some(out.means.len())
            && out.means.len().checked_mul(LEVELS.len()) == Some(out.cosines.len())
            && out.best.len() == cells * LEVELS.len()
            && [&out.nearness, &out.text_nearness]
                .iter()
                .all(|list| list.is_empty() || list.len() == LEVELS.len())
            && out.is_in_order();
        match fits {
            true => Ok(out),
            false => Err(BundleError::Damaged(
                "the null distributions do not fit together".into(),
            )),
        }
    }
}

/// The two places of a rising list that a value lies between, and how much each counts; the end where it lies beyond.
fn between(list: &[f32], value: f32) -> [(usize, f32); 2] {
    let above = list.partition_point(|&v| v <= value);
    if above == 0 {
        return [(0, 1.0), (0, 0.0)];
    }
    if above == list.len() {
        return [(above - 1, 1.0), (above - 1, 0.0)];
    }
    let (low, high) = (list[above - 1], list[above]);
    let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
    [(above - 1, 1.0 - share), (above, share)]
}

/// The level a value has among quantiles at [`LEVELS`]: 0 below the first, 1 from the last on.
fn level_of(quantiles: &[f32], value: f32) -> f32 {
    let above = quantiles.partition_point(|&q| q <= value);
    if above == 0 {
        return 0.0;
    }
    if above == quantiles.len() {
        return 1.0;
    }
    let (low, high) = (quantiles[above - 1], quantiles[above]);
    let share = (value - low) / (high - low);
    LEVELS[above - 1] + share * (LEVELS[above] - LEVELS[above - 1])
}

/// Quantiles of `values` at [`LEVELS`], between two of them in proportion; zeros of nothing.
pub(crate) fn quantiles(values: &mut [f32]) -> Vec<f32> {
    values.sort_unstable_by(f32::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return vec![0.0; LEVELS.len()];
    };
    let at = |level: &f32| {
        let place = level * last as f32;
        let below = place.floor() as usize;
        let (low, high) = (values[below], values[(below + 1).min(last)]);
        low + (high - low) * (place - below as f32)
    };
    LEVELS.iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two extents, two steps of smoothness, one task whose cosines are uniform over an interval.
    fn nulls() -> Nulls {
        let uniform = |from: f32, to: f32| LEVELS.map(|level| from + level * (to - from));
        let intervals = [(0.0, 1.0), (0.0, 0.5), (0.0, 0.25), (-1.0, 1.0)];
        Nulls {
            maps: 100,
            extents: vec![0.2, 0.002],
            smoothness: vec![0.2, 0.6, 0.1, 0.3],
            means: vec![0.5, 0.25, 0.125, 0.0],
            cosines: intervals
                .iter()
                .flat_map(|&(from, to)| uniform(from, to))
                .collect(),
            best: intervals
                .iter()
                .flat_map(|&(from, to)| uniform(from - (from + to) / 2.0, to - (from + to) / 2.0))
                .collect(),
            nearness: uniform(0.2, 0.8).to_vec(),
            text_nearness: uniform(0.3, 0.9).to_vec(),
        }
    }

    #[test]
    fn a_map_is_held_against_noise_like_it() {
        let nulls = nulls();
        let of = |extent, smoothness, cosine| {
            let texture = Texture { extent, smoothness };
            let beside = nulls.compare(texture, &[cosine]).unwrap();
            assert!(
                (beside.tasks[0] - beside.best).abs() < 1e-5,
                "one task is the best one"
            );
            beside.best
        };
        let close = |a: f32, b: f32| assert!((a - b).abs() < 1e-3, "{a} is not {b}");
        close(of(0.2, 0.2, 0.3), 0.3);
        close(of(0.2, 0.6, 0.3), 0.6);
        close(of(0.2, 0.4, 0.3), 0.45);
        // A little beyond what was tried the nearest cell answers.
        close(of(0.9, 0.15, 0.3), 0.3);
        close(of(1e-5, 0.35, 0.0), 0.5);
        // Midway between the extents by their ratio.
        close(of(0.02, 0.12, 0.2), (0.2 + 0.78) / 2.0);
        close(of(0.2, 0.2, -0.1), 0.0);
        close(of(0.2, 0.2, 2.0), 1.0);
        let texture = |extent, smoothness| Texture { extent, smoothness };
        assert_eq!(nulls.compare(texture(0.2, 0.3), &[0.1, 0.2]), None);
        // Far beyond it none does.
        assert_eq!(nulls.compare(texture(0.2, 0.8), &[0.1]), None);
        assert_eq!(nulls.compare(texture(0.2, 0.05), &[0.1]), None);
        // 50 sides a cell; one cell, or two.
        assert_eq!(nulls.compare(texture(0.2, 0.2), &[0.1]).unwrap().maps, 50);
        assert_eq!(nulls.compare(texture(0.2, 0.4), &[0.1]).unwrap().maps, 100);
        close(nulls.nearness(0.5).unwrap(), 0.5);
        assert_eq!(nulls.nearness(0.1), Some(0.0));
        close(nulls.text_nearness(0.6).unwrap(), 0.5);
    }

    #[test]
    fn quantiles_are_those_of_the_values() {
        let mut values: Vec<f32> = (0..=1000).rev().map(|v| v as f32 / 1000.0).collect();
        for (found, level) in quantiles(&mut values).iter().zip(LEVELS) {
            assert!((found - level).abs() < 1e-4);
        }
        assert_eq!(quantiles(&mut []), [0.0; LEVELS.len()]);
        assert_eq!(quantiles(&mut [2.0]), [2.0; LEVELS.len()]);
    }

    #[test]
    fn what_is_stored_is_read_again_and_damage_is_told() {
        let nulls = nulls();
        let mut stored = Container::default();
        nulls.store(&mut stored);
        let bytes = stored.to_bytes();
        let read = Nulls::load(&mut Container::from_bytes(&bytes).unwrap(), 1).unwrap();
        assert_eq!((&read.extents, read.maps), (&nulls.extents, 100));
        for (a, b) in read.cosines.iter().zip(&nulls.cosines) {
            assert!((a - b).abs() < 1e-3);
        }
        let other = Nulls::load(&mut Container::from_bytes(&bytes).unwrap(), 2);
        assert!(other.unwrap_err().to_string().contains("do not fit"));
        let mut mixed = nulls.clone();
        mixed.smoothness.swap(0, 1);
        let mut stored = Container::default();
        mixed.store(&mut stored);
        let bytes = stored.to_bytes();
        assert!(Nulls::load(&mut Container::from_bytes(&bytes).unwrap(), 1).is_err());
    }
}
