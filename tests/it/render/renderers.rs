//! The renderers against each other and against the world: GPU = CPU, left is left, a picture of the
//! demo map.

use std::sync::Arc;

use gyrus::progress::Progress;
use gyrus::render::export::{self, Backend, Figure};
use gyrus::render::{
    ColourMap, Convention, GlassPictures, LayerDisplay, Pixels, Plane, Scene, SceneLayer, Signs,
    SliceView, cpu, gpu, layout,
};
use gyrus::space;
use gyrus::volume::{Affine, Grid, MapKind, Volume, VolumeData};

use crate::support::adapter::adapter;
use crate::support::pictures::{Agreement, beyond};

fn volume(name: &str, grid: Grid, data: VolumeData) -> Volume {
    Volume {
        grid,
        data,
        kind: MapKind::Z,
        name: name.into(),
        frames: 1,
        frame: 0,
        hash: format!("test {name}"),
        warnings: Vec::new(),
        provenance: None,
    }
}

fn display(signs: Signs, opacity: f32) -> LayerDisplay {
    LayerDisplay {
        threshold: 1.0,
        maximum: 4.0,
        signs,
        opacity,
        positive: ColourMap::WARM,
        negative: ColourMap::VIRIDIS,
        ..Default::default()
    }
}

/// Smooth in mm, both signs, asymmetric in every axis.
fn wave(mm: [f64; 3]) -> f32 {
    let [x, y, z] = mm;
    (4.5 * (x / 17.0 + 0.4).sin() * (y / 23.0 - 0.2).cos() * (z / 19.0 + 0.3).cos()) as f32
}

fn waves(name: &str, grid: Grid, holes: bool) -> Volume {
    let values: Vec<f32> = (0..grid.len())
        .map(|n| match grid.voxel(n) {
            [i, j, k] if holes && (i * 7 + j * 3 + k * 5) % 29 == 0 => {
                [f32::NAN, f32::INFINITY][(i + j + k) % 2]
            }
            voxel => wave(grid.world(voxel)),
        })
        .collect();
    volume(name, grid, VolumeData::Scalar(values.into()))
}

fn grids() -> Vec<(&'static str, Grid)> {
    let straight = Affine::scale_translate([2.0, 2.0, 2.0], [-30.0, -34.0, -26.0]);
    let flipped = Affine::scale_translate([-3.0, 2.5, 2.0], [31.0, -33.0, -25.0]);
    let oblique = Affine::from_rows([
        [1.7, -0.9, 0.3, -20.0],
        [0.8, 1.8, -0.5, -35.0],
        [0.1, 0.6, 2.1, -31.0],
    ]);
    let permuted_sheared = Affine::from_rows([
        [0.0, 0.4, 2.2, -31.0],
        [-2.0, 0.0, 0.3, 30.0],
        [0.5, 2.4, 0.0, -33.0],
    ]);
    vec![
        (
            "straight",
            Grid {
                shape: [31, 35, 27],
                affine: straight,
            },
        ),
        (
            "flipped",
            Grid {
                shape: [21, 27, 26],
                affine: flipped,
            },
        ),
        (
            "oblique",
            Grid {
                shape: [30, 29, 28],
                affine: oblique,
            },
        ),
        (
            "sheared",
            Grid {
                shape: [29, 28, 27],
                affine: permuted_sheared,
            },
        ),
    ]
}

fn view(plane: Plane, convention: Convention, centre_mm: [f64; 3]) -> SliceView {
    SliceView {
        plane,
        convention,
        size_px: [173, 141],
        mm_per_px: 0.53,
        centre_mm,
    }
}

fn scene(layers: Vec<SceneLayer>, convention: Convention) -> Scene {
    Scene {
        underlay: None,
        layers,
        cut_mm: [0.0; 3],
        convention,
        dark: true,
        crosshair: false,
    }
}

/// Not black.
fn drawn(pixels: &Pixels) -> usize {
    pixels.rgba.iter().filter(|p| p[..3] != [0, 0, 0]).count()
}

/// Several layers × signs × conventions × planes × affines: the shaders and the reference agree to one
/// step of a byte, but for pixels that lie on a threshold, a hole's edge or the border, where rounding
/// decides. Those are counted.
#[test]
fn gpu_and_cpu_draw_the_same_slices() {
    let Some(adapter) = adapter() else { return };
    let mut renderer = adapter.renderer();
    let mut agreement = Agreement::default();
    let grids = grids();
    for (n, (name, grid)) in grids.iter().enumerate() {
        let bottom = Arc::new(waves(&format!("{name} whole"), *grid, false));
        let (other, other_grid) = &grids[(n + 1) % grids.len()];
        let top = Arc::new(waves(&format!("{other} with holes"), *other_grid, true));
        for signs in [Signs::Both, Signs::Positive, Signs::Negative] {
            for convention in [Convention::Neurological, Convention::Radiological] {
                let layers = vec![
                    SceneLayer::new(bottom.clone(), display(Signs::Both, 1.0)),
                    SceneLayer::new(top.clone(), display(signs, 0.6)),
                ];
                let scene = scene(layers, convention);
                for plane in Plane::ALL {
                    let view = view(plane, convention, [1.3, -2.1, 3.7]);
                    let reference = cpu::draw_slice(&scene, &view);
                    let got = renderer.read(&scene, &view).unwrap();
                    assert!(drawn(&reference) > 2000, "{name} {plane:?} is nearly empty");
                    agreement.count(&reference, &got, 1);
                }
            }
        }
    }
    agreement.check();
}

#[test]
fn gpu_and_cpu_draw_the_same_labels_pictures_and_anatomy() {
    let Some(adapter) = adapter() else { return };
    let mut renderer = adapter.renderer();
    for (name, grid) in grids() {
        let labels: Vec<u32> = (0..grid.len())
            .map(|n| {
                let [i, j, k] = grid.voxel(n);
                (i / 4 + 3 * (j / 5) + 11 * (k / 4)) as u32 % 300
            })
            .collect();
        let colours: Vec<[u8; 4]> = (0..grid.len())
            .map(|n| {
                let [i, j, k] = grid.voxel(n);
                [
                    (i * 8) as u8,
                    (j * 7) as u8,
                    (k * 9) as u8,
                    if i % 3 == 0 { 80 } else { 255 },
                ]
            })
            .collect();
        let head = volume(&format!("{name} head"), grid, {
            let values: Vec<f32> = (0..grid.len())
                .map(|n| {
                    let mm = grid.world(grid.voxel(n));
                    let inside = mm.iter().map(|c| c * c).sum::<f64>() < 26.0 * 26.0;
                    if inside { 100.0 + 20.0 * wave(mm) } else { 0.0 }
                })
                .collect();
            VolumeData::Scalar(values.into())
        });
        let layer = |data, what: &str, opacity| {
            let volume = volume(&format!("{name} {what}"), grid, data);
            SceneLayer::new(Arc::new(volume), display(Signs::Both, opacity))
        };
        let scenes = [
            Scene {
                layers: vec![layer(VolumeData::Label(labels.into()), "labels", 0.8)],
                ..scene(vec![], Convention::Neurological)
            },
            Scene {
                layers: vec![layer(VolumeData::Rgba(colours.into()), "colours", 1.0)],
                ..scene(vec![], Convention::Neurological)
            },
            Scene {
                underlay: Some(Arc::new(head)),
                dark: false,
                ..scene(vec![], Convention::Radiological)
            },
        ];
        for (which, scene) in scenes.iter().enumerate() {
            for plane in Plane::ALL {
                let view = view(plane, scene.convention, [0.4, 1.9, -2.2]);
                let reference = cpu::draw_slice(scene, &view);
                let got = renderer.read(scene, &view).unwrap();
                // The sampler of the underlay weighs with 8 bits of fraction.
                let allowed = if which == 2 { 2 } else { 1 };
                let beyond = beyond(&reference, &got, allowed);
                assert!(drawn(&reference) > 2000);
                assert!(
                    beyond < 25,
                    "{name}, scene {which}, {plane:?}: {beyond} pixels differ"
                );
            }
        }
    }
}

/// A blob in the left hemisphere only, drawn by both renderers in both conventions, on grids stored
/// from left to right and from right to left: it lies on the side that carries the letter L.
#[test]
fn the_left_hemisphere_is_on_the_side_labelled_left() {
    let adapter = adapter();
    for flip in [1.0, -1.0] {
        let grid = Grid {
            shape: [61, 73, 61],
            affine: Affine::scale_translate([3.0 * flip, 3.0, 3.0], [-90.0 * flip, -126.0, -72.0]),
        };
        let values: Vec<f32> = (0..grid.len())
            .map(|n| {
                let [x, y, z] = grid.world(grid.voxel(n));
                let square = (x + 40.0).powi(2) + (y + 20.0).powi(2) + (z - 30.0).powi(2);
                (9.0 * (-square / 150.0).exp()) as f32
            })
            .collect();
        let map = Arc::new(volume(
            &format!("left {flip}"),
            grid,
            VolumeData::Scalar(values.into()),
        ));
        for convention in [Convention::Neurological, Convention::Radiological] {
            let mut scene = scene(
                vec![SceneLayer::new(map.clone(), display(Signs::Both, 1.0))],
                convention,
            );
            scene.cut_mm = [-40.0, -20.0, 30.0];
            let mut pictures = vec![(
                "cpu",
                export::pixels(&scene, [900, 700], Backend::Cpu).unwrap(),
            )];
            if adapter.is_some() {
                let picture = export::pixels(&scene, [900, 700], Backend::Gpu).unwrap();
                pictures.push(("gpu", picture));
            }
            let list = Figure::of(&scene, [900, 700]).list();
            for (who, picture) in pictures {
                for view in list
                    .views
                    .iter()
                    .filter(|v| v.slice.plane != Plane::Sagittal)
                {
                    let (mut left_half, mut right_half) = (0, 0);
                    let middle = view.point_of([0.0, -20.0, 30.0]).x as u32;
                    for y in view.cell.min.y as u32 + 40..view.cell.max.y as u32 - 80 {
                        for x in view.cell.min.x as u32..view.cell.max.x as u32 {
                            let [r, _, b, _] = picture.get(x, y).unwrap();
                            if r > 150 && b < 150 {
                                *if x < middle {
                                    &mut left_half
                                } else {
                                    &mut right_half
                                } += 1;
                            }
                        }
                    }
                    let letters: Vec<_> = list
                        .texts()
                        .filter(|t| view.cell.contains(t.anchor) && t.content() == "L")
                        .collect();
                    assert_eq!(letters.len(), 1);
                    let letter_left = (letters[0].anchor.x as u32) < middle;
                    let blob_left = left_half > 10 * right_half.max(1);
                    let blob_right = right_half > 10 * left_half.max(1);
                    assert!(
                        if letter_left { blob_left } else { blob_right },
                        "{who} {convention:?} {:?} {:?}: {left_half} left, {right_half} right",
                        view.kind,
                        view.slice.plane
                    );
                    assert_eq!(letter_left, convention == Convention::Neurological);
                }
            }
        }
    }
}

#[test]
fn the_demo_map_becomes_a_picture_with_brain_and_colours() {
    let progress = Progress::new();
    let demo = Arc::new(space::demo_map(&progress).unwrap());
    let scene = Scene::of(Some(space::template_t1().unwrap()), vec![demo], true);
    let picture = export::pixels(&scene, [1280, 800], Backend::Cpu).unwrap();
    let count = |test: fn([u8; 4]) -> bool| picture.rgba.iter().filter(|p| test(**p)).count();
    assert!(
        count(|[r, g, b, _]| r == g && g == b && r > 60) > 60_000,
        "anatomy"
    );
    assert!(count(|[r, _, b, _]| r > 180 && b < 110) > 1_000, "warm");
    assert!(count(|[r, _, b, _]| b > 180 && r < 110) > 1_000, "cool");
    if let Some(adapter) = adapter() {
        let from_gpu = export::pixels(&scene, [1280, 800], Backend::Gpu).unwrap();
        let beyond = beyond(&picture, &from_gpu, 2);
        assert!(beyond < 400, "{beyond} pixels differ on {}", adapter.name);
    }
    let png = export::encode(&picture).unwrap();
    let decoded = image::load_from_memory(&png).unwrap().to_rgba8();
    assert_eq!(decoded.dimensions(), (1280, 800));
    assert!(decoded.pixels().zip(&picture.rgba).all(|(a, b)| a.0 == *b));
}

#[test]
fn an_impossible_picture_is_refused_and_leaves_no_file() {
    let scene = scene(vec![], Convention::Neurological);
    for size in [[0, 0], [63, 800], [1280, 20_000]] {
        assert!(export::png(&scene, size, Backend::Cpu).is_err());
    }
    let folder = tempfile::tempdir().unwrap();
    let inside_nothing = folder.path().join("no such folder/out.png");
    assert!(export::write_png(&scene, [64, 64], Backend::Cpu, &inside_nothing).is_err());
    let out = folder.path().join("out.png");
    export::write_png(&scene, [64, 64], Backend::Cpu, &out).unwrap();
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["out.png"]);
}

/// Not a test of anything: writes the pictures people look at. `GYRUS_PICTURES=folder` turns it on.
#[test]
fn pictures_to_look_at() {
    let Some(folder) = std::env::var_os("GYRUS_PICTURES").map(std::path::PathBuf::from) else {
        return;
    };
    let progress = Progress::new();
    let underlay = space::template_t1().unwrap();
    let mut maps = vec![("demo", space::demo_map(&progress).unwrap())];
    if let Some(path) = crate::support::shared::shared("maps") {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if let Ok(map) = gyrus::volume::open(&path, &progress) {
                maps.push((Box::leak(map.name.clone().into_boxed_str()), map));
            }
        }
    }
    for (name, map) in maps {
        let map = Arc::new(map);
        for (dark, theme) in [(true, "dark"), (false, "light")] {
            let scene = Scene::of(Some(underlay.clone()), vec![map.clone()], dark);
            let path = folder.join(format!("{name}-{theme}.png"));
            export::write_png(&scene, [1280, 800], Backend::Auto, &path).unwrap();
        }
    }
}

/// A window with nothing but a canvas.
struct CanvasOnly {
    scene: Scene,
    slices: gpu::WindowSlices,
    glass: GlassPictures,
    state: eframe::egui_wgpu::RenderState,
}

impl eframe::App for CanvasOnly {
    fn ui(&mut self, ui: &mut eframe::egui::Ui, _: &mut eframe::Frame) {
        let rect = ui.max_rect();
        let figure = Figure::of(&self.scene, [rect.width() as u32, rect.height() as u32]);
        let ppp = ui.pixels_per_point();
        let list = layout(&self.scene, &figure.cells, rect, ppp, &figure.options);
        let mut textures = self
            .slices
            .prepare(&self.state, &self.scene, &list)
            .unwrap();
        self.glass
            .prepare(ui.ctx(), &self.scene, &list, &mut textures);
        gyrus::render::paint(&list, ui.painter(), &textures);
    }
}

/// What the window shows and what is exported at the same size are one picture: slices, glass brain,
/// lines, letters, colour bar; and it stays so when the scene changes and when the window does.
#[test]
fn an_exported_picture_is_what_is_on_screen() {
    if adapter().is_none() {
        return;
    }
    let progress = Progress::new();
    let demo = Arc::new(space::demo_map(&progress).unwrap());
    let scene = Scene::of(Some(space::template_t1().unwrap()), vec![demo], true);
    let first = scene.clone();
    let mut harness = egui_kittest::Harness::builder()
        .with_size(eframe::egui::vec2(700.0, 560.0))
        .with_pixels_per_point(1.0)
        .wgpu()
        .build_eframe(move |cc| {
            cc.egui_ctx.set_fonts(gyrus::render::font_definitions());
            CanvasOnly {
                scene: first,
                slices: gpu::WindowSlices::on_adapter(),
                glass: GlassPictures::default(),
                state: cc
                    .wgpu_render_state
                    .clone()
                    .expect("the harness draws with wgpu"),
            }
        });
    let mut moved = scene.clone();
    moved.cut_mm = [12.0, -60.0, 8.0];
    moved.dark = false;
    moved.convention = Convention::Radiological;
    moved.layers[0].display.threshold = 5.0;
    for (scene, size) in [
        (&scene, [700, 560]),
        (&moved, [700, 560]),
        (&moved, [520, 600]),
    ] {
        harness.state_mut().scene = scene.clone();
        harness.set_size(eframe::egui::vec2(size[0] as f32, size[1] as f32));
        harness.run_steps(3);
        while harness.state().glass.is_busy() {
            std::thread::sleep(std::time::Duration::from_millis(2));
            harness.run_steps(1);
        }
        let shot = harness.render().unwrap();
        let on_screen = Pixels {
            size: [shot.width(), shot.height()],
            rgba: shot.pixels().map(|p| p.0).collect(),
        };
        let exported = export::pixels(scene, size, Backend::Gpu).unwrap();
        let beyond = beyond(&on_screen, &exported, 6);
        eprintln!("{beyond} pixels differ by more than 6 steps");
        // Anti-aliased ends of lines are the painter's own; text, slices and fills are not.
        assert!(
            beyond < 400,
            "{beyond} of {} pixels differ",
            on_screen.rgba.len()
        );
        if std::env::var_os("GYRUS_PICTURES").is_some() {
            let folder = std::path::PathBuf::from(std::env::var_os("GYRUS_PICTURES").unwrap());
            std::fs::write(
                folder.join("screen.png"),
                export::encode(&on_screen).unwrap(),
            )
            .unwrap();
            std::fs::write(
                folder.join("export.png"),
                export::encode(&exported).unwrap(),
            )
            .unwrap();
        }
    }
}
