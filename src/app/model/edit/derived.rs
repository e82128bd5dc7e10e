//! Layers made from layers.

use std::sync::Arc;

use super::Editor;
use crate::app::model::document::Document;
use crate::app::model::layer::{Layer, LayerId, Origin, Source};
use crate::measure::Operation;
use crate::volume::Volume;

/// A map to be made from maps.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// How.
    pub operation: Operation,
    /// From what, in order.
    pub from: Vec<(Origin, Arc<Volume>)>,
}

impl Document {
    /// What a map made from these layers is made of; `None` where one is not there.
    pub fn recipe(&self, operation: Operation, of: &[LayerId]) -> Option<Recipe> {
        let from = of.iter().map(|id| {
            let layer = self.layer(*id)?;
            let volume = layer.volume.clone()?;
            let origin = Origin {
                layer: layer.id,
                name: layer.name.clone(),
                hash: volume.hash.clone(),
                frame: volume.frame,
            };
            Some((origin, volume))
        });
        let from = from.collect::<Option<_>>()?;
        Some(Recipe { operation, from })
    }

    /// Layers without values that can be made from others now.
    pub fn to_be_made(&self) -> impl Iterator<Item = (LayerId, Recipe)> {
        self.layers.iter().filter_map(|layer| {
            let Source::Derived { operation, origins } = &layer.source else {
                return None;
            };
            let of: Vec<LayerId> = origins.iter().map(|origin| origin.layer).collect();
            let recipe = layer.volume.is_none().then(|| self.recipe(*operation, &of));
            Some((layer.id, recipe??))
        })
    }
}

impl Editor<'_> {
    /// Says which layers cannot be made again, for a layer they were made from is not there.
    pub fn say_orphans(&mut self, advice: &str) {
        let lost = |layer: &Layer| {
            let gone = layer
                .source
                .origins()
                .iter()
                .find(|o| self.layer(o.layer).is_none())?;
            Some(format!(
                "“{}” was made from “{}”, which the session does not hold: {advice}",
                layer.name, gone.name
            ))
        };
        let said: Vec<String> = self.layers.iter().filter_map(lost).collect();
        for text in said {
            self.say(text);
        }
    }
}
