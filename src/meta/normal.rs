//! Tail probabilities of the normal distribution and back.

use libm::erfc;

/// The smallest probability told apart from 0.
pub(super) const LEAST_P: f64 = 1e-300;

/// Probability of a value above z.
pub(super) fn upper_tail(z: f64) -> f64 {
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

/// The value above which this probability lies; what is outside 1e-300 … 1 − 1e-16 counts as its end.
pub(super) fn z_of(p: f64) -> f64 {
    let p = p.clamp(LEAST_P, 1.0 - 1e-16);
    if p > 0.5 {
        return -z_of(1.0 - p);
    }
    // Bounds of Mills' ratio: the logarithm of the tail is nearly a parabola, so that a few steps of Newton's method
    // on it reach full precision from afar.
    let mut z = (-2.0 * p.ln() - (2.0 * std::f64::consts::PI).ln())
        .max(0.0)
        .sqrt();
    for _ in 0..60 {
        let tail = upper_tail(z);
        let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        if tail <= 0.0 || density <= 0.0 {
            break;
        }
        let step = (tail.ln() - p.ln()) * tail / density;
        z += step;
        if step.abs() < 1e-13 * z.abs().max(1.0) {
            break;
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.norm.isf`.
    #[test]
    fn z_is_scipys() {
        for (p, z) in [
            (0.5, 0.0),
            (0.05, 1.644_853_626_951_472_9),
            (0.001, 3.090_232_306_167_813),
            (1e-8, 5.612_001_244_174_789),
            (1e-100, 21.273_453_560_965_322),
            (1e-300, 37.047_096_299_361_2),
            (0.9, -1.281_551_565_544_600_4),
        ] {
            assert!(
                (z_of(p) - z).abs() < 1e-6 * z.abs().max(1.0),
                "{p}: {}",
                z_of(p)
            );
            assert!((upper_tail(z_of(p)) / p - 1.0).abs() < 1e-8, "{p}");
        }
        assert_eq!(z_of(0.0), z_of(1e-300));
    }
}
