//! What is asked for before a run starts: corpus, settings, where the model goes.

use std::path::{Path, PathBuf};

use eframe::egui::{Checkbox, CollapsingHeader, DragValue, TextEdit, Ui};

use crate::app::feature::{Action, Call, Cx, FileRequest, Purpose};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{choice, paragraph};
use crate::train::{Objective, Preset, TrainConfig, TrainPlan};

/// Width of the words before a field, points.
const NAME: f32 = 150.0;

/// What is filled in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Form {
    /// Folder or file of the corpus.
    pub corpus: String,
    /// The bundle to write.
    pub output: String,
    /// Name of the model.
    pub name: String,
    /// Where the settings come from.
    pub preset: Preset,
    /// The settings, changed or not.
    pub config: TrainConfig,
    /// Training studies at most; 0 for all.
    pub studies: usize,
    /// Modes of the atlas; 0 for as many as fit.
    pub modes: usize,
    /// Learn again what was learnt before.
    pub anew: bool,
}

impl Default for Form {
    fn default() -> Self {
        let preset = Preset::Demo;
        Self {
            corpus: String::new(),
            output: String::new(),
            name: "My model".to_owned(),
            preset,
            config: preset.config(1),
            studies: preset.studies().unwrap_or(0),
            modes: preset.modes().unwrap_or(0),
            anew: false,
        }
    }
}

impl Form {
    /// The settings of a preset in place of those filled in; the seed stays.
    fn take(&mut self, preset: Preset) {
        self.preset = preset;
        self.config = preset.config(self.config.seed);
        self.studies = preset.studies().unwrap_or(0);
        self.modes = preset.modes().unwrap_or(0);
    }

    /// A corpus that was chosen.
    pub fn take_corpus(&mut self, path: &Path) {
        // Of a corpus in several tables any of them may be chosen.
        let alone = ["json", "txt"];
        let ending = path.extension().and_then(|ending| ending.to_str());
        let is_alone = ending.is_some_and(|ending| alone.contains(&ending));
        let corpus = match path.is_dir() || is_alone {
            true => path,
            false => path.parent().unwrap_or(path),
        };
        self.corpus = corpus.display().to_string();
    }

    /// What is asked for.
    ///
    /// # Errors
    /// What is missing or out of range, in words.
    pub fn plan(&self) -> Result<TrainPlan, String> {
        let corpus = PathBuf::from(self.corpus.trim());
        if self.corpus.trim().is_empty() {
            return Err("Choose the folder of a corpus".to_owned());
        }
        if !corpus.exists() {
            return Err("There is no such corpus".to_owned());
        }
        if self.output.trim().is_empty() {
            return Err("Say where the model is written".to_owned());
        }
        let mut output = PathBuf::from(self.output.trim());
        if output.extension().is_none() {
            output.set_extension("gyrus");
        }
        if output.extension().and_then(|e| e.to_str()) != Some("gyrus") {
            return Err("The model's file ends in .gyrus".to_owned());
        }
        let folder = output.parent().filter(|p| !p.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) {
            return Err("The folder the model is to be written to is not there".to_owned());
        }
        self.config.check().map_err(|why| why.to_string())?;
        let some = |n: usize| (n > 0).then_some(n);
        let plan =
            serde_json::json!({"corpus": corpus, "output": output, "name": self.name.trim()});
        // Three fields that a plan has.
        let plan: TrainPlan = serde_json::from_value(plan).map_err(|why| why.to_string())?;
        Ok(TrainPlan {
            config: self.config.clone(),
            studies: some(self.studies),
            most_modes: some(self.modes),
            null_maps: match self.preset {
                // Enough to say what is noise, and done in seconds.
                Preset::Demo => 100,
                _ => plan.null_maps,
            },
            ..plan
        })
    }

    /// Draws the fields; whether the run is to start.
    pub fn draw(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, busy: bool) -> bool {
        let t = cx.t;
        let wide = (ui.available_width() - NAME - 120.0).clamp(160.0, 420.0);
        line(ui, cx, "Corpus", |ui, cx| {
            let hint = "A folder of studies: Neurosynth, NeuroQuery, or tables of your own";
            ui.add(
                TextEdit::singleline(&mut self.corpus)
                    .hint_text(hint)
                    .desired_width(wide),
            )
            .accessible_name("Corpus");
            if ui.button("Choose…").clicked() {
                cx.call(Call::Choose(FileRequest {
                    title: "Choose a corpus (any file of its folder)",
                    purpose: Purpose::Open,
                    filters: vec![("All files", vec!["*".to_owned()])],
                    then: Box::new(|mut paths| Action::Call(Call::UseCorpus(paths.remove(0)))),
                }));
            }
        });
        line(ui, cx, "Write the model to", |ui, cx| {
            let hint = "…/my-model.gyrus";
            ui.add(
                TextEdit::singleline(&mut self.output)
                    .hint_text(hint)
                    .desired_width(wide),
            )
            .accessible_name("Write the model to");
            if ui.button("Save as…").clicked() {
                cx.call(Call::Choose(FileRequest {
                    title: "Where the model goes",
                    purpose: Purpose::Save {
                        name: "my-model.gyrus".to_owned(),
                        ending: "gyrus",
                    },
                    filters: vec![("Gyrus models", vec!["gyrus".to_owned()])],
                    then: Box::new(|mut paths| Action::Call(Call::WriteModelTo(paths.remove(0)))),
                }));
            }
        });
        line(ui, cx, "Name", |ui, _| {
            ui.add(TextEdit::singleline(&mut self.name).desired_width(wide))
                .accessible_name("Name of the model");
        });
        line(ui, cx, "Settings of", |ui, _| {
            let presets = Preset::ALL.map(|preset| (preset, preset.label().to_owned()));
            if let Some(preset) = choice(ui, "Preset", &presets, &self.preset, wide) {
                self.take(preset);
            }
        });
        CollapsingHeader::new("All settings")
            .id_salt("training settings")
            .show(ui, |ui| self.settings(ui, cx));
        ui.add(Checkbox::new(&mut self.anew, "Learn anew")).on_hover_text(
            "Begins at the first pass, even where a run of these settings was interrupted or is done",
        );
        ui.add_space(6.0);
        let plan = self.plan();
        let mut start = false;
        ui.horizontal(|ui| {
            let can = plan.is_ok() && !busy;
            start = ui
                .add_enabled(can, eframe::egui::Button::new("Start training"))
                .clicked();
            let words = match &plan {
                _ if busy => "A run is under way.".to_owned(),
                Ok(plan) if plan.output.exists() => {
                    format!("Replaces the model that is there. {}", self.estimate())
                }
                Ok(_) => self.estimate(),
                Err(why) => format!("{why}."),
            };
            paragraph(ui, &words, Type::Small, t.text_2);
        });
        start
    }

    fn settings(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let c = &mut self.config;
        whole(ui, cx, "Passes, at most", &mut c.epochs, 1..=1000);
        whole(ui, cx, "Passes without gain", &mut c.patience, 1..=1000);
        whole(ui, cx, "Pairs a step", &mut c.batch, 2..=16_384);
        line(ui, cx, "Learning rate", |ui, _| {
            let rate = &mut c.optimiser.learning_rate;
            let field = DragValue::new(rate).speed(1e-5).range(1e-7..=1.0);
            ui.add(field.max_decimals(7))
                .accessible_name("Learning rate");
        });
        line(ui, cx, "Weight decay", |ui, _| {
            let decay = &mut c.optimiser.weight_decay;
            ui.add(DragValue::new(decay).speed(0.01).range(0.0..=10.0))
                .accessible_name("Weight decay");
        });
        for (name, rate) in [
            ("Dropout, maps", &mut c.dropout_image),
            ("Dropout, texts", &mut c.dropout_text),
        ] {
            line(ui, cx, name, |ui, _| {
                ui.add(DragValue::new(rate).speed(0.01).range(0.0..=0.95))
                    .accessible_name(name);
            });
        }
        line(ui, cx, "Objective", |ui, _| {
            let all = [
                (Objective::InfoNce, "InfoNCE"),
                (Objective::SigLip { bias: -10.0 }, "SigLIP"),
                (Objective::Margin { margin: 0.1 }, "InfoNCE with a margin"),
            ];
            let all = all.map(|(objective, words)| (objective, words.to_owned()));
            if let Some(objective) = choice(ui, "Objective", &all, &c.objective, 200.0) {
                c.objective = objective;
            }
        });
        whole(ui, cx, "Width", &mut c.width, 8..=4096);
        whole(ui, cx, "Blocks a tower", &mut c.depth, 1..=16);
        whole(ui, cx, "Thinned copies", &mut c.thinned, 0..=16);
        whole(
            ui,
            cx,
            "Studies at most (0: all)",
            &mut self.studies,
            0..=1_000_000,
        );
        whole(ui, cx, "Modes at most (0: 512)", &mut self.modes, 0..=1024);
        line(ui, cx, "Seed", |ui, _| {
            ui.add(DragValue::new(&mut c.seed)).accessible_name("Seed");
        });
    }

    /// How much memory it may take, and what decides how long.
    fn estimate(&self) -> String {
        let c = &self.config;
        let modes = match self.modes {
            0 => 512,
            most => most.min(512),
        };
        let inputs = modes + 384 + c.term_axes;
        let weights = 2 * c.depth * c.width * c.width + inputs * c.width;
        // Weights, their gradients, both moments and the average; activations of a batch; all pairs against all.
        let bytes = 5 * 4 * weights + 4 * c.batch * c.width * 12 * c.depth + 12 * c.batch * c.batch;
        let studies = match self.studies {
            0 => "all studies".to_owned(),
            n => format!("at most {n} studies"),
        };
        format!(
            "{} million weights, about {} MB for them, {studies}, {} passes at most. Maps and texts are read first.",
            (weights as f64 / 1e5).round() / 10.0,
            bytes / 1_000_000 + 1,
            c.epochs
        )
    }
}

fn line(ui: &mut Ui, cx: &mut Cx<'_>, name: &str, fields: impl FnOnce(&mut Ui, &mut Cx<'_>)) {
    ui.horizontal(|ui| {
        crate::app::kit::widgets::field_name(ui, cx.t, name, NAME);
        fields(ui, cx);
    });
}

fn whole(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    name: &'static str,
    value: &mut usize,
    range: std::ops::RangeInclusive<usize>,
) {
    line(ui, cx, name, |ui, _| {
        ui.add(DragValue::new(value).range(range))
            .accessible_name(name);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_before_anything_starts() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let mut form = Form::default();
        assert!(form.plan().unwrap_err().contains("corpus"));
        form.corpus = at("none");
        assert!(form.plan().unwrap_err().contains("no such corpus"));
        form.corpus = at("");
        assert!(form.plan().unwrap_err().contains("where the model"));
        form.output = at("none/x.gyrus");
        assert!(form.plan().unwrap_err().contains("folder"));
        form.output = at("x.nii");
        assert!(form.plan().unwrap_err().contains(".gyrus"));
        form.output = at("x");
        let plan = form.plan().unwrap();
        assert!(plan.output.ends_with("x.gyrus"));
        assert_eq!((plan.studies, plan.most_modes), (Some(4000), Some(128)));
        form.config.batch = 1;
        assert!(form.plan().unwrap_err().contains("batch"));
    }

    #[test]
    fn any_table_of_a_folder_stands_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("studies.csv");
        std::fs::write(&table, "x").unwrap();
        let mut form = Form::default();
        form.take_corpus(&table);
        assert_eq!(Path::new(&form.corpus), folder.path());
        form.take_corpus(&folder.path().join("set.json"));
        assert!(form.corpus.ends_with("set.json"));
    }
}
