//! Articles whose activation looks like the map.

use eframe::egui::{Align2, OpenUrl, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Cx;
use crate::app::services::StudyHit;
use crate::app::state::WindowState;
use crate::app::theme::{Tokens, Type};
use crate::app::widgets::{paint_elided, paint_text, paragraph};

/// Draws the tab.
pub fn studies_tab(ui: &mut Ui, cx: &mut Cx<'_>, state: &WindowState) {
    let t = cx.t;
    ui.spacing_mut().item_spacing.y = 0.0;
    let Some(layer) = cx.doc.reading_layer() else {
        paragraph(
            ui,
            "Open a map to find studies like it.",
            Type::Body,
            t.text_2,
        );
        return;
    };
    let fresh = state
        .studies
        .as_ref()
        .filter(|s| s.is_of(layer, cx.doc.tail));
    let Some(studies) = fresh else {
        let text = if cx.busy.studies.is_some() {
            "Looking for studies…"
        } else {
            "No studies were found."
        };
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    };
    let Some(list) = &studies.list else {
        paragraph(ui, "No study index", Type::Title, t.text);
        let text = "The model in use carries no index of studies. A model trained with one lists \
                    the articles nearest to the map here.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    };
    paragraph(ui, "Studies most like this map", Type::Title, t.text);
    paragraph(
        ui,
        &format!("read from {}", layer.name),
        Type::Small,
        t.text_3,
    );
    ui.add_space(8.0);
    for study in list {
        study_row(ui, t, study);
    }
}

fn study_row(ui: &mut Ui, t: &Tokens, study: &StudyHit) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::click());
    let year = study
        .year
        .map_or_else(String::new, |year| format!(" · {year}"));
    let name = study
        .title
        .clone()
        .unwrap_or_else(|| format!("PMID {}", study.pmid));
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Study {name}")));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, t.raised);
    }
    let painter = ui.painter();
    let left = rect.left() + 9.0;
    let right = pos2(rect.right() - 8.0, rect.top() + 14.0);
    let number = format!("{:.2}", study.similarity);
    paint_text(
        painter,
        right,
        Align2::RIGHT_CENTER,
        number,
        Type::Body,
        t.text_2,
    );
    let width = rect.width() - 60.0;
    paint_elided(
        painter,
        pos2(left, rect.top() + 14.0),
        &name,
        Type::Strong,
        t.text,
        width,
    );
    let mut details = study.tasks.join(", ");
    if study.title.is_some() {
        details = format!("PMID {}{year} · {details}", study.pmid);
    } else if !year.is_empty() {
        details = format!("{} · {details}", year.trim_start_matches(" · "));
    }
    let width = rect.width() - 20.0;
    paint_elided(
        painter,
        pos2(left, rect.top() + 31.0),
        &details,
        Type::Body,
        t.text_2,
        width,
    );
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, t.line),
    );
    let url = format!("https://pubmed.ncbi.nlm.nih.gov/{}/", study.pmid);
    let response = response.on_hover_text(format!("Open {url}"));
    if response.clicked() {
        ui.ctx().open_url(OpenUrl::new_tab(url));
    }
}
