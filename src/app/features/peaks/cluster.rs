//! A cluster as a layer of its own, which is then decoded.

use crate::app::feature::{Act, Call};
use crate::app::model::{Layer, rounded};
use crate::measure::Operation;

/// What makes the cluster of a layer that holds a place with this value, beyond the threshold it is shown at, and
/// shows what it means.
pub(super) fn decode(layer: &Layer, at_mm: [f64; 3], value: f32) -> [Call; 2] {
    let [above, below] = layer.display.thresholds();
    let threshold = if value < 0.0 { below } else { above };
    let operation = Operation::Cluster { at_mm, threshold };
    [
        Call::Derive(operation, vec![layer.id]),
        Call::ShowTab("Decode"),
    ]
}

/// The same of the selected layer at the crosshair; says so where no cluster is there.
pub(super) fn decode_at_crosshair(act: &mut Act<'_>) {
    let at_mm = rounded(act.doc.cut_mm);
    let Some(layer) = act.doc.selected_layer() else {
        return act.say("No layer is selected");
    };
    let volume = layer.scalar();
    let value = volume.and_then(|volume| {
        let values = volume.data.scalar()?;
        Some(values[volume.grid.index(volume.voxel_at_world(at_mm)?)])
    });
    match value.filter(|value| value.is_finite()) {
        Some(value) => {
            for call in decode(layer, at_mm, value) {
                act.call(call);
            }
        }
        None => act.say("The selected layer has no value at the crosshair"),
    }
}
