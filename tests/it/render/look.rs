//! How layers look: every threshold mode, interpolation, sign and gate drawn by both renderers, which
//! agree to one step of a byte.

use std::sync::Arc;

use gyrus::render::{
    ColourMap, Convention, Gate, Interpolation, LabelStyle, LayerDisplay, Pixels, Plane,
    RangeStart, Scene, SceneLayer, SideRange, Signs, SliceView, ThresholdMode, cpu,
};
use gyrus::volume::{Affine, Grid, MapKind, Volume, VolumeData};

use crate::support::adapter::adapter;
use crate::support::pictures::{Agreement, beyond};
use crate::support::shared::shared;

const SIGNS: [Signs; 3] = [Signs::Both, Signs::Positive, Signs::Negative];
const MODES: [ThresholdMode; 3] = [
    ThresholdMode::Hide,
    ThresholdMode::Fade,
    ThresholdMode::Outline,
];
const INTERPOLATIONS: [Interpolation; 3] = [
    Interpolation::Nearest,
    Interpolation::Linear,
    Interpolation::Cubic,
];

fn volume(name: &str, grid: Grid, data: VolumeData) -> Arc<Volume> {
    Arc::new(Volume {
        grid,
        data,
        kind: MapKind::Z,
        name: name.into(),
        frames: 1,
        frame: 0,
        hash: format!("look {name}"),
        warnings: Vec::new(),
        provenance: None,
    })
}

fn straight() -> Grid {
    Grid {
        shape: [31, 35, 27],
        affine: Affine::scale_translate([2.0; 3], [-30.0, -34.0, -26.0]),
    }
}

fn oblique() -> Grid {
    Grid {
        shape: [30, 29, 28],
        affine: Affine::from_rows([
            [1.7, -0.9, 0.3, -20.0],
            [0.8, 1.8, -0.5, -35.0],
            [0.1, 0.6, 2.1, -31.0],
        ]),
    }
}

/// Smooth in mm, both signs, asymmetric in every axis; with holes on request.
fn waves(name: &str, grid: Grid, holes: bool) -> Arc<Volume> {
    let values: Vec<f32> = (0..grid.len())
        .map(|n| {
            let [i, j, k] = grid.voxel(n);
            if holes && (i * 7 + j * 3 + k * 5) % 29 == 0 {
                return f32::NAN;
            }
            let [x, y, z] = grid.world([i, j, k]);
            let wave = (x / 17.0 + 0.4).sin() * (y / 23.0 - 0.2).cos() * (z / 19.0 + 0.3).cos();
            (4.5 * wave) as f32
        })
        .collect();
    volume(name, grid, VolumeData::Scalar(values.into()))
}

/// Lone voxels in an empty grid: what a wrong skip of empty bricks would lose.
fn spikes(grid: Grid) -> Arc<Volume> {
    let values: Vec<f32> = (0..grid.len())
        .map(|n| match n.wrapping_mul(2_654_435_761) >> 7 & 511 {
            hit @ 0..=5 => [1.02, -1.02, 3.0, -5.0, 1.5, 2.2][hit],
            _ => 0.0,
        })
        .collect();
    volume("spikes", grid, VolumeData::Scalar(values.into()))
}

fn display() -> LayerDisplay {
    LayerDisplay {
        threshold: 1.0,
        maximum: 4.0,
        ..LayerDisplay::default()
    }
}

fn scene(layers: Vec<SceneLayer>) -> Scene {
    Scene {
        underlay: None,
        layers,
        cut_mm: [0.0; 3],
        convention: Convention::Neurological,
        dark: false,
        crosshair: false,
    }
}

fn view(plane: Plane) -> SliceView {
    SliceView {
        plane,
        convention: Convention::Neurological,
        size_px: [131, 117],
        // No pixel's centre lies on a voxel's face, where rounding would decide.
        mm_per_px: 0.6137,
        centre_mm: [1.317, -2.143, 3.711],
    }
}

fn painted(pixels: &Pixels) -> usize {
    pixels.rgba.iter().filter(|p| p[..3] != [255; 3]).count()
}

/// Layers × signs × modes × interpolations × gates. Pixels where rounding decides between two sides of
/// an edge are counted; there are hardly any.
#[test]
fn every_look_is_the_same_on_gpu_and_cpu() {
    let Some(adapter) = adapter() else { return };
    let mut renderer = adapter.renderer();
    let maps = [
        waves("whole", straight(), false),
        waves("holes", oblique(), true),
        spikes(straight()),
    ];
    let gate = waves("gate", oblique(), true);
    // The sagittal view at this cut has hardly a negative value.
    let (mut agreement, mut plane) = (Agreement::default(), 0);
    for count in 1..=maps.len() {
        for signs in SIGNS {
            for mode in MODES {
                for interpolation in INTERPOLATIONS {
                    for gated in [false, true] {
                        let layers = maps[..count].iter().enumerate().map(|(n, map)| {
                            let display = LayerDisplay {
                                signs,
                                mode,
                                interpolation,
                                minimum: [RangeStart::Threshold, RangeStart::Zero][n % 2],
                                negative_range: (n == 1).then_some(SideRange {
                                    threshold: 0.7,
                                    minimum: RangeStart::Value(0.3),
                                    maximum: 3.0,
                                }),
                                opacity: [1.0, 0.6, 0.9][n],
                                positive: [
                                    ColourMap::WARM,
                                    ColourMap::RED_BLUE,
                                    ColourMap::VIRIDIS,
                                ][n],
                                negative: [
                                    ColourMap::INFERNO,
                                    ColourMap::RED_BLUE,
                                    ColourMap::COOL,
                                ][n],
                                ..display()
                            };
                            let gate = gated.then(|| Gate {
                                volume: gate.clone(),
                                thresholds: [0.8, 1.3],
                                signs: SIGNS[n],
                            });
                            SceneLayer {
                                volume: map.clone(),
                                display,
                                gate,
                            }
                        });
                        let scene = scene(layers.collect());
                        plane += 1;
                        let view = view(Plane::ALL[1 + plane % 2]);
                        let reference = cpu::draw_slice(&scene, &view);
                        let got = renderer.read(&scene, &view).unwrap();
                        let what = format!("{count} {signs:?} {mode:?} {interpolation:?} {gated}");
                        assert!(painted(&reference) > 200, "{what} is nearly empty");
                        // Every layer is rounded to bytes: where two are half transparent, two roundings meet.
                        let steps = if count == 1 { 1 } else { 2 };
                        let beyond = agreement.count(&reference, &got, steps);
                        assert!(beyond < 60, "{what}: {beyond} pixels differ");
                    }
                }
            }
        }
    }
    agreement.check();
}

/// Complaint 3: a negative colour map on any layer but the top one took its colours from another row.
#[test]
fn complaint_3_each_layer_paints_each_sign_in_its_own_colours() {
    let adapter = adapter();
    let pairs = [
        (ColourMap::WARM, ColourMap::COOL),
        (ColourMap::VIRIDIS, ColourMap::INFERNO),
        (ColourMap::RED_BLUE, ColourMap::RED_BLUE),
        (ColourMap::GREEN, ColourMap::TWILIGHT),
    ];
    let grid = Grid {
        shape: [40, 40, 3],
        affine: Affine::scale_translate([1.0; 3], [-19.5, -19.5, -1.0]),
    };
    // Layer n fills the nth band along y: negative on the left, positive on the right.
    let layers = pairs.iter().enumerate().map(|(n, &(positive, negative))| {
        let values: Vec<f32> = (0..grid.len())
            .map(|v| match grid.voxel(v) {
                [i, j, _] if j / 10 == n => [-2.5, 2.5][i / 20],
                _ => 0.0,
            })
            .collect();
        let map = volume(
            &format!("band {n}"),
            grid,
            VolumeData::Scalar(values.into()),
        );
        let interpolation = Interpolation::Nearest;
        SceneLayer::new(
            map,
            LayerDisplay {
                positive,
                negative,
                interpolation,
                ..display()
            },
        )
    });
    let scene = scene(layers.collect());
    let view = SliceView {
        size_px: [40, 40],
        mm_per_px: 1.0,
        centre_mm: [0.0; 3],
        ..view(Plane::Axial)
    };
    let mut pictures = vec![cpu::draw_slice(&scene, &view)];
    if let Some(adapter) = adapter {
        pictures.push(adapter.renderer().read(&scene, &view).unwrap());
    }
    for picture in pictures {
        for (n, (positive, negative)) in pairs.iter().enumerate() {
            // y grows upwards.
            let row = 39 - (10 * n as u32 + 5);
            for (column, map, is_negative) in [(5, negative, true), (35, positive, false)] {
                let got = picture.get(column, row).unwrap();
                let want = map.colour(is_negative, 0.5).to_array();
                let near = got.iter().zip(want).all(|(a, b)| a.abs_diff(b) <= 1);
                assert!(
                    near,
                    "layer {n}, negative {is_negative}: {got:?}, not {want:?}"
                );
            }
        }
    }
}

#[test]
fn another_map_decides_where_a_layer_is_shown() {
    let grid = straight();
    let ones = vec![0.5f32; grid.len()];
    let effect = volume("effect", grid, VolumeData::Scalar(ones.into()));
    // A statistic that passes on the right only, on a coarser, shifted grid.
    let coarse = Grid {
        shape: [9, 10, 8],
        affine: Affine::scale_translate([8.0; 3], [-32.0, -36.0, -28.0]),
    };
    let values: Vec<f32> = (0..coarse.len())
        .map(|n| {
            if coarse.world(coarse.voxel(n))[0] > 0.0 {
                4.0
            } else {
                2.0
            }
        })
        .collect();
    let statistic = volume("statistic", coarse, VolumeData::Scalar(values.into()));
    let test = LayerDisplay {
        threshold: 3.0,
        maximum: 8.0,
        ..display()
    };
    let mut layer = SceneLayer::new(
        effect,
        LayerDisplay {
            threshold: 3.0,
            ..display()
        },
    );
    let view = view(Plane::Axial);
    let share = |layer: &SceneLayer| {
        let picture = cpu::draw_slice(&scene(vec![layer.clone()]), &view);
        let mut halves = [0usize; 2];
        for (n, pixel) in picture.rgba.iter().enumerate() {
            if pixel[..3] != [255; 3] {
                halves[usize::from(n % 131 > 70)] += 1;
            }
        }
        halves
    };
    assert_eq!(share(&layer), [0, 0], "its own threshold hides it");
    layer.gate = Some(Gate::new(statistic, &test));
    let [left, right] = share(&layer);
    assert!(left < 400 && right > 4000, "{left} {right}");
    layer.display.mode = ThresholdMode::Fade;
    let [left, right] = share(&layer);
    assert!(
        left > 4000 && right > 4000,
        "faded, not hidden: {left} {right}"
    );
}

#[test]
fn outlined_labels_show_their_borders_alike_on_gpu_and_cpu() {
    let grid = oblique();
    let labels: Vec<u32> = (0..grid.len())
        .map(|n| {
            let [i, j, k] = grid.voxel(n);
            (i / 6 + 3 * (j / 7) + 11 * (k / 9)) as u32 % 300
        })
        .collect();
    let map = volume("labels", grid, VolumeData::Label(labels.into()));
    let filled = SceneLayer::new(map, display());
    let mut outlined = filled.clone();
    outlined.display.labels = LabelStyle::Outline;
    for plane in Plane::ALL {
        let view = view(plane);
        let whole = cpu::draw_slice(&scene(vec![filled.clone()]), &view);
        let borders = cpu::draw_slice(&scene(vec![outlined.clone()]), &view);
        assert!(painted(&borders) * 2 < painted(&whole) && painted(&borders) > 300);
        // A border has the colour of its region.
        for (border, fill) in borders.rgba.iter().zip(&whole.rgba) {
            assert!(border[..3] == [255; 3] || border == fill);
        }
        if let Some(adapter) = adapter() {
            let got = adapter
                .renderer()
                .read(&scene(vec![outlined.clone()]), &view)
                .unwrap();
            assert!(beyond(&borders, &got, 1) < 25);
        }
    }
}

#[test]
fn real_maps_keep_the_colours_and_thresholds_of_maps() {
    let Some(folder) = shared("maps") else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "gz") {
            let map = gyrus::volume::open(&path, &gyrus::progress::Progress::new()).unwrap();
            let display = gyrus::render::LayerDisplay::of(&map);
            let name = path.display();
            assert_eq!(display.positive, gyrus::render::ColourMap::WARM, "{name}");
            assert_eq!(display.threshold, map.default_threshold(), "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 5);
}
