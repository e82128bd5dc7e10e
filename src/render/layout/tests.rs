use std::sync::OnceLock;

use eframe::egui::epaint::text::{Fonts, TextOptions};
use eframe::egui::{Rect, pos2, vec2};

use super::*;
use crate::render::cell::{MapPlanes, Marks, Mosaic, Preset, Slices, Zoom};
use crate::render::fixtures::{layer, scene, volume};
use crate::render::font_definitions;
use crate::render::scene::Convention;
use crate::render::text::Text;

fn rect(width: f32, height: f32) -> Rect {
    Rect::from_min_size(pos2(248.0, 36.0), vec2(width, height))
}

/// A head of about the usual size with maps in it.
fn some_scene(maps: usize) -> Scene {
    static VALUES: OnceLock<Vec<f32>> = OnceLock::new();
    let shape = [36, 46, 37];
    let values = VALUES.get_or_init(|| {
        let inside = |n: usize| {
            let at = [n % 36, n / 36 % 46, n / (36 * 46)];
            let r: f64 = (0..3)
                .map(|a| (2.0 * at[a] as f64 / (shape[a] as f64 - 1.0) - 1.0).powi(2))
                .sum();
            f32::from(u8::from(r <= 1.0))
        };
        (0..36 * 46 * 37).map(inside).collect()
    });
    let layers = (0..maps).map(|n| {
        let mut map = volume(shape, 4.0, values.clone());
        map.hash = "an ellipsoid of ones".into();
        map.name = format!("fixture {n}");
        layer(map, 3.1, 8.0)
    });
    let mut scene = scene(layers.collect());
    scene.cut_mm = [-20.0, 31.0, 7.0];
    scene
}

fn cells(preset: Preset, size: [f32; 2]) -> Vec<Cell> {
    preset.cells(Mosaic::default(), MapPlanes::default(), size[0] / size[1])
}

fn laid(scene: &Scene, preset: Preset, size: [f32; 2], ppp: f32) -> DisplayList {
    let options = CanvasOptions::default();
    layout(
        scene,
        &cells(preset, size),
        rect(size[0], size[1]),
        ppp,
        &options,
    )
}

#[test]
fn points_and_millimetres_are_inverse_in_every_view_and_density() {
    let scene = some_scene(2);
    for preset in Preset::ALL {
        for ppp in [1.0, 1.25, 1.5, 2.0, 3.0] {
            let list = laid(&scene, preset, [811.3, 777.7], ppp);
            assert!(list.views.len() >= 2, "{preset:?}");
            for view in &list.views {
                for part in [vec2(0.1, 0.9), vec2(0.5, 0.5), vec2(0.77, 0.21)] {
                    let point = view.cell.min + view.cell.size() * part;
                    let mm = view.mm_at(point);
                    let back = view.point_of(mm);
                    assert!(
                        (back - point).length() < 0.02,
                        "{point:?} came back as {back:?}"
                    );
                    let axis = view.slice.plane.normal_axis();
                    assert_eq!(mm[axis], view.slice.centre_mm[axis]);
                }
            }
        }
    }
}

#[test]
fn the_crosshair_meets_at_the_cut_point_in_every_view() {
    let scene = some_scene(1);
    for preset in [Preset::FourViews, Preset::OneLarge, Preset::GlassThree] {
        let list = laid(&scene, preset, [800.0, 800.0], 1.0);
        for view in &list.views {
            let at = view.point_of(scene.cut_mm);
            let lines: Vec<_> = list
                .items
                .iter()
                .filter_map(|item| match item {
                    Item::Line { from, to, .. } if view.cell.contains(*from) => Some((*from, *to)),
                    _ => None,
                })
                .filter(|(from, to)| {
                    (from.x == to.x && (from.x - at.x).abs() <= 0.5)
                        || (from.y == to.y && (from.y - at.y).abs() <= 0.5)
                })
                .collect();
            assert_eq!(lines.len(), 4, "{preset:?} {:?}", view.slice.plane);
        }
    }
}

#[test]
fn slices_of_like_size_share_one_scale_and_the_brain_fits_every_cell() {
    let scene = some_scene(2);
    let bounds = scene_bounds(&scene);
    for preset in Preset::ALL {
        for size in [
            [1280.0, 800.0],
            [500.0, 900.0],
            [2400.0, 500.0],
            [304.0, 536.0],
        ] {
            let list = laid(&scene, preset, size, 2.0);
            let slices: Vec<_> = list
                .views
                .iter()
                .filter(|v| v.kind == ViewKind::Slice)
                .collect();
            if matches!(preset, Preset::FourViews | Preset::RowOfThree) {
                let scale = slices[0].slice.mm_per_px;
                assert!(slices.iter().all(|v| v.slice.mm_per_px == scale));
            }
            for view in &list.views {
                for corner in [bounds.low, bounds.high] {
                    let at = view.point_of(corner);
                    assert!(
                        view.cell.expand(0.01).contains(at),
                        "{preset:?} {size:?}: {at:?} in {:?}",
                        view.cell
                    );
                }
            }
        }
    }
}

#[test]
fn the_large_view_of_one_large_is_larger() {
    let list = laid(&some_scene(1), Preset::OneLarge, [1000.0, 700.0], 1.0);
    let [large, a, b] = [0, 1, 2].map(|n| list.views[n].slice.mm_per_px);
    assert!(large < 0.8 * a && a == b, "{large} {a} {b}");
}

/// Pictures are as large as their cells at every density: nothing is stretched.
#[test]
fn cells_lie_on_pixels_do_not_overlap_and_textures_match_them() {
    let scene = some_scene(3);
    for preset in Preset::ALL {
        for ppp in [1.0, 1.25, 1.5, 1.7, 2.0] {
            let list = laid(&scene, preset, [777.7, 611.1], ppp);
            for (n, view) in list.views.iter().enumerate() {
                for edge in [
                    view.cell.min.x,
                    view.cell.min.y,
                    view.cell.max.x,
                    view.cell.max.y,
                ] {
                    let px = edge * ppp;
                    assert!((px - px.round()).abs() < 2e-3, "{preset:?} {px} at {ppp}");
                }
                let size = view.cell.size() * ppp;
                assert_eq!(
                    view.slice.size_px,
                    [size.x.round() as u32, size.y.round() as u32]
                );
                for other in &list.views[..n] {
                    let shared = view.cell.intersect(other.cell);
                    assert!(shared.width() <= 1e-3 || shared.height() <= 1e-3);
                }
            }
        }
    }
}

#[test]
fn the_list_says_what_is_shown() {
    let mut scene = some_scene(1);
    scene.convention = Convention::Radiological;
    let words = |preset| -> Vec<_> {
        let list = laid(&scene, preset, [900.0, 800.0], 1.0);
        list.texts().map(Text::content).collect()
    };
    let four = words(Preset::FourViews);
    for expected in [
        "Sagittal  x −20",
        "Coronal  y 31",
        "Axial  z 7",
        "Glass brain  axial",
        "+3.1",
        "−3.1",
        "fixture 0",
        "Radiological: left is right",
        "5 cm",
    ] {
        assert!(
            four.iter().any(|w| w == expected),
            "{expected} is not in {four:?}"
        );
    }
    let mosaic = words(Preset::Mosaic);
    for expected in [
        "Axial  23 slices, z −56 to 56",
        "z −56",
        "z 56",
        "L",
        "fixture 0",
    ] {
        assert!(
            mosaic.iter().any(|w| w == expected),
            "{expected} is not in {mosaic:?}"
        );
    }
}

#[test]
fn marks_are_written_or_not_and_left_and_right_always_are() {
    let scene = some_scene(1);
    let size = [900.0, 700.0];
    let none = CanvasOptions {
        marks: Marks {
            labels: false,
            coordinates: false,
            scale_bar: false,
            colour_bar: false,
            threshold: false,
        },
        ..CanvasOptions::default()
    };
    for preset in Preset::ALL {
        let list = layout(
            &scene,
            &cells(preset, size),
            rect(size[0], size[1]),
            1.0,
            &none,
        );
        let words: Vec<_> = list.texts().map(Text::content).collect();
        for letter in ["L", "R"] {
            assert!(words.iter().any(|w| w == letter), "{preset:?}: {words:?}");
        }
        let named = preset == Preset::SideBySide;
        assert!(
            words
                .iter()
                .all(|w| ["L", "R"].contains(&w.as_str()) || (named && w.starts_with("fixture"))),
            "{preset:?}: {words:?}"
        );
    }
    let told = CanvasOptions {
        marks: Marks {
            threshold: true,
            ..Marks::default()
        },
        ..CanvasOptions::default()
    };
    for preset in [Preset::FourViews, Preset::RowOfThree] {
        let list = layout(
            &scene,
            &cells(preset, size),
            rect(size[0], size[1]),
            1.0,
            &told,
        );
        let words: Vec<_> = list.texts().map(Text::content).collect();
        assert!(
            words.iter().any(|w| w == "fixture 0 |z| ≥ 3.1"),
            "{preset:?}: {words:?}"
        );
    }
}

#[test]
fn maps_side_by_side_show_one_map_each_at_the_same_place() {
    let mut scene = some_scene(3);
    scene.layers[1].display.visible = false;
    for planes in MapPlanes::ALL {
        let cells = [Cell::whole(CellKind::Maps(planes))];
        let options = CanvasOptions {
            caption: "r 0.42".into(),
            ..CanvasOptions::default()
        };
        let list = layout(&scene, &cells, rect(900.0, 700.0), 1.0, &options);
        assert_eq!(list.views.len(), 2 * planes.planes().len());
        let of = |only| -> Vec<_> {
            let views = list.views.iter().filter(|v| v.only == Some(only));
            views
                .map(|v| (v.slice.plane, v.slice.mm_per_px, v.slice.centre_mm))
                .collect()
        };
        assert_eq!(of(0).len(), planes.planes().len());
        assert_eq!(of(0), of(2));
        let words: Vec<_> = list.texts().map(Text::content).collect();
        for expected in ["fixture 0", "fixture 2", "r 0.42"] {
            let bars = words.iter().filter(|w| w.starts_with(expected)).count();
            let named = expected.starts_with("fixture");
            assert_eq!(bars, if named { 2 } else { 1 }, "{expected} in {words:?}");
        }
    }
    let nothing = some_scene(0);
    let list = laid(&nothing, Preset::SideBySide, [900.0, 700.0], 1.0);
    assert_eq!(list.views.len(), 1, "the anatomy alone");
}

#[test]
fn a_mosaic_cuts_where_it_says_and_a_click_goes_there() {
    let scene = some_scene(1);
    let mosaic = Mosaic {
        slices: Slices::Count(4),
        from_mm: Some(-30.0),
        to_mm: Some(30.0),
        reference: true,
        ..Mosaic::default()
    };
    let cells = [Cell::whole(CellKind::Mosaic(mosaic))];
    let options = CanvasOptions::default();
    let list = layout(&scene, &cells, rect(900.0, 700.0), 1.0, &options);
    let cuts: Vec<f64> = list
        .views
        .iter()
        .filter(|v| v.slice.plane == Plane::Axial)
        .map(|v| v.slice.centre_mm[2])
        .collect();
    assert_eq!(cuts, [-30.0, -10.0, 10.0, 30.0]);
    let third = list.views[3];
    let mm = third.mm_at(third.cell.center());
    assert_eq!(mm[2], 10.0);
}

#[test]
fn zoom_magnifies_slices_alone_and_keeps_what_it_is_told_to_keep() {
    let scene = some_scene(1);
    let size = [900.0, 700.0];
    let plain = laid(&scene, Preset::FourViews, size, 1.0);
    let bounds = scene_bounds(&scene);
    let pointer = plain.views[2].cell.min + vec2(150.0, 120.0);
    let mm = plain.views[2].mm_at(pointer);
    let options = CanvasOptions {
        zoom: Zoom::default().about(3.0, mm, Plane::Axial, &bounds),
        ..CanvasOptions::default()
    };
    let zoomed = layout(
        &scene,
        &cells(Preset::FourViews, size),
        rect(size[0], size[1]),
        1.0,
        &options,
    );
    for (before, after) in plain.views.iter().zip(&zoomed.views) {
        let ratio = before.slice.mm_per_px / after.slice.mm_per_px;
        let expected = if before.kind == ViewKind::Slice {
            3.0
        } else {
            1.0
        };
        assert!((ratio - expected).abs() < 1e-9);
    }
    assert!((zoomed.views[2].point_of(mm) - pointer).length() < 0.05);
}

/// Where the ink of every text lies, points.
fn boxes(list: &DisplayList) -> Vec<(String, Rect)> {
    let mut fonts = Fonts::new(TextOptions::default(), font_definitions());
    list.texts()
        .map(|text| {
            let galley = fonts
                .with_pixels_per_point(list.pixels_per_point)
                .layout_job(text.layout_job(true));
            let at = text.align.anchor_size(text.anchor, galley.size());
            // The rows of a galley hold room for accents and tails.
            (text.content(), at.shrink2(vec2(0.0, 3.0)))
        })
        .collect()
}

/// Trap 12: at the smallest window and at a large export nothing lies over a brain, nor over another
/// text, nor outside the canvas.
#[test]
fn nothing_is_written_over_a_brain_or_over_other_words() {
    let canvases = [
        // The canvas of a window of 900 × 600, of one of 1280 × 800, an export of 3840 × 2160.
        ([304.0, 536.0], 1.0),
        ([684.0, 736.0], 1.5),
        ([3840.0 / 2.7, 2160.0 / 2.7], 2.7),
    ];
    let marks = Marks {
        threshold: true,
        ..Marks::default()
    };
    let options = CanvasOptions {
        marks,
        ..CanvasOptions::default()
    };
    for maps in [1, 3] {
        let scene = some_scene(maps);
        let bounds = scene_bounds(&scene);
        let (middle, half) = (bounds.centre(), bounds.size().map(|s| 0.5 * s));
        for preset in Preset::ALL {
            for (size, ppp) in canvases {
                let canvas = rect(size[0], size[1]);
                let list = layout(&scene, &cells(preset, size), canvas, ppp, &options);
                let boxes = boxes(&list);
                let told = |what: &str| format!("{what}: {preset:?}, {maps} maps, {size:?}");
                for (n, (text, place)) in boxes.iter().enumerate() {
                    assert!(
                        canvas.expand(0.5).contains_rect(*place),
                        "{}",
                        told(&format!("{text:?} leaves the canvas"))
                    );
                    for (other, there) in &boxes[..n] {
                        let shared = place.intersect(*there);
                        assert!(
                            shared.width() <= 0.5 || shared.height() <= 0.5,
                            "{}",
                            told(&format!("{text:?} at {place:?} on {other:?} at {there:?}"))
                        );
                    }
                    for view in &list.views {
                        // A brain is an ellipse rather than a box.
                        let plane = view.slice.plane;
                        let (across, up) = (plane.across_axis(), plane.up_axis());
                        let inside = |x: f32, y: f32| {
                            let mm = view.mm_at(pos2(x, y));
                            let u = (mm[across] - middle[across]) / half[across];
                            let v = (mm[up] - middle[up]) / half[up];
                            view.cell.contains(pos2(x, y)) && u.hypot(v) < 0.97
                        };
                        let corners = [
                            (place.min.x, place.min.y),
                            (place.max.x, place.min.y),
                            (place.min.x, place.max.y),
                            (place.max.x, place.max.y),
                            (place.center().x, place.center().y),
                        ];
                        assert!(
                            !corners.iter().any(|(x, y)| inside(*x, *y)),
                            "{}",
                            told(&format!("{text:?} at {place:?} lies on {plane:?}"))
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn no_room_and_strange_numbers_give_an_empty_canvas_not_a_panic() {
    let scene = some_scene(1);
    for preset in Preset::ALL {
        for size in [
            [0.0, 0.0],
            [3.0, 900.0],
            [-5.0, 10.0],
            [f32::NAN, 9.0],
            [1e9, 1e9],
        ] {
            assert!(laid(&scene, preset, size, 1.0).views.is_empty());
        }
    }
    let views = |scene: &Scene, size, ppp| laid(scene, Preset::FourViews, size, ppp).views.len();
    assert_eq!(views(&scene, [900.0, 700.0], f32::NAN), 4);
    assert_eq!(views(&scene, [40.0, 40.0], 1.0), 4);
    let mut far = scene.clone();
    far.cut_mm = [f64::NAN, 1e12, -1e12];
    assert_eq!(views(&far, [900.0, 700.0], 1.0), 4);
    let broken = Cell {
        kind: CellKind::Glass(Plane::Coronal),
        unit: Rect::from_min_max(pos2(f32::NAN, 0.0), pos2(0.5, f32::INFINITY)),
    };
    let options = CanvasOptions::default();
    layout(&scene, &[broken], rect(900.0, 700.0), 1.0, &options);
}
