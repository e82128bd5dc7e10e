//! Voxel ↔ world transforms. World is RAS millimetres; a voxel index is at the voxel's centre.

/// A 4×4 affine, row major, last row 0 0 0 1.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Affine(pub [[f64; 4]; 4]);

impl Affine {
    /// The identity.
    pub const IDENTITY: Self = Self([
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]);

    /// From the three upper rows.
    pub fn from_rows(rows: [[f64; 4]; 3]) -> Self {
        Self([rows[0], rows[1], rows[2], [0.0, 0.0, 0.0, 1.0]])
    }

    /// A diagonal scaling followed by a translation.
    pub fn scale_translate(scale: [f64; 3], translate: [f64; 3]) -> Self {
        Self::from_rows([
            [scale[0], 0.0, 0.0, translate[0]],
            [0.0, scale[1], 0.0, translate[1]],
            [0.0, 0.0, scale[2], translate[2]],
        ])
    }

    /// Maps a point.
    pub fn apply(&self, p: [f64; 3]) -> [f64; 3] {
        let m = &self.0;
        std::array::from_fn(|r| m[r][0] * p[0] + m[r][1] * p[1] + m[r][2] * p[2] + m[r][3])
    }

    /// Maps a direction (no translation).
    pub(crate) fn apply_vector(&self, v: [f64; 3]) -> [f64; 3] {
        let m = &self.0;
        std::array::from_fn(|r| m[r][0] * v[0] + m[r][1] * v[1] + m[r][2] * v[2])
    }

    /// `self ∘ other`: `other` is applied first.
    pub fn then_after(&self, other: &Affine) -> Affine {
        let mut out = [[0.0; 4]; 4];
        for (r, row) in out.iter_mut().enumerate() {
            for (c, cell) in row.iter_mut().enumerate() {
                *cell = (0..4).map(|k| self.0[r][k] * other.0[k][c]).sum();
            }
        }
        Affine(out)
    }

    /// Determinant of the 3×3 part; its sign tells handedness, 0 or NaN a degenerate transform.
    pub fn determinant(&self) -> f64 {
        let m = &self.0;
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
            - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    }

    /// The inverse, or `None` where the transform is degenerate or not finite.
    pub fn inverse(&self) -> Option<Affine> {
        let det = self.determinant();
        if !self.0.iter().flatten().all(|v| v.is_finite()) || !det.is_normal() {
            return None;
        }
        let m = &self.0;
        let cofactor = |r: usize, c: usize| {
            let (r1, r2) = ((r + 1) % 3, (r + 2) % 3);
            let (c1, c2) = ((c + 1) % 3, (c + 2) % 3);
            m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
        };
        let mut rows = [[0.0; 4]; 3];
        for (r, row) in rows.iter_mut().enumerate() {
            for (c, cell) in row.iter_mut().take(3).enumerate() {
                *cell = cofactor(c, r) / det;
            }
            row[3] = -(row[0] * m[0][3] + row[1] * m[1][3] + row[2] * m[2][3]);
        }
        let inverse = Affine::from_rows(rows);
        inverse
            .0
            .iter()
            .flatten()
            .all(|v| v.is_finite())
            .then_some(inverse)
    }

    /// Edge lengths of a voxel in mm: the lengths of the three columns.
    pub fn voxel_sizes_mm(&self) -> [f64; 3] {
        let m = &self.0;
        std::array::from_fn(|c| (m[0][c].powi(2) + m[1][c].powi(2) + m[2][c].powi(2)).sqrt())
    }

    /// How far the two voxel axes furthest from a right angle are from it, in degrees.
    pub(crate) fn shear_deg(&self) -> f64 {
        let m = &self.0;
        let column = |c: usize| [m[0][c], m[1][c], m[2][c]];
        let size = self.voxel_sizes_mm();
        [(0, 1), (0, 2), (1, 2)]
            .into_iter()
            .map(|(p, q)| {
                let (u, v) = (column(p), column(q));
                let cosine = (u[0] * v[0] + u[1] * v[1] + u[2] * v[2]) / (size[p] * size[q]);
                cosine.clamp(-1.0, 1.0).asin().abs().to_degrees()
            })
            .fold(0.0, f64::max)
    }

    /// For every voxel axis the world axis it runs along (0 x, 1 y, 2 z) and its sign. Assigned
    /// jointly, strongest first, so that even a very oblique grid gets three different axes.
    pub fn orientation(&self) -> [(usize, f64); 3] {
        let m = &self.0;
        let size = self.voxel_sizes_mm();
        let mut out = [(usize::MAX, 1.0); 3];
        let mut taken = [false; 3];
        for _ in 0..3 {
            let mut best = (-1.0, 0, 0);
            for (column, slot) in out.iter().enumerate() {
                for row in (0..3).filter(|&row| slot.0 == usize::MAX && !taken[row]) {
                    let strength = m[row][column].abs() / size[column].max(f64::MIN_POSITIVE);
                    if strength > best.0 {
                        best = (strength, row, column);
                    }
                }
            }
            let (_, row, column) = best;
            taken[row] = true;
            out[column] = (row, if m[row][column] < 0.0 { -1.0 } else { 1.0 });
        }
        out
    }

    /// The directions in which i, j and k grow: "RAS", "LPI"….
    pub fn axis_codes(&self) -> String {
        self.orientation()
            .into_iter()
            .map(|(axis, sign)| match (axis, sign < 0.0) {
                (0, false) => 'R',
                (0, true) => 'L',
                (1, false) => 'A',
                (1, true) => 'P',
                (_, false) => 'S',
                (_, true) => 'I',
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes_a_sheared_affine() {
        let a = Affine::from_rows([
            [-2.0, 0.3, 0.1, 90.0],
            [0.2, 2.5, -0.4, -126.0],
            [0.0, 0.6, 3.0, -72.0],
        ]);
        let back = a.inverse().unwrap().apply(a.apply([3.0, 5.0, 7.0]));
        for (got, want) in back.iter().zip([3.0, 5.0, 7.0]) {
            assert!((got - want).abs() < 1e-12);
        }
    }

    #[test]
    fn degenerate_and_nan_affines_have_no_inverse() {
        assert!(
            Affine::scale_translate([0.0, 1.0, 1.0], [0.0; 3])
                .inverse()
                .is_none()
        );
        assert!(
            Affine::scale_translate([f64::NAN, 1.0, 1.0], [0.0; 3])
                .inverse()
                .is_none()
        );
    }
}
