//! A decoding beside what the model makes of noise, and beside how near to the literature single studies lie.

use super::BesideNulls;
use super::engine::ReadSide;
use crate::atlas::Texture;
use crate::bundle::Bundle;

/// What noise and the literature say of one map.
pub(super) struct Beside {
    /// Percentiles of the tasks, in the order of the vocabulary; `None` of a map that no noise is like.
    pub tasks: Option<Vec<f32>>,
    /// Of the map.
    pub whole: BesideNulls,
}

/// Holds a map against noise and literature; `None` where the model was not tried on any.
pub(super) fn beside(
    bundle: &Bundle,
    read: &ReadSide,
    latent: &[f32],
    cosines: &[f64],
) -> Option<Beside> {
    let nulls = bundle.nulls.as_ref()?;
    let texture = Texture::of(&read.values, bundle.atlas.mask());
    let found = nulls.compare(texture, cosines);
    let index = bundle.index.as_ref();
    let near = index.map(|index| index.nearness(latent, None));
    Some(Beside {
        whole: BesideNulls {
            noise_percentile: found.as_ref().map(|found| found.best),
            noise_maps: found.as_ref().map_or(0, |found| found.maps),
            literature_percentile: near.and_then(|near| nulls.nearness(near)),
        },
        tasks: found.map(|found| found.tasks),
    })
}
