//! The meta-analysis of the studies listed: how it is done, and what comes of it.

use eframe::egui::Ui;

use super::Studies;
use crate::app::feature::{Act, Cx};
use crate::app::kit::widgets::choice;
use crate::app::kit::words;
use crate::app::model::{Keep, StudyPlan};
use crate::meta::{LEAST_STUDIES, MetaMethod};

/// How the peaks of the studies are brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Options {
    method: MetaMethod,
    keep: Keep,
    iterations: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            method: MetaMethod::Ale,
            keep: Keep::All,
            iterations: 1000,
        }
    }
}

/// Draws the choices, and the button that sets it going.
pub(super) fn options(options: &mut Options, ui: &mut Ui, cx: &mut Cx<'_>, studies: usize) {
    let methods = [
        MetaMethod::Ale,
        MetaMethod::Mkda,
        MetaMethod::Kde,
        MetaMethod::Chi2,
    ];
    let methods = methods.map(|method| (method, method.label().to_owned()));
    let corrections = [Keep::All, Keep::Fdr, Keep::Voxel, Keep::Size, Keep::Mass];
    let corrections =
        corrections.map(|keep| (keep, keep.correction().unwrap_or("uncorrected").to_owned()));
    let draws = [200, 1000, 5000].map(|n| (n, format!("{n} draws of chance")));
    let half = 0.5 * (ui.available_width() - 8.0);
    ui.horizontal(|ui| {
        if let Some(method) = choice(ui, "Method", &methods, &options.method, half) {
            options.method = method;
        }
        if let Some(keep) = choice(ui, "Correction", &corrections, &options.keep, half) {
            options.keep = keep;
        }
    });
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let words = format!("Meta-analysis of these {studies}");
        let tip = "Where their peaks agree, as a layer of z values. A correction that draws chance takes a while: the \
                   uncorrected map is shown until then";
        if ui.button(words).on_hover_text(tip).clicked() {
            cx.run("meta-analysis");
        }
        if options.keep.needs_chance() {
            let (name, now) = ("Draws of chance", options.iterations);
            if let Some(n) = choice(ui, name, &draws, &now, ui.available_width().max(120.0)) {
                options.iterations = n;
            }
        }
    });
}

impl Studies {
    /// Brings the peaks of the studies listed together, as a layer.
    pub(super) fn analyse(&mut self, act: &mut Act<'_>) {
        let question = self.question(&act.doc, act.services.model().number);
        let found = question.and_then(|question| {
            let list = self.query.ready(&question)?.as_ref()?;
            Some((list, question.0.chosen_by()))
        });
        let Some((list, chosen_by)) = found else {
            return act.say("There is no list of studies yet: open the Studies tab");
        };
        let with_peaks = list.hits.iter().filter(|s| s.peaks.is_none_or(|n| n > 0));
        let pmids: Vec<u32> = with_peaks.map(|study| study.pmid).collect();
        if pmids.len() < LEAST_STUDIES {
            return act.say(format!(
                "A meta-analysis takes {LEAST_STUDIES} studies with peaks or more"
            ));
        }
        let Options {
            method,
            keep,
            iterations,
        } = self.options;
        let plan = StudyPlan {
            keep,
            iterations: if keep.needs_chance() { iterations } else { 0 },
            ..StudyPlan::whole(pmids, method, chosen_by)
        };
        if self.keep.waiting().any(|known| *known == plan) {
            return;
        }
        if keep.needs_chance() {
            // What is known at once is shown while chance is drawn.
            let first = plan.uncorrected();
            self.glance.ask(first.clone(), first);
        }
        self.keep.ask(plan.clone(), plan);
    }

    /// Shows what came.
    pub(super) fn take(&mut self, act: &mut Act<'_>) {
        for done in self.keep.take() {
            match done.outcome {
                Ok(opened) => {
                    let took = words::duration(done.elapsed_ms);
                    act.desk.last_timing = format!("analysed in {took}");
                    let selected = act.doc.selected;
                    act.doc.drop_preview();
                    act.doc.add_layer(opened);
                    // Its own studies would take the place of those it was made of.
                    if let Some(selected) = selected {
                        act.doc.select(selected);
                    }
                }
                Err(error) => act.fail(error),
            }
        }
        if self.glance.poll() {
            match (self.glance.take(), self.glance.take_failure()) {
                (Some((_, opened)), _) => act.doc.show_preview(opened),
                (None, Some(explanation)) => act.explain(explanation),
                (None, None) => {}
            }
        }
    }
}
