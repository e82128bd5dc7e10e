//! Bytes of one frame → values.

use super::error::Fault;
use super::header::Element;

/// How stored numbers become values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coding {
    pub element: Element,
    pub big_endian: bool,
    pub slope: f64,
    pub inter: f64,
}

impl Coding {
    fn scaled(&self) -> bool {
        self.slope != 1.0 || self.inter != 0.0
    }

    /// Stored as whole numbers wide enough to lose digits in f32, and kept as stored.
    fn wide(&self) -> bool {
        !self.scaled()
            && matches!(
                self.element,
                Element::U32 | Element::I32 | Element::U64 | Element::I64
            )
    }
}

/// What was met while decoding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Noticed {
    pub nan: u64,
    pub infinite: u64,
    /// Finite in the file, beyond what f32 holds; kept as the largest f32.
    pub clipped: u64,
    /// Whole numbers that f32 cannot hold exactly.
    pub rounded: u64,
}

/// The values of one frame as they arrive.
pub(super) enum Decoded {
    /// Scaled values; no data is NaN.
    Float(Vec<f32>),
    /// Unscaled wide whole numbers: labels above 2²⁴ survive.
    Whole(Vec<i64>),
    /// Colours.
    Colour(Vec<[u8; 4]>),
}

/// Collects values chunk by chunk.
pub(super) struct Decoder {
    coding: Coding,
    out: Decoded,
    pub noticed: Noticed,
}

impl Decoder {
    /// Reserves room for `voxels` values.
    ///
    /// # Errors
    /// [`Fault::NoMemory`] where the system refuses.
    pub fn new(coding: Coding, voxels: usize) -> Result<Self, Fault> {
        fn room<T>(voxels: usize) -> Result<Vec<T>, Fault> {
            let mut values = Vec::new();
            values
                .try_reserve_exact(voxels)
                .map_err(|_| Fault::NoMemory(voxels as u64 * size_of::<T>() as u64))?;
            Ok(values)
        }
        let out = match coding.element {
            Element::Rgb | Element::Rgba => Decoded::Colour(room(voxels)?),
            _ if coding.wide() => Decoded::Whole(room(voxels)?),
            _ => Decoded::Float(room(voxels)?),
        };
        Ok(Self {
            coding,
            out,
            noticed: Noticed::default(),
        })
    }

    /// Takes a whole number of stored values.
    pub fn push(&mut self, bytes: &[u8]) {
        let Coding {
            element,
            big_endian,
            slope,
            inter,
        } = self.coding;
        let noticed = &mut self.noticed;
        // One loop per type and byte order, of known length, so that each is a plain vector pass.
        macro_rules! each {
            ($values:ident, $t:ty, $value:expr) => {{
                const N: usize = size_of::<$t>();
                let chunks = bytes.chunks_exact(N).map(|c| {
                    let mut raw = [0; N];
                    raw.copy_from_slice(c);
                    raw
                });
                if big_endian {
                    $values.extend(chunks.map(|raw| <$t>::from_be_bytes(raw)).map($value));
                } else {
                    $values.extend(chunks.map(|raw| <$t>::from_le_bytes(raw)).map($value));
                }
            }};
        }
        macro_rules! scaled {
            ($values:ident, $t:ty) => {
                each!($values, $t, |v: $t| (v as f64 * slope + inter) as f32)
            };
        }
        match &mut self.out {
            Decoded::Colour(values) if element == Element::Rgb => {
                values.extend(bytes.chunks_exact(3).map(|c| [c[0], c[1], c[2], 255]));
            }
            Decoded::Colour(values) => {
                values.extend(bytes.chunks_exact(4).map(|c| [c[0], c[1], c[2], c[3]]))
            }
            Decoded::Whole(values) => match element {
                Element::U32 => each!(values, u32, i64::from),
                Element::I32 => each!(values, i32, i64::from),
                Element::U64 => each!(values, u64, |v: u64| i64::try_from(v).unwrap_or_else(
                    |_| {
                        noticed.clipped += 1;
                        i64::MAX
                    }
                )),
                _ => each!(values, i64, |v: i64| v),
            },
            Decoded::Float(values) => {
                let start = values.len();
                match element {
                    Element::U8 => {
                        values.extend(bytes.iter().map(|&v| (f64::from(v) * slope + inter) as f32));
                    }
                    Element::I8 => scaled!(values, i8),
                    Element::U16 => scaled!(values, u16),
                    Element::I16 => scaled!(values, i16),
                    Element::U32 => scaled!(values, u32),
                    Element::I32 => scaled!(values, i32),
                    Element::U64 => scaled!(values, u64),
                    Element::I64 => scaled!(values, i64),
                    Element::F32 if slope == 1.0 && inter == 0.0 => each!(values, f32, |v: f32| v),
                    Element::F32 => {
                        each!(values, f32, |v: f32| narrow(
                            f64::from(v) * slope + inter,
                            noticed
                        ));
                    }
                    _ => each!(values, f64, |v: f64| narrow(v * slope + inter, noticed)),
                }
                // A pass without branches tells most often that there is nothing to mend.
                let new = &mut values[start..];
                if new.iter().fold(true, |all, v| all & v.is_finite()) {
                    return;
                }
                for v in new {
                    if !v.is_finite() {
                        if v.is_nan() {
                            noticed.nan += 1
                        } else {
                            noticed.infinite += 1
                        }
                        *v = f32::NAN;
                    }
                }
            }
        }
    }

    /// The values, and what was noticed.
    pub fn finish(self) -> (Decoded, Noticed) {
        (self.out, self.noticed)
    }
}

fn narrow(v: f64, noticed: &mut Noticed) -> f32 {
    let narrow = v as f32;
    if narrow.is_infinite() && v.is_finite() {
        noticed.clipped += 1;
        return f32::MAX.copysign(narrow);
    }
    narrow
}
