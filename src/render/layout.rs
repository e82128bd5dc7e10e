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

/// Lays a scene out on a rectangle of points. Deterministic: equal inputs give equal lists.
pub fn layout(scene: &Scene, rect: Rect, pixels_per_point: f32) -> DisplayList {
    let ppp = if pixels_per_point.is_finite() {
        pixels_per_point.clamp(0.25, 16.0)
    } else {
        1.0
    };
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
    let Some(cells) = cells(rect, ppp) else {
        return list;
    };
    let bounds = scene_bounds(scene);
    let legend_height = legend::height(scene);
    let mm_per_point = shared_scale(&bounds, &cells);
    let kinds = [
        (ViewKind::Slice, Plane::Sagittal),
        (ViewKind::Slice, Plane::Coronal),
        (ViewKind::Slice, Plane::Axial),
        (ViewKind::Glass, GLASS_PLANE),
    ];
    for (cell, (kind, plane)) in cells.into_iter().zip(kinds) {
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
            crosshair(&mut list.items, &view, scene.cut_mm, colours, ppp);
        }
        title(&mut list.items, &view, scene, colours);
        if kind == ViewKind::Glass {
            legend::draw(&mut list.items, scene, cell, colours);
        }
    }
    separators(&mut list, colours);
    list
}

/// Four cells with edges on physical pixels and one line's width between them. A very wide or very
/// tall canvas gets one row or one column. `None` where there is no room.
fn cells(rect: Rect, ppp: f32) -> Option<[Rect; 4]> {
    let snap = |v: f32| (v * ppp).round() as i64;
    let (x0, y0, x1, y1) = (
        snap(rect.min.x),
        snap(rect.min.y),
        snap(rect.max.x),
        snap(rect.max.y),
    );
    let (width, height) = (x1 - x0, y1 - y0);
    let (columns, rows) = match (width, height) {
        (w, h) if w * 10 > h * 26 => (4, 1),
        (w, h) if h * 10 > w * 26 => (1, 4),
        _ => (2, 2),
    };
    let gap = line_width_px(ppp);
    let cell = [
        (width - (columns - 1) * gap) / columns,
        (height - (rows - 1) * gap) / rows,
    ];
    if cell[0] < 8 || cell[1] < 8 || width > 1 << 15 || height > 1 << 15 {
        return None;
    }
    Some(std::array::from_fn(|n| {
        let (column, row) = (n as i64 % columns, n as i64 / columns);
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
    }))
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

/// One scale for the three slices: the one at which all of them fit.
fn shared_scale(bounds: &Bounds, cells: &[Rect; 4]) -> f64 {
    Plane::ALL
        .iter()
        .zip(cells)
        .map(|(plane, cell)| fit(bounds, *plane, *cell, BELOW))
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
    put(pos2(middle.x, cell.min.y + 10.0), Align2::CENTER_TOP, top);
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
    cut_mm: [f64; 3],
    colours: CanvasColours,
    ppp: f32,
) {
    let cell = view.cell;
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
