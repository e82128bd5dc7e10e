//! The glass brain: the largest value of every layer along the normal, inside the outline of the head.
//!
//! Projected once a volume on the processor and remembered; a changed threshold or colour only shades
//! the projection anew.

use std::sync::Arc;

use rayon::prelude::*;

use super::colour::CanvasColours;
use super::content::{self, Memo, VolumeId};
use super::cpu::Pixels;
use super::geometry::{Bounds, SliceView};
use super::look::{Gate, Look, Signs};
use super::sample;
use super::scene::{Plane, Scene};
use super::shade::{self, Contour, Premultiplied, Tested};
use crate::volume::{Affine, Volume, VolumeData};

/// A field over a plane of RAS mm: u along the plane's across axis, v along its up axis.
#[derive(Debug, Clone)]
struct Field {
    /// Samples along u and v.
    size: [usize; 2],
    /// mm of sample (0, 0).
    origin: [f64; 2],
    /// mm between samples.
    step: f64,
    values: Arc<[f32]>,
}

/// A bilinear sample of a field.
#[derive(Debug, Clone, Copy, Default)]
struct Spot {
    value: f32,
    /// Length of the gradient, per mm.
    slope: f32,
    /// Largest magnitude of the four neighbours.
    most: f32,
}

impl Field {
    /// Bilinear value, slope and neighbours at a position in mm; 0 outside.
    fn at(&self, u: f64, v: f64) -> Spot {
        let x = (u - self.origin[0]) / self.step;
        let y = (v - self.origin[1]) / self.step;
        let [width, height] = self.size;
        // NaN fails the comparison too.
        if !(x > -1.0 && y > -1.0 && x < width as f64 && y < height as f64) {
            return Spot::default();
        }
        let (bx, by) = (x.floor(), y.floor());
        let (px, py) = ((x - bx) as f32, (y - by) as f32);
        let get = |i: i64, j: i64| {
            let inside = i >= 0 && j >= 0 && i < width as i64 && j < height as i64;
            if inside {
                self.values[i as usize + width * j as usize]
            } else {
                0.0
            }
        };
        let (i, j) = (bx as i64, by as i64);
        let [a, b, c, d] = [get(i, j), get(i + 1, j), get(i, j + 1), get(i + 1, j + 1)];
        let most = a.abs().max(b.abs()).max(c.abs()).max(d.abs());
        if most == 0.0 {
            return Spot::default();
        }
        let (low, high) = (a + (b - a) * px, c + (d - c) * px);
        let du = (b - a) * (1.0 - py) + (d - c) * py;
        Spot {
            value: low + (high - low) * py,
            slope: du.hypot(high - low) / self.step as f32,
            most,
        }
    }
}

/// Largest positive and most negative value along every ray.
#[derive(Debug, Clone)]
struct Projection {
    highest: Field,
    lowest: Field,
}

/// The picture of a glass view: outline of the underlay, projections of the scalar layers.
pub fn draw(scene: &Scene, view: &SliceView) -> Pixels {
    let colours = CanvasColours::new(scene.dark);
    let mut pixels = Pixels::filled(view.size_px, colours.background);
    let outline = scene
        .underlay
        .as_deref()
        .and_then(|volume| silhouette(volume, view.plane));
    let layers: Vec<_> = scene
        .layers
        .iter()
        .filter(|l| l.display.visible)
        .filter_map(|l| {
            let look = Look::of_projection(&l.display, l.gate.is_some(), view.mm_per_px);
            Some((projection(&l.volume, l.gate.as_ref(), view.plane)?, look))
        })
        .collect();
    let (across, up) = (view.plane.across_axis(), view.plane.up_axis());
    let channels = |c: eframe::egui::Color32, alpha: f32| {
        let [r, g, b, _] = c.to_array().map(|v| f32::from(v) / 255.0 * alpha);
        [r, g, b, alpha]
    };
    let mm_per_px = view.mm_per_px as f32;
    pixels
        .rgba
        .par_chunks_exact_mut(view.size_px[0].max(1) as usize)
        .enumerate()
        .for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate() {
                let mm = view.mm_of_px([x as f64 + 0.5, y as f64 + 0.5]);
                let (u, v) = (mm[across], mm[up]);
                let head = outline
                    .as_ref()
                    .map_or(Spot::default(), |field| field.at(u, v));
                // Distance from the outline in pixels, positive inside.
                let edge = (head.value - 0.5) / (head.slope * mm_per_px).max(1e-4);
                if edge > -0.5 {
                    shade::blend(pixel, channels(colours.glass, (edge + 0.5).min(1.0)));
                }
                for (projection, look) in &layers {
                    let spots = [projection.highest.at(u, v), projection.lowest.at(u, v)];
                    // Of both signs the stronger one lies on top.
                    let order = if spots[0].value >= -spots[1].value {
                        [1, 0]
                    } else {
                        [0, 1]
                    };
                    for n in order {
                        if let Some(colour) = on_contour(spots[n], mm_per_px, look) {
                            shade::blend(pixel, colour);
                        }
                    }
                }
                let line = (1.2 - edge.abs()).min(1.0);
                if line > 0.0 {
                    shade::blend(pixel, channels(colours.glass_line, line));
                }
            }
        });
    pixels
}

/// The shade of a projected value, its contour as in a slice.
fn on_contour(
    Spot { value, slope, most }: Spot,
    mm_per_px: f32,
    look: &Look,
) -> Option<Premultiplied> {
    if most == 0.0 || most < look.lowest {
        return None;
    }
    let contour = Contour::Slope(slope * mm_per_px);
    shade::fragment(look, value, Tested { value, contour })
}

/// A grid of rays through a volume's content, and the depths along them.
struct Rays {
    bounds: Bounds,
    plane: Plane,
    step: f64,
    size: [usize; 2],
    depth: usize,
}

impl Rays {
    fn new(volume: &Volume, plane: Plane, step: f64) -> Option<Self> {
        let bounds = content::content_bounds(volume)?;
        let size = bounds.size();
        // At most 512 samples along an edge, whatever the affine claims.
        let longest = size.iter().copied().fold(0.0, f64::max);
        let step = step.max(longest / 512.0);
        let count = |axis: usize| (size[axis] / step).ceil() as usize + 3;
        Some(Self {
            bounds,
            plane,
            step,
            size: [count(plane.across_axis()), count(plane.up_axis())],
            depth: count(plane.normal_axis()),
        })
    }

    fn origin(&self) -> [f64; 2] {
        let low = self.bounds.low;
        [
            low[self.plane.across_axis()] - 0.5 * self.step,
            low[self.plane.up_axis()] - 0.5 * self.step,
        ]
    }

    /// mm of a depth sample along ray (i, j).
    fn mm(&self, i: usize, j: usize, depth: usize) -> [f64; 3] {
        let origin = self.origin();
        let mut mm = [0.0; 3];
        mm[self.plane.across_axis()] = origin[0] + i as f64 * self.step;
        mm[self.plane.up_axis()] = origin[1] + j as f64 * self.step;
        let axis = self.plane.normal_axis();
        mm[axis] = self.bounds.low[axis] + (depth as f64 - 0.5) * self.step;
        mm
    }

    fn field(&self, values: Vec<f32>) -> Field {
        Field {
            size: self.size,
            origin: self.origin(),
            step: self.step,
            values: values.into(),
        }
    }

    /// Calls `ray(start voxel, voxel step)` for every ray, rows in parallel.
    fn cast<T: Send>(
        &self,
        to_voxel: &crate::volume::Affine,
        ray: impl Fn([f64; 3], [f64; 3]) -> T + Sync,
    ) -> Vec<T> {
        let mut along = [0.0; 3];
        along[self.plane.normal_axis()] = self.step;
        let step = to_voxel.apply_vector(along);
        (0..self.size[0] * self.size[1])
            .into_par_iter()
            .with_min_len(self.size[0])
            .map(|n| {
                let start = to_voxel.apply(self.mm(n % self.size[0], n / self.size[0], 0));
                ray(start, step)
            })
            .collect()
    }
}

/// Which values of another map let a ray's value count.
type GateKey = Option<(VolumeId, [u32; 2], Signs)>;

fn projection(volume: &Volume, gate: Option<&Gate>, plane: Plane) -> Option<Projection> {
    static MEMO: Memo<Option<Projection>, (VolumeId, Plane, GateKey)> = Memo::new(32);
    let gate_key = gate.map(|gate| {
        let thresholds = gate.thresholds.map(f32::to_bits);
        (VolumeId::of(&gate.volume), thresholds, gate.signs)
    });
    MEMO.get((VolumeId::of(volume), plane, gate_key), || {
        let VolumeData::Scalar(values) = &volume.data else {
            return None;
        };
        let to_voxel = volume.grid.affine.inverse()?;
        let finest = volume
            .grid
            .affine
            .voxel_sizes_mm()
            .into_iter()
            .fold(f64::INFINITY, f64::min);
        let rays = Rays::new(volume, plane, finest.max(1.5))?;
        let shape = volume.grid.shape;
        let passes = match gate {
            Some(gate) => Some(passes(gate, &volume.grid.affine)?),
            None => None,
        };
        let extremes = rays.cast(&to_voxel, |start, step| {
            let (mut high, mut low) = (0.0f32, 0.0f32);
            for n in 0..rays.depth {
                let voxel: [f32; 3] =
                    std::array::from_fn(|a| (start[a] + n as f64 * step[a]) as f32);
                if let Some(sample) = sample::trilinear(values, shape, voxel)
                    && passes.as_ref().is_none_or(|passes| passes(voxel))
                {
                    high = high.max(sample.value);
                    low = low.min(sample.value);
                }
            }
            (high, low)
        });
        Some(Projection {
            highest: rays.field(extremes.iter().map(|e| e.0).collect()),
            lowest: rays.field(extremes.iter().map(|e| e.1).collect()),
        })
    })
}

/// Whether a gate passes at a voxel coordinate of a map with this affine; `None` for a gate that has no
/// values.
fn passes<'a>(gate: &'a Gate, affine: &Affine) -> Option<impl Fn([f32; 3]) -> bool + Sync + 'a> {
    let Gate {
        volume,
        thresholds,
        signs,
    } = gate;
    let VolumeData::Scalar(values) = &volume.data else {
        return None;
    };
    content::content_box(volume)?;
    let to_gate = volume.grid.affine.inverse()?.then_after(affine);
    Some(move |voxel: [f32; 3]| {
        let there = to_gate.apply(voxel.map(f64::from)).map(|v| v as f32);
        sample::trilinear(values, volume.grid.shape, there).is_some_and(|sample| {
            let negative = sample.value < 0.0;
            signs.shows(negative) && sample.value.abs() >= thresholds[usize::from(negative)]
        })
    })
}

/// Smoothed coverage of the anatomy seen along the normal: 0.5 is the outline.
fn silhouette(volume: &Volume, plane: Plane) -> Option<Field> {
    static MEMO: Memo<Option<Field>, (VolumeId, Plane)> = Memo::new(8);
    MEMO.get((VolumeId::of(volume), plane), || {
        let VolumeData::Scalar(values) = &volume.data else {
            return None;
        };
        let to_voxel = volume.grid.affine.inverse()?;
        let rays = Rays::new(volume, plane, 1.5)?;
        let shape = volume.grid.shape;
        let covered = rays.cast(&to_voxel, |start, step| {
            // From the middle outwards: rays through the head end at once.
            let middle = rays.depth / 2;
            let hit = (0..rays.depth).any(|n| {
                let depth = if n % 2 == 0 {
                    middle + n / 2
                } else {
                    middle - n.div_ceil(2)
                };
                let voxel = std::array::from_fn(|a| (start[a] + depth as f64 * step[a]) as f32);
                sample::nearest(shape, voxel).is_some_and(|index| values[index] > 0.0)
            });
            f32::from(u8::from(hit))
        });
        let mut smooth = covered;
        for _ in 0..3 {
            smooth = blur(&smooth, rays.size);
        }
        Some(rays.field(smooth))
    })
}

/// Binomial 1-2-1 along both directions; samples beyond the edge count as 0.
fn blur(values: &[f32], [width, height]: [usize; 2]) -> Vec<f32> {
    let at = |i: i64, j: i64| {
        let inside = i >= 0 && j >= 0 && i < width as i64 && j < height as i64;
        if inside {
            values[i as usize + width * j as usize]
        } else {
            0.0
        }
    };
    let line = |i: i64, j: i64| at(i - 1, j) + 2.0 * at(i, j) + at(i + 1, j);
    (0..values.len())
        .map(|n| {
            let (i, j) = ((n % width) as i64, (n / width) as i64);
            (line(i, j - 1) + 2.0 * line(i, j) + line(i, j + 1)) / 16.0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::volume;

    #[test]
    fn a_projection_keeps_the_extremes_of_both_signs() {
        let mut values = vec![0.0f32; 21 * 21 * 21];
        let index = |i: usize, j: usize, k: usize| i + 21 * (j + 21 * k);
        for k in 4..9 {
            values[index(5, 10, k)] = 6.0;
            values[index(15, 10, k)] = -4.0;
        }
        let map = volume([21, 21, 21], 2.0, values);
        let projection = projection(&map, None, Plane::Axial).unwrap();
        // Voxel 5 lies at x = -10 mm, voxel 15 at +10 mm.
        assert!((projection.highest.at(-10.0, 0.0).value - 6.0).abs() < 0.5);
        assert!((projection.lowest.at(10.0, 0.0).value + 4.0).abs() < 0.5);
        assert_eq!(projection.highest.at(10.0, 0.0).value, 0.0);
        assert_eq!(projection.highest.at(500.0, 0.0).value, 0.0);
    }

    #[test]
    fn the_outline_follows_the_head() {
        let head = volume([21, 21, 21], 4.0, vec![9.0; 21 * 21 * 21]);
        let field = silhouette(&head, Plane::Axial).unwrap();
        assert!(field.at(0.0, 0.0).value > 0.99 && field.at(60.0, 0.0).value < 0.01);
        assert!(
            (field.at(42.0, 0.0).value - 0.5).abs() < 0.2,
            "{}",
            field.at(42.0, 0.0).value
        );
    }

    #[test]
    fn a_gate_lets_only_the_values_count_where_it_passes() {
        let shape = [21, 21, 21];
        let map = volume(shape, 2.0, vec![1.0; 9261]);
        let values = (0..9261).map(|n| if n % 21 > 10 { 4.0 } else { 2.0 });
        let test = volume(shape, 2.0, values.collect());
        let gate = Gate {
            volume: Arc::new(test),
            thresholds: [3.0; 2],
            signs: Signs::Both,
        };
        let whole = projection(&map, None, Plane::Axial).unwrap();
        let gated = projection(&map, Some(&gate), Plane::Axial).unwrap();
        assert_eq!(whole.highest.at(-10.0, 0.0).value, 1.0);
        assert_eq!(gated.highest.at(-10.0, 0.0).value, 0.0);
        assert_eq!(gated.highest.at(10.0, 0.0).value, 1.0);
    }
}
