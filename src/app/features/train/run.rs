//! A run as it is seen: what it told so far.

use crate::train::{Event, EventReader, Seen, TrainPlan, Trained};

/// Steps kept of a curve; older ones are thinned out.
const MAX_STEPS: usize = 4000;

/// How a run stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    /// It goes on.
    Running,
    /// Stopped by the user; started again it goes on after its last pass.
    Stopped,
    /// It failed, and why.
    Failed(String),
    /// Its bundle is written.
    Done(Box<Trained>),
}

/// A pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pass {
    pub epoch: usize,
    pub train_loss: f32,
    pub dev_loss: f32,
    /// Recall@10, Recall@100, Mix&Match: query title.
    pub text_to_map: [f64; 3],
    /// The same, query map.
    pub map_to_text: [f64; 3],
    pub logit_scale: f32,
    pub best: bool,
    pub elapsed_ms: f32,
}

/// A run.
pub(super) struct Run {
    /// Tells runs apart.
    pub number: u32,
    /// As the user calls it.
    pub name: String,
    pub plan: TrainPlan,
    pub state: State,
    pub warnings: Vec<String>,
    /// Studies in train and dev.
    pub studies: Option<[usize; 2]>,
    /// What is done now.
    pub stage: String,
    /// Passes (with fractions) and losses of steps.
    pub steps: Vec<[f64; 2]>,
    /// The last step, of so many.
    pub step: [u64; 2],
    pub learning_rate: f64,
    pub pairs_per_s: f32,
    pub passes: Vec<Pass>,
    /// Pass, mean cosine of pairs, mean cosine of others.
    pub cosines: Vec<[f64; 3]>,
    /// The last look.
    pub seen: Option<Seen>,
    /// Where the events of a run of another program are read.
    pub followed: Option<EventReader>,
}

impl Run {
    pub fn new(number: u32, plan: TrainPlan) -> Self {
        Self {
            number,
            name: plan.name.clone(),
            plan,
            state: State::Running,
            warnings: Vec::new(),
            studies: None,
            stage: "Reading the corpus".to_owned(),
            steps: Vec::new(),
            step: [0, 0],
            learning_rate: 0.0,
            pairs_per_s: 0.0,
            passes: Vec::new(),
            cosines: Vec::new(),
            seen: None,
            followed: None,
        }
    }

    /// Takes in what the run told.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Warning(warning) => self.warnings.push(warning.to_string()),
            Event::Config { studies, .. } => self.studies = Some(studies),
            Event::Stage { name, cached } => {
                let words = in_words(&name);
                self.stage = match cached {
                    true => format!("{words} (kept from before)"),
                    false => words.to_owned(),
                };
            }
            Event::Resumed { epoch } => {
                self.warnings
                    .push(format!("Goes on after pass {epoch} of an interrupted run"));
            }
            Event::Step {
                step,
                steps,
                epoch,
                loss,
                learning_rate,
                pairs_per_s,
            } => {
                let a_pass = (steps as f64 / self.plan.config.epochs.max(1) as f64).max(1.0);
                self.steps.push([step as f64 / a_pass, f64::from(loss)]);
                if self.steps.len() > MAX_STEPS {
                    let mut n = 0;
                    self.steps.retain(|_| {
                        n += 1;
                        n % 2 == 0
                    });
                }
                self.step = [step, steps];
                self.learning_rate = learning_rate;
                self.pairs_per_s = pairs_per_s;
                self.stage = format!("pass {epoch} of at most {}", self.plan.config.epochs);
            }
            Event::Seen(seen) => {
                let cosines = [seen.diagonal, seen.off_diagonal].map(f64::from);
                self.cosines
                    .push([seen.epoch as f64, cosines[0], cosines[1]]);
                // Of a run of another program the figures alone are known.
                if !seen.similarities[0].is_empty() {
                    self.seen = Some(*seen);
                }
            }
            Event::Epoch {
                epoch,
                train_loss,
                dev_loss,
                text_to_map,
                map_to_text,
                logit_scale,
                best,
                elapsed_ms,
            } => {
                let three = |r: crate::train::Retrieval| [r.recall_10, r.recall_100, r.mix_match];
                // Passes of an interrupted run are told again.
                self.passes.retain(|pass| pass.epoch < epoch);
                self.passes.push(Pass {
                    epoch,
                    train_loss,
                    dev_loss,
                    text_to_map: three(text_to_map),
                    map_to_text: three(map_to_text),
                    logit_scale,
                    best,
                    elapsed_ms,
                });
            }
            Event::Decoder { .. } => self.stage = in_words("decoder").to_owned(),
            Event::TowersKept { best_epoch, .. } => {
                self.stage = format!("pass {best_epoch} is kept");
            }
            Event::Done(trained) => self.state = State::Done(Box::new(trained)),
        }
    }

    /// The pass kept so far.
    pub fn best(&self) -> Option<&Pass> {
        self.passes.iter().rev().find(|pass| pass.best)
    }

    /// Time left of the towers' training, at the pace so far: at most, for it may stop early.
    pub fn left_ms(&self) -> Option<f32> {
        let last = self.passes.last()?;
        let left = self.plan.config.epochs.saturating_sub(last.epoch);
        Some(left as f32 * last.elapsed_ms / last.epoch.max(1) as f32)
    }

    /// Whether the towers learn now.
    pub fn at_towers(&self) -> bool {
        self.stage.starts_with("pass ") && self.is_running()
    }

    pub fn is_running(&self) -> bool {
        self.state == State::Running
    }
}

/// A stage as a person calls it.
fn in_words(stage: &str) -> &str {
    match stage {
        "atlas" => "learning the atlas",
        "features" => "reading maps",
        "texts" => "reading texts",
        "terms" => "reading the literature's terms",
        "towers" => "towers",
        "decoder" => "fitting the decoder",
        "finish" => "putting the model together",
        "nulls" => "reading maps of noise",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> TrainPlan {
        serde_json::from_value(serde_json::json!({
            "corpus": "c", "output": "o.gyrus", "name": "n", "config": {"epochs": 4}
        }))
        .unwrap()
    }

    fn epoch(epoch: usize, best: bool) -> Event {
        let none = crate::train::Retrieval {
            recall_10: 1.0,
            recall_100: 2.0,
            mix_match: 3.0,
        };
        Event::Epoch {
            epoch,
            train_loss: 1.0,
            dev_loss: 2.0,
            text_to_map: none,
            map_to_text: none,
            logit_scale: 10.0,
            best,
            elapsed_ms: 100.0 * epoch as f32,
        }
    }

    #[test]
    fn what_is_told_becomes_curves_and_is_told_twice_without_harm() {
        let mut run = Run::new(1, plan());
        for step in 1..=10_000 {
            run.take(Event::Step {
                step,
                steps: 40_000,
                epoch: 1,
                loss: 1.0,
                learning_rate: 1e-3,
                pairs_per_s: 9.0,
            });
        }
        assert!(run.steps.len() <= MAX_STEPS);
        assert_eq!(run.steps.last().unwrap()[0], 1.0);
        for (n, best) in [(1, true), (2, true), (3, false), (2, true), (3, false)] {
            run.take(epoch(n, best));
        }
        let passes: Vec<usize> = run.passes.iter().map(|pass| pass.epoch).collect();
        assert_eq!(passes, [1, 2, 3]);
        assert_eq!(run.best().unwrap().epoch, 2);
        assert_eq!(run.left_ms(), Some(100.0));
    }
}
