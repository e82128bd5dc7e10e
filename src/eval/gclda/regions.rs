//! The places of topics: Gaussians in pairs, one on each side of the brain.

use super::{Document, Settings};

/// Variance of a region that has no peaks, mm², and the number of peaks that count as much as that assumption.
const DEFAULT_VARIANCE: f64 = 50.0;
const DEFAULT_PEAKS: f64 = 25.0;

/// A Gaussian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Region {
    /// Centre, mm.
    pub mu: [f64; 3],
    /// Covariance, mm².
    pub sigma: [[f64; 3]; 3],
    /// Its inverse: xx, yy, zz, then twice xy, xz, yz.
    precision: [f32; 6],
    /// Logarithm of its height.
    log_norm: f32,
}

impl Region {
    /// From centre and covariance; a covariance that is not positive definite becomes the default one.
    pub fn new(mu: [f64; 3], sigma: [[f64; 3]; 3]) -> Self {
        let [[a, b, c], [_, d, e], [_, _, f]] = sigma;
        let minors = [d * f - e * e, c * e - b * f, b * e - c * d];
        let determinant = a * minors[0] + b * minors[1] + c * minors[2];
        if !(determinant > 0.0 && determinant.is_finite() && a > 0.0 && a * d - b * b > 0.0) {
            return Self::new(mu, default());
        }
        let over = |v: f64| (v / determinant) as f32;
        let log_norm = -0.5 * (3.0 * std::f64::consts::TAU.ln() + determinant.ln());
        Self {
            mu,
            sigma,
            precision: [
                over(minors[0]),
                over(a * f - c * c),
                over(a * d - b * b),
                over(2.0 * minors[1]),
                over(2.0 * minors[2]),
                over(2.0 * (b * c - a * e)),
            ],
            log_norm: log_norm as f32,
        }
    }

    /// Logarithm of the density at a place, per mm³.
    fn log_density(&self, at: [f32; 3]) -> f32 {
        let [x, y, z] = [0, 1, 2].map(|axis| at[axis] - self.mu[axis] as f32);
        let [xx, yy, zz, xy, xz, yz] = self.precision;
        let square = xx * x * x + yy * y * y + zz * z * z + xy * x * y + xz * x * z + yz * y * z;
        self.log_norm - 0.5 * square
    }

    /// The density at a place, per mm³.
    pub fn density(&self, at: [f32; 3]) -> f64 {
        f64::from(self.log_density(at)).exp()
    }
}

/// All regions, number by number, so that the compiler makes vector instructions of a loop over them.
pub(super) struct Table {
    /// Centres, then what stands in `Region::precision`, then logarithms of heights.
    columns: [Vec<f32>; 10],
}

impl Table {
    pub fn of(regions: &[Region]) -> Self {
        let number = |region: &Region, column: usize| match column {
            0..3 => region.mu[column] as f32,
            3..9 => region.precision[column - 3],
            _ => region.log_norm,
        };
        Self {
            columns: std::array::from_fn(|column| {
                regions.iter().map(|r| number(r, column)).collect()
            }),
        }
    }

    /// The logarithm of every region's density at a place, per mm³.
    pub fn log_densities(&self, at: [f32; 3], out: &mut [f32]) {
        let n = out.len().min(self.columns[0].len());
        // One length for all, so that no bound is checked within the loop.
        let [mx, my, mz, xx, yy, zz, xy, xz, yz, height] =
            self.columns.each_ref().map(|column| &column[..n]);
        let out = &mut out[..n];
        for i in 0..n {
            let (x, y, z) = (at[0] - mx[i], at[1] - my[i], at[2] - mz[i]);
            let along_x = x * (xx[i] * x + xy[i] * y + xz[i] * z);
            let square = along_x + y * (yy[i] * y + yz[i] * z) + zz[i] * z * z;
            out[i] = height[i] - 0.5 * square;
        }
    }
}

fn default() -> [[f64; 3]; 3] {
    let mut sigma = [[0.0; 3]; 3];
    (0..3).for_each(|axis| sigma[axis][axis] = DEFAULT_VARIANCE);
    sigma
}

/// Sums over the peaks of one region.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    sum: [f64; 3],
    cross: [[f64; 3]; 3],
}

impl Sums {
    /// Sample covariance drawn towards the default one, the more the fewer the peaks.
    fn covariance(&self) -> [[f64; 3]; 3] {
        let mut sigma = default();
        if self.count > 1.0 {
            let share = self.count / (self.count + DEFAULT_PEAKS);
            for (i, row) in sigma.iter_mut().enumerate() {
                for (j, value) in row.iter_mut().enumerate() {
                    let centred = self.cross[i][j] - self.sum[i] * self.sum[j] / self.count;
                    *value = share * centred / (self.count - 1.0) + (1.0 - share) * *value;
                }
            }
        }
        sigma
    }
}

/// The regions of every topic (topic × region) that follow from where the peaks are assigned: the two of a pair
/// mirror each other's centre, x < 0 first, and have covariances of their own.
pub(super) fn estimate(documents: &[Vec<Document>], settings: Settings) -> Vec<Region> {
    let mut sums = vec![Sums::default(); settings.topics * settings.regions];
    for peak in documents
        .iter()
        .flatten()
        .flat_map(|document| &document.peaks)
    {
        let sums = &mut sums[peak.place(settings)];
        let at = peak.at.map(f64::from);
        sums.count += 1.0;
        for (i, a) in at.iter().enumerate() {
            sums.sum[i] += a;
            for (j, b) in at.iter().enumerate() {
                sums.cross[i][j] += a * b;
            }
        }
    }
    let pairs = sums.chunks_exact(2).flat_map(|pair| {
        let n = (pair[0].count + pair[1].count).max(1.0);
        let [left, right] = [pair[0].sum, pair[1].sum];
        let x = (right[0] - left[0]) / n;
        let [y, z] = [1, 2].map(|axis| (left[axis] + right[axis]) / n);
        [
            Region::new([-x, y, z], pair[0].covariance()),
            Region::new([x, y, z], pair[1].covariance()),
        ]
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_each_region_says() {
        let region = |n: usize| {
            let n = n as f64;
            let sigma = [[60.0 + n, 5.0, -3.0], [5.0, 50.0, n], [-3.0, n, 70.0]];
            Region::new([n, -2.0 * n, 30.0 - n], sigma)
        };
        let regions: Vec<Region> = (0..7).map(region).collect();
        let mut found = vec![0.0; 7];
        for at in [[0.0, 0.0, 30.0], [-12.0, 40.0, 3.0]] {
            Table::of(&regions).log_densities(at, &mut found);
            for (found, region) in found.iter().zip(&regions) {
                assert!((found - region.log_density(at)).abs() < 1e-3);
            }
        }
        // 50 mm² each way: (2π)^−1.5 · 50^−1.5 at the centre; so does a covariance that is none.
        let plain = Region::new([1.0, 2.0, 3.0], default());
        let wanted = (std::f64::consts::TAU * 50.0).powf(-1.5);
        assert!((plain.density([1.0, 2.0, 3.0]) / wanted - 1.0).abs() < 1e-5);
        let flat = Region::new([1.0, 2.0, 3.0], [[1.0; 3]; 3]);
        assert_eq!(flat, plain);
    }
}
