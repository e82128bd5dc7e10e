//! Draws the page.

use eframe::egui::{
    Button, CursorIcon, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::OntologyBrowser;
use crate::app::feature::{Cx, page_frame};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{chip, paint_elided, paragraph, search_field};
use crate::app::kit::words;
use crate::app::model::TextToPredict;
use crate::ontology::{Ontology, TaskDef};

/// Height of the title, of a row; width of the list.
const HEAD: f32 = 34.0;
const ROW: f32 = 24.0;
const LIST: f32 = 330.0;
/// Hint and name of the field.
const HINT: &str = "Look for a task, a concept or a word…";

/// Draws it.
pub(super) fn page(browser: &mut OntologyBrowser, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let mut head = page_frame(ui, cx);
    let all = head.max_rect();
    let model = cx.services.model();
    let ontology = model.ontology();
    let title = format!(
        "{} tasks, {} concepts, {} domains",
        ontology.tasks.len(),
        ontology.concepts.len(),
        ontology.domains.len()
    );
    paragraph(&mut head, &title, Type::Title, t.text);
    let top = all.top() + HEAD;
    let list = Rect::from_min_max(
        pos2(all.left(), top),
        pos2(all.left() + LIST.min(all.width() * 0.45), all.bottom()),
    );
    let read = Rect::from_min_max(pos2(list.right() + 24.0, top), all.max);
    let shown = tasks_list(
        browser,
        &mut ui.new_child(UiBuilder::new().max_rect(list)),
        cx,
        ontology,
    );
    let mut place = ui.new_child(UiBuilder::new().max_rect(read));
    let chosen = browser.task.as_deref().and_then(|id| ontology.task(id));
    match chosen.or(shown) {
        Some(task) => {
            ScrollArea::vertical()
                .id_salt("task read")
                .auto_shrink([false, false])
                .show(&mut place, |ui| told(browser, ui, cx, ontology, task));
        }
        None => {
            let text = "No task holds these words in its name, its definition or its concepts.";
            paragraph(&mut place, text, Type::Body, t.text_2);
        }
    }
}

fn concepts<'a>(task: &'a TaskDef, ontology: &'a Ontology) -> impl Iterator<Item = &'a str> {
    let concepts = task.concepts.iter().filter_map(|id| ontology.concept(id));
    concepts.map(|concept| concept.name.as_str())
}

fn domains<'a>(task: &'a TaskDef, ontology: &'a Ontology) -> Vec<&'a str> {
    let domains = ontology.domains_of(task).into_iter();
    domains.map(|domain| domain.name.as_str()).collect()
}

/// The field and the tasks it finds; the first of them.
fn tasks_list<'a>(
    browser: &mut OntologyBrowser,
    ui: &mut Ui,
    cx: &Cx<'_>,
    ontology: &'a Ontology,
) -> Option<&'a TaskDef> {
    let t = cx.t;
    ui.spacing_mut().item_spacing.y = 0.0;
    let field = search_field(ui, t, &mut browser.text, HINT);
    if field.changed() {
        browser.task = None;
    }
    ui.add_space(8.0);
    let text = browser.text.trim().to_lowercase();
    let holds = |task: &&TaskDef| {
        let found = |words: &str| words.to_lowercase().contains(&text);
        text.is_empty()
            || found(&task.name)
            || found(&task.definition)
            || concepts(task, ontology).any(found)
            || domains(task, ontology).into_iter().any(found)
    };
    let found: Vec<&TaskDef> = ontology.tasks.iter().filter(holds).collect();
    let shown = browser.task.clone();
    let first = found.first().copied();
    let shown = shown.or_else(|| first.map(|task| task.id.clone()));
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .id_salt("tasks found")
        .auto_shrink([false, false])
        .show_rows(ui, ROW, found.len(), |ui, rows| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for task in &found[rows] {
                let size = vec2(ui.available_width(), ROW);
                let (rect, response) = ui.allocate_exact_size(size, Sense::click());
                response.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, true, format!("Read about {}", task.name))
                });
                let is_shown = shown.as_deref() == Some(task.id.as_str());
                let fill = match (is_shown, response.hovered() || response.has_focus()) {
                    (true, _) => Some(t.accent_soft),
                    (false, true) => Some(t.raised),
                    (false, false) => None,
                };
                if let Some(fill) = fill {
                    ui.painter().rect_filled(rect, 4.0, fill);
                }
                let at = pos2(rect.left() + 9.0, rect.center().y);
                let width = rect.width() - 18.0;
                paint_elided(ui.painter(), at, &task.name, Type::Body, t.text, width);
                if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                    browser.task = Some(task.id.clone());
                }
            }
        });
    first
}

fn told(
    browser: &mut OntologyBrowser,
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    ontology: &Ontology,
    task: &TaskDef,
) {
    let t = cx.t;
    paragraph(ui, &task.name, Type::Title, t.text);
    ui.add_space(4.0);
    let definition = match task.definition.is_empty() {
        true => "This ontology has no definition of it.",
        false => &task.definition,
    };
    paragraph(ui, definition, Type::Body, t.text);
    ui.add_space(10.0);
    if let Some(decoding) = cx.doc.decoding()
        && let Some(place) = decoding.tasks.iter().position(|of| of.id == task.id)
    {
        let layer = cx
            .doc
            .selected_layer()
            .map_or("", |layer| layer.name.as_str());
        let of = &decoding.tasks[place];
        let text = format!(
            "Number {} of {} for {layer}: {} of the posterior",
            place + 1,
            decoding.tasks.len(),
            words::percent(of.posterior)
        );
        paragraph(ui, &text, Type::Body, t.text_2);
        ui.add_space(10.0);
    }
    let mut look_for = None;
    for (title, names) in [
        ("Measures", concepts(task, ontology).collect::<Vec<_>>()),
        ("Domains", domains(task, ontology)),
    ] {
        paragraph(ui, title, Type::Small, t.text_3);
        if names.is_empty() {
            paragraph(ui, "nothing is linked", Type::Body, t.text_2);
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(5.0, 5.0);
            for name in names {
                let response = chip(ui, t, name, 0.6);
                if response
                    .on_hover_text("Show all tasks linked to it")
                    .clicked()
                {
                    look_for = Some(name.to_owned());
                }
            }
        });
        ui.add_space(10.0);
    }
    if let Some(text) = look_for {
        browser.text = text;
        browser.task = None;
    }
    if let Some(name) = &task.atlas_name {
        let text = format!("Nearest in the Cognitive Atlas: {name} ({})", task.id);
        paragraph(ui, &text, Type::Small, t.text_3);
        ui.add_space(10.0);
    }
    let cannot = cx.services.model().no_predictions();
    let show = ui.add_enabled(
        cannot.is_none(),
        Button::new("Show the map predicted for it"),
    );
    if show.clicked() {
        cx.glance(TextToPredict::task(&task.id, &task.name));
    }
}
