//! Draws the page.

use eframe::egui::{
    Align2, Checkbox, Color32, Label, Rect, Role, Ui, UiBuilder, WidgetInfo, pos2,
    text::{LayoutJob, TextFormat},
    vec2,
};
use egui_plot::{HoverPosition, MarkerShape, Plot, PlotPoint, PlotPoints, Points, Text};

use super::Landscape;
use crate::app::feature::{Cx, page_frame};
use crate::app::jobs::State;
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::paragraph;
use crate::app::model::{LayerId, TaskPlane, TextToPredict};

/// Height of title and options, and of the notes below, points.
const HEAD: f32 = 100.0;
const FOOT: f32 = 44.0;
/// A click this near to a point means it, points.
const REACH: f32 = 9.0;

/// A map among the tasks.
struct PlacedMap {
    layer: LayerId,
    name: String,
    at: [f32; 2],
    selected: bool,
}

/// Draws it.
pub(super) fn page(landscape: &mut Landscape, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let mut ui = page_frame(ui, cx);
    let all = ui.max_rect();
    let ui = &mut ui;
    paragraph(ui, "Tasks in the plane", Type::Title, t.text);
    let number = cx.services.model().number;
    let query = &mut landscape.query;
    let placed = match query.state(&number) {
        State::Ready(placed) => placed,
        State::Waiting | State::Unasked => {
            paragraph(ui, "Placing the tasks…", Type::Body, t.text_2);
            return;
        }
        State::Stopped | State::Failed(_) => {
            paragraph(ui, "This was stopped.", Type::Body, t.text_2);
            if ui.button("Place the tasks now").clicked() {
                query.forget();
            }
            return;
        }
    };
    ui.add(Checkbox::new(&mut landscape.concepts, "Show concepts"));
    legend(ui, cx, placed);
    let maps = maps(cx, placed);
    let place = Rect::from_min_max(
        pos2(all.left(), all.top() + HEAD),
        pos2(all.right(), all.bottom() - FOOT),
    );
    let mut inner = ui.new_child(UiBuilder::new().max_rect(place));
    plot(&mut inner, cx, placed, &maps, landscape.concepts);
    let notes = Rect::from_min_max(pos2(all.left(), place.bottom() + 4.0), all.max);
    let mut below = ui.new_child(UiBuilder::new().max_rect(notes));
    let text = format!(
        "Near each other: alike to the model. The plane holds {:.0} % of what tells the tasks apart, so points that are \
         near here may lie apart in the other directions; diamonds are maps that were decoded, and the first tasks of the selected one are named. Click a task to see its \
         map, a diamond to select it; drag and scroll to move and zoom, double-click to see everything.",
        100.0 * placed.plane.share
    );
    paragraph(&mut below, &text, Type::Small, t.text_3);
}

fn maps(cx: &Cx<'_>, placed: &TaskPlane) -> Vec<PlacedMap> {
    let model = cx.services.model().number;
    let found = cx.doc.layers.iter().filter_map(|layer| {
        // The prior moves no map.
        let result = cx.doc.results.get(&layer.id)?;
        let shown = result.shown(cx.doc.tail);
        let latent = shown.filter(|_| result.is_of(layer, model))?.1.latent()?;
        Some(PlacedMap {
            layer: layer.id,
            name: layer.name.clone(),
            at: placed.plane.place(latent),
            selected: cx.doc.selected == Some(layer.id),
        })
    });
    found.collect()
}

/// Colours of the domains: the first eight by Okabe and Ito (2008), told apart with impaired colour vision, too.
const COLOURS: [[u8; 3]; 10] = [
    [230, 159, 0],
    [86, 180, 233],
    [0, 158, 115],
    [213, 94, 0],
    [204, 121, 167],
    [0, 114, 178],
    [178, 165, 20],
    [140, 140, 140],
    [150, 100, 235],
    [120, 70, 40],
];

fn colour(domain: usize) -> Color32 {
    let [r, g, b] = COLOURS[domain % COLOURS.len()];
    Color32::from_rgb(r, g, b)
}

/// A dot and a name a domain that has tasks.
fn legend(ui: &mut Ui, cx: &Cx<'_>, placed: &TaskPlane) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(14.0, 2.0);
        for (domain, name) in placed.domains.iter().enumerate() {
            if !placed.tasks.iter().any(|task| task.domain == Some(domain)) {
                continue;
            }
            let mut words = LayoutJob::default();
            let format = |ink| TextFormat::simple(Type::Small.font(), ink);
            words.append("● ", 0.0, format(colour(domain)));
            words.append(name, 0.0, format(cx.t.text_2));
            ui.add(Label::new(words));
        }
    });
}

/// Tasks of the selected map that are named.
const NAMED: usize = 5;

/// The first tasks of the selected map, and where they lie.
fn first_tasks(cx: &Cx<'_>, placed: &TaskPlane) -> Vec<(String, [f32; 2])> {
    let tasks = cx
        .doc
        .decoding()
        .map_or(&[][..], |decoding| &decoding.tasks);
    let place = |id: &str| placed.tasks.iter().position(|task| task.id == id);
    let named = tasks.iter().take(NAMED).filter_map(|task| {
        let at = placed.plane.tasks.get(place(&task.id)?)?;
        Some((task.name.clone(), *at))
    });
    named.collect()
}

fn point(at: [f32; 2]) -> [f64; 2] {
    at.map(f64::from)
}

fn plot(ui: &mut Ui, cx: &mut Cx<'_>, placed: &TaskPlane, maps: &[PlacedMap], concepts: bool) {
    let t = cx.t;
    let named = |at: &PlotPoint| -> Option<String> {
        let is = |place: [f32; 2]| {
            (f64::from(place[0]) - at.x).abs() < 1e-9 && (f64::from(place[1]) - at.y).abs() < 1e-9
        };
        let map = maps.iter().find(|map| is(map.at));
        if let Some(map) = map {
            return Some(map.name.clone());
        }
        let mut tasks = placed.tasks.iter().zip(&placed.plane.tasks);
        if let Some((task, _)) = tasks.find(|(_, place)| is(**place)) {
            let domain = task.domain.and_then(|domain| placed.domains.get(domain));
            let domain = domain.map_or_else(String::new, |domain| format!("\n{domain}"));
            return Some(format!("{}{domain}", task.name));
        }
        let mut concepts = placed.concepts.iter();
        concepts
            .find(|(_, place)| is(*place))
            .map(|(name, _)| format!("concept: {name}"))
    };
    let hover = |at: &HoverPosition<'_>| match at {
        HoverPosition::NearDataPoint { position, .. } => named(position),
        HoverPosition::Elsewhere { .. } => None,
    };
    let shown = Plot::new("landscape")
        .data_aspect(1.0)
        .show_background(false)
        .show_axes(false)
        .show_grid(false)
        .show_crosshair(false)
        .label_formatter(hover)
        .show(ui, |plot| {
            for (domain, name) in placed.domains.iter().enumerate() {
                let own: Vec<[f64; 2]> = placed
                    .tasks
                    .iter()
                    .zip(&placed.plane.tasks)
                    .filter(|(task, _)| task.domain == Some(domain))
                    .map(|(_, at)| point(*at))
                    .collect();
                if own.is_empty() {
                    continue;
                }
                let ink = colour(domain);
                plot.points(
                    Points::new(name.clone(), PlotPoints::from(own))
                        .radius(4.0)
                        .color(ink),
                );
            }
            if concepts {
                let own: Vec<[f64; 2]> = placed.concepts.iter().map(|(_, at)| point(*at)).collect();
                plot.points(
                    Points::new("Concepts", PlotPoints::from(own))
                        .shape(MarkerShape::Plus)
                        .radius(4.0)
                        .color(t.text_3),
                );
            }
            for (name, at) in first_tasks(cx, placed) {
                let [x, y] = point(at);
                let text =
                    eframe::egui::RichText::new(format!("  {name}")).font(Type::Small.font());
                plot.text(
                    Text::new(name, PlotPoint::new(x, y), text)
                        .anchor(Align2::LEFT_CENTER)
                        .color(t.text_2),
                );
            }
            for map in maps {
                let ink = if map.selected { t.accent } else { t.text };
                plot.points(
                    Points::new(map.name.clone(), vec![point(map.at)])
                        .shape(MarkerShape::Diamond)
                        .radius(9.0)
                        .color(ink),
                );
                let [x, y] = point(map.at);
                let text = eframe::egui::RichText::new(format!("  {}", map.name))
                    .font(Type::Strong.font());
                plot.text(
                    Text::new(map.name.clone(), PlotPoint::new(x, y), text)
                        .anchor(Align2::LEFT_CENTER)
                        .color(ink),
                );
            }
        });
    let response = &shown.response;
    response.widget_info(|| {
        let label = format!(
            "Plane of {} tasks with {} maps",
            placed.tasks.len(),
            maps.len()
        );
        WidgetInfo::labeled(Role::Canvas, true, label)
    });
    let Some(pointer) = response
        .interact_pointer_pos()
        .filter(|_| response.clicked())
    else {
        return;
    };
    let distance = |at: [f32; 2]| {
        let [x, y] = point(at);
        let on_screen = shown.transform.position_from_point(&PlotPoint::new(x, y));
        on_screen.distance(pointer)
    };
    let near_map = maps.iter().find(|map| distance(map.at) <= REACH + 3.0);
    if let Some(map) = near_map {
        let layer = map.layer;
        return cx.edit(move |doc| doc.select(layer));
    }
    let tasks = placed.tasks.iter().zip(&placed.plane.tasks);
    let nearest = tasks
        .map(|(task, at)| (task, distance(*at)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((task, _)) = nearest.filter(|(_, away)| *away <= REACH)
        && cx.services.model().no_predictions().is_none()
    {
        cx.glance(TextToPredict::task(&task.id, &task.name));
    }
}
