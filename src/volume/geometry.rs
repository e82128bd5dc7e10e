//! Which affine a NIfTI header means, and what to say where its parts disagree.
//!
//! The rule is nibabel's: sform if its code is not 0, else qform, else the voxel sizes alone.

use super::nifti::Header;
use super::{Affine, LoadWarning, WarningCode};

/// Where the affine came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AffineSource {
    /// The affine rows of the header.
    Sform,
    /// The quaternion.
    Qform,
    /// Voxel sizes only: left and right are a guess.
    Zooms,
    /// Voxel sizes and the voxel at the origin, as SPM wrote into Analyze: left and right are a guess.
    Origin,
    /// The one transform that formats other than NIfTI have.
    Header,
}

/// The chosen affine and what was noticed.
#[derive(Debug, Clone)]
pub(super) struct Geometry {
    pub affine: Affine,
    pub source: AffineSource,
    /// The qform's, where the sform was chosen and both are there; in the file's own unit.
    pub qform: Option<Affine>,
    pub warnings: Vec<LoadWarning>,
}

/// Two transforms that put a corner of the volume further apart than this disagree.
const DISAGREE_MM: f64 = 0.1;
/// Voxel sizes outside this are taken for garbage.
const SIZES_MM: std::ops::RangeInclusive<f64> = 1e-6..=1e6;
/// Axes further from a right angle than this are called sheared.
const SHEAR_DEG: f64 = 0.1;

/// Applies the rule. Always yields an invertible affine.
pub(super) fn geometry(header: &Header, shape: [usize; 3]) -> Geometry {
    let mut warnings = Vec::new();
    let zooms = zooms(header, &mut warnings);
    let sform = (header.sform_code > 0).then(|| Affine::from_rows(header.srow));
    let qform = (header.qform_code > 0).then(|| qform(header, zooms, &mut warnings));
    let good_sform = sform.filter(usable);
    let good_qform = qform.filter(usable);
    if sform.is_some() && good_sform.is_none() {
        warnings.push(LoadWarning::new(WarningCode::BadSform, "The header's sform cannot be inverted; Gyrus used the qform or the voxel sizes instead.",
        ));
    }
    if let (Some(s), Some(q)) = (good_sform, good_qform) {
        let apart_mm = farthest_corner_mm(&s, &q, shape);
        if apart_mm > DISAGREE_MM {
            warnings.push(LoadWarning::new(WarningCode::QformSformDiffer, format!(
                    "The header's two positions of this map lie up to {apart_mm:.1} mm apart; Gyrus used the \
                     sform, as nibabel and nilearn do."
                ),
            ));
        }
    }
    let (affine, source) = match (good_sform, good_qform) {
        (Some(s), _) => (s, AffineSource::Sform),
        (None, Some(q)) => (q, AffineSource::Qform),
        (None, None) => {
            warnings.push(LoadWarning::new(WarningCode::NoOrientation, "The header has neither sform nor qform, so nothing says which side is left; Gyrus centred the \
                 map and took the first axis to run from right to left, as nibabel does.",
            ));
            (centred(zooms, shape), AffineSource::Zooms)
        }
    };
    let affine = to_mm(affine, header, &mut warnings);
    if source != AffineSource::Zooms {
        sheared(&affine, &mut warnings);
        let code = if source == AffineSource::Sform {
            header.sform_code
        } else {
            header.qform_code
        };
        if code == 3 {
            warnings.push(talairach());
        }
    }
    Geometry {
        affine,
        source,
        qform: good_qform.filter(|_| source == AffineSource::Sform),
        warnings,
    }
}

/// A squared first quaternion part below this is 0, as nibabel and the NIfTI library have it.
const HALF_TURN: f64 = 3.0 * f32::EPSILON as f64;

/// Invertible, and not so extreme that changing its unit or composing it with another could end that.
pub(super) fn usable(affine: &Affine) -> bool {
    let volume = affine.determinant().abs();
    affine.inverse().is_some()
        && (1e-30..1e30).contains(&volume)
        && affine.0.iter().flatten().all(|v| v.abs() < 1e12)
}

/// Voxel sizes that can be used: positive and finite, 1 where the header has none.
fn zooms(header: &Header, warnings: &mut Vec<LoadWarning>) -> [f64; 3] {
    let stored = [header.pixdim[1], header.pixdim[2], header.pixdim[3]];
    let mut told = Vec::new();
    let mended = mended_zooms(stored, &mut told);
    // Sizes matter only where the sform does not give the geometry.
    if header.sform_code <= 0 {
        warnings.append(&mut told);
    }
    mended
}

/// Voxel sizes that can be used, with a warning where those stored cannot.
pub(super) fn mended_zooms(stored: [f64; 3], warnings: &mut Vec<LoadWarning>) -> [f64; 3] {
    let mended = stored.map(|z| {
        if SIZES_MM.contains(&z.abs()) {
            z.abs()
        } else {
            1.0
        }
    });
    if mended != stored {
        warnings.push(LoadWarning::new(WarningCode::BadZooms, format!(
                "The header's voxel sizes ({}, {}, {}) are not usable; Gyrus used {}, {} and {} mm.",
                stored[0], stored[1], stored[2], mended[0], mended[1], mended[2]
            ),
        ));
    }
    mended
}

/// The transform of a format that has only one, or where it is not usable the voxel sizes about the
/// centre.
pub(super) fn only_transform(
    affine: Affine,
    zooms: [f64; 3],
    shape: [usize; 3],
    mut warnings: Vec<LoadWarning>,
) -> Geometry {
    if usable(&affine) {
        sheared(&affine, &mut warnings);
        return Geometry {
            affine,
            source: AffineSource::Header,
            qform: None,
            warnings,
        };
    }
    let zooms = mended_zooms(zooms, &mut warnings);
    warnings.push(LoadWarning::new(WarningCode::NoOrientation, "The header's transform to millimetres cannot be inverted, so nothing says which side is left; Gyrus \
         centred the map and took the first axis to run from right to left.",
    ));
    Geometry {
        affine: centred(zooms, shape),
        source: AffineSource::Zooms,
        qform: None,
        warnings,
    }
}

fn sheared(affine: &Affine, warnings: &mut Vec<LoadWarning>) {
    let shear = affine.shear_deg();
    if shear > SHEAR_DEG {
        warnings.push(LoadWarning::new(WarningCode::Sheared, format!("The voxel axes are {shear:.1}° away from right angles; Gyrus draws them as they are."),
        ));
    }
}

/// What is said of a map whose header names Talairach space.
pub(super) fn talairach() -> LoadWarning {
    LoadWarning::new(
        WarningCode::SpaceTalairach,
        "The header says this map is in Talairach space; Gyrus shows it on the MNI brain without \
         warping it, so positions are off by up to about a centimetre.",
    )
}

/// The quaternion's affine. b² + c² + d² about 1 or above it (rounding) is clamped; qfac −1 mirrors k.
fn qform(header: &Header, zooms: [f64; 3], warnings: &mut Vec<LoadWarning>) -> Affine {
    let [mut b, mut c, mut d] = header.quatern;
    let norm2 = b * b + c * c + d * d;
    // Of half a turn nothing is left for a, and what the rounding of b, c, d to 32 bits leaves is none.
    let a = if norm2 > 1.0 - HALF_TURN {
        if norm2 > 1.0 + 1e-3 {
            warnings.push(LoadWarning::new(
                WarningCode::BadQuaternion,
                "The header's rotation is not a unit quaternion; Gyrus normalised it.",
            ));
        }
        let length = norm2.sqrt();
        b /= length;
        c /= length;
        d /= length;
        0.0
    } else {
        (1.0 - norm2).sqrt()
    };
    let qfac = if header.pixdim[0] < 0.0 { -1.0 } else { 1.0 };
    let rotation = [
        [
            a * a + b * b - c * c - d * d,
            2.0 * (b * c - a * d),
            2.0 * (b * d + a * c),
        ],
        [
            2.0 * (b * c + a * d),
            a * a + c * c - b * b - d * d,
            2.0 * (c * d - a * b),
        ],
        [
            2.0 * (b * d - a * c),
            2.0 * (c * d + a * b),
            a * a + d * d - b * b - c * c,
        ],
    ];
    let scale = [zooms[0], zooms[1], zooms[2] * qfac];
    Affine::from_rows(std::array::from_fn(|r| {
        [
            rotation[r][0] * scale[0],
            rotation[r][1] * scale[1],
            rotation[r][2] * scale[2],
            header.qoffset[r],
        ]
    }))
}

/// Voxel sizes about the centre of the volume, first axis right to left: nibabel's fall-back.
pub(super) fn centred(zooms: [f64; 3], shape: [usize; 3]) -> Affine {
    let scale = [-zooms[0], zooms[1], zooms[2]];
    let shift = std::array::from_fn(|a| -scale[a] * (shape[a] as f64 - 1.0) / 2.0);
    Affine::scale_translate(scale, shift)
}

/// Brings metres and micrometres to millimetres and says so.
fn to_mm(affine: Affine, header: &Header, warnings: &mut Vec<LoadWarning>) -> Affine {
    let (factor, unit) = match header.xyzt_units & 7 {
        1 => (1e3, "metres"),
        3 => (1e-3, "micrometres"),
        _ => return affine,
    };
    let largest = affine.voxel_sizes_mm().into_iter().fold(0.0, f64::max);
    // No scanner has voxels of 10 cm: such a file means mm and says m.
    if factor > 1.0 && largest * factor > 100.0 {
        warnings.push(LoadWarning::new(WarningCode::UnitsImplausible, format!("The header gives its unit as {unit}, which would make voxels of {largest} m; Gyrus read it as mm."),
        ));
        return affine;
    }
    warnings.push(LoadWarning::new(
        WarningCode::UnitsConverted,
        format!("The header gives positions in {unit}; Gyrus converted them to millimetres."),
    ));
    let rows = affine.0;
    Affine::from_rows(std::array::from_fn(|r| rows[r].map(|v| v * factor)))
}

fn farthest_corner_mm(a: &Affine, b: &Affine, shape: [usize; 3]) -> f64 {
    (0..8)
        .map(|corner| {
            let p = std::array::from_fn(|axis| {
                if corner >> axis & 1 == 1 {
                    shape[axis] as f64 - 1.0
                } else {
                    0.0
                }
            });
            let (x, y) = (a.apply(p), b.apply(p));
            (0..3).map(|i| (x[i] - y[i]).powi(2)).sum::<f64>().sqrt()
        })
        .fold(0.0, f64::max)
}
