//! Articles whose activation looks like the map.

use eframe::egui::{Align2, OpenUrl, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Studies;
use super::table::side_words;
use crate::app::feature::{Call, Cx};
use crate::app::jobs::{Query, State};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{self, paint_elided, paint_text, paragraph, search_field};
use crate::app::kit::words::full_sentence;
use crate::app::model::{Opened, Source, StudyHit};
use crate::meta::{LEAST_STUDIES, MetaMethod};
use crate::predict::pubmed_page;

/// The word on the tab.
pub(super) const TAB: &str = "Studies";

/// Hint and name of the field.
const HINT: &str = "Words of the title, years as 2010-2015…";
/// Rows shown; the list that is saved and analysed is longer.
const SHOWN: usize = 60;
/// Width of the link to an article's page, points.
const PAGE: f32 = 64.0;

/// Draws the tab.
pub(super) fn studies_tab(studies: &mut Studies, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    ui.spacing_mut().item_spacing.y = 0.0;
    let Some(layer) = cx.doc.selected_layer() else {
        let text = "Open a map to find studies like it.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    };
    let Some(question) = studies.question(cx.doc, cx.services.model().number) else {
        let text = "Studies are found for a map that was decoded.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    };
    paragraph(ui, "Studies most like this map", Type::Title, t.text);
    let side = side_words(question.1);
    let from = format!("found by the {side} of {}", layer.name);
    paragraph(ui, &from, Type::Small, t.text_3);
    ui.add_space(6.0);
    search_field(ui, t, &mut studies.typed, HINT);
    ui.add_space(6.0);
    let Studies { query, glance, .. } = studies;
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
    if list.is_empty() {
        let text = "No study of the model's index passes.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        for (words, command) in [
            ("Copy the list", "copy-studies"),
            ("Save as CSV…", "save-studies"),
        ] {
            if ui.button(words).clicked() {
                cx.run(command);
            }
        }
        let words = format!("Meta-analysis of these {}", list.len());
        let tip = "Where their peaks agree (ALE), as a layer. They were chosen because they resemble the map: that \
                   they agree with it is no evidence for it";
        if list.len() >= LEAST_STUDIES && ui.button(words).on_hover_text(tip).clicked() {
            cx.run("meta-analysis");
        }
    });
    ui.add_space(6.0);
    for study in list.iter().take(SHOWN) {
        study_row(glance, ui, cx, study, side);
    }
    if list.len() > SHOWN {
        ui.add_space(6.0);
        let text = format!(
            "and {} more, in the list that is copied, saved and analysed",
            list.len() - SHOWN
        );
        paragraph(ui, &text, Type::Small, t.text_3);
    }
}

fn study_row(
    glance: &mut Query<super::Together, super::Together, Opened>,
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    study: &StudyHit,
    side: &str,
) {
    let t = cx.t;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::click());
    let name = study
        .title
        .clone()
        .unwrap_or_else(|| format!("PMID {}", study.pmid));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Study {name}")));
    let hot = response.hovered() || response.has_focus();
    let shown = cx.doc.preview.as_ref().is_some_and(
        |layer| matches!(&layer.source, Source::Studies { pmids, .. } if *pmids == [study.pmid]),
    );
    if hot || shown {
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
    let ink = if hot || shown { t.accent } else { t.text };
    let at = pos2(left, rect.top() + 14.0);
    paint_elided(painter, at, &name, Type::Strong, ink, width);
    let peaks = study.peaks.map(|peaks| match peaks {
        1 => "1 peak".to_owned(),
        n => format!("{n} peaks"),
    });
    let year = study.year.map(|year| year.to_string());
    let parts = year
        .into_iter()
        .chain(peaks)
        .chain([study.tasks.join(", ")]);
    let details = parts.collect::<Vec<_>>().join(" · ");
    let width = rect.width() - 20.0 - PAGE;
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
    let url = pubmed_page(study.pmid);
    let open = |ui: &Ui| ui.ctx().open_url(OpenUrl::new_tab(&url));
    let place = Rect::from_min_max(
        pos2(rect.right() - PAGE, rect.top() + 22.0),
        pos2(rect.right() + 1.0, rect.bottom() - 4.0),
    );
    let label = format!("PMID {} in PubMed", study.pmid);
    if widgets::link(ui, t, place, "PubMed", &label)
        .on_hover_text(&url)
        .clicked()
    {
        open(ui);
    }
    let response = response.on_hover_text(format!(
        "{name}\n\
         Similarity {:.2} (cosine) of the {side} of the map to the map of this study's reported peaks\n\
         Click to see its peaks",
        study.similarity
    ));
    if response.clicked() {
        let one = (vec![study.pmid], MetaMethod::Kde);
        glance.ask(one.clone(), one);
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
