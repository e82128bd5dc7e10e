//! Step sizes over a run, and limits of gradients.

/// Share of the full step size at step `step` (from 0) of `steps`: rising evenly over the first `warm` steps, then
/// falling along half a cosine to `last` at the end (Loshchilov and Hutter 2017).
pub fn warm_cosine(step: u64, warm: u64, steps: u64, last: f64) -> f64 {
    if step < warm {
        return (step + 1) as f64 / warm as f64;
    }
    let length = steps.saturating_sub(warm).saturating_sub(1).max(1);
    let gone = ((step - warm) as f64 / length as f64).min(1.0);
    last + (1.0 - last) * 0.5 * (1.0 + (std::f64::consts::PI * gone).cos())
}

/// What gradients of this length are multiplied by so that they are no longer than `most`, as PyTorch's
/// `clip_grad_norm_`.
pub fn shrink(length: f64, most: f64) -> f64 {
    (most / (length + 1e-6)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_rise_then_fall() {
        let shares: Vec<f64> = (0..14).map(|s| warm_cosine(s, 4, 14, 0.1)).collect();
        assert_eq!(shares[..5], [0.25, 0.5, 0.75, 1.0, 1.0]);
        assert!(shares[4..].windows(2).all(|w| w[1] < w[0]));
        assert!((shares[13] - 0.1).abs() < 1e-12);
        assert_eq!(warm_cosine(99, 4, 14, 0.1), shares[13]);
        assert_eq!(warm_cosine(0, 0, 1, 0.0), 1.0);
    }

    #[test]
    fn long_gradients_are_cut_and_short_ones_are_not() {
        assert_eq!(shrink(0.5, 1.0), 1.0);
        assert!((shrink(4.0, 1.0) - 0.25).abs() < 1e-6);
    }
}
