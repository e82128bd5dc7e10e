//! Trained towers as a stage of the cache.

use super::Towers;
use crate::align::Tower;
use crate::tensors::Container;

/// Prefixes of the weights' names, NiCLIP's.
const IMAGE: &str = "image_model.model";
const TEXT: &str = "text_model.model";
/// Where scale, pass and dev figures are kept.
const NOTES: &str = "notes";

impl Towers {
    /// As a stage to keep.
    pub(crate) fn store(&self) -> Option<Container<'static>> {
        let mut file = Container::default();
        file.extend(self.image.to_tensors(IMAGE));
        file.extend(self.text.to_tensors(TEXT));
        let notes = serde_json::to_string(&(self.logit_scale, self.epoch, self.dev)).ok()?;
        file.metadata.insert(NOTES.into(), notes);
        Some(file)
    }

    /// From such a stage.
    pub(crate) fn load(mut file: Container<'_>) -> Option<Self> {
        Self::load_from(&mut file)
    }

    /// From a stage that holds more.
    pub(crate) fn load_from(file: &mut Container<'_>) -> Option<Self> {
        let (logit_scale, epoch, dev) = serde_json::from_str(file.metadata.get(NOTES)?).ok()?;
        let image = Tower::from_tensors(IMAGE, file).ok()?;
        let text = Tower::from_tensors(TEXT, file).ok()?;
        Some(Self {
            image,
            text,
            logit_scale,
            epoch,
            dev,
        })
    }
}
