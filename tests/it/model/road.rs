//! One lopsided map along the whole road: file → volume → pixels → region name → decoding.

use std::path::Path;
use std::sync::Arc;

use gyrus::atlas::RegionAtlas;
use gyrus::progress::Progress;
use gyrus::render::{Convention, LayerDisplay, Plane, Scene, SceneLayer, SliceView, cpu};
use gyrus::volume::{self, Affine, Grid, MapKind, Strongest, Volume, write_nifti};

use crate::support::models::read;

/// Left hand knob of the motor cortex.
const BLOB_MM: [f64; 3] = [-38.0, -22.0, 56.0];
/// Spread of the blob.
const SIGMA_MM: f64 = 8.0;

/// A blob at `BLOB_MM` (or at its mirror image) on a grid whose x axis grows to the right (`dx` > 0)
/// or to the left, written to a file and read back.
fn through_a_file(folder: &Path, dx: f64, mirrored: bool) -> Volume {
    let shape = [61, 73, 61];
    let grid = Grid {
        shape,
        affine: Affine::scale_translate([dx, 3.0, 3.0], [-30.0 * dx, -126.0, -72.0]),
    };
    let side = if mirrored { -1.0 } else { 1.0 };
    let values: Vec<f32> = (0..grid.len())
        .map(|index| {
            let at = grid.world(grid.voxel(index));
            let centre = [side * BLOB_MM[0], BLOB_MM[1], BLOB_MM[2]];
            let squared: f64 = at.iter().zip(centre).map(|(a, c)| (a - c).powi(2)).sum();
            (8.0 * (-squared / (2.0 * SIGMA_MM * SIGMA_MM)).exp()) as f32
        })
        .collect();
    let map = Volume::derived(grid, values.into(), MapKind::Z, "blob").unwrap();
    let path = folder.join(format!("blob {dx} {mirrored} zmap.nii.gz"));
    write_nifti(&map, &path).unwrap();
    volume::open(&path, &Progress::new()).unwrap()
}

/// Drawn pixels in the left and right half of an axial slice through the blob.
fn halves(map: &Arc<Volume>, convention: Convention) -> [usize; 2] {
    let scene = Scene {
        underlay: None,
        layers: vec![SceneLayer::new(Arc::clone(map), LayerDisplay::of(map))],
        cut_mm: BLOB_MM,
        convention,
        dark: true,
        crosshair: false,
    };
    let view = SliceView {
        plane: Plane::Axial,
        convention,
        size_px: [200, 240],
        mm_per_px: 1.0,
        centre_mm: [0.0, -18.0, BLOB_MM[2]],
    };
    let drawn = cpu::draw_slice(&scene, &view);
    let mut counts = [0; 2];
    for y in 0..240 {
        for x in 0..200 {
            let [r, g, b, _] = drawn.get(x, y).unwrap();
            counts[usize::from(x >= 100)] += usize::from(r.max(g).max(b) > 60);
        }
    }
    counts
}

#[test]
fn left_stays_left_from_the_file_to_the_meaning() {
    let folder = tempfile::tempdir().unwrap();
    let atlas = RegionAtlas::embedded().unwrap();
    let mut decodings = Vec::new();
    for dx in [3.0, -3.0] {
        let map = Arc::new(through_a_file(folder.path(), dx, false));
        let peak = Strongest::of(&map).positive.unwrap();
        assert!(
            peak.iter().zip(BLOB_MM).all(|(a, b)| (a - b).abs() <= 2.0),
            "{peak:?}"
        );
        let region = atlas.name_at(peak).unwrap().name;
        assert!(region.starts_with("Left "), "{region}");

        let [left, right] = halves(&map, Convention::Neurological);
        assert!(
            left > 100 && right == 0,
            "neurological: {left} left, {right} right"
        );
        let [left, right] = halves(&map, Convention::Radiological);
        assert!(
            right > 100 && left == 0,
            "radiological: {left} left, {right} right"
        );
        decodings.push(read(&map));
    }
    // How the file is stored changes nothing …
    let [plain, flipped] = decodings.as_slice() else {
        unreachable!("two were pushed")
    };
    for task in &plain.tasks {
        let other = flipped.tasks.iter().find(|t| t.id == task.id).unwrap();
        assert!(
            (task.similarity - other.similarity).abs() < 1e-3,
            "{}",
            task.name
        );
    }
    // … the side of the brain does.
    let mirror = through_a_file(folder.path(), 3.0, true);
    assert!(
        atlas
            .name_at(Strongest::of(&mirror).positive.unwrap())
            .unwrap()
            .name
            .starts_with("Right ")
    );
    let mirrored = read(&mirror);
    let moved = plain
        .tasks
        .iter()
        .map(|task| {
            let other = mirrored.tasks.iter().find(|t| t.id == task.id).unwrap();
            (task.similarity - other.similarity).abs()
        })
        .fold(0.0, f32::max);
    assert!(moved > 0.02, "the mirror image reads the same: {moved}");
}
