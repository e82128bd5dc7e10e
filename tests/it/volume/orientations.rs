//! One grid stored in all 48 orders of its axes, as files of several formats.

use std::path::{Path, PathBuf};

use gyrus::volume::{Affine, Grid};

use crate::support::nifti_bytes::{Nifti, gzip};

/// Permutations of the axes.
const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];

/// A head of 3 mm voxels with a voxel at (+40, −20, 10).
pub fn brain() -> Grid {
    Grid {
        shape: [33, 41, 29],
        affine: Affine::scale_translate([3.0; 3], [-50.0, -80.0, -32.0]),
    }
}

/// A grid with its axes permuted and turned round.
pub struct Stored {
    base: [usize; 3],
    order: [usize; 3],
    flips: [bool; 3],
    grid: Grid,
    values: Vec<f32>,
}

impl Stored {
    /// `number` (0..48) names the storage order; `value` gives the value at a voxel of `base`.
    pub fn new(base: &Grid, number: usize, value: impl Fn([usize; 3]) -> f32) -> Self {
        let order = ORDERS[number / 8];
        let flips = [0, 1, 2].map(|a| number >> a & 1 == 1);
        let shape = order.map(|a| base.shape[a]);
        // Stored voxel → base voxel.
        let mut rows = [[0.0; 4]; 3];
        for a in 0..3 {
            let b = order[a];
            rows[b][a] = if flips[a] { -1.0 } else { 1.0 };
            rows[b][3] = if flips[a] {
                (base.shape[b] - 1) as f64
            } else {
                0.0
            };
        }
        let grid = Grid {
            shape,
            affine: base.affine.then_after(&Affine::from_rows(rows)),
        };
        let mut stored = Self {
            base: base.shape,
            order,
            flips,
            grid,
            values: vec![0.0; grid.len()],
        };
        for n in 0..base.len() {
            let voxel = base.voxel(n);
            let at = stored.grid.index(stored.index_of(voxel));
            stored.values[at] = value(voxel);
        }
        stored
    }

    /// Where a voxel of the base grid is stored.
    pub fn index_of(&self, voxel: [usize; 3]) -> [usize; 3] {
        std::array::from_fn(|a| {
            let b = self.order[a];
            if self.flips[a] {
                self.base[b] - 1 - voxel[b]
            } else {
                voxel[b]
            }
        })
    }

    /// The directions of the stored axes of [`brain`].
    pub fn codes(&self) -> String {
        let pairs = [('R', 'L'), ('A', 'P'), ('S', 'I')];
        let letter = |a: usize| {
            let (up, down) = pairs[self.order[a]];
            if self.flips[a] { down } else { up }
        };
        (0..3).map(letter).collect()
    }

    fn rows(&self) -> [[f64; 4]; 3] {
        let m = self.grid.affine.0;
        [m[0], m[1], m[2]]
    }

    /// As NIfTI-1 with an sform.
    pub fn nifti(&self) -> Nifti {
        let mut made = Nifti::float32(&self.grid.shape.map(|d| d as u16), &self.values);
        made.sform(self.rows().map(|row| row.map(|v| v as f32)));
        made
    }

    /// As NIfTI-1 with a qform alone.
    fn with_qform(&self) -> Nifti {
        let mut made = self.nifti();
        let size = self.grid.affine.voxel_sizes_mm();
        let turned = self.grid.affine.determinant() < 0.0;
        let rows = self.rows();
        let rotation: [[f64; 3]; 3] = std::array::from_fn(|r| {
            std::array::from_fn(|c| {
                rows[r][c] / size[c] * if turned && c == 2 { -1.0 } else { 1.0 }
            })
        });
        made.i16(254, 0).qform(
            1,
            quaternion(rotation),
            [0, 1, 2].map(|r| rows[r][3] as f32),
        );
        made.f32(76, if turned { -1.0 } else { 1.0 });
        (0..3).for_each(|a| _ = made.f32(80 + 4 * a, size[a] as f32));
        made
    }

    fn mgh(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let sides = self.grid.shape.map(|d| d as i32);
        for v in [1, sides[0], sides[1], sides[2], 1, 3, 0] {
            out.extend(v.to_be_bytes());
        }
        out.extend(1i16.to_be_bytes());
        let size = self.grid.affine.voxel_sizes_mm();
        let rows = self.rows();
        let centre = self
            .grid
            .affine
            .apply(self.grid.shape.map(|d| d as f64 / 2.0));
        let cosines = (0..3).flat_map(|a| (0..3).map(move |r| rows[r][a] / size[a]));
        for v in size.into_iter().chain(cosines).chain(centre) {
            out.extend((v as f32).to_be_bytes());
        }
        out.resize(284, 0);
        out.extend(self.values.iter().flat_map(|v| v.to_be_bytes()));
        out
    }

    /// The text of a .HEAD file; `oriented` says where by orientation, origin and step alone.
    fn head(&self, oriented: bool) -> String {
        let rows = self.rows();
        let sign = [-1.0, -1.0, 1.0];
        let mut out = String::new();
        let mut add = |kind: &str, name: &str, values: &[f64]| {
            let text: Vec<String> = values.iter().map(f64::to_string).collect();
            out += &format!(
                "\ntype = {kind}-attribute\nname = {name}\ncount = {}\n {}\n",
                values.len(),
                text.join(" ")
            );
        };
        add("integer", "DATASET_RANK", &[3.0, 1.0]);
        let [x, y, z] = self.grid.shape.map(|d| d as f64);
        add("integer", "DATASET_DIMENSIONS", &[x, y, z, 0.0, 0.0]);
        add("integer", "BRICK_TYPES", &[3.0]);
        if oriented {
            // R2L 0, L2R 1, P2A 2, A2P 3, I2S 4, S2I 5: what a growing index runs along.
            let code = |a: usize| match (self.order[a], self.flips[a]) {
                (0, true) => 0.0,
                (0, false) => 1.0,
                (1, false) => 2.0,
                (1, true) => 3.0,
                (_, false) => 4.0,
                (_, true) => 5.0,
            };
            add("integer", "ORIENT_SPECIFIC", &[code(0), code(1), code(2)]);
            let along = |a: usize| self.order[a];
            let origin = [0, 1, 2].map(|a| sign[along(a)] * rows[along(a)][3]);
            let step = [0, 1, 2].map(|a| sign[along(a)] * rows[along(a)][a]);
            add("float", "ORIGIN", &origin);
            add("float", "DELTA", &step);
        } else {
            let dicom: Vec<f64> = (0..12).map(|n| sign[n / 4] * rows[n / 4][n % 4]).collect();
            add("float", "IJK_TO_DICOM_REAL", &dicom);
        }
        out + "\ntype = string-attribute\nname = BYTEORDER_STRING\ncount = 10\n'LSB_FIRST~\n"
    }

    /// Writes the grid in six ways and returns what to open.
    pub fn write_all(&self, folder: &Path) -> Vec<PathBuf> {
        let values: Vec<u8> = self.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let mut paths = Vec::new();
        let mut write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).unwrap();
            paths.push(path);
        };
        write("sform.nii", &self.nifti().bytes());
        write("qform.nii.gz", &gzip(&self.with_qform().bytes()));
        write("surfer.mgh", &self.mgh());
        write("surfer.mgz", &gzip(&self.mgh()));
        write("real+orig.HEAD", self.head(false).as_bytes());
        write("oriented+orig.HEAD", self.head(true).as_bytes());
        std::fs::write(folder.join("real+orig.BRIK"), &values).unwrap();
        std::fs::write(folder.join("oriented+orig.BRIK"), &values).unwrap();
        paths
    }
}

/// b, c, d of a rotation.
fn quaternion(r: [[f64; 3]; 3]) -> [f32; 3] {
    let a = (1.0 + r[0][0] + r[1][1] + r[2][2]).max(0.0).sqrt() / 2.0;
    let trace = r[0][0] + r[1][1] + r[2][2];
    let mut parts = [0, 1, 2].map(|n| (1.0 + 2.0 * r[n][n] - trace).max(0.0).sqrt() / 2.0);
    if a > 1e-6 {
        let signs = [r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]];
        (0..3).for_each(|n| parts[n] = parts[n].copysign(signs[n]));
    } else {
        // Half a turn: the signs follow from the sums of mirrored cells, against the largest part.
        let n = (0..3)
            .max_by(|&x, &y| parts[x].total_cmp(&parts[y]))
            .unwrap();
        for m in (0..3).filter(|&m| m != n) {
            parts[m] = parts[m].copysign(r[n][m] + r[m][n]);
        }
    }
    parts.map(|v| v as f32)
}
