//! The named chain that brings statistical maps and density maps into one distribution.
//!
//! A density map of peak coordinates is 0 in most of the brain and has one sign; a z map is not and
//! has two. Keeping the strongest fifth of the positive tail, taking the root and forgetting the
//! scale makes them alike. The chain's name is stored in the bundle: a model only ever sees features
//! made the way its training features were.

use super::{AtlasError, SoftAtlas};

/// One step of a chain, on the values of a masked map unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Negative values become 0.
    Positive,
    /// The given percentile over the voxels in the field of view is subtracted, what falls below
    /// becomes 0 (of a map with two signs: of its magnitude).
    Soft(u8),
    /// As [`Step::Soft`], at the noise of the map ([`Noise`]) where that is higher: of a weak map the strongest
    /// fifth is mostly noise. Density maps of peaks have none, so what a model learns from them stays the same.
    SoftNoise(u8),
    /// Square root of the magnitude, sign kept.
    Sqrt,
    /// Scaled to Euclidean length 1; an empty map stays 0.
    Unit,
    /// Features are coordinates in an orthonormal basis of the modes' span
    /// ([`SoftAtlas::coordinates`]) and not their least-squares coefficients. On 1,000 held-out
    /// studies a prototype found 76 % of a map's ten nearest neighbours in voxel space again from
    /// coordinates, 49 % from coefficients, 79 % from 512 singular vectors.
    Orthonormal,
    /// The map is read at once with both its signs, by a cubic spline where its grid is not the
    /// atlas's; no data is 0.
    Signed,
    /// Features are least-squares coefficients with a fixed ridge of 10⁻⁶
    /// (`SoftAtlas::project_with_fixed_ridge`).
    FixedRidge,
    /// Mean 0 and standard deviation 1 over the mask's voxels.
    ZScore,
    /// Mean 0 and standard deviation 1 over the features, in place of length 1.
    ZScoreFeatures,
}

/// Where the values of a signed map lie, and how far they spread, by ranks: a few strong voxels count little.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Noise {
    /// Median.
    median: f32,
    /// 1.4826 times the median distance from it, the standard deviation of Gaussian values.
    sd: f32,
}

impl Noise {
    /// Standard deviations above the median from which a value is taken for signal.
    const SDS: f32 = 2.0;
    /// One voxel in so many is looked at: the median of 75,000 is known well enough.
    const STRIDE: usize = 3;

    /// Of a masked map with both signs (no data as 0 or NaN), of which the share `coverage` is in the field of
    /// view. A map most of which is exactly 0 has none.
    pub fn of(masked: &[f32], coverage: f32) -> Self {
        let mut values: Vec<f32> = masked
            .iter()
            .step_by(Self::STRIDE)
            .map(|&v| if v.is_finite() { v } else { 0.0 })
            .collect();
        // As many zeros as there are voxels out of view are not values of the map.
        let mut unseen = values.len() - seen_voxels(values.len(), coverage);
        values.retain(|&v| {
            let drop = unseen > 0 && v == 0.0;
            unseen -= usize::from(drop);
            !drop
        });
        let Some(median) = middle(&mut values) else {
            return Self::default();
        };
        values.iter_mut().for_each(|v| *v = (*v - median).abs());
        let spread = middle(&mut values).unwrap_or(0.0);
        Self {
            median,
            sd: 1.4826 * spread,
        }
    }

    /// What the values of one side must exceed; `sign` −1 of the negative side, turned positive. 0 at least.
    pub fn floor(self, sign: f32) -> f32 {
        if self.sd > 0.0 {
            (sign * self.median + Self::SDS * self.sd).max(0.0)
        } else {
            0.0
        }
    }
}

/// The value in the middle; none of nothing.
fn middle(values: &mut [f32]) -> Option<f32> {
    let at = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(at, f32::total_cmp).1)
}

/// The noise of a map is never taken to reach beyond this share of its peak: of a map without much spread (an
/// intensity, a plateau) something is left to read.
const NOISE_ENDS: f32 = 0.75;

/// A named, versioned chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Preprocess {
    name: String,
    steps: Vec<Step>,
}

impl Default for Preprocess {
    fn default() -> Self {
        Self::standard()
    }
}

impl Preprocess {
    /// The chain of Gyrus bundles.
    pub const STANDARD: &'static str = "positive-softnoise80-sqrt-unit-orthonormal/1";

    /// The chain of models imported from NiCLIP: the signed map, no tail, threshold or root; its
    /// coefficients at unit length (NiCLIP divides by the length + 10⁻⁸, the same in single precision).
    pub const NICLIP: &'static str = "niclip/1";

    /// The chain of models imported from NeuroConText: z scores over voxels, then over coefficients.
    pub const NEUROCONTEXT: &'static str = "neurocontext/1";

    /// The chain named [`STANDARD`](Self::STANDARD).
    pub fn standard() -> Self {
        Self {
            name: Self::STANDARD.to_owned(),
            steps: vec![
                Step::Positive,
                Step::SoftNoise(80),
                Step::Sqrt,
                Step::Unit,
                Step::Orthonormal,
            ],
        }
    }

    /// The chain of a name: steps joined by "-" (`positive`, `soft80`, `softnoise80`, `sqrt`,
    /// `unit`, `orthonormal`, or `raw` alone for none), then "/" and the version of their meaning, 1; or the name
    /// of another program's chain ([`NICLIP`](Self::NICLIP), [`NEUROCONTEXT`](Self::NEUROCONTEXT)).
    ///
    /// # Errors
    /// A step or version this program does not know.
    pub(crate) fn by_name(name: &str) -> Result<Self, AtlasError> {
        let unknown = || AtlasError::UnknownPreprocess {
            name: name.to_owned(),
        };
        let chain = name.strip_suffix("/1").ok_or_else(unknown)?;
        let steps = match (name, chain) {
            (Self::NICLIP, _) => vec![Step::Signed, Step::FixedRidge],
            (Self::NEUROCONTEXT, _) => vec![Step::Signed, Step::ZScore, Step::ZScoreFeatures],
            (_, "raw") => Vec::new(),
            _ => chain
                .split('-')
                .map(step)
                .collect::<Option<_>>()
                .ok_or_else(unknown)?,
        };
        Ok(Self {
            name: name.to_owned(),
            steps,
        })
    }

    /// The name stored in a bundle.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether a map is read once with both its signs, and not tail by tail.
    pub fn is_signed(&self) -> bool {
        self.steps.contains(&Step::Signed)
    }

    /// Whether towers get features and embeddings as they are rather than at unit length.
    pub(crate) fn keeps_length(&self) -> bool {
        self.steps.contains(&Step::ZScoreFeatures)
    }

    /// The steps on voxels: a masked map (no data as 0 or NaN) of which the share `coverage`
    /// (0..=1) lies in the field of view. Percentiles are taken over that share only, so a map that
    /// sees half the brain is not thresholded as if its unseen half were at rest.
    pub fn values(&self, masked: &[f32], coverage: f32) -> Vec<f32> {
        self.values_above(masked, coverage, 0.0)
    }

    /// As [`values`](Self::values), of one side of a map whose noise reaches up to `floor`.
    pub(crate) fn values_above(&self, masked: &[f32], coverage: f32, floor: f32) -> Vec<f32> {
        let mut values: Vec<f32> = masked
            .iter()
            .map(|&v| if v.is_finite() { v } else { 0.0 })
            .collect();
        self.apply(&mut values, seen_voxels(masked.len(), coverage), floor);
        values
    }

    /// As [`values`](Self::values), of a map given by its values other than 0 out of `total`
    /// voxels, all in the field of view.
    pub(crate) fn values_sparse(&self, values: &[f32], total: usize) -> Vec<f32> {
        let mut values: Vec<f32> = values
            .iter()
            .map(|&v| if v.is_finite() { v } else { 0.0 })
            .collect();
        self.apply(&mut values, total, 0.0);
        values
    }

    /// The features of a masked map that sees the whole brain, scaled to length 1 (all 0 for a map
    /// without a value to read). Negate the map to read its negative tail.
    pub fn features(&self, atlas: &SoftAtlas, masked: &[f32]) -> Vec<f32> {
        self.features_covering(atlas, masked, 1.0, 0.0)
    }

    /// As [`features`](Self::features) for a map of which the share `coverage` of the mask is in
    /// the field of view, and of one side of it: noise of the map reaches up to `floor`.
    pub(crate) fn features_covering(
        &self,
        atlas: &SoftAtlas,
        masked: &[f32],
        coverage: f32,
        floor: f32,
    ) -> Vec<f32> {
        self.features_of(atlas, &self.values_above(masked, coverage, floor))
    }

    /// The features of a map as [`values`](Self::values) gives it.
    pub(crate) fn features_of(&self, atlas: &SoftAtlas, values: &[f32]) -> Vec<f32> {
        let mut features = if self.is_orthonormal() {
            atlas.coordinates(values)
        } else if self.steps.contains(&Step::FixedRidge) {
            atlas.project_with_fixed_ridge(values)
        } else {
            atlas.project(values)
        };
        if self.keeps_length() {
            z_score(&mut features);
            return features;
        }
        unit(features)
    }

    /// The gradient with respect to `values`, which [`features_of`](Self::features_of) takes, where `down` is the one
    /// with respect to the features it gives. Of features at unit length `down` must be at right angles to them, as
    /// that of a function of their direction is; the result is then known up to a factor, their length before.
    pub(crate) fn gradient(&self, atlas: &SoftAtlas, values: &[f32], down: &[f32]) -> Vec<f32> {
        if self.keeps_length() {
            let down = through_z_score(&atlas.project(values), down);
            return atlas.back_project(&atlas.unproject(&down));
        }
        if self.steps.contains(&Step::FixedRidge) {
            return atlas.back_project(&atlas.unproject_with_fixed_ridge(down));
        }
        if self.is_orthonormal() {
            // Coordinates are Qᵀv with Q the orthonormal basis, whose product with a vector is a reconstruction.
            return self.reconstruct(atlas, down);
        }
        // Least squares: w = (MᵀM)⁻¹Mᵀv, so the gradient is M(MᵀM)⁻¹ down.
        atlas.back_project(&atlas.unproject(down))
    }

    /// As [`features`](Self::features), of a map known at the voxels `seen` alone: the modes are fitted there.
    pub(crate) fn features_seen(
        &self,
        atlas: &SoftAtlas,
        masked: &[f32],
        seen: &[bool],
        floor: f32,
    ) -> Vec<f32> {
        let count = seen.iter().filter(|seen| **seen).count();
        let coverage = count as f32 / seen.len().max(1) as f32;
        let fitted = || {
            let values = self.values_above(masked, coverage, floor);
            atlas.coordinates_seen(&values, seen)
        };
        match self.is_orthonormal().then(fitted).flatten() {
            Some(coordinates) => unit(coordinates),
            None => self.features_covering(atlas, masked, coverage, floor),
        }
    }

    /// As [`features`](Self::features), of a map given by its voxels other than 0 (positions in the
    /// atlas's mask), as the kernels of `corpus` give it.
    pub(crate) fn features_sparse(
        &self,
        atlas: &SoftAtlas,
        voxels: &[u32],
        values: &[f32],
    ) -> Vec<f32> {
        if self.is_signed() {
            // Its steps take voxels of 0 for values like others.
            let mut dense = vec![0.0; atlas.mask().len()];
            for (&voxel, &value) in voxels.iter().zip(values) {
                if let Some(slot) = dense.get_mut(voxel as usize) {
                    *slot = value;
                }
            }
            return self.features(atlas, &dense);
        }
        let values = self.values_sparse(values, atlas.mask().len());
        let features = if self.is_orthonormal() {
            atlas.coordinates_sparse(voxels, &values)
        } else {
            atlas.project_sparse(voxels, &values)
        };
        unit(features)
    }

    /// The masked map of these features: the inverse of the projection (not of the voxel steps).
    pub(crate) fn reconstruct(&self, atlas: &SoftAtlas, features: &[f32]) -> Vec<f32> {
        atlas.back_project(&self.coefficients(atlas, features))
    }

    /// The coefficient of every named mode behind these features.
    pub(crate) fn coefficients(&self, atlas: &SoftAtlas, features: &[f32]) -> Vec<f32> {
        if self.is_orthonormal() {
            atlas.coefficients(features)
        } else {
            features.to_vec()
        }
    }

    /// Whether features are coordinates in an orthonormal basis.
    fn is_orthonormal(&self) -> bool {
        self.steps.contains(&Step::Orthonormal)
    }

    /// `values` may leave out voxels that are 0; `total` counts them all.
    fn apply(&self, values: &mut [f32], total: usize, floor: f32) {
        for step in &self.steps {
            match step {
                Step::Positive => values.iter_mut().for_each(|v| *v = v.max(0.0)),
                Step::Soft(percent) | Step::SoftNoise(percent) => {
                    let mut threshold = percentile_of_magnitude(values, total, *percent);
                    if matches!(step, Step::SoftNoise(_)) {
                        let peak = values.iter().fold(0.0_f32, |peak, v| peak.max(v.abs()));
                        threshold = threshold.max(floor.min(NOISE_ENDS * peak));
                    }
                    for v in &mut *values {
                        *v = (v.abs() - threshold).max(0.0).copysign(*v);
                    }
                }
                Step::Sqrt => values
                    .iter_mut()
                    .for_each(|v| *v = v.abs().sqrt().copysign(*v)),
                Step::Unit => scale_to_unit(values),
                Step::ZScore => z_score(values),
                Step::Orthonormal | Step::Signed | Step::FixedRidge | Step::ZScoreFeatures => {}
            }
        }
    }
}

/// Mean 0 and population standard deviation 1; all 0 where all values are alike.
fn z_score(values: &mut [f32]) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let square = |&v: &f32| (f64::from(v) - mean).powi(2);
    let sd = (values.iter().map(square).sum::<f64>() / n).sqrt();
    let scale = if sd > 0.0 && sd.is_finite() {
        1.0 / sd
    } else {
        0.0
    };
    for v in values {
        *v = ((f64::from(*v) - mean) * scale) as f32;
    }
}

/// The gradient with respect to `x` of a function of its z scores whose gradient there is `down`; zeros where all values
/// are alike.
fn through_z_score(x: &[f32], down: &[f32]) -> Vec<f32> {
    let n = x.len().max(1) as f64;
    let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let square = x
        .iter()
        .map(|&v| (f64::from(v) - mean).powi(2))
        .sum::<f64>();
    let sd = (square / n).sqrt();
    if !(sd > 0.0 && sd.is_finite()) {
        return vec![0.0; x.len()];
    }
    let z = |v: f32| (f64::from(v) - mean) / sd;
    let mean_down = down.iter().map(|&d| f64::from(d)).sum::<f64>() / n;
    let pairs = x.iter().zip(down);
    let along = pairs.map(|(&v, &d)| z(v) * f64::from(d)).sum::<f64>() / n;
    let back = |(&v, &d): (&f32, &f32)| ((f64::from(d) - mean_down - z(v) * along) / sd) as f32;
    x.iter().zip(down).map(back).collect()
}

fn step(word: &str) -> Option<Step> {
    Some(match word {
        "positive" => Step::Positive,
        "sqrt" => Step::Sqrt,
        "unit" => Step::Unit,
        "orthonormal" => Step::Orthonormal,
        _ => {
            let rest = word.strip_prefix("soft")?;
            let percent = |digits: &str| digits.parse().ok().filter(|&p| p <= 100);
            match rest.strip_prefix("noise") {
                Some(digits) => Step::SoftNoise(percent(digits)?),
                None => Step::Soft(percent(rest)?),
            }
        }
    })
}

fn seen_voxels(len: usize, coverage: f32) -> usize {
    let share = if coverage.is_finite() {
        f64::from(coverage.clamp(0.0, 1.0))
    } else {
        1.0
    };
    (len as f64 * share).round() as usize
}

/// The percentile of |v| over `total` voxels, those not in `values` being 0; between two voxels the
/// linear interpolation numpy uses.
fn percentile_of_magnitude(values: &[f32], total: usize, percent: u8) -> f32 {
    let mut magnitudes: Vec<f32> = values
        .iter()
        .map(|v| v.abs())
        .filter(|&v| v > 0.0)
        .collect();
    // A coverage that was rounded down must not leave fewer voxels than carry a value.
    let total = total.max(magnitudes.len());
    if magnitudes.is_empty() {
        return 0.0;
    }
    let zeros = total - magnitudes.len();
    let rank = f64::from(percent) / 100.0 * (total - 1) as f64;
    let below = rank.floor() as usize;
    let mut at = |index: usize| -> f32 {
        match index.min(total - 1).checked_sub(zeros) {
            Some(place) => *magnitudes.select_nth_unstable_by(place, f32::total_cmp).1,
            None => 0.0,
        }
    };
    let (low, high) = (at(below), at(below + 1));
    low + (high - low) * (rank - below as f64) as f32
}

fn scale_to_unit(values: &mut [f32]) {
    let length = values
        .iter()
        .map(|&v| f64::from(v) * f64::from(v))
        .sum::<f64>()
        .sqrt();
    if length > 0.0 && length.is_finite() {
        for v in values {
            *v = (f64::from(*v) / length) as f32;
        }
    }
}

fn unit(mut features: Vec<f32>) -> Vec<f32> {
    scale_to_unit(&mut features);
    features
}

#[cfg(test)]
mod tests {
    use super::super::soft::tests::planted;
    use super::*;

    fn length(values: &[f32]) -> f64 {
        values
            .iter()
            .map(|&v| f64::from(v).powi(2))
            .sum::<f64>()
            .sqrt()
    }

    #[test]
    fn the_gradient_of_z_scores_is_their_slope() {
        let x = [0.3_f32, -1.2, 0.8, 2.0, 0.1];
        let down = [0.5_f32, -0.2, 0.9, 0.4, -0.7];
        let value = |x: &[f32]| -> f64 {
            let mut z = x.to_vec();
            z_score(&mut z);
            z.iter()
                .zip(&down)
                .map(|(z, d)| f64::from(*z) * f64::from(*d))
                .sum()
        };
        let found = through_z_score(&x, &down);
        for place in 0..x.len() {
            let moved = |by: f32| {
                let mut x = x;
                x[place] += by;
                value(&x)
            };
            let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!((slope - f64::from(found[place])).abs() < 1e-3, "{place}");
        }
        assert_eq!(through_z_score(&[1.0; 3], &[1.0, 2.0, 3.0]), [0.0; 3]);
    }

    #[test]
    fn names_round_trip_and_unknown_ones_are_refused() {
        let chain = Preprocess::by_name(Preprocess::STANDARD).unwrap();
        assert_eq!(chain, Preprocess::standard());
        assert_eq!(
            Preprocess::by_name("positive-soft80-sqrt-unit/1")
                .unwrap()
                .steps()
                .len(),
            4
        );
        assert!(Preprocess::by_name("raw/1").unwrap().steps().is_empty());
        for bad in [
            "",
            "raw",
            "positive/2",
            "soft101/1",
            "cube/1",
            "positive-/1",
        ] {
            assert!(Preprocess::by_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn percentiles_equal_numpys() {
        // numpy.quantile([0, 0, 0, 1, 2, 3, 4, 5], [.8, .5, 1]) = 3.6, 1.5, 5
        let values = [5.0, 1.0, 3.0, -2.0, 4.0];
        assert!((percentile_of_magnitude(&values, 8, 80) - 3.6).abs() < 1e-6);
        assert!((percentile_of_magnitude(&values, 8, 50) - 1.5).abs() < 1e-6);
        assert!((percentile_of_magnitude(&values, 8, 100) - 5.0).abs() < 1e-6);
        assert_eq!(percentile_of_magnitude(&values, 1000, 80), 0.0);
        assert_eq!(percentile_of_magnitude(&[], 0, 80), 0.0);
    }

    #[test]
    fn the_standard_chain_does_what_it_is_called() {
        let chain = Preprocess::by_name("positive-soft80-sqrt-unit/1").unwrap();
        let map: Vec<f32> = (0..101).map(|v| v as f32 - 1.0).collect();
        // Percentile 80 of max(v, 0) over −1..=99 is 79: 80..=99 survive, as √1..√20.
        let got = chain.values(&map, 1.0);
        let norm = (1..=20).sum::<i32>() as f32;
        for (v, g) in map.iter().zip(got) {
            let want = ((v - 79.0).max(0.0) / norm).sqrt();
            assert!((g - want).abs() < 1e-6, "{v}: {g} for {want}");
        }
    }

    #[test]
    fn percentile_is_taken_in_the_field_of_view() {
        let chain = Preprocess::by_name("positive-soft80/1").unwrap();
        let mut half: Vec<f32> = (0..100).map(|v| v as f32).collect();
        let whole = chain.values(&half, 1.0);
        half.extend([f32::NAN; 100]);
        assert_eq!(chain.values(&half, 0.5)[..100], whole[..]);
        assert_ne!(chain.values(&half, 1.0)[..100], whole[..]);
    }

    #[test]
    fn scale_does_not_matter_and_the_mirror_tail_differs() {
        let atlas = planted(15);
        let map = atlas.back_project(&[1.0, -2.0, 0.5, 0.0, 3.0]);
        let chain = Preprocess::standard();
        let features = chain.features(&atlas, &map);
        assert!((length(&features) - 1.0).abs() < 1e-6);
        let louder: Vec<f32> = map.iter().map(|v| v * 37.0).collect();
        for (a, b) in features.iter().zip(chain.features(&atlas, &louder)) {
            assert!((a - b).abs() < 1e-5);
        }
        let negative: Vec<f32> = map.iter().map(|v| -v).collect();
        let other = chain.features(&atlas, &negative);
        let cosine: f32 = features.iter().zip(&other).map(|(a, b)| a * b).sum();
        assert!(cosine < 0.5, "{cosine}");
    }

    #[test]
    fn sparse_input_gives_the_same_features() {
        let atlas = planted(15);
        let n = atlas.mask().len();
        let chain = Preprocess::standard();
        for step in [2, 3, 40] {
            let voxels: Vec<u32> = (0..n as u32).step_by(step).collect();
            let values: Vec<f32> = voxels.iter().map(|&v| (v % 17) as f32 - 4.0).collect();
            let mut dense = vec![0.0; n];
            for (&v, &x) in voxels.iter().zip(&values) {
                dense[v as usize] = x;
            }
            let a = chain.features(&atlas, &dense);
            let b = chain.features_sparse(&atlas, &voxels, &values);
            for (a, b) in a.iter().zip(&b) {
                assert!((a - b).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn reconstruction_is_the_projected_map() {
        let atlas = planted(10);
        let chain = Preprocess::by_name("positive-unit-orthonormal/1").unwrap();
        let map: Vec<f32> = atlas.back_project(&[1.0, 2.0, 0.0, 1.0]);
        let back = chain.reconstruct(&atlas, &chain.features(&atlas, &map));
        let scale = length(&map) as f32;
        for (b, m) in back.iter().zip(&map) {
            assert!((b * scale - m).abs() < 1e-4);
        }
        assert_eq!(chain.coefficients(&atlas, &[]).len(), 10);
    }

    #[test]
    fn the_noise_of_a_map_is_its_spread_and_a_sparse_map_has_none() {
        // 0, 1, … 99 about 50 and a few strong voxels: median 50, median distance 25.
        let mut map: Vec<f32> = (0..30_000).map(|i| (i % 100) as f32).collect();
        map[..60].fill(1e6);
        let noise = Noise::of(&map, 1.0);
        assert!((noise.median - 50.0).abs() < 1.5 && (noise.sd - 37.0).abs() < 1.5);
        assert!((noise.floor(1.0) - 124.0).abs() < 4.0);
        assert!((noise.floor(-1.0) - 24.0).abs() < 4.0);
        // Half out of view: the zeros there are not its values.
        let mut half = map.clone();
        half.extend(vec![0.0; map.len()]);
        assert!((Noise::of(&half, 0.5).median - 50.0).abs() < 1.5);
        let mut density = vec![0.0; 1000];
        density[..90].fill(3.0);
        assert_eq!(Noise::of(&density, 1.0).floor(1.0), 0.0);
        assert_eq!(Noise::of(&[], 1.0), Noise::default());

        let chain = Preprocess::by_name("positive-softnoise0/1").unwrap();
        assert_eq!(
            chain.values_above(&[-3.0, 1.0, 5.0], 1.0, 2.0),
            [0.0, 0.0, 3.0]
        );
        // Noise beyond all values leaves the strongest.
        let left = chain.values_above(&[1.0, 2.0, 5.0], 1.0, 9.0);
        assert!(left[..2] == [0.0, 0.0] && left[2] > 0.0, "{left:?}");
        let plain = Preprocess::by_name("positive-soft0/1").unwrap();
        assert_eq!(
            plain.values_above(&[-3.0, 1.0, 5.0], 1.0, 2.0),
            [0.0, 1.0, 5.0]
        );
    }

    #[test]
    fn modes_fitted_where_a_map_is_seen_make_the_whole_map() {
        let atlas = planted(10);
        let chain = Preprocess::by_name("unit-orthonormal/1").unwrap();
        let map = atlas.back_project(&[1.0, 2.0, 0.5, 1.0, 0.0, 1.5]);
        let whole = chain.features(&atlas, &map);
        let near = |a: &[f32]| -> f32 { a.iter().zip(&whole).map(|(a, b)| a * b).sum() };
        let all = vec![true; map.len()];
        assert!(near(&chain.features_seen(&atlas, &map, &all, 0.0)) > 0.999);
        // Every other voxel is known: enough for the modes, and what is written elsewhere does not count.
        let seen: Vec<bool> = (0..map.len()).map(|voxel| voxel % 2 == 0).collect();
        let partly = |unseen: f32| -> Vec<f32> {
            let value = |(&v, &seen): (&f32, &bool)| if seen { v } else { unseen };
            map.iter().zip(&seen).map(value).collect()
        };
        assert!(near(&chain.features_seen(&atlas, &partly(0.0), &seen, 0.0)) > 0.99);
        assert!(near(&chain.features_seen(&atlas, &partly(0.0), &seen[1..], 0.0)) < 1.0);
    }

    #[test]
    fn an_empty_map_has_no_features() {
        let atlas = planted(4);
        let empty = vec![f32::NAN; atlas.mask().len()];
        assert_eq!(
            Preprocess::standard().features(&atlas, &empty),
            vec![0.0; 4]
        );
    }
}
