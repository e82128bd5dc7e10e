//! Analyze 7.5, in SPM's reading of it, as nibabel takes it: an origin in voxels where there is a
//! sensible one, a scale factor, and a first axis that runs from right to left. The format itself
//! stores no handedness, which is told.

use super::error::Fault;
use super::fields::{Fields, byte_order};
use super::geometry::{AffineSource, Geometry, centred, mended_zooms, usable};
use super::layout::{Element, Layout};
use super::nifti::{NIFTI1_LEN, display_range, whole_offset};
use super::start::{Details, Format, Scaling, Start};
use super::{Affine, LoadWarning, WarningCode};

/// Whether these are the first bytes of an Analyze header: the right size field, without NIfTI's magic.
pub(super) fn is_analyze(bytes: &[u8]) -> bool {
    let size = [0, 1, 2, 3].map(|n| bytes.get(n).copied().unwrap_or_default());
    let expected = NIFTI1_LEN as i32;
    bytes.len() >= NIFTI1_LEN && (size == expected.to_le_bytes() || size == expected.to_be_bytes())
}

/// What an Analyze header means.
///
/// # Errors
/// The fault that makes the file unusable as a volume.
pub(super) fn start(bytes: &[u8]) -> Result<Start, Fault> {
    let little = Fields { bytes, big: false };
    let big = Fields { bytes, big: true };
    let (is_big, _) = byte_order(
        (little.i32(0), big.i32(0)),
        (i64::from(little.i16(40)), i64::from(big.i16(40))),
        NIFTI1_LEN as i32,
    )?;
    let f = if is_big { big } else { little };
    let (dims, frames) = dimensions(&f)?;
    let layout = Layout::new(dims, frames, element(&f)?, whole_offset(f.f32(108))?)?;
    let (slope, inter) = scaling(&f);
    Ok(Start {
        format: Format::Analyze,
        partner: Some("img"),
        big_endian: is_big,
        scaling: Scaling::Whole { slope, inter },
        geometry: geometry(&f, layout.shape),
        layout,
        kind: None,
        description: f.text(148, 80),
        frame_names: Vec::new(),
        frame_kinds: Vec::new(),
        warnings: Vec::new(),
        details: Details {
            display_range: display_range(f.f32(128), f.f32(124)),
            unit: "mm",
            ..Details::default()
        },
        provenance: None,
    })
}

/// Voxels along i, j, k and frames. Dimensions beyond the third that say 0 mean 1.
fn dimensions(f: &Fields<'_>) -> Result<([u64; 3], u64), Fault> {
    let rank = f.i16(40).clamp(1, 7) as usize;
    let mut full = [1u64; 7];
    for (axis, slot) in full.iter_mut().enumerate().take(rank) {
        let d = f.i16(42 + 2 * axis);
        *slot = match u64::try_from(d) {
            Ok(0) if axis > 2 => 1,
            Ok(d) if d > 0 => d,
            _ => {
                return Err(Fault::BadHeader(format!(
                    "dimension {} has {d} voxels",
                    axis + 1
                )));
            }
        };
    }
    let components = full[4] * full[5] * full[6];
    if components > 1 {
        return Err(Fault::VectorImage {
            components,
            dims: full[..rank].to_vec(),
        });
    }
    Ok(([full[0], full[1], full[2]], full[3]))
}

/// The seven types of Analyze, those SPM added, and NIfTI's for what some writers left there.
fn element(f: &Fields<'_>) -> Result<Element, Fault> {
    Ok(match f.i16(70) {
        2 => Element::U8,
        4 => Element::I16,
        8 => Element::I32,
        16 => Element::F32,
        32 => Element::Complex64,
        64 => Element::F64,
        128 => Element::Rgb,
        130 | 256 => Element::I8,
        132 | 512 => Element::U16,
        136 | 768 => Element::U32,
        code => return Err(Fault::Datatype(format!("Analyze datatype {code}"))),
    })
}

/// SPM's scale factor and offset; without them the recorded ranges of stored and of true values.
fn scaling(f: &Fields<'_>) -> (f64, f64) {
    let (slope, inter) = (f.f32(112), f.f32(116));
    if slope.is_finite() && slope != 0.0 {
        return (slope, if inter.is_finite() { inter } else { 0.0 });
    }
    let (stored_max, stored_min) = (f64::from(f.i32(140)), f64::from(f.i32(144)));
    let (true_max, true_min) = (f.f32(124), f.f32(128));
    let slope = (true_max - true_min) / (stored_max - stored_min);
    let inter = true_min - slope * stored_min;
    if slope.is_finite() && slope != 0.0 && inter.is_finite() {
        (slope, inter)
    } else {
        (1.0, 0.0)
    }
}

fn geometry(f: &Fields<'_>, shape: [usize; 3]) -> Geometry {
    let mut warnings = Vec::new();
    let zooms = mended_zooms([f.f32(80), f.f32(84), f.f32(88)], &mut warnings);
    // Counted from 1, as in MATLAB.
    let origin = [f.i16(253), f.i16(255), f.i16(257)];
    let sensible = origin.iter().any(|&o| o != 0)
        && (0..3).all(|a| {
            let (o, d) = (i64::from(origin[a]), shape[a] as i64);
            o > -d && o < 2 * d
        });
    let scale = [-zooms[0], zooms[1], zooms[2]];
    let shift = std::array::from_fn(|a| -scale[a] * (f64::from(origin[a]) - 1.0));
    let with_origin = Affine::scale_translate(scale, shift);
    let (affine, source, placed) = if sensible && usable(&with_origin) {
        (
            with_origin,
            AffineSource::Origin,
            "put the voxel it names at 0, 0, 0 mm",
        )
    } else {
        (
            centred(zooms, shape),
            AffineSource::Zooms,
            "centred the map",
        )
    };
    warnings.push(LoadWarning::new(WarningCode::AnalyzeLeftRight, format!(
            "Analyze files do not say which side is left; Gyrus took the first axis to run from right to left and \
             {placed}, as SPM and nibabel do. Check it against a picture whose sides you know."
        ),
    ));
    Geometry {
        affine,
        source,
        qform: None,
        warnings,
    }
}

/// What is told where SPM left a transform beside the pair.
pub(super) fn mat_file_beside(name: &str) -> LoadWarning {
    LoadWarning::new(
        WarningCode::SpmMatIgnored,
        format!("{name} beside it holds a position that SPM would use; Gyrus does not read it."),
    )
}
