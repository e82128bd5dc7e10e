//! Questions asked of many values: one after the other over what is in the cache, side by side within
//! it, so that each is a plain vector pass. Several in one loop are several times slower.

/// Values looked at side by side.
const LANES: usize = 16;
/// Values that stay in the innermost cache from the first question to the last.
pub(super) const PIECE: usize = 4096;

/// Least of the values and `start`; NaN is passed over.
pub(super) fn least(values: &[f32], start: f32) -> f32 {
    let mut lanes = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            // Not `min`, which also asks which of the two is NaN.
            lanes[lane] = if chunk[lane] < lanes[lane] {
                chunk[lane]
            } else {
                lanes[lane]
            };
        }
    }
    lanes.iter().chain(rest).copied().fold(start, f32::min)
}

/// Greatest of the values and `start`; NaN is passed over.
pub(super) fn greatest(values: &[f32], start: f32) -> f32 {
    let mut lanes = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] = if chunk[lane] > lanes[lane] {
                chunk[lane]
            } else {
                lanes[lane]
            };
        }
    }
    lanes.iter().chain(rest).copied().fold(start, f32::max)
}

/// Sum of what is made of the values.
pub(super) fn sum(values: &[f32], of: impl Fn(f32) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += of(chunk[lane]);
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|&v| of(v)).sum::<f64>()
}

/// How many of the values, of which there are at most [`PIECE`], are so.
pub(super) fn count(values: &[f32], is: impl Fn(f32) -> bool) -> usize {
    values.iter().fold(0u32, |n, &v| n + u32::from(is(v))) as usize
}

/// Whether all values are so.
pub(super) fn all(values: &[f32], are: impl Fn(f32) -> bool) -> bool {
    values.iter().fold(true, |all, &v| all & are(v))
}
