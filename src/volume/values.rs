//! Bytes of one frame → values, held once: what comes in is turned into what is kept in place.

use std::sync::Arc;

use super::error::Fault;
use super::facts::Facts;
use super::lanes::{self, PIECE};
use super::layout::Element;
use super::picks::Picks;
use super::reduce::{Blocks, Reduction};

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

    /// Stored as whole numbers wide enough to lose digits in f32.
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

/// The values of one frame.
pub(super) enum Decoded {
    /// Scaled values; no data is NaN.
    Float(Arc<[f32]>),
    /// Unscaled wide whole numbers, none below 0 or beyond u32: labels above 2²⁴ survive.
    Whole(Arc<[u32]>),
    /// Means of blocks, and the values in their middles.
    Reduced { means: Arc<[f32]>, picks: Picks },
    /// Colours.
    Colour(Arc<[[u8; 4]]>),
}

/// Where values go as they arrive.
enum Out {
    /// Whole numbers as they are, or the bits of f32 from the first on that is no label.
    Words {
        words: Arc<[u32]>,
        labels: bool,
    },
    Blocks(Box<ToBlocks>),
    Colour {
        colours: Arc<[[u8; 4]]>,
        by: Option<Reduction>,
        shape: [usize; 3],
    },
}

/// A frame made smaller.
struct ToBlocks {
    scratch: Vec<u32>,
    blocks: Blocks,
    means: Arc<[f32]>,
    picks: Picks,
}

/// Collects values chunk by chunk.
pub(super) struct Decoder {
    coding: Coding,
    out: Out,
    /// Values taken so far.
    at: usize,
    noticed: Noticed,
    /// Of the values as they are kept; of a frame made smaller its picks have them.
    facts: Facts,
}

/// Room for `n` values, all `value`, in the allocation they will be kept in.
///
/// # Errors
/// [`Fault::NoMemory`] where the system refuses.
fn room<T: Copy>(n: usize, value: T) -> Result<Arc<[T]>, Fault> {
    // Asked for and given back: an `Arc` cannot be asked for without the risk of an abort.
    Vec::<T>::new()
        .try_reserve_exact(n)
        .map_err(|_| Fault::NoMemory(n as u64 * size_of::<T>() as u64))?;
    Ok(std::iter::repeat_n(value, n).collect())
}

/// The values of an allocation nobody else has seen yet.
fn own<T>(values: &mut Arc<[T]>) -> &mut [T] {
    Arc::get_mut(values).expect("never shared while it is being filled")
}

impl Decoder {
    /// Reserves room for a frame of `shape`, made smaller where `by` says so. With `summary` the facts
    /// have one of the values as they are kept, unless these are blocks or colours.
    ///
    /// # Errors
    /// [`Fault::NoMemory`] where the system refuses.
    pub fn new(
        coding: Coding,
        shape: [usize; 3],
        by: Option<Reduction>,
        summary: bool,
    ) -> Result<Self, Fault> {
        let integer_stored = coding.element.is_integer() && !coding.scaled();
        let kept = by.map_or(shape, |by| by.shape());
        let voxels = kept.iter().product();
        let out = if coding.element.is_colour() {
            Out::Colour {
                colours: room(voxels, [0; 4])?,
                by,
                shape,
            }
        } else if let Some(by) = by {
            Out::Blocks(Box::new(ToBlocks {
                scratch: Vec::new(),
                blocks: Blocks::new(by)?,
                means: room(voxels, 0.0)?,
                picks: Picks::new(voxels, kept[0], integer_stored)?,
            }))
        } else {
            Out::Words {
                words: room(voxels, 0)?,
                labels: coding.wide(),
            }
        };
        let facts = Facts::new(kept[0], integer_stored);
        let numbers = by.is_none() && !coding.element.is_colour();
        Ok(Self {
            coding,
            out,
            at: 0,
            noticed: Noticed::default(),
            facts: if summary && numbers {
                facts.with_summary()
            } else {
                facts
            },
        })
    }

    /// Where the next `bytes` of stored values may be put as they are, because they are stored as they
    /// are kept; [`Self::took`] then takes them. `None` where they must go through [`Self::push`].
    pub fn slot(&mut self, bytes: usize) -> Option<&mut [u8]> {
        let Coding {
            element,
            big_endian,
            ..
        } = self.coding;
        let as_kept = element == Element::F32
            && !self.coding.scaled()
            && big_endian == cfg!(target_endian = "big");
        match &mut self.out {
            Out::Words { words, .. } if as_kept => {
                let from = self.at;
                Some(bytemuck::cast_slice_mut(
                    &mut own(words)[from..from + bytes / size_of::<f32>()],
                ))
            }
            _ => None,
        }
    }

    /// Takes the `bytes` that were put into the slot.
    pub fn took(&mut self, bytes: usize) {
        if let Out::Words { words, .. } = &mut self.out {
            let until = self.at + bytes / size_of::<f32>();
            for piece in own(words)[self.at..until].chunks_mut(PIECE) {
                mend(bytemuck::cast_slice_mut(piece), &mut self.noticed);
                self.facts.push(bytemuck::cast_slice(piece));
            }
            self.at = until;
        }
    }

    /// Takes a whole number of stored values; no more of them in all than the frame has.
    ///
    /// # Errors
    /// [`Fault::NoMemory`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let n = bytes.len() / self.coding.element.size() as usize;
        let (coding, noticed) = (self.coding, &mut self.noticed);
        match &mut self.out {
            Out::Words { words, labels } => {
                let words = own(words);
                if *labels && !take_labels(coding, bytes, &mut words[self.at..self.at + n]) {
                    // The first value that is no label: what came before becomes numbers too.
                    *labels = false;
                    to_floats(&mut words[..self.at], noticed);
                    self.facts.push(bytemuck::cast_slice(&words[..self.at]));
                }
                if !*labels {
                    // In pieces that stay in the cache from the first pass over them to the last.
                    let size = coding.element.size() as usize;
                    let pieces = words[self.at..self.at + n].chunks_mut(PIECE);
                    for (words, bytes) in pieces.zip(bytes.chunks(PIECE * size)) {
                        take_floats(coding, bytes, words, noticed);
                        self.facts.push(bytemuck::cast_slice(words));
                    }
                }
            }
            Out::Blocks(to) => {
                to.scratch.resize(n, 0);
                take_floats(coding, bytes, &mut to.scratch, noticed);
                let values = bytemuck::cast_slice(&to.scratch);
                to.blocks.push(values, own(&mut to.means), &mut to.picks)?;
            }
            Out::Colour { colours, by, shape } => {
                let colours = own(colours);
                let size = coding.element.size() as usize;
                let each = bytes.chunks_exact(size).map(|c| {
                    let alpha = c.get(3).copied().unwrap_or(u8::MAX);
                    [c[0], c[1], c[2], alpha]
                });
                match by {
                    None => colours[self.at..self.at + n]
                        .iter_mut()
                        .zip(each)
                        .for_each(|(slot, colour)| *slot = colour),
                    Some(by) => {
                        for (at, colour) in (self.at..).zip(each) {
                            let voxel = [
                                at % shape[0],
                                at / shape[0] % shape[1],
                                at / (shape[0] * shape[1]),
                            ];
                            if let Some(block) = by.picked(voxel) {
                                colours[block] = colour;
                            }
                        }
                    }
                }
            }
        }
        self.at += n;
        Ok(())
    }

    /// The values, what was noticed, and the facts that tell their kind.
    pub fn finish(mut self) -> (Decoded, Noticed, Facts) {
        let decoded = match self.out {
            Out::Words {
                words,
                labels: true,
            } => {
                let mut scratch = Vec::new();
                for piece in words.chunks(PIECE) {
                    scratch.clear();
                    scratch.extend(piece.iter().map(|&label| label as f32));
                    self.facts.push(&scratch);
                }
                Decoded::Whole(words)
            }
            Out::Words {
                words,
                labels: false,
            } => Decoded::Float(bytemuck::allocation::cast_slice_arc(words)),
            Out::Blocks(to) => {
                let ToBlocks { means, picks, .. } = *to;
                self.facts = picks.facts.clone();
                Decoded::Reduced { means, picks }
            }
            Out::Colour { colours, .. } => Decoded::Colour(colours),
        };
        (decoded, self.noticed, self.facts)
    }
}

/// One stored value; no data is NaN.
pub(super) fn one(coding: Coding, bytes: &[u8]) -> f32 {
    let mut word = [0];
    take_floats(coding, bytes, &mut word, &mut Noticed::default());
    f32::from_bits(word[0])
}

impl Decoded {
    /// The same with no data from voxel `from` on: what was decoded there was never in the file.
    /// Whole numbers become floats, of which labels are made again where that is what they are.
    pub fn cut_at(self, from: usize, noticed: &mut Noticed) -> Self {
        match self {
            Self::Float(mut values) => {
                own(&mut values)[from..].fill(f32::NAN);
                Self::Float(values)
            }
            Self::Whole(labels) => Self::Float(numbers_of(labels, noticed)).cut_at(from, noticed),
            Self::Colour(mut colours) => {
                own(&mut colours)[from..].fill([0; 4]);
                Self::Colour(colours)
            }
            // Blocks are means of what was there and what was not: none are made of such a file.
            Self::Reduced { .. } => self,
        }
    }
}

/// Labels become numbers where they lie.
pub(super) fn numbers_of(mut labels: Arc<[u32]>, noticed: &mut Noticed) -> Arc<[f32]> {
    to_floats(own(&mut labels), noticed);
    bytemuck::allocation::cast_slice_arc(labels)
}

/// Whole numbers that came as f32 become labels where they lie; no data is no label.
pub(super) fn labels_of(values: Arc<[f32]>) -> Arc<[u32]> {
    let mut words: Arc<[u32]> = bytemuck::allocation::cast_slice_arc(values);
    for word in own(&mut words) {
        let v = f32::from_bits(*word);
        *word = if v.is_nan() { 0 } else { v as u32 };
    }
    words
}

fn to_floats(words: &mut [u32], noticed: &mut Noticed) {
    for word in words {
        let v = *word as f32;
        noticed.rounded += u64::from(v as u64 != u64::from(*word));
        *word = v.to_bits();
    }
}

/// Stored numbers of one type, in either byte order, one by one into `$out`. One loop per type and
/// byte order, of known length, so that each is a plain vector pass.
macro_rules! each {
    ($bytes:ident, $big:expr, $out:ident, $t:ty, $value:expr) => {{
        const N: usize = size_of::<$t>();
        let chunks = $bytes.chunks_exact(N).map(|c| {
            let mut raw = [0; N];
            raw.copy_from_slice(c);
            raw
        });
        if $big {
            let values = chunks.map(<$t>::from_be_bytes).map($value);
            $out.iter_mut().zip(values).for_each(|(slot, v)| *slot = v);
        } else {
            let values = chunks.map(<$t>::from_le_bytes).map($value);
            $out.iter_mut().zip(values).for_each(|(slot, v)| *slot = v);
        }
    }};
}

/// Takes wide whole numbers as labels; `false` where one of them cannot be (`out` is then undefined).
fn take_labels(coding: Coding, bytes: &[u8], out: &mut [u32]) -> bool {
    let big = coding.big_endian;
    let mut all = true;
    macro_rules! labels {
        ($t:ty) => {
            each!(bytes, big, out, $t, |v: $t| u32::try_from(v)
                .unwrap_or_else(|_| {
                    all = false;
                    0
                }))
        };
    }
    match coding.element {
        Element::U32 => labels!(u32),
        Element::I32 => labels!(i32),
        Element::U64 => labels!(u64),
        _ => labels!(i64),
    }
    all
}

/// Takes scaled values as the bits of f32; what is not finite becomes NaN.
fn take_floats(coding: Coding, bytes: &[u8], out: &mut [u32], noticed: &mut Noticed) {
    let Coding {
        element,
        big_endian: big,
        slope,
        inter,
    } = coding;
    let out: &mut [f32] = bytemuck::cast_slice_mut(out);
    macro_rules! scaled {
        ($t:ty) => {
            each!(bytes, big, out, $t, |v: $t| (v as f64 * slope + inter)
                as f32)
        };
    }
    macro_rules! wide {
        ($t:ty) => {
            if coding.scaled() {
                scaled!($t)
            } else {
                each!(bytes, big, out, $t, |v: $t| {
                    noticed.rounded += u64::from((v as f32) as $t != v);
                    v as f32
                })
            }
        };
    }
    // Real and imaginary part are two numbers of the type; scaling applies to each.
    macro_rules! magnitude {
        ($t:ty) => {{
            const N: usize = size_of::<$t>();
            let part = |c: &[u8]| {
                let mut raw = [0; N];
                raw.copy_from_slice(c);
                let v = if big {
                    <$t>::from_be_bytes(raw)
                } else {
                    <$t>::from_le_bytes(raw)
                };
                f64::from(v) * slope + inter
            };
            for (slot, c) in out.iter_mut().zip(bytes.chunks_exact(2 * N)) {
                *slot = narrow(part(&c[..N]).hypot(part(&c[N..])), noticed);
            }
        }};
    }
    match element {
        Element::U8 => scaled!(u8),
        Element::I8 => scaled!(i8),
        Element::U16 => scaled!(u16),
        Element::I16 => scaled!(i16),
        Element::U32 => wide!(u32),
        Element::I32 => wide!(i32),
        Element::U64 => wide!(u64),
        Element::I64 => wide!(i64),
        Element::F32 if !coding.scaled() => each!(bytes, big, out, f32, |v: f32| v),
        Element::F32 => each!(bytes, big, out, f32, |v: f32| narrow(
            f64::from(v) * slope + inter,
            noticed
        )),
        Element::F64 => each!(bytes, big, out, f64, |v: f64| narrow(
            v * slope + inter,
            noticed
        )),
        Element::Complex64 => magnitude!(f32),
        Element::Complex128 => magnitude!(f64),
        Element::Rgb | Element::Rgba => {}
    }
    mend(out, noticed);
}

/// What is not finite becomes NaN.
fn mend(values: &mut [f32], noticed: &mut Noticed) {
    // A pass without branches tells most often that there is nothing to mend.
    if lanes::all(values, f32::is_finite) {
        return;
    }
    for v in values {
        if !v.is_finite() {
            if v.is_nan() {
                noticed.nan += 1;
            } else {
                noticed.infinite += 1;
            }
            *v = f32::NAN;
        }
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
