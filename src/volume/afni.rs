//! AFNI: a text header (.HEAD) of attributes beside the values (.BRIK, packed or not). AFNI's world
//! is DICOM's, +x to the left and +y to the back; here it becomes RAS.

use super::afni_text::{Attributes, looks_like_head};
use super::error::Fault;
use super::geometry::{Geometry, only_transform, talairach, usable};
use super::layout::{Element, Layout};
use super::start::{Details, Format, Scaling, Start, plausible_step_s};
use super::{Affine, LoadWarning, MapKind, WarningCode};

/// Whether these are the first bytes of a .HEAD file.
pub(super) fn is_head(bytes: &[u8]) -> bool {
    looks_like_head(bytes)
}

/// What a .HEAD file means.
///
/// # Errors
/// The fault that makes the file unusable as a volume.
pub(super) fn start(text: &[u8]) -> Result<Start, Fault> {
    let head = Attributes::parse(text)?;
    let missing = |name: &str| Fault::BadHeader(format!("its attribute {name} is missing"));
    let sides = head.whole("DATASET_DIMENSIONS")?;
    let &[nx, ny, nz, ..] = sides else {
        return Err(missing("DATASET_DIMENSIONS"));
    };
    let side = |n: i64| u64::try_from(n).unwrap_or(0);
    let frames = head.whole("DATASET_RANK")?.get(1).map_or(1, |&n| side(n));
    let layout = Layout::new([side(nx), side(ny), side(nz)], frames, element(&head)?, 0)?;
    let frames = layout.frames;
    let factors = head.numbers("BRICK_FLOAT_FACS")?;
    let scaling = if factors.iter().any(|&f| f != 0.0 && f.is_finite()) {
        let factor = |&f: &f64| if f == 0.0 || !f.is_finite() { 1.0 } else { f };
        Scaling::PerFrame(factors.iter().take(frames).map(factor).collect())
    } else {
        Scaling::NONE
    };
    let space = head.text("TEMPLATE_SPACE").or_else(|| {
        let view = head.whole("SCENE_DATA").ok()?.first().copied()?;
        ["ORIG", "ACPC", "TLRC"]
            .get(usize::try_from(view).ok()?)
            .map(|name| (*name).to_owned())
    });
    let mut warnings = Vec::new();
    if space.as_deref() == Some("TLRC") {
        warnings.push(talairach());
    }
    if head.text("BYTEORDER_STRING").is_none() {
        warnings.push(LoadWarning::new(WarningCode::ByteOrderGuessed, "The header does not say in which byte order its values are; Gyrus took them as little-endian.",
        ));
    }
    Ok(Start {
        format: Format::Afni,
        partner: Some("BRIK"),
        big_endian: head.text("BYTEORDER_STRING").as_deref() == Some("MSB_FIRST"),
        scaling,
        geometry: geometry(&head, layout.shape)?,
        layout,
        kind: None,
        description: String::new(),
        frame_names: labels(&head, frames),
        frame_kinds: kinds(&head)?,
        warnings,
        details: Details {
            unit: "mm",
            space,
            frame_step_s: frame_step_s(&head),
            ..Details::default()
        },
        provenance: None,
    })
}

/// The number format of all sub-bricks; AFNI's numbers for them.
fn element(head: &Attributes) -> Result<Element, Fault> {
    let types = head.whole("BRICK_TYPES")?;
    if types.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(Fault::MixedTypes);
    }
    Ok(match types.first().copied().unwrap_or(1) {
        0 => Element::U8,
        1 => Element::I16,
        2 => Element::I32,
        3 => Element::F32,
        4 => Element::F64,
        5 => Element::Complex64,
        6 => Element::Rgb,
        8 => Element::Rgba,
        code => return Err(Fault::Datatype(format!("AFNI brick type {code}"))),
    })
}

/// Names of the sub-bricks, where there is one for each.
fn labels(head: &Attributes, frames: usize) -> Vec<String> {
    let Some(text) = head.text("BRICK_LABS") else {
        return Vec::new();
    };
    let mut names: Vec<String> = text.split('~').map(|n| n.trim().to_owned()).collect();
    names.truncate(frames);
    if names.len() < frames || (frames == 1 && names[0] == "#0") {
        return Vec::new();
    }
    names
}

/// Step in time: a unit code and a number.
fn frame_step_s(head: &Attributes) -> Option<f64> {
    let step = *head.numbers("TAXIS_FLOATS").ok()?.get(1)?;
    match head.whole("TAXIS_NUMS").ok()?.get(2)? {
        77001 => plausible_step_s(step * 1e-3),
        77002 => plausible_step_s(step),
        _ => None,
    }
}

/// What sub-bricks are said to hold: (index, code, number of parameters, parameters…) again and again.
fn kinds(head: &Attributes) -> Result<Vec<Option<MapKind>>, Fault> {
    let all = head.numbers("BRICK_STATAUX")?;
    let mut out = Vec::new();
    let mut rest = all;
    while let [index, code, n, after @ ..] = rest {
        let kind = match *code as i64 {
            3 => MapKind::T,
            4 => MapKind::F,
            5 => MapKind::Z,
            _ => MapKind::Unknown,
        };
        let index = *index as usize;
        if kind != MapKind::Unknown && index < 1 << 20 {
            if out.len() <= index {
                out.resize(index + 1, None);
            }
            out[index] = Some(kind);
        }
        rest = after
            .get((n.max(0.0) as usize).min(after.len())..)
            .unwrap_or_default();
    }
    Ok(out)
}

/// The true transform where it is stored, else orientation, origin and steps.
fn geometry(head: &Attributes, shape: [usize; 3]) -> Result<Geometry, Fault> {
    let steps = head.numbers("DELTA")?;
    let zooms = std::array::from_fn(|a| steps.get(a).copied().unwrap_or(1.0).abs());
    let real = head.numbers("IJK_TO_DICOM_REAL")?;
    let real = (real.len() >= 12)
        .then(|| {
            to_ras(std::array::from_fn(|r| {
                std::array::from_fn(|c| real[4 * r + c])
            }))
        })
        .filter(usable);
    let affine = match real {
        Some(affine) => affine,
        None => from_orientation(head)?,
    };
    Ok(only_transform(affine, zooms, shape, Vec::new()))
}

fn to_ras(dicom: [[f64; 4]; 3]) -> Affine {
    let [x, y, z] = dicom;
    Affine::from_rows([x.map(|v| -v), y.map(|v| -v), z])
}

/// Every voxel axis runs along one of DICOM's, told by a code of 0…5 in pairs of opposite directions.
fn from_orientation(head: &Attributes) -> Result<Affine, Fault> {
    let codes = head.whole("ORIENT_SPECIFIC")?;
    let (origin, steps) = (head.numbers("ORIGIN")?, head.numbers("DELTA")?);
    let mut rows = [[0.0; 4]; 3];
    for axis in 0..3 {
        let (Some(&code), Some(&from), Some(&step)) =
            (codes.get(axis), origin.get(axis), steps.get(axis))
        else {
            // Not usable, which the caller tells.
            return Ok(Affine::scale_translate([0.0; 3], [0.0; 3]));
        };
        if !(0..6).contains(&code) {
            return Err(Fault::BadHeader(format!(
                "its attribute ORIENT_SPECIFIC holds {code}"
            )));
        }
        let world = (code / 2) as usize;
        rows[world][axis] = step;
        rows[world][3] = from;
    }
    Ok(to_ras(rows))
}
