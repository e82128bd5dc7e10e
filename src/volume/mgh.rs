//! FreeSurfer's MGH (and MGZ, the same in gzip): a big-endian header of 284 bytes, values, a footer
//! that is not needed here.

use super::error::Fault;
use super::fields::Fields;
use super::geometry::{AffineSource, Geometry, only_transform};
use super::layout::{Element, Layout};
use super::start::{Details, Format, Scaling, Start};
use super::{Affine, LoadWarning, WarningCode};

/// First byte of the values.
const DATA_OFFSET: u64 = 284;
/// Bytes of the header that mean something.
const HEADER_LEN: usize = 90;
/// A header with a longer side than this is some other file that starts with a 1.
const LONGEST: i32 = 1 << 26;

/// Whether these are the first bytes of an MGH file: version 1 and sides that can be.
pub(super) fn is_mgh(bytes: &[u8]) -> bool {
    let f = Fields { bytes, big: true };
    bytes.len() >= 24
        && f.i32(0) == 1
        && (1..=4).all(|n| (1..=LONGEST).contains(&f.i32(4 * n)))
        && (0..=32).contains(&f.i32(20))
}

/// What an MGH header means.
///
/// # Errors
/// The fault that makes the file unusable as a volume.
pub(super) fn start(bytes: &[u8]) -> Result<Start, Fault> {
    if bytes.len() < HEADER_LEN {
        return Err(Fault::Truncated {
            expected: DATA_OFFSET,
            got: bytes.len() as u64,
        });
    }
    let f = Fields { bytes, big: true };
    let sides: [u64; 4] = std::array::from_fn(|n| f.i32(4 + 4 * n).unsigned_abs().into());
    if sides[1] == 1 && sides[2] == 1 {
        return Err(Fault::Surface(sides[0]));
    }
    let element = match f.i32(20) {
        0 => Element::U8,
        1 => Element::I32,
        3 => Element::F32,
        4 => Element::I16,
        10 => Element::U16,
        code => return Err(Fault::Datatype(format!("MGH type {code}"))),
    };
    let layout = Layout::new(
        [sides[0], sides[1], sides[2]],
        sides[3],
        element,
        DATA_OFFSET,
    )?;
    Ok(Start {
        format: Format::Mgh,
        partner: None,
        big_endian: true,
        scaling: Scaling::NONE,
        geometry: geometry(&f, layout.shape),
        layout,
        kind: None,
        description: String::new(),
        frame_names: Vec::new(),
        frame_kinds: Vec::new(),
        warnings: Vec::new(),
        details: Details {
            unit: "mm",
            ..Details::default()
        },
        provenance: None,
    })
}

/// Direction cosines, voxel sizes, and the world position of the middle of the grid.
fn geometry(f: &Fields<'_>, shape: [usize; 3]) -> Geometry {
    let (sizes, cosines, centre, known) = if f.i16(28) <= 0 {
        // FreeSurfer's default: 1 mm coronal slices about the origin.
        let coronal = [[-1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]];
        ([1.0; 3], coronal, [0.0; 3], false)
    } else {
        let at = |n: usize| f.f32(30 + 4 * n);
        (
            std::array::from_fn(at),
            // Stored column by column.
            std::array::from_fn(|axis| std::array::from_fn(|world| at(3 + 3 * axis + world))),
            std::array::from_fn(|world| at(12 + world)),
            true,
        )
    };
    let rows = std::array::from_fn(|world| {
        let step = |axis: usize| cosines[axis][world] * sizes[axis];
        let to_middle: f64 = (0..3)
            .map(|axis| step(axis) * shape[axis] as f64 / 2.0)
            .sum();
        [step(0), step(1), step(2), centre[world] - to_middle]
    });
    let mut found = only_transform(Affine::from_rows(rows), sizes, shape, Vec::new());
    if !known {
        found.source = AffineSource::Zooms;
        found.warnings.push(LoadWarning::new(WarningCode::NoOrientation, "The header says that its position is not valid; Gyrus took FreeSurfer's default: voxels of 1 mm in coronal \
             slices about the origin, the first axis from right to left.",
        ));
    }
    found
}
