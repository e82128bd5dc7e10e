//! A corpus looked over before anything is learnt from it: what is there, what is not used and why.

use std::path::{Path, PathBuf};

use eframe::egui::{CollapsingHeader, Ui};
use egui_plot::{Bar, BarChart, Plot};

use super::Train;
use crate::app::feature::{Act, Call, Cx, FileRequest};
use crate::app::jobs::{JobError, Query, State};
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::paragraph;
use crate::app::kit::words::full_sentence;
use crate::corpus::{CorpusReport, drops_csv, inspect};

/// Height of a histogram, points.
const HEIGHT: f32 = 110.0;
/// Reasons and suspects listed.
const LISTED: usize = 12;

/// Looks corpora over.
pub(super) type Looking = Query<PathBuf, PathBuf, CorpusReport>;

/// What the thread does.
pub(super) fn look(
    path: &Path,
    progress: &crate::progress::Progress,
) -> Result<CorpusReport, JobError> {
    let (_, report) = inspect(path, progress).map_err(|error| JobError::told(progress, error))?;
    Ok(report)
}

/// Draws what was found of the corpus in the form.
pub(super) fn section(train: &mut Train, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let path = PathBuf::from(train.form.corpus.trim());
    if train.form.corpus.trim().is_empty() {
        return;
    }
    match train.looking.state(&path) {
        State::Unasked => {
            if ui.button("Look the corpus over").clicked() {
                train.looking.ask(path.clone(), path);
            }
        }
        State::Waiting => {
            paragraph(ui, "Looking the corpus over…", Type::Body, t.text_2);
        }
        State::Stopped => {
            paragraph(ui, "Stopped.", Type::Body, t.text_2);
            if ui.button("Look the corpus over").clicked() {
                train.looking.ask(path.clone(), path);
            }
        }
        State::Failed(why) => {
            paragraph(ui, &full_sentence(&why.why), Type::Body, t.warning);
            paragraph(ui, &full_sentence(&why.remedy), Type::Small, t.text_2);
        }
        State::Ready(report) => {
            CollapsingHeader::new("What the corpus is like")
                .default_open(true)
                .show(ui, |ui| found(report, ui, cx));
        }
    }
}

fn found(report: &CorpusReport, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let spaces = &report.spaces;
    let peaks = &report.peaks;
    let head = format!(
        "{} studies, {} of them with a title and a peak",
        report.studies, report.usable
    );
    paragraph(ui, &head, Type::Strong, t.text);
    for line in [
        format!(
            "Peaks: {} read, {} repeated, {} more than 6 mm outside the brain, {} kept",
            peaks.read, peaks.repeated, peaks.dropped_outside, peaks.kept
        ),
        format!(
            "Space: {} in MNI, {} in Talairach (converted), {} not stated (taken as MNI)",
            spaces.mni, spaces.talairach, spaces.unknown
        ),
        format!(
            "Twice: {} identifiers again, {} groups of studies with the same peaks",
            report.duplicates.identifiers_again,
            report.duplicates.same_peaks.len()
        ),
    ] {
        paragraph(ui, &line, Type::Small, t.text_2);
    }
    let texts = report.texts.iter().filter(|text| text.studies > 0);
    let texts = texts.map(|text| {
        let share = 100.0 * text.studies as f64 / report.studies.max(1) as f64;
        format!("{} {share:.0} %", text.text.label())
    });
    let texts = format!("Texts: {}", texts.collect::<Vec<_>>().join(", "));
    paragraph(ui, &texts, Type::Small, t.text_2);
    ui.add_space(4.0);
    let half = 0.5 * (ui.available_width() - 14.0);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        let years = report.years.iter();
        let years: Vec<_> = years
            .map(|y| (f64::from(y.year), y.studies as f64))
            .collect();
        histogram(("Years", "years"), &years, Vec::new(), half, ui, t);
        let bins = report.peaks_a_study.iter().enumerate();
        let counts: Vec<_> = bins
            .map(|(n, bin)| (n as f64, bin.studies as f64))
            .collect();
        let names = report.peaks_a_study.iter().map(|bin| bin.to_string());
        histogram(
            ("Peaks a study", "peaks"),
            &counts,
            names.collect(),
            half,
            ui,
            t,
        );
    });
    let suspects = report.suspected_talairach.len();
    if suspects > 0 {
        let text = format!(
            "{suspects} studies may be in Talairach space and are taken as MNI: a hint by their texts or by how many of \
             their peaks leave the brain; nothing is converted for it."
        );
        paragraph(ui, &text, Type::Small, t.text_2);
        CollapsingHeader::new("Which").show(ui, |ui| {
            for study in report.suspected_talairach.iter().take(LISTED) {
                let line = format!("{}: {} ({} peaks)", study.study, study.title, study.peaks);
                paragraph(ui, &line, Type::Small, t.text_2);
            }
        });
    }
    if !report.drops.is_empty() {
        paragraph(ui, "Not used", Type::Strong, t.text);
        for drop in report.drops.iter().take(LISTED) {
            let line = format!("{} {}", drop.count, drop.reason.words());
            paragraph(ui, &line, Type::Small, t.text_2);
        }
        if ui.button("Save what is not used as CSV…").clicked() {
            cx.run("save-drops");
        }
    }
}

fn histogram(
    (title, id): (&str, &str),
    bars: &[(f64, f64)],
    names: Vec<String>,
    width: f32,
    ui: &mut Ui,
    t: &Tokens,
) {
    ui.vertical(|ui| {
        ui.set_width(width);
        paragraph(ui, title, Type::Small, t.text);
        if bars.is_empty() {
            paragraph(ui, "Not known.", Type::Small, t.text_3);
            return;
        }
        let bar = |&(at, height): &(f64, f64)| Bar::new(at, height).width(0.8);
        let chart = BarChart::new(title, bars.iter().map(bar).collect()).color(t.accent);
        let named = move |mark: egui_plot::GridMark, _: &std::ops::RangeInclusive<f64>| {
            let whole = (mark.value - mark.value.round()).abs() < 1e-6;
            match names.get(mark.value.round() as usize) {
                Some(name) if whole && mark.value >= 0.0 => name.clone(),
                _ if names.is_empty() && whole => format!("{:.0}", mark.value),
                _ => String::new(),
            }
        };
        Plot::new(("corpus", id))
            .width(width)
            .height(HEIGHT)
            .allow_scroll(false)
            .allow_drag(false)
            .allow_zoom(false)
            .show_y(false)
            .x_axis_formatter(named)
            .show(ui, |plot| plot.bar_chart(chart));
    });
}

impl Train {
    /// Asks where the list of what is not used goes.
    pub(super) fn save_drops(&mut self, act: &mut Act<'_>) {
        let path = PathBuf::from(self.form.corpus.trim());
        let Some(report) = self.looking.ready(&path) else {
            return act.say("Look a corpus over first: the Train page");
        };
        let text = drops_csv(&report.dropped);
        let name = "not_used.csv".to_owned();
        let request = FileRequest::save_text("Save what is not used", "Table", name, "csv", text);
        act.call(Call::Choose(request));
    }
}
