//! Arithmetic on single values and rows, written so that the compiler makes vector instructions of it.

/// Makes a function whose loops are compiled once for each width of vectors and picked at run time.
macro_rules! wide {
    ($(#[$doc:meta])* $visible:vis fn $name:ident<$l:lifetime>($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        $(#[$doc])*
        $visible fn $name<$l>($($arg: $type),*) $(-> $out)? {
            struct Work<$l> { $($arg: $type,)* life: std::marker::PhantomData<&$l ()> }
            impl<$l> pulp::WithSimd for Work<$l> {
                type Output = wide!(@out $($out)?);
                #[inline(always)]
                fn with_simd<S: pulp::Simd>(self, _: S) -> Self::Output {
                    let Self { $($arg,)* life: _ } = self;
                    $body
                }
            }
            pulp::Arch::new().dispatch(Work { $($arg,)* life: std::marker::PhantomData })
        }
    };
    (@out) => { () };
    (@out $out:ty) => { $out };
}
pub(super) use wide;

/// Running sums of a row, side by side.
const SUMS: usize = 16;

/// Σ f(xᵢ, yᵢ) over sixteen running sums, as long as the shorter of both.
#[inline(always)]
pub(super) fn sum(x: &[f32], y: &[f32], f: impl Fn(f32, f32) -> f32) -> f32 {
    let n = x.len().min(y.len());
    let (x, x_rest) = x[..n].as_chunks::<SUMS>();
    let (y, y_rest) = y[..n].as_chunks::<SUMS>();
    let mut sums = [0.0f32; SUMS];
    for (x, y) in x.iter().zip(y) {
        for lane in 0..SUMS {
            sums[lane] += f(x[lane], y[lane]);
        }
    }
    let mut total = 0.0;
    for (x, y) in x_rest.iter().zip(y_rest) {
        total += f(*x, *y);
    }
    for sum in sums {
        total += sum;
    }
    total
}

/// eˣ within a unit or two in the last place; below −87 it is e⁻⁸⁷, which no sum here can tell from 0.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Adding 1.5 · 2²³ rounds to a whole number and leaves it in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, the first exact in few bits.
    let r = (x - n * 0.693_359_4) - n * -2.121_944_4e-4;
    // Cephes' polynomial for eʳ, |r| ≤ ln 2 / 2.
    let mut p = 1.987_569_1e-4;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        p = p * r + c;
    }
    let e = p * (r * r) + r + 1.0;
    f32::from_bits(e.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// erf(x) within 6 · 10⁻⁷: the rational approximation of Eigen and XLA.
#[inline(always)]
pub(super) fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let s = x * x;
    let mut top = -2.726_142_3e-10;
    for c in [
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ] {
        top = top * s + c;
    }
    let mut bottom = -1.456_607_2e-5;
    for c in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_474e-2] {
        bottom = bottom * s + c;
    }
    x * top / bottom
}

/// GELU by the error function, and its slope: x Φ(x) and Φ(x) + x φ(x).
#[inline(always)]
pub(super) fn gelu(x: f32) -> (f32, f32) {
    let below = 0.5 + 0.5 * erf(x * std::f32::consts::FRAC_1_SQRT_2);
    let density = exp(-0.5 * x * x) * 0.398_942_3;
    (x * below, below + x * density)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approximations_are_as_close_as_single_precision_needs() {
        for step in -80_000..=80_000 {
            let x = step as f32 * 1e-3;
            let near = (f64::from(x)).exp();
            assert!((f64::from(exp(x)) / near - 1.0).abs() < 3e-7, "exp({x})");
        }
        for step in -60_000..=60_000 {
            let x = step as f32 * 1e-4;
            assert!((erf(x) - libm::erff(x)).abs() < 6e-7, "erf({x})");
            let (value, slope) = gelu(x);
            let within = 6e-7 * (1.0 + x.abs());
            assert!(
                (value - crate::align::layers::gelu(x)).abs() < within,
                "{x}"
            );
            assert!(
                (slope - crate::align::gradient::gelu_slope(x)).abs() < within,
                "{x}"
            );
        }
        assert!(exp(-1e30) < 2e-38 && exp(f32::NAN).is_nan());
        assert!(gelu(f32::NAN).0.is_nan());
    }

    #[test]
    fn sums_handle_every_length() {
        for n in 0..50 {
            let x: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let want: f32 = x.iter().map(|v| v * 2.0).sum();
            assert_eq!(sum(&x, &x, |a, b| a + b), want);
        }
    }
}
