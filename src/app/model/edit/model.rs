//! The model that decodes and predicts: which one a document was made with.

use std::sync::Arc;

use super::Editor;
use crate::app::model::catalogue::ModelChoice;
use crate::app::model::layer::Source;
use crate::volume::{LoadWarning, Volume, WarningCode};

/// Said of a predicted layer while another model is in use.
const OTHER: &str = "Another model than the one in use predicted this map. Predict its text again to \
                     compare the two.";

impl Editor<'_> {
    /// Keeps which model is in use, for the session.
    pub fn set_model(&mut self, choice: ModelChoice) {
        if self.model.as_ref() != Some(&choice) {
            self.document.model = Some(choice);
            self.touch();
        }
    }

    /// Forgets all that was decoded and what is shown for the moment: another model says other things.
    pub fn forget_results(&mut self) {
        self.document.results.clear();
        self.document.preview = None;
        self.touch();
    }

    /// Notes which predicted layers come from another model than the one in use, of this fingerprint.
    pub fn note_models(&mut self, fingerprint: &str) {
        let mut changed = false;
        for layer in &mut self.document.layers {
            let (Source::Predicted { bundle, .. }, Some(volume)) = (&layer.source, &layer.volume)
            else {
                continue;
            };
            let is_other = bundle != fingerprint;
            let is_noted = volume.warnings.iter().any(|w| w.message == OTHER);
            if is_other == is_noted {
                continue;
            }
            let mut noted = Volume::clone(volume);
            if is_other {
                let code = WarningCode::OtherModel;
                noted.warnings.push(LoadWarning::new(code, OTHER));
            } else {
                noted.warnings.retain(|w| w.message != OTHER);
            }
            layer.volume = Some(Arc::new(noted));
            changed = true;
        }
        if changed {
            self.touch();
        }
    }
}
