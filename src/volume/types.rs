//! What a loaded map is: grid, values, kind, and what was noticed while loading.

use std::sync::Arc;

use super::{Affine, LoadWarning, WarningCode};
use crate::files::hex_sha256;
use crate::provenance::{MapRecord, Provenance};

/// A sampling grid: voxel counts and the voxel → RAS-mm affine.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Grid {
    /// Voxels along i, j, k.
    pub shape: [usize; 3],
    /// Voxel index → RAS mm.
    pub affine: Affine,
}

impl Grid {
    /// Number of voxels. Readers check for overflow before a `Grid` is made.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether any side is 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Flat index of a voxel; i runs fastest, as in a NIfTI file.
    pub fn index(&self, [i, j, k]: [usize; 3]) -> usize {
        i + self.shape[0] * (j + self.shape[1] * k)
    }

    /// Voxel of a flat index.
    pub fn voxel(&self, index: usize) -> [usize; 3] {
        let [nx, ny, _] = self.shape;
        [index % nx, (index / nx) % ny, index / (nx * ny)]
    }

    /// RAS mm of a voxel's centre.
    pub fn world(&self, [i, j, k]: [usize; 3]) -> [f64; 3] {
        self.affine.apply([i as f64, j as f64, k as f64])
    }
}

/// The values of one frame. i runs fastest. Held once and shared.
#[derive(Debug, Clone)]
pub enum VolumeData {
    /// Scaled statistics. "No data" (NaN and ±Inf in the file) is NaN here.
    Scalar(Arc<[f32]>),
    /// Integer labels, never interpolated.
    Label(Arc<[u32]>),
    /// Colour pictures, shown but never decoded.
    Rgba(Arc<[[u8; 4]]>),
}

impl VolumeData {
    /// The scalar values, where this is a scalar map.
    pub fn scalar(&self) -> Option<&Arc<[f32]>> {
        match self {
            Self::Scalar(values) => Some(values),
            Self::Label(_) | Self::Rgba(_) => None,
        }
    }
}

/// What the numbers of a map mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapKind {
    /// z statistic.
    Z,
    /// t statistic.
    T,
    /// F statistic.
    F,
    /// p value.
    P,
    /// Effect size, contrast estimate.
    Beta,
    /// Integer labels.
    Label,
    /// Binary region.
    Mask,
    /// Anatomical picture.
    Anatomy,
    /// Magnitude of complex numbers.
    Magnitude,
    /// A map Gyrus predicted from text.
    Predicted,
    /// Not known.
    Unknown,
}

impl MapKind {
    /// Short name shown in the interface.
    pub fn label(self) -> &'static str {
        match self {
            Self::Z => "z",
            Self::T => "t",
            Self::F => "F",
            Self::P => "p",
            Self::Beta => "beta",
            Self::Label => "labels",
            Self::Mask => "mask",
            Self::Anatomy => "anatomy",
            Self::Magnitude => "magnitude",
            Self::Predicted => "predicted",
            Self::Unknown => "values",
        }
    }
}

/// One frame of a map on its own grid.
#[derive(Debug, Clone)]
pub struct Volume {
    /// Grid of `data`.
    pub grid: Grid,
    /// The values.
    pub data: VolumeData,
    /// What the values mean.
    pub kind: MapKind,
    /// Short display name (the file name without extension).
    pub name: String,
    /// Frames in the file (1 for a 3-D map) and which one this is.
    pub frames: usize,
    /// Index of the frame held, from 0.
    pub frame: usize,
    /// Sha-256 of the file's bytes (hex), or of the values for a map made here.
    pub hash: String,
    /// What was noticed while loading.
    pub warnings: Vec<LoadWarning>,
    /// How it was made, where Gyrus made it.
    pub provenance: Option<Arc<Provenance>>,
}

/// A set of voxels of a grid, in ascending flat order: the order of every masked vector.
#[derive(Debug, Clone)]
pub struct Mask {
    /// The grid the mask lives on.
    pub grid: Grid,
    /// Flat indices inside the mask, ascending.
    pub voxels: Arc<[u32]>,
    /// For every voxel of the grid its position in `voxels`, or `u32::MAX` outside.
    pub position: Arc<[u32]>,
}

impl Mask {
    /// From a predicate over flat indices.
    pub fn new(grid: Grid, inside: impl Fn(usize) -> bool) -> Self {
        let mut position = vec![u32::MAX; grid.len()];
        let mut voxels = Vec::new();
        for (index, slot) in position.iter_mut().enumerate() {
            if inside(index) {
                *slot = voxels.len() as u32;
                voxels.push(index as u32);
            }
        }
        Self {
            grid,
            voxels: voxels.into(),
            position: position.into(),
        }
    }

    /// Number of voxels inside.
    pub fn len(&self) -> usize {
        self.voxels.len()
    }

    /// Whether nothing is inside.
    pub fn is_empty(&self) -> bool {
        self.voxels.is_empty()
    }

    /// Whether the centre of a voxel (flat index) of another grid lies in the mask; `None` where the mask's
    /// own grid cannot be inverted.
    pub(crate) fn covers<'a>(
        &'a self,
        grid: &'a Grid,
    ) -> Option<impl Fn(usize) -> bool + Sync + 'a> {
        let step = self.grid.affine.inverse()?.then_after(&grid.affine);
        Some(move |index: usize| {
            let at = step
                .apply(grid.voxel(index).map(|x| x as f64))
                .map(|x| (x + 0.5).floor());
            let in_grid = (0..3).all(|a| (0.0..self.grid.shape[a] as f64).contains(&at[a]));
            in_grid && self.position[self.grid.index(at.map(|x| x as usize))] != u32::MAX
        })
    }

    /// Position in the mask of the voxel nearest to a point (RAS mm); `None` outside.
    pub(crate) fn position_at(&self, point_mm: [f64; 3]) -> Option<usize> {
        let at = self.grid.affine.inverse()?.apply(point_mm);
        let at = at.map(|x| (x + 0.5).floor());
        let in_grid = (0..3).all(|a| (0.0..self.grid.shape[a] as f64).contains(&at[a]));
        let position = in_grid.then(|| self.position[self.grid.index(at.map(|x| x as usize))])?;
        (position != u32::MAX).then_some(position as usize)
    }

    /// Values of a full-grid array at the mask's voxels; `None` where lengths differ.
    pub fn gather(&self, values: &[f32]) -> Option<Vec<f32>> {
        (values.len() == self.grid.len())
            .then(|| self.voxels.iter().map(|&v| values[v as usize]).collect())
    }

    /// A full-grid array holding `masked` inside and `outside` elsewhere; `None` where lengths differ.
    pub(crate) fn scatter(&self, masked: &[f32], outside: f32) -> Option<Vec<f32>> {
        (masked.len() == self.len()).then(|| {
            let mut out = vec![outside; self.grid.len()];
            for (&v, &x) in self.voxels.iter().zip(masked) {
                out[v as usize] = x;
            }
            out
        })
    }
}

impl Volume {
    /// Whether it is a prediction made with this option: its record says so.
    pub(crate) fn is_predicted_with(&self, option: &str) -> bool {
        let made = self.provenance.as_deref();
        self.kind == MapKind::Predicted
            && made.is_some_and(|made| made.options.contains_key(option))
    }

    /// Whether this was noticed about the map.
    pub(crate) fn has_warning(&self, code: WarningCode) -> bool {
        self.warnings.iter().any(|warning| warning.code == code)
    }

    /// A scalar map made here: `values` on `grid`, i fastest; its hash is that of the values.
    /// `None` where their number does not fill the grid.
    pub fn derived(
        grid: Grid,
        values: Arc<[f32]>,
        kind: MapKind,
        name: impl Into<String>,
    ) -> Option<Self> {
        (values.len() == grid.len()).then(|| Self {
            grid,
            hash: hex_sha256(bytemuck::cast_slice(&values)),
            data: VolumeData::Scalar(values),
            kind,
            name: name.into(),
            frames: 1,
            frame: 0,
            warnings: Vec::new(),
            provenance: None,
        })
    }

    /// What results made from this map say of it.
    pub fn record(&self) -> MapRecord {
        MapRecord {
            name: self.name.clone(),
            sha256: self.hash.clone(),
            frame: self.frame + 1,
            made_by: self.provenance.as_deref().cloned().map(Box::new),
        }
    }
}
