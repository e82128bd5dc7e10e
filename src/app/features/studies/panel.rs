//! Articles whose activation looks like the map.

use eframe::egui::{Align2, OpenUrl, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::asked::{Asked, By, side_words};
use super::{Studies, meta};
use crate::app::feature::{Call, Cx};
use crate::app::jobs::{Query, State};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{
    self, paint_elided, paint_text, paragraph, search_field, segmented,
};
use crate::app::kit::words::{self, full_sentence};
use crate::app::model::{Opened, Source, StudyHit, StudyPlan};
use crate::corpus::Author;
use crate::meta::{LEAST_STUDIES, MetaMethod};
use crate::predict::{NEAR_MM, pubmed_page};

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
    let choices = [
        (By::Likeness, "Like what is shown"),
        (By::Crosshair, "At the crosshair"),
    ];
    if let Some(by) = segmented(ui, t, "Studies by", &choices, studies.by) {
        studies.by = by;
    }
    ui.add_space(8.0);
    let Some(question) = studies.question(cx.doc, cx.services.model().number) else {
        let text = match cx.doc.selected_layer() {
            None => "Open a map, or type a text, to find studies like it.",
            Some(_) => "Studies are found for a map that was decoded, a text or a place.",
        };
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    };
    let (title, from) = question.0.words(cx.doc);
    paragraph(ui, title, Type::Title, t.text);
    paragraph(ui, &from, Type::Small, t.text_3);
    ui.add_space(6.0);
    search_field(ui, t, &mut studies.typed, HINT);
    ui.add_space(6.0);
    if !studies.left_out.is_empty() {
        let text = format!("{} left out by hand", studies.left_out.len());
        ui.horizontal(|ui| {
            paragraph(ui, &text, Type::Small, t.text_2);
            if ui.small_button("Take back").clicked() {
                studies.left_out.clear();
            }
        });
        ui.add_space(6.0);
    }
    let Studies {
        query,
        glance,
        left_out,
        options,
        ..
    } = studies;
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
    if list.hits.is_empty() {
        let text = "No study of the model's index passes.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(5.0, 6.0);
        for (words, command) in [
            ("Copy the list", "copy-studies"),
            ("Save as CSV…", "save-studies"),
            ("BibTeX…", "save-bibtex"),
            ("RIS…", "save-ris"),
        ] {
            if ui.button(words).clicked() {
                cx.run(command);
            }
        }
    });
    if list.hits.len() >= LEAST_STUDIES {
        ui.add_space(6.0);
        meta::options(options, ui, cx, list.hits.len());
        if let Some(circle) = question.0.chosen_by().circle() {
            ui.add_space(4.0);
            paragraph(ui, circle, Type::Small, t.text_3);
        }
    }
    ui.add_space(6.0);
    for study in list.hits.iter().take(SHOWN) {
        study_row((glance, left_out), ui, cx, study, &question.0);
    }
    if list.hits.len() > SHOWN {
        ui.add_space(6.0);
        let text = format!(
            "and {} more, in the list that is copied, saved and analysed",
            list.hits.len() - SHOWN
        );
        paragraph(ui, &text, Type::Small, t.text_3);
    }
    if list.beyond > 0 {
        let text = format!("{} more report a peak there, farther away.", list.beyond);
        paragraph(ui, &text, Type::Small, t.text_3);
    }
}

/// The number at the end of a study's row, and what it means.
fn number(study: &StudyHit, asked: &Asked) -> (String, String) {
    if let Some(near) = study.near {
        let number = format!("{:.0} mm", near.distance_mm);
        let peaks = match near.peaks {
            1 => "1 peak".to_owned(),
            n => format!("{n} peaks"),
        };
        let what = format!(
            "{peaks} within {NEAR_MM} mm, the nearest {:.1} mm away",
            near.distance_mm
        );
        return (number, what);
    }
    let number = study
        .similarity
        .map_or_else(String::new, |s| words::two_decimals(s.into()));
    let of = match asked {
        Asked::Map(_, tail) => format!("the {} of the map", side_words(*tail)),
        _ => "the text".to_owned(),
    };
    let what =
        format!("Similarity {number} (cosine) of {of} to the map of this study's reported peaks");
    (number, what)
}

fn study_row(
    (glance, left_out): (&mut Query<StudyPlan, StudyPlan, Opened>, &mut Vec<u32>),
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    study: &StudyHit,
    asked: &Asked,
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
        |layer| matches!(&layer.source, Source::Studies { plan, .. } if plan.pmids == [study.pmid]),
    );
    if hot || shown {
        ui.painter().rect_filled(rect, 4.0, t.raised);
    }
    let painter = ui.painter();
    let left = rect.left() + 9.0;
    let right = pos2(rect.right() - 8.0, rect.top() + 14.0);
    let (number, what) = number(study, asked);
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
    let detail = study.details.as_ref();
    let who = detail.map(|detail| Author::short(&detail.authors));
    let journal = detail.map(|detail| detail.journal.clone());
    let known = who
        .into_iter()
        .chain(journal)
        .filter(|text| !text.is_empty());
    let parts = known
        .chain(year)
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
    let words = detail
        .map(|detail| detail.words.join(", "))
        .unwrap_or_default();
    let words = match words.is_empty() {
        true => String::new(),
        false => format!("\nIts abstract: {words}"),
    };
    let response = response.on_hover_text(format!("{name}\n{what}{words}\nClick to see its peaks"));
    if response.clicked() {
        let one = StudyPlan::whole(vec![study.pmid], MetaMethod::Kde, asked.chosen_by());
        glance.ask(one.clone(), one);
    }
    response.context_menu(|ui| {
        if ui.button("Leave out of the list").clicked() {
            left_out.push(study.pmid);
            ui.close();
        }
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
