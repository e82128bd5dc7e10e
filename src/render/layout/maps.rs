//! Maps side by side: the same cut of every visible layer, its name above, its colours below.

use eframe::egui::{Align2, Rect, pos2};

use super::grid;
use super::{ABOVE, BELOW, Draft, Page, SIDE, fit_into};
use crate::render::cell::MapPlanes;
use crate::render::legend;
use crate::render::list::{Item, ViewKind};
use crate::render::scene::Plane;
use crate::render::text::{Text, Weight};

/// Maps shown at most.
const MAX_MAPS: usize = 12;

/// Room for the line that compares the maps, points.
const CAPTION: f32 = 26.0;

/// Divides a cell among the visible layers and returns the views; the colour bars and the caption are
/// left with the page, to be drawn over them.
pub(super) fn drafts(
    page: &mut Page<'_>,
    part: usize,
    planes: MapPlanes,
    frame: Rect,
) -> Vec<Draft> {
    let area = caption(page, frame);
    let layers = page.scene.layers.iter().enumerate();
    let shown: Vec<usize> = layers
        .filter(|(_, layer)| layer.display.visible)
        .map(|(n, _)| n)
        .take(MAX_MAPS)
        .collect();
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

/// Writes the line under the maps and returns what is left above it.
fn caption(page: &mut Page<'_>, frame: Rect) -> Rect {
    let caption = &page.options.caption;
    let mut area = frame;
    if caption.is_empty() || frame.height() < 4.0 * CAPTION {
        return area;
    }
    area.max.y -= CAPTION;
    let at = pos2(frame.center().x, frame.max.y - 7.0);
    let colour = page.colours.text;
    let line = Text::line(
        at,
        Align2::CENTER_BOTTOM,
        caption.clone(),
        12.0,
        Weight::Medium,
        colour,
    );
    page.late.push(Item::Text(Text {
        max_width: (frame.width() - 24.0).max(8.0),
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
