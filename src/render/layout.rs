//! Scene → display list: three slices and a glass brain in a 2 × 2 arrangement.

use eframe::egui::{Align2, Pos2, Rect, pos2, vec2};

use super::colour::CanvasColours;
use super::content;
use super::geometry::{Bounds, SliceView};
use super::legend;
use super::list::{DisplayList, Item, View, ViewKind};
use super::scene::{Plane, Scene};
use super::text::{Span, Text, Weight, millimetres};

/// Room kept free in every cell, points: letters at the sides, the title above, a letter below.
const SIDE: f32 = 26.0;
const ABOVE: f32 = 36.0;
const BELOW: f32 = 26.0;

/// Half the gap of the crosshair around the cut point, points: what is under it stays visible.
const CROSSHAIR_GAP: f32 = 6.0;

/// Widest title of a view and its left margin, points: further left the upper letter would touch it.
const TITLE_WIDTH: f32 = 160.0;

/// Cells from this width on have room for the long title of the glass brain.
const ROOMY: f32 = 460.0;

/// Plane of the glass brain: from above, where left, right, front and back are all seen.
const GLASS_PLANE: Plane = Plane::Axial;

/// The box of RAS mm a scene is framed by: its anatomy with everything its layers hold.
pub fn scene_bounds(scene: &Scene) -> Bounds {
    let volumes = scene.underlay.iter().chain(
        scene
            .layers
            .iter()
            .filter(|l| l.display.visible)
            .map(|l| &l.volume),
    );
    volumes
        .filter_map(|volume| content::content_bounds(volume))
        .reduce(Bounds::union)
        .unwrap_or(Bounds::MNI)
}

/// What the four cells hold, in order.
const CELLS: [(ViewKind, Plane); 4] = [
    (ViewKind::Slice, Plane::Sagittal),
    (ViewKind::Slice, Plane::Coronal),
    (ViewKind::Slice, Plane::Axial),
    (ViewKind::Glass, GLASS_PLANE),
];

/// Lays a scene out on a rectangle of points: three slices and the glass brain. Deterministic: equal
/// inputs give equal lists.
pub fn layout(scene: &Scene, rect: Rect, pixels_per_point: f32) -> DisplayList {
    let ppp = sound_density(pixels_per_point);
    arrange(
        scene,
        rect,
        ppp,
        cells(rect, ppp).into_iter().flatten().zip(CELLS).collect(),
    )
}

/// As [`layout`], with one view over the whole rectangle. The glass brain has one plane, whatever
/// `plane` says.
pub fn layout_single(
    scene: &Scene,
    rect: Rect,
    pixels_per_point: f32,
    kind: ViewKind,
    plane: Plane,
) -> DisplayList {
    let ppp = sound_density(pixels_per_point);
    let plane = if kind == ViewKind::Glass {
        GLASS_PLANE
    } else {
        plane
    };
    let whole = grid_of_cells(rect, ppp, 1, 1);
    arrange(
        scene,
        rect,
        ppp,
        whole
            .into_iter()
            .flatten()
            .map(|cell| (cell, (kind, plane)))
            .collect(),
    )
}

fn sound_density(pixels_per_point: f32) -> f32 {
    if pixels_per_point.is_finite() {
        pixels_per_point.clamp(0.25, 16.0)
    } else {
        1.0
    }
}

fn arrange(
    scene: &Scene,
    rect: Rect,
    ppp: f32,
    cells: Vec<(Rect, (ViewKind, Plane))>,
) -> DisplayList {
    let colours = CanvasColours::new(scene.dark);
    let mut list = DisplayList {
        rect,
        pixels_per_point: ppp,
        items: vec![Item::Fill {
            rect,
            colour: colours.background,
        }],
        views: Vec::new(),
    };
    let bounds = scene_bounds(scene);
    let legend_height = legend::height(scene);
    let mm_per_point = shared_scale(&bounds, &cells);
    for (cell, (kind, plane)) in cells {
        let mut centre_mm = bounds.centre();
        centre_mm[plane.normal_axis()] = scene.cut_mm[plane.normal_axis()];
        let mut scale = mm_per_point;
        // The picture sits in the middle of what the title above and the letters below leave free.
        let mut below = BELOW;
        if kind == ViewKind::Glass {
            below += legend_height;
            scale = scale.max(fit(&bounds, plane, cell, below));
        }
        let shift_mm = f64::from(0.5 * (ABOVE - below)) * scale;
        centre_mm[plane.up_axis()] += shift_mm;
        let view = View {
            kind,
            cell,
            slice: SliceView {
                plane,
                convention: scene.convention,
                size_px: [
                    (cell.width() * ppp).round() as u32,
                    (cell.height() * ppp).round() as u32,
                ],
                mm_per_px: scale / f64::from(ppp),
                centre_mm,
            },
        };
        let index = list.views.len();
        list.views.push(view);
        list.items.push(Item::Image { view: index });
        let middle = view.point_of(bounds.centre());
        letters(&mut list.items, &view, middle, scene, colours);
        if scene.crosshair {
            let mut free = view.cell;
            if kind == ViewKind::Glass {
                // The lines end above the colour bars.
                free.max.y = (free.max.y - legend_height - 16.0).max(free.min.y);
            }
            crosshair(&mut list.items, &view, free, scene.cut_mm, colours, ppp);
        }
        title(&mut list.items, &view, scene, colours);
        if kind == ViewKind::Glass {
            legend::draw(&mut list.items, scene, cell, colours);
        }
    }
    separators(&mut list, colours);
    list
}

/// Four cells. A very wide or very tall canvas gets one row or one column.
fn cells(rect: Rect, ppp: f32) -> Option<Vec<Rect>> {
    let (columns, rows) = match (rect.width(), rect.height()) {
        (w, h) if w > 2.6 * h => (4, 1),
        (w, h) if h > 2.6 * w => (1, 4),
        _ => (2, 2),
    };
    grid_of_cells(rect, ppp, columns, rows)
}

/// Cells with edges on physical pixels and one line's width between them, row by row. `None` where
/// there is no room.
fn grid_of_cells(rect: Rect, ppp: f32, columns: i64, rows: i64) -> Option<Vec<Rect>> {
    let snap = |v: f32| (v * ppp).round() as i64;
    let (x0, y0, x1, y1) = (
        snap(rect.min.x),
        snap(rect.min.y),
        snap(rect.max.x),
        snap(rect.max.y),
    );
    let (width, height) = (x1 - x0, y1 - y0);
    let gap = line_width_px(ppp);
    let cell = [
        (width - (columns - 1) * gap) / columns,
        (height - (rows - 1) * gap) / rows,
    ];
    if cell[0] < 8 || cell[1] < 8 || width > 1 << 15 || height > 1 << 15 {
        return None;
    }
    let place = |n: i64| {
        let (column, row) = (n % columns, n / columns);
        let left = x0 + column * (cell[0] + gap);
        let top = y0 + row * (cell[1] + gap);
        // The last column and row take what the division left over.
        let right = if column == columns - 1 {
            x1
        } else {
            left + cell[0]
        };
        let bottom = if row == rows - 1 { y1 } else { top + cell[1] };
        Rect::from_min_max(
            pos2(left as f32 / ppp, top as f32 / ppp),
            pos2(right as f32 / ppp, bottom as f32 / ppp),
        )
    };
    Some((0..columns * rows).map(place).collect())
}

fn line_width_px(ppp: f32) -> i64 {
    (ppp.round() as i64).max(1)
}

/// Millimetres a point covers so that a plane of the bounds fits into a cell.
fn fit(bounds: &Bounds, plane: Plane, cell: Rect, below: f32) -> f64 {
    let size = bounds.size();
    // A cell smaller than its margins still shows something.
    let room = |length: f32, margin: f32| f64::from((length - margin).max(length * 0.25).max(1.0));
    (size[plane.across_axis()] / room(cell.width(), 2.0 * SIDE))
        .max(size[plane.up_axis()] / room(cell.height(), ABOVE + below))
}

/// One scale for all slices of a canvas: the one at which each of them fits.
fn shared_scale(bounds: &Bounds, cells: &[(Rect, (ViewKind, Plane))]) -> f64 {
    cells
        .iter()
        .filter(|(_, (kind, _))| *kind == ViewKind::Slice)
        .map(|(cell, (_, plane))| fit(bounds, *plane, *cell, BELOW))
        .fold(0.0, f64::max)
}

fn title(items: &mut Vec<Item>, view: &View, scene: &Scene, colours: CanvasColours) {
    let plane = view.slice.plane;
    let axis = plane.normal_axis();
    let (name, detail) = match view.kind {
        ViewKind::Slice => (
            plane.title(),
            format!(
                "{} {}",
                ["x", "y", "z"][axis],
                millimetres(scene.cut_mm[axis])
            ),
        ),
        ViewKind::Glass if view.cell.width() < ROOMY => ("Glass brain", "maximum".to_owned()),
        ViewKind::Glass => ("Glass brain", "maximum, from above".to_owned()),
    };
    let span = |text: String, weight, colour| Span {
        text,
        weight,
        size: 12.5,
        colour,
    };
    items.push(Item::Text(Text {
        anchor: view.cell.min + vec2(12.0, 10.0),
        align: Align2::LEFT_TOP,
        spans: vec![
            span(name.to_owned(), Weight::SemiBold, colours.text),
            span(format!("  {detail}"), Weight::Regular, colours.muted),
        ],
        max_width: (view.cell.width() - 24.0).max(8.0),
    }));
}

/// The letters stand at the edges, level with the middle of the brain.
fn letters(
    items: &mut Vec<Item>,
    view: &View,
    middle: Pos2,
    scene: &Scene,
    colours: CanvasColours,
) {
    let cell = view.cell;
    let [left, right, top, bottom] = view.slice.plane.letters(scene.convention);
    let mut put = |anchor, align, letter: &str| {
        let text = Text::line(anchor, align, letter, 12.0, Weight::Medium, colours.letter);
        items.push(Item::Text(text));
    };
    let y = middle
        .y
        .clamp(cell.min.y + 30.0, cell.max.y.max(cell.min.y + 30.0));
    put(pos2(cell.min.x + 12.0, y), Align2::LEFT_CENTER, left);
    put(pos2(cell.max.x - 12.0, y), Align2::RIGHT_CENTER, right);
    // Beside the title where there is room, else below it.
    let first_row = middle.x - cell.min.x > TITLE_WIDTH;
    let top_y = cell.min.y + if first_row { 10.0 } else { 26.0 };
    put(pos2(middle.x, top_y), Align2::CENTER_TOP, top);
    if view.kind == ViewKind::Slice {
        put(
            pos2(middle.x, cell.max.y - 8.0),
            Align2::CENTER_BOTTOM,
            bottom,
        );
    }
}

/// Two lines through the cut point, open in the middle, on whole pixels.
fn crosshair(
    items: &mut Vec<Item>,
    view: &View,
    cell: Rect,
    cut_mm: [f64; 3],
    colours: CanvasColours,
    ppp: f32,
) {
    let at = view.point_of(cut_mm);
    let width_px = line_width_px(ppp) as f32;
    // The middle of a line an odd number of pixels wide lies on a pixel's centre.
    let snap = |v: f32| ((v * ppp - 0.5 * width_px).round() + 0.5 * width_px) / ppp;
    let (x, y) = (snap(at.x), snap(at.y));
    let colour = colours.accent.gamma_multiply(0.85);
    let mut line = |from: Pos2, to: Pos2| {
        if from.x < to.x || from.y < to.y {
            items.push(Item::Line {
                from,
                to,
                width: width_px / ppp,
                colour,
            });
        }
    };
    let gap = CROSSHAIR_GAP;
    if cell.x_range().contains(x) {
        line(
            pos2(x, cell.min.y),
            pos2(x, (y - gap).clamp(cell.min.y, cell.max.y)),
        );
        line(
            pos2(x, (y + gap).clamp(cell.min.y, cell.max.y)),
            pos2(x, cell.max.y),
        );
    }
    if cell.y_range().contains(y) {
        line(
            pos2(cell.min.x, y),
            pos2((x - gap).clamp(cell.min.x, cell.max.x), y),
        );
        line(
            pos2((x + gap).clamp(cell.min.x, cell.max.x), y),
            pos2(cell.max.x, y),
        );
    }
}

/// Lines in the gaps between the cells.
fn separators(list: &mut DisplayList, colours: CanvasColours) {
    let rect = list.rect;
    let mut fills = Vec::new();
    for pair in list.views.windows(2) {
        let (a, b) = (pair[0].cell, pair[1].cell);
        let between = if b.min.x > a.max.x {
            Rect::from_min_max(pos2(a.max.x, rect.min.y), pos2(b.min.x, rect.max.y))
        } else {
            Rect::from_min_max(pos2(rect.min.x, a.max.y), pos2(rect.max.x, b.min.y))
        };
        if !fills.contains(&between) {
            fills.push(between);
        }
    }
    list.items.extend(fills.into_iter().map(|rect| Item::Fill {
        rect,
        colour: colours.line,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::{layer, scene, volume};
    use crate::render::scene::Convention;

    fn rect(width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(248.0, 36.0), vec2(width, height))
    }

    fn some_scene() -> Scene {
        let mut map = volume([45, 54, 45], 4.0, vec![1.0; 45 * 54 * 45]);
        map.hash = "a map of ones".into();
        let mut scene = scene(vec![layer(map, 0.5, 2.0)]);
        scene.cut_mm = [-20.0, 31.0, 7.0];
        scene
    }

    #[test]
    fn points_and_millimetres_are_inverse_in_every_view_and_density() {
        for ppp in [1.0, 1.25, 1.5, 2.0, 3.0] {
            let list = layout(&some_scene(), rect(811.3, 777.7), ppp);
            assert_eq!(list.views.len(), 4);
            for view in &list.views {
                for part in [vec2(0.1, 0.9), vec2(0.5, 0.5), vec2(0.77, 0.21)] {
                    let point = view.cell.min + view.cell.size() * part;
                    let mm = list.mm_at(point).unwrap();
                    let back = view.point_of(mm);
                    assert!(
                        (back - point).length() < 0.01,
                        "{point:?} came back as {back:?}"
                    );
                    let axis = view.slice.plane.normal_axis();
                    assert_eq!(mm[axis], some_scene().cut_mm[axis], "a click keeps the cut");
                }
            }
        }
    }

    #[test]
    fn the_crosshair_meets_at_the_cut_point_in_every_view() {
        let scene = some_scene();
        let list = layout(&scene, rect(800.0, 800.0), 1.0);
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
            assert_eq!(lines.len(), 4, "{:?}", view.slice.plane);
        }
    }

    #[test]
    fn slices_share_one_scale_and_the_brain_fits_every_cell() {
        let scene = some_scene();
        let bounds = scene_bounds(&scene);
        for (width, height) in [
            (1280.0, 800.0),
            (500.0, 900.0),
            (2400.0, 500.0),
            (300.0, 1600.0),
        ] {
            let list = layout(&scene, rect(width, height), 2.0);
            let slices = || list.views.iter().filter(|v| v.kind == ViewKind::Slice);
            let scale = list.views[0].slice.mm_per_px;
            assert!(slices().all(|v| v.slice.mm_per_px == scale));
            for view in &list.views {
                for corner in [bounds.low, bounds.high] {
                    assert!(
                        view.cell.contains(view.point_of(corner)),
                        "{width} × {height}"
                    );
                }
            }
        }
    }

    #[test]
    fn cells_lie_on_pixels_do_not_overlap_and_textures_match_them() {
        for ppp in [1.0, 1.25, 1.7, 2.0] {
            let list = layout(&some_scene(), rect(777.7, 611.1), ppp);
            for (n, view) in list.views.iter().enumerate() {
                for edge in [
                    view.cell.min.x,
                    view.cell.min.y,
                    view.cell.max.x,
                    view.cell.max.y,
                ] {
                    let px = edge * ppp;
                    assert!((px - px.round()).abs() < 1e-3, "{px} at {ppp}");
                }
                let size = view.cell.size() * ppp;
                assert_eq!(
                    view.slice.size_px,
                    [size.x.round() as u32, size.y.round() as u32]
                );
                for other in &list.views[..n] {
                    let shared = view.cell.intersect(other.cell);
                    assert!(shared.width() <= 0.0 || shared.height() <= 0.0);
                }
            }
        }
    }

    #[test]
    fn the_list_says_what_is_shown() {
        let mut scene = some_scene();
        scene.convention = Convention::Radiological;
        let words: Vec<_> = layout(&scene, rect(900.0, 800.0), 1.0)
            .texts()
            .map(Text::content)
            .collect();
        for expected in [
            "Sagittal  x −20",
            "Coronal  y 31",
            "Axial  z 7",
            "+0.5",
            "−0.5",
            "fixture",
        ] {
            assert!(
                words.iter().any(|w| w == expected),
                "{expected} is not in {words:?}"
            );
        }
    }

    #[test]
    fn a_single_view_fills_the_canvas() {
        let scene = some_scene();
        for (kind, plane) in CELLS {
            let list = layout_single(&scene, rect(640.0, 480.0), 2.0, kind, plane);
            assert_eq!(list.views.len(), 1);
            assert_eq!(list.views[0].cell, rect(640.0, 480.0));
            assert!(list.views[0].slice.mm_per_px > 0.0);
            let four = layout(&scene, rect(640.0, 480.0), 2.0);
            assert!(
                list.views[0].slice.mm_per_px < four.views[0].slice.mm_per_px,
                "larger"
            );
        }
    }

    #[test]
    fn no_room_and_strange_numbers_give_an_empty_canvas_not_a_panic() {
        let scene = some_scene();
        for (width, height) in [
            (0.0, 0.0),
            (3.0, 900.0),
            (-5.0, 10.0),
            (f32::NAN, 9.0),
            (1e9, 1e9),
        ] {
            assert!(layout(&scene, rect(width, height), 1.0).views.is_empty());
        }
        assert_eq!(layout(&scene, rect(900.0, 700.0), f32::NAN).views.len(), 4);
        let tiny = layout(&scene, rect(40.0, 40.0), 1.0);
        assert_eq!(tiny.views.len(), 4);
        let mut far = scene.clone();
        far.cut_mm = [f64::NAN, 1e12, -1e12];
        assert_eq!(layout(&far, rect(900.0, 700.0), 1.0).views.len(), 4);
    }
}
