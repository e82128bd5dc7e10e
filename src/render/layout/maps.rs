//! Maps side by side: the same cut of every visible layer, its name above, its colours below.

use eframe::egui::{Align2, Rect, pos2, vec2};

use super::grid;
use super::{ABOVE, BELOW, Draft, Page, SIDE, fit_into};
use crate::render::cell::MapPlanes;
use crate::render::legend;
use crate::render::list::{Item, MapsPage, ViewKind};
use crate::render::scene::Plane;
use crate::render::text::{Text, Weight};

/// Maps on a page at most.
const MAX_MAPS: usize = 12;

/// A map has at least so much room, points: less cannot be read.
const LEAST: [f32; 2] = [164.0, 200.0];
/// As [`LEAST`], for each of several planes of a map.
const LEAST_OF_SEVERAL: f32 = 124.0;

/// Room for the line that compares the maps or counts them, points.
const CAPTION: f32 = 26.0;

/// Width of a button that turns the page, points.
pub(crate) const PAGE_BUTTON: f32 = 92.0;

/// Maps on a page of this size.
fn per_page(area: Rect, planes: usize) -> usize {
    let fit = |room: f32, least: f32| (room / least).floor().max(1.0) as usize;
    let count = match planes {
        1 => fit(area.width(), LEAST[0]) * fit(area.height(), LEAST[1]),
        _ => fit(area.width(), LEAST_OF_SEVERAL),
    };
    count.min(MAX_MAPS)
}

/// Divides a cell among the visible layers of a page and returns the views; the colour bars and the
/// caption are left with the page, to be drawn over them.
pub(super) fn drafts(
    page: &mut Page<'_>,
    part: usize,
    planes: MapPlanes,
    frame: Rect,
) -> Vec<Draft> {
    let layers = page.scene.layers.iter().enumerate();
    let all: Vec<usize> = layers
        .filter(|(_, layer)| layer.display.visible)
        .map(|(n, _)| n)
        .collect();
    let focus = page.options.focus;
    let selected = focus.and_then(|n| all.iter().position(|shown| *shown == n));
    let per_page = per_page(frame, planes.planes().len());
    let first = selected.unwrap_or(0) / per_page * per_page;
    let shown: Vec<usize> = all.iter().skip(first).take(per_page).copied().collect();
    let maps = MapsPage {
        first,
        count: shown.len(),
        per_page,
        total: all.len(),
    };
    page.list.maps = Some(maps);
    let area = caption(page, frame, maps);
    let planes = planes.planes();
    let bars = page.options.marks.colour_bar && !shown.is_empty();
    let bar = if bars { legend::ROW + 8.0 } else { 0.0 };
    // Without maps the anatomy alone.
    let count = shown.len().max(1);
    let (columns, cells) = divide(page, area, count, planes, bar);
    let mut drafts = Vec::new();
    for n in 0..count {
        let only = shown.get(n).copied();
        for (row, plane) in planes.iter().enumerate() {
            // Several planes: a column a map, a row a plane.
            let at = if planes.len() > 1 {
                row * columns + n
            } else {
                n
            };
            let Some(&cell) = cells.get(at) else { continue };
            let mut draft = Draft::new(part, ViewKind::Slice, *plane, cell);
            draft.only = only;
            draft.heading = only
                .filter(|_| row == 0)
                .map(|n| page.scene.layers[n].volume.name.clone());
            if let Some(name) = &draft.heading {
                let title = Rect::from_min_size(cell.min, vec2(cell.width(), ABOVE * 0.6));
                page.list.names.push((title, name.clone()));
            }
            if only.is_some() && only == focus && count > 1 {
                outline(page, cell);
            }
            if let (Some(only), true, true) = (only, bars, row + 1 == planes.len()) {
                draft.below += bar;
                draft.hosts = true;
                let items = &mut page.late;
                legend::under(items, &page.scene.layers[only], cell, page.colours);
            }
            drafts.push(draft);
        }
    }
    drafts
}

/// The line around the selected map.
fn outline(page: &mut Page<'_>, cell: Rect) {
    let inner = cell.shrink(1.0);
    let corners = [
        inner.left_top(),
        inner.right_top(),
        inner.right_bottom(),
        inner.left_bottom(),
    ];
    let colour = page.colours.accent;
    page.late.extend((0..4).map(|n| Item::Line {
        from: corners[n],
        to: corners[(n + 1) % 4],
        width: 2.0,
        colour,
    }));
}

/// Writes the line under the maps and returns what is left above it.
fn caption(page: &mut Page<'_>, frame: Rect, maps: MapsPage) -> Rect {
    let counted = maps.is_one_of_several().then(|| maps.label());
    let told = Some(page.options.caption.clone()).filter(|caption| !caption.is_empty());
    let several = maps.is_one_of_several();
    // What compares two maps says nothing of the many.
    let caption = counted.or(told).unwrap_or_default();
    let mut area = frame;
    if caption.is_empty() || frame.height() < 4.0 * CAPTION {
        return area;
    }
    area.max.y -= CAPTION;
    // The window puts the buttons that turn the page at both sides.
    let beside = if several { 2.0 * PAGE_BUTTON } else { 0.0 };
    let at = pos2(frame.center().x, frame.max.y - 7.0);
    let colour = page.colours.text;
    let line = Text::line(
        at,
        Align2::CENTER_BOTTOM,
        caption,
        12.0,
        Weight::Medium,
        colour,
    );
    page.late.push(Item::Text(Text {
        max_width: (frame.width() - 24.0 - beside).max(8.0),
        ..line
    }));
    area
}

/// Columns and cells with the largest scale. One plane: a grid of maps. Several: a column a map, a row
/// a plane.
fn divide(
    page: &Page<'_>,
    area: Rect,
    count: usize,
    planes: &[Plane],
    bar: f32,
) -> (usize, Vec<Rect>) {
    let ppp = page.list.pixels_per_point;
    if planes.len() > 1 {
        return (count, grid::tiles(area, ppp, count, planes.len()));
    }
    (1..=count)
        .filter_map(|columns| {
            let cells = grid::tiles(area, ppp, columns, count.div_ceil(columns));
            let margins = [2.0 * SIDE, ABOVE + BELOW + bar];
            let scale = fit_into(&page.bounds, planes[0], *cells.first()?, margins);
            Some((scale, columns, cells))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or((1, Vec::new()), |(_, columns, cells)| (columns, cells))
}
