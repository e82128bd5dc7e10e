//! Products of vectors. There are four because their rounding differs, and numbers that are stored or
//! compared bit for bit (bundles, atlases, fingerprints) were made with each: which one stands where is
//! part of the result. Where the lengths differ, the longer one's end is left out.

/// Dot product over sixteen running sums, which the compiler turns into vector instructions: the one to
/// take where nothing speaks for another.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let mut sums = [0.0f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f32 = a_chunks
        .remainder()
        .iter()
        .zip(b_chunks.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    sums.iter().sum::<f32>() + tail
}

/// Dot product in one running sum, from the first element to the last. The codes of a study index and
/// the literature prior of a bundle are made with it: a bundle trained anew from the same studies has
/// the same bytes only in this order.
pub(crate) fn dot_in_order(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Dot product of `f32` vectors in `f64`, in one running sum.
pub(crate) fn dot_wide(a: &[f32], b: &[f32]) -> f64 {
    let products = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y));
    products.sum()
}

/// Dot product of `f64` vectors over eight running sums.
pub(crate) fn dot_f64(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let mut sums = [0.0_f64; LANES];
    let mut left = a.chunks_exact(LANES);
    let mut right = b.chunks_exact(LANES);
    for (x, y) in left.by_ref().zip(right.by_ref()) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let tail: f64 = left
        .remainder()
        .iter()
        .zip(right.remainder())
        .map(|(x, y)| x * y)
        .sum();
    sums.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_handles_every_length() {
        for n in 0..50 {
            // Small whole numbers: every order of summing gives the same.
            let a: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let wide: Vec<f64> = (0..n).map(f64::from).collect();
            let want: f64 = wide.iter().map(|v| v * v).sum();
            assert_eq!(f64::from(dot(&a, &a)), want, "length {n}");
            assert_eq!(f64::from(dot_in_order(&a, &a)), want, "length {n}");
            assert_eq!(dot_wide(&a, &a), want, "length {n}");
            assert_eq!(dot_f64(&wide, &wide), want, "length {n}");
            let longer = [&a[..], &[7.0]].concat();
            assert_eq!(f64::from(dot(&a, &longer)), want, "length {n}");
        }
    }

    #[test]
    fn the_order_of_summing_is_the_one_that_stored_numbers_were_made_with() {
        let a: Vec<f32> = (0..33).map(|i| (i as f32 * 0.7).sin() * 1e3).collect();
        let b: Vec<f32> = (0..33).map(|i| (i as f32 * 1.3).cos()).collect();
        let mut sum = 0.0_f32;
        for (x, y) in a.iter().zip(&b) {
            sum += x * y;
        }
        assert_eq!(dot_in_order(&a, &b).to_bits(), sum.to_bits());
        assert_ne!(dot(&a, &b).to_bits(), sum.to_bits());
    }
}
