//! Layers made from layers.

use super::effect::Effect;
use crate::app::document::{Document, Layer, LayerId, Origin, Source};
use crate::app::work::DeriveRequest;
use crate::measure::Operation;

/// Asks for a new layer.
pub fn make(document: &Document, operation: Operation, of: &[LayerId]) -> Option<Effect> {
    let from: Option<Vec<_>> = of
        .iter()
        .map(|id| {
            let layer = document.layer(*id)?;
            let volume = layer.volume.clone()?;
            let origin = Origin {
                layer: layer.id,
                name: layer.name.clone(),
                hash: volume.hash.clone(),
                frame: volume.frame,
            };
            Some((origin, volume))
        })
        .collect();
    let request = DeriveRequest {
        operation,
        from: from?,
    };
    Some(Effect::Derive(None, request))
}

/// Layers of a session that can be made now that this layer has its values.
pub fn ready(document: &Document, filled: LayerId) -> Vec<Effect> {
    let waits = |layer: &&Layer| {
        layer.volume.is_none()
            && matches!(&layer.source, Source::Derived { origins, .. }
                if origins.iter().any(|origin| origin.layer == filled))
    };
    let make_again = |layer: &Layer| {
        let Source::Derived { operation, origins } = &layer.source else {
            return None;
        };
        let of: Vec<LayerId> = origins.iter().map(|origin| origin.layer).collect();
        match make(document, *operation, &of)? {
            Effect::Derive(_, request) => Some(Effect::Derive(Some(layer.id), request)),
            _ => None,
        }
    };
    let layers = document.layers.iter().filter(waits);
    layers.filter_map(make_again).collect()
}

/// Says which layers of a session cannot be made again, for a layer they were made from is not in
/// it.
pub fn orphans(document: &Document, advice: &str) -> Vec<Effect> {
    let lost = document.layers.iter().filter_map(|layer| {
        let Source::Derived { origins, .. } = &layer.source else {
            return None;
        };
        let gone = origins.iter().find(|o| document.layer(o.layer).is_none())?;
        Some(Effect::Notice(format!(
            "“{}” was made from “{}”, which the session does not hold: {advice}",
            layer.name, gone.name
        )))
    });
    lost.collect()
}
