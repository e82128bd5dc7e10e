//! Settings of a training run.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::align::fused::Objective;
use crate::align::optim::AdamWConfig;
use crate::corpus::{TextField, TextView};

/// Settings of the towers' training; the decoder's is in closed form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Seed of initial weights, dropout and order.
    pub seed: u64,
    /// Width of the shared space.
    pub width: usize,
    /// Blocks a tower.
    pub depth: usize,
    /// Dropout of the image tower, 0..1.
    pub dropout_image: f32,
    /// Dropout of the text tower, 0..1.
    pub dropout_text: f32,
    /// Optimiser of the towers.
    pub optimiser: AdamWConfig,
    /// Where the trained multiplier of cosines starts.
    pub logit_scale: f32,
    /// Pairs a step.
    pub batch: usize,
    /// Passes over the studies, at most; each study is seen with both of its texts in a pass.
    pub epochs: usize,
    /// Passes without a lower dev loss before stopping.
    pub patience: usize,
    /// Standardise the features with the mean and deviation of the training studies.
    pub standardise_features: bool,
    /// Standardise the text embeddings likewise.
    pub standardise_texts: bool,
    /// Weight of the running average of weights that is evaluated and kept, 0 for none.
    pub average: f64,
    /// Copies of the training studies with a part of their peaks and of their words, 0 for none.
    pub thinned: usize,
    /// Directions in which texts are read by the literature's terms, 0 for none.
    pub term_axes: usize,
    /// Axes of the maps that terms are placed on, 0 for no terms.
    pub place_axes: usize,
    /// Weight of the places of terms beside the towers, which count 1.
    pub places: f32,
    /// What the towers are trained towards. Accelerators know InfoNCE alone.
    #[serde(skip_serializing_if = "is_info_nce")]
    pub objective: Objective,
    /// What the longer text of a study is made of, in this order; its title is the other text it is learnt by.
    // The last field: see `stage_settings`.
    #[serde(skip_serializing_if = "is_standard")]
    pub long_text: Vec<TextField>,
}

/// Whether the objective is the standard one, of which settings say nothing.
fn is_info_nce(objective: &Objective) -> bool {
    *objective == Objective::InfoNce
}

/// Whether the longer text is the standard one, of which settings say nothing.
fn is_standard(fields: &[TextField]) -> bool {
    fields == TextView::LONG.0
}

impl Default for TrainConfig {
    /// NiCLIP's towers; batch, step size and averaging chosen on dev (docs/MODEL_CARD.md).
    fn default() -> Self {
        Self {
            seed: 1,
            width: 512,
            depth: 3,
            dropout_image: 0.5,
            dropout_text: 0.5,
            optimiser: AdamWConfig {
                learning_rate: 1e-3,
                ..AdamWConfig::default()
            },
            logit_scale: 10.0,
            batch: 512,
            epochs: 20,
            patience: 5,
            standardise_features: false,
            standardise_texts: false,
            average: 0.995,
            thinned: 4,
            term_axes: 300,
            place_axes: 128,
            places: 0.7,
            objective: Objective::InfoNce,
            long_text: TextView::LONG.0.to_vec(),
        }
    }
}

/// A setting outside its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field} is {value}, and must be {allowed}")]
pub struct SettingError {
    /// Name in the settings file; of the optimiser's with "optimiser." before it.
    pub field: &'static str,
    /// What was given.
    pub value: String,
    /// In words.
    pub allowed: String,
}

/// Widest shared space; NiCLIP's has 512.
const MAX_WIDTH: usize = 4096;
/// Most blocks a tower.
const MAX_DEPTH: usize = 16;
/// Most weights of both towers: 1 GiB, of which training holds five copies.
const MAX_WEIGHTS: usize = 1 << 28;
/// Most pairs a step: the table of all against all then takes 1 GiB.
const MAX_BATCH: usize = 1 << 14;
/// Most copies of the studies: each takes as much memory as the studies.
const MAX_THINNED: usize = 64;
/// Most numbers of a text by its terms, of each kind; a bundle's file counts places up to 2,048.
const MAX_AXES: usize = 1024;
/// Most passes.
const MAX_EPOCHS: usize = 100_000;

impl TrainConfig {
    /// As one line of JSON, fields in one order: what stages are kept under.
    pub fn to_json(&self) -> String {
        // Plain data: serde_json has nothing to refuse.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// With these fields in place of its own; those of the optimiser one by one.
    ///
    /// # Errors
    /// A field that there is not, or of another type.
    pub fn with(
        &self,
        fields: serde_json::Map<String, serde_json::Value>,
    ) -> Result<Self, serde_json::Error> {
        let mut all = serde_json::to_value(self)?;
        for (name, value) in fields {
            let own = &mut all[name.as_str()];
            match (own, value) {
                (serde_json::Value::Object(own), serde_json::Value::Object(given)) => {
                    own.extend(given);
                }
                // A field that there is not is null until now, and is told of below.
                (own, value) => *own = value,
            }
        }
        serde_json::from_value(all)
    }

    /// Checks every setting, before anything is made of them.
    ///
    /// # Errors
    /// The first that is outside its range.
    pub fn check(&self) -> Result<(), SettingError> {
        let whole = |field, value: usize, range: RangeInclusive<usize>| {
            let allowed = format!("from {} to {}", range.start(), range.end());
            check(field, value, range.contains(&value), allowed)
        };
        // Not a number is in no range.
        let share = |field, value: f64| {
            let allowed = "at least 0 and below 1".to_owned();
            check(field, value, (0.0..1.0).contains(&value), allowed)
        };
        let above_0 = |field, value: f64, most: f64| {
            let allowed = format!("above 0 and at most {most}");
            check(field, value, value > 0.0 && value <= most, allowed)
        };
        whole("width", self.width, 1..=MAX_WIDTH)?;
        whole("depth", self.depth, 1..=MAX_DEPTH)?;
        let weights = 2 * self.depth * self.width * self.width;
        check(
            "depth",
            self.depth,
            weights <= MAX_WEIGHTS,
            format!(
                "at most {} at a width of {}",
                MAX_WEIGHTS / (2 * self.width * self.width),
                self.width
            ),
        )?;
        share("dropout_image", self.dropout_image.into())?;
        share("dropout_text", self.dropout_text.into())?;
        above_0("optimiser.learning_rate", self.optimiser.learning_rate, 1.0)?;
        share("optimiser.beta1", self.optimiser.beta1)?;
        share("optimiser.beta2", self.optimiser.beta2)?;
        above_0("optimiser.epsilon", self.optimiser.epsilon, 1.0)?;
        let decay = self.optimiser.weight_decay;
        let allowed = "from 0 to 100".to_owned();
        check(
            "optimiser.weight_decay",
            decay,
            (0.0..=100.0).contains(&decay),
            allowed,
        )?;
        above_0("logit_scale", self.logit_scale.into(), 1000.0)?;
        whole("batch", self.batch, 2..=MAX_BATCH)?;
        let (number, field) = match self.objective {
            Objective::InfoNce => (0.0, "objective"),
            Objective::Margin { margin } => (margin, "objective.Margin.margin"),
            Objective::SigLip { bias } => (bias, "objective.SigLip.bias"),
        };
        let range = match self.objective {
            Objective::SigLip { .. } => -100.0..=100.0,
            _ => 0.0..=1.0,
        };
        let allowed = format!("from {} to {}", range.start(), range.end());
        check(field, number, range.contains(&number), allowed)?;
        whole("epochs", self.epochs, 1..=MAX_EPOCHS)?;
        whole("patience", self.patience, 1..=MAX_EPOCHS)?;
        share("average", self.average)?;
        whole("thinned", self.thinned, 0..=MAX_THINNED)?;
        whole("term_axes", self.term_axes, 0..=MAX_AXES)?;
        whole("place_axes", self.place_axes, 0..=MAX_AXES)?;
        above_0("places", self.places.into(), 10.0)?;
        let fields = &self.long_text;
        let once = (1..)
            .zip(fields)
            .all(|(n, field)| !fields[n..].contains(field));
        check(
            "long_text",
            format!("{fields:?}").to_lowercase(),
            !fields.is_empty() && once,
            "one or more of title, keywords, words, abstract and body, each once".to_owned(),
        )
    }

    /// The settings as stages are named by: one line of JSON, fields in one order. Texts are no part of it: those that are
    /// read stand in the names already.
    pub(super) fn stage_settings(&self) -> String {
        let standard = Self {
            long_text: TextView::LONG.0.to_vec(),
            ..self.clone()
        };
        standard.to_json()
    }

    /// The longer text of a study.
    pub(crate) fn long_view(&self) -> TextView<'_> {
        TextView(&self.long_text)
    }
}

fn check(
    field: &'static str,
    value: impl ToString,
    holds: bool,
    allowed: String,
) -> Result<(), SettingError> {
    if holds {
        return Ok(());
    }
    Err(SettingError {
        field,
        value: value.to_string(),
        allowed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_longer_text_changes_no_settings() {
        let standard = TrainConfig::default();
        let json = serde_json::to_string(&standard).unwrap();
        assert!(json.ends_with("\"places\":0.7}"), "{json}");
        assert!(standard.stage_settings().ends_with("\"places\":0.7}"));
        let chosen: TrainConfig =
            serde_json::from_str(r#"{"long_text": ["title", "body"]}"#).unwrap();
        assert_eq!(chosen.check(), Ok(()));
        assert_eq!(chosen.stage_settings(), standard.stage_settings());
        assert!(
            serde_json::to_string(&chosen)
                .unwrap()
                .contains(r#""long_text":["title","body"]"#)
        );
    }

    #[test]
    fn every_setting_has_a_range_and_the_message_names_all_three() {
        assert_eq!(TrainConfig::default().check(), Ok(()));
        for (json, field) in [
            (r#"{"width": 9223372036854775808}"#, "width"),
            (r#"{"width": 1048576}"#, "width"),
            (r#"{"width": 0}"#, "width"),
            (r#"{"depth": 0}"#, "depth"),
            (r#"{"depth": 17}"#, "depth"),
            (r#"{"depth": 16, "width": 4096}"#, "depth"),
            (r#"{"dropout_image": -1}"#, "dropout_image"),
            (r#"{"dropout_text": 1}"#, "dropout_text"),
            (r#"{"logit_scale": 0}"#, "logit_scale"),
            (r#"{"logit_scale": 1e39}"#, "logit_scale"),
            (r#"{"batch": 1}"#, "batch"),
            (r#"{"batch": 99999999}"#, "batch"),
            (r#"{"epochs": 0}"#, "epochs"),
            (r#"{"patience": 0}"#, "patience"),
            (r#"{"average": 2}"#, "average"),
            (r#"{"thinned": 65}"#, "thinned"),
            (r#"{"term_axes": 1025}"#, "term_axes"),
            (r#"{"place_axes": 1025}"#, "place_axes"),
            (r#"{"places": 0}"#, "places"),
            (r#"{"long_text": []}"#, "long_text"),
            (r#"{"long_text": ["title", "title"]}"#, "long_text"),
        ] {
            let config: TrainConfig = serde_json::from_str(json).unwrap();
            let told = config.check().unwrap_err();
            assert_eq!(told.field, field, "{json}");
            let text = told.to_string();
            assert!(
                text.contains(&told.value) && text.contains(&told.allowed),
                "{text}"
            );
        }
        type Change = fn(&mut AdamWConfig);
        let optimisers: [(Change, &str); 5] = [
            (|o| o.learning_rate = 0.0, "optimiser.learning_rate"),
            (|o| o.beta1 = 1.0, "optimiser.beta1"),
            (|o| o.beta2 = f64::NAN, "optimiser.beta2"),
            (|o| o.epsilon = 0.0, "optimiser.epsilon"),
            (|o| o.weight_decay = -0.1, "optimiser.weight_decay"),
        ];
        for (change, field) in optimisers {
            let mut config = TrainConfig::default();
            change(&mut config.optimiser);
            assert_eq!(config.check().unwrap_err().field, field);
        }
    }
}
