//! Scene → display list: slices, glass brains, mosaics and maps side by side in the cells of a canvas.

mod footer;
mod grid;
mod maps;
mod marks;
mod mosaic;
#[cfg(test)]
mod tests;

use eframe::egui::Rect;

use self::footer::Footer;
pub(crate) use self::maps::PAGE_BUTTON;
use super::cell::{CanvasOptions, Cell, CellKind, Zoom};
use super::colour::CanvasColours;
use super::content;
use super::geometry::{Bounds, SliceView};
use super::list::{DisplayList, Item, View, ViewKind};
use super::scene::{Plane, Scene};

/// Room kept free in every cell, points: letters at the sides, the title above, a letter below.
const SIDE: f32 = 26.0;
const ABOVE: f32 = 41.0;
const BELOW: f32 = 26.0;

/// Cells of areas within this ratio share one scale.
const ALIKE: f32 = 1.6;

/// The box of RAS mm a scene is framed by: its anatomy with everything its layers hold.
pub(crate) fn scene_bounds(scene: &Scene) -> Bounds {
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

/// The part of a canvas that its cells divide: what is left above the colour bars and the words where
/// these have a strip of their own.
pub(crate) fn cells_area(
    scene: &Scene,
    cells: &[Cell],
    rect: Rect,
    options: &CanvasOptions,
) -> Rect {
    Footer::plan(scene, cells, rect, options).area
}

/// Lays a scene out on a rectangle of points. Deterministic: equal inputs give equal lists. The window,
/// the exporter and the command line all draw what it says.
pub fn layout(
    scene: &Scene,
    cells: &[Cell],
    rect: Rect,
    pixels_per_point: f32,
    options: &CanvasOptions,
) -> DisplayList {
    let ppp = grid::sound_density(pixels_per_point);
    let colours = CanvasColours::new(scene.dark);
    let footer = Footer::plan(scene, cells, rect, options);
    let units: Vec<Rect> = cells.iter().map(|cell| cell.unit).collect();
    let frames = grid::place(&units, footer.area, ppp);
    let mut page = Page {
        scene,
        options,
        colours,
        bounds: scene_bounds(scene),
        list: DisplayList {
            rect,
            pixels_per_point: ppp,
            items: vec![Item::Fill {
                rect,
                colour: colours.background,
            }],
            views: Vec::new(),
            frames: frames.clone(),
            names: Vec::new(),
            maps: None,
        },
        late: Vec::new(),
    };
    page.backgrounds(footer.area);
    let mut drafts = Vec::new();
    for (part, (cell, frame)) in cells.iter().zip(&frames).enumerate() {
        let Some(frame) = *frame else { continue };
        match cell.kind {
            CellKind::Slice(plane) => {
                drafts.push(Draft::new(part, ViewKind::Slice, plane, frame));
            }
            CellKind::Glass(plane) => {
                drafts.push(Draft::new(part, ViewKind::Glass, plane, frame));
            }
            CellKind::Maps(planes) => {
                drafts.extend(maps::drafts(&mut page, part, planes, frame));
            }
            CellKind::Mosaic(mosaic) => mosaic::draw(&mut page, part, &mosaic, frame),
        }
    }
    page.draw(drafts);
    if let Some(strip) = footer.strip(rect) {
        footer.draw(&mut page.list, scene, strip, colours);
    }
    page.list
}

/// A view before its scale is known.
struct Draft {
    part: usize,
    kind: ViewKind,
    plane: Plane,
    cell: Rect,
    only: Option<usize>,
    /// Room kept free below, points.
    below: f32,
    /// Whether the colour bars stand in it.
    hosts: bool,
    /// Name of the map, where it shows one.
    heading: Option<String>,
    /// Whether the plane and its position are written.
    says_plane: bool,
}

impl Draft {
    fn new(part: usize, kind: ViewKind, plane: Plane, cell: Rect) -> Self {
        Self {
            part,
            kind,
            plane,
            cell,
            only: None,
            below: BELOW,
            hosts: false,
            heading: None,
            says_plane: true,
        }
    }
}

/// A list in the making.
struct Page<'a> {
    scene: &'a Scene,
    options: &'a CanvasOptions,
    colours: CanvasColours,
    bounds: Bounds,
    list: DisplayList,
    /// Drawn over the views.
    late: Vec<Item>,
}

impl Page<'_> {
    /// The cells' own background; what shows between them is the line.
    fn backgrounds(&mut self, area: Rect) {
        if self.list.frames.iter().flatten().count() > 1 {
            self.list.items.push(Item::Fill {
                rect: area,
                colour: self.colours.line,
            });
        }
        let colour = self.colours.background;
        let fills = self.list.frames.iter().flatten();
        let fills: Vec<_> = fills.map(|&rect| Item::Fill { rect, colour }).collect();
        self.list.items.extend(fills);
    }

    /// Draws views; those of like size share one scale, and the first slice of each size carries a
    /// scale bar.
    fn draw(&mut self, drafts: Vec<Draft>) {
        let mut groups: Vec<(f32, f64, bool)> = Vec::new();
        let mut member = Vec::with_capacity(drafts.len());
        for draft in &drafts {
            let area = draft.cell.area();
            let alike =
                |(leader, ..): &(f32, f64, bool)| area.max(*leader) < ALIKE * area.min(*leader);
            let group = groups.iter().position(alike).unwrap_or_else(|| {
                groups.push((area, 0.0, false));
                groups.len() - 1
            });
            groups[group].1 =
                groups[group]
                    .1
                    .max(fit(&self.bounds, draft.plane, draft.cell, draft.below));
            member.push(group);
        }
        // A glass brain among slices takes their scale or a smaller one; it must not shrink them.
        for (n, group) in groups.iter_mut().enumerate() {
            let slices = drafts
                .iter()
                .zip(&member)
                .filter(|(draft, of)| **of == n && draft.kind == ViewKind::Slice);
            group.1 = slices
                .map(|(d, _)| fit(&self.bounds, d.plane, d.cell, d.below))
                .reduce(f64::max)
                .unwrap_or(group.1);
        }
        for (draft, group) in drafts.iter().zip(member) {
            let (_, scale, barred) = &mut groups[group];
            let with_bar = draft.kind == ViewKind::Slice
                && self.options.marks.scale_bar
                && !std::mem::replace(barred, *barred || draft.kind == ViewKind::Slice);
            let scale = match draft.kind {
                ViewKind::Slice => *scale,
                ViewKind::Glass => {
                    scale.max(fit(&self.bounds, draft.plane, draft.cell, draft.below))
                }
            };
            self.view(draft, scale, with_bar);
        }
        self.list.items.append(&mut self.late);
    }

    /// Draws one view at a scale of mm a point (before magnification).
    fn view(&mut self, draft: &Draft, scale: f64, with_bar: bool) {
        // The picture sits in the middle of what the title above and the letters below leave free.
        let lift = 0.5 * (ABOVE - draft.below);
        let zoom = match draft.kind {
            ViewKind::Slice => self.options.zoom,
            ViewKind::Glass => Zoom::default(),
        };
        let view = self.place(draft, scale, lift, zoom);
        self.image(view);
        let ppp = self.list.pixels_per_point;
        let zoomed = self.is_zoomed(&view);
        let mut ink = marks::Ink::new(self.colours, zoomed);
        let mut free = view.cell;
        if draft.hosts {
            // Lines end above the colour bars.
            free.max.y = (free.max.y - draft.below + 10.0).max(free.min.y);
        }
        if self.scene.crosshair {
            let cut = self.scene.cut_mm;
            let title = match &draft.heading {
                Some(_) => view.cell.width(),
                None if draft.says_plane => marks::TITLE_WIDTH,
                None => 0.0,
            };
            marks::crosshair(&mut ink, &view, free, title, cut, ppp);
        }
        let middle = view.point_of(if zoomed {
            // Magnified, the letters keep to the middle of the view.
            view.slice.centre_mm
        } else {
            self.bounds.centre()
        });
        marks::letters(&mut ink, &view, middle, self.options.marks, draft);
        marks::title(&mut ink, &view, draft, self.scene, self.options.marks);
        if with_bar {
            let cell = view.cell;
            let right = cell.max.x - 12.0;
            let room = 0.5 * cell.width() - 24.0;
            let bottom = cell.max.y - (draft.below - BELOW);
            let at = eframe::egui::pos2(right, bottom - 14.0);
            marks::scale_bar(&mut ink, &view, at, room, ppp);
        }
        self.list.items.extend(ink.items);
    }

    fn is_zoomed(&self, view: &View) -> bool {
        view.kind == ViewKind::Slice && !self.options.zoom.is_none()
    }

    /// Geometry of a view at `scale` mm a point before magnification; `lift` is by how many points its
    /// content lies above the middle.
    fn place(&self, draft: &Draft, scale: f64, lift: f32, zoom: Zoom) -> View {
        let ppp = self.list.pixels_per_point;
        let Draft {
            part,
            kind,
            plane,
            cell,
            only,
            ..
        } = *draft;
        let zoom = zoom.within(&self.bounds);
        let scale = scale / zoom.factor;
        let middle = self.bounds.centre();
        let mut centre_mm: [f64; 3] = std::array::from_fn(|a| middle[a] + zoom.pan_mm[a]);
        centre_mm[plane.normal_axis()] = self.scene.cut_mm[plane.normal_axis()];
        centre_mm[plane.up_axis()] += f64::from(lift) * scale;
        View {
            kind,
            cell,
            slice: SliceView {
                plane,
                convention: self.scene.convention,
                size_px: [
                    (cell.width() * ppp).round() as u32,
                    (cell.height() * ppp).round() as u32,
                ],
                mm_per_px: scale / f64::from(ppp),
                centre_mm,
            },
            part,
            only,
        }
    }

    fn image(&mut self, view: View) {
        self.list.items.push(Item::Image {
            view: self.list.views.len(),
        });
        self.list.views.push(view);
    }
}

/// Millimetres a point covers so that a plane of the bounds fits into a cell with its margins.
fn fit(bounds: &Bounds, plane: Plane, cell: Rect, below: f32) -> f64 {
    fit_into(bounds, plane, cell, [2.0 * SIDE, ABOVE + below])
}

/// As [`fit`], with margins of so many points across and up.
fn fit_into(bounds: &Bounds, plane: Plane, cell: Rect, margins: [f32; 2]) -> f64 {
    let size = bounds.size();
    // A cell smaller than its margins still shows something.
    let room = |length: f32, margin: f32| f64::from((length - margin).max(length * 0.25).max(1.0));
    (size[plane.across_axis()] / room(cell.width(), margins[0]))
        .max(size[plane.up_axis()] / room(cell.height(), margins[1]))
}
