//! Articles whose activation looks like the map.

use eframe::egui::{Align2, OpenUrl, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::question;
use super::table::{link, side_words};
use crate::app::feature::{Call, Cx};
use crate::app::jobs::{Query, State};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{paint_elided, paint_text, paragraph};
use crate::app::kit::words::full_sentence;
use crate::app::model::StudyHit;

/// The word on the tab.
pub(super) const TAB: &str = "Studies";

/// Draws the tab.
pub(super) fn studies_tab<Q: Send + 'static>(
    query: &mut Query<super::Question, Q, Option<Vec<StudyHit>>>,
    ui: &mut Ui,
    cx: &mut Cx<'_>,
) {
    let t = cx.t;
    ui.spacing_mut().item_spacing.y = 0.0;
    let Some(layer) = cx.doc.selected_layer() else {
        let text = "Open a map to find studies like it.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    };
    let Some(question) = question(cx.doc, cx.services.model().number) else {
        let text = "Studies are found for a map that was decoded.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    };
    let list = match query.state(&question) {
        State::Ready(list) => list,
        State::Failed(why) => {
            paragraph(ui, &why.what, Type::Title, t.text);
            paragraph(ui, &full_sentence(&why.why), Type::Body, t.text_2);
            return;
        }
        State::Waiting | State::Unasked => {
            paragraph(ui, "Looking for studies…", Type::Body, t.text_2);
            return;
        }
        State::Stopped => {
            paragraph(ui, "The search was stopped.", Type::Body, t.text_2);
            ui.add_space(4.0);
            if ui.button("Search again").clicked() {
                query.forget();
            }
            return;
        }
    };
    let Some(list) = list else {
        paragraph(ui, "No study index", Type::Title, t.text);
        let text = "The model in use carries no index of studies. A model trained with one lists \
                    the articles nearest to the map here.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    };
    paragraph(ui, "Studies most like this map", Type::Title, t.text);
    let side = side_words(question.1);
    let from = format!("found by the {side} of {}", layer.name);
    paragraph(ui, &from, Type::Small, t.text_3);
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        if ui.button("Copy the list").clicked() {
            cx.run("copy-studies");
        }
        if ui.button("Save as CSV…").clicked() {
            cx.run("save-studies");
        }
    });
    ui.add_space(6.0);
    for study in list {
        study_row(ui, cx, study, side);
    }
}

fn study_row(ui: &mut Ui, cx: &mut Cx<'_>, study: &StudyHit, side: &str) {
    let t = cx.t;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::click());
    let year = study
        .year
        .map_or_else(String::new, |year| format!(" · {year}"));
    let name = study
        .title
        .clone()
        .unwrap_or_else(|| format!("PMID {}", study.pmid));
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Study {name}")));
    let hot = response.hovered() || response.has_focus();
    if hot {
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
    let title = paint_elided(
        painter,
        pos2(left, rect.top() + 14.0),
        &name,
        Type::Strong,
        t.accent,
        width,
    );
    if hot {
        let line = Stroke::new(1.0, t.accent);
        painter.hline(title.x_range(), title.bottom() - 1.0, line);
    }
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
    let url = link(study.pmid);
    let response = response.on_hover_text(format!(
        "{name}\n\
         Similarity {:.2} (cosine) of the {side} of the map to the map of this study's reported peaks\n\
         Click to open {url}",
        study.similarity
    ));
    let open = |ui: &Ui| ui.ctx().open_url(OpenUrl::new_tab(&url));
    if response.clicked() {
        open(ui);
    }
    response.context_menu(|ui| {
        if ui.button("Open in PubMed").clicked() {
            open(ui);
            ui.close();
        }
        if ui.button("Copy PMID").clicked() {
            cx.call(Call::Copy {
                text: study.pmid.to_string(),
                notice: "The PMID is copied",
            });
            ui.close();
        }
        if ui.button("Copy link").clicked() {
            cx.call(Call::Copy {
                text: url.clone(),
                notice: "The link is copied",
            });
            ui.close();
        }
    });
}
