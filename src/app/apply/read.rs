//! Reading commands: what changes the document here, the rest for the window.

use std::sync::Arc;

use super::effect::{Dialog, Effect};
use super::{change, derived, move_to, notice};
use crate::app::command::ReadCommand;
use crate::app::document::{Document, LayerId, Source};
use crate::app::history::DragKey;
use crate::app::services::Opened;
use crate::render::default_display;
use crate::volume::{MapKind, Volume, VolumeData};

/// Carries a reading command out.
pub fn apply(document: &mut Document, command: ReadCommand, label: &str) -> Vec<Effect> {
    match command {
        ReadCommand::GoTo(point) => {
            move_to(document, point);
            Vec::new()
        }
        ReadCommand::GoToVoxel(voxel) => go_to_voxel(document, voxel),
        ReadCommand::SavePeaksDialog => match document.selected_layer() {
            Some(layer) => vec![Effect::Dialog(Dialog::SavePeaks(layer.name.clone()))],
            None => notice("No layer is selected"),
        },
        ReadCommand::AtlasDialog => vec![Effect::Dialog(Dialog::Atlas)],
        ReadCommand::UseAtlas(choice) => vec![Effect::Atlas(choice)],
        ReadCommand::Derive(operation, of) => match derived::make(document, operation, &of) {
            Some(effect) => vec![effect],
            None => notice("A layer it is made from is not there"),
        },
        ReadCommand::SetFrame(id, frame) => set_frame(document, id, frame),
        ReadCommand::ShowFrame(id, opened) => show_frame(document, id, *opened, label),
        ReadCommand::ReadCourse => read_course(document),
        ReadCommand::SetKind(id, kind) => set_kind(document, id, kind, label),
        ReadCommand::Back
        | ReadCommand::Forward
        | ReadCommand::StepPeak(_)
        | ReadCommand::StepFrame(_)
        | ReadCommand::FocusCoordinate
        | ReadCommand::SetExtent(_)
        | ReadCommand::SetOver(_)
        | ReadCommand::ToggleDerive
        | ReadCommand::AtlasNamesDialog
        | ReadCommand::ShowAtlas
        | ReadCommand::CopyPeaks
        | ReadCommand::SavePeaks(_) => vec![Effect::Read(command)],
    }
}

fn go_to_voxel(document: &mut Document, voxel: [f64; 3]) -> Vec<Effect> {
    let volume = document
        .selected_layer()
        .and_then(|layer| layer.volume.clone());
    let Some(volume) = volume else {
        return notice("No layer is selected");
    };
    let shape = volume.grid.shape;
    if (0..3).any(|axis| voxel[axis] >= shape[axis] as f64) {
        let [i, j, k] = shape.map(|n| n.saturating_sub(1));
        return vec![Effect::Notice(format!(
            "The selected layer's voxels go from 0 0 0 to {i} {j} {k}"
        ))];
    }
    move_to(document, volume.grid.affine.apply(voxel));
    Vec::new()
}

fn set_frame(document: &Document, id: LayerId, frame: usize) -> Vec<Effect> {
    let Some(layer) = document.layer(id) else {
        return Vec::new();
    };
    let (Source::File { path, .. }, Some(volume)) = (&layer.source, &layer.volume) else {
        return notice("This layer has one frame");
    };
    if frame >= volume.frames {
        return notice("There is no such frame");
    }
    vec![Effect::Frame(id, path.clone(), frame)]
}

fn show_frame(document: &mut Document, id: LayerId, opened: Opened, label: &str) -> Vec<Effect> {
    let revision = document.revision + 1;
    // Undone, the old values are there at once: a snapshot shares them.
    change(document, id, label, Some(DragKey::Frame(id)), |layer| {
        layer.volume = Some(with_kind(opened.volume, layer.kind));
        layer.source = opened.source;
        layer.content_revision = revision;
    })
}

fn read_course(document: &Document) -> Vec<Effect> {
    let Some(layer) = document.selected_layer() else {
        return notice("No layer is selected");
    };
    let (Source::File { path, .. }, Some(volume)) = (&layer.source, &layer.volume) else {
        return notice("The selected layer has one frame");
    };
    if volume.frames < 2 {
        return notice("The selected layer has one frame");
    }
    match volume.voxel_at_world(document.cut_mm) {
        Some(voxel) => vec![Effect::Course(layer.id, path.clone(), voxel)],
        None => notice("The crosshair is outside the selected layer"),
    }
}

fn set_kind(document: &mut Document, id: LayerId, kind: MapKind, label: &str) -> Vec<Effect> {
    let volume = document.layer(id).and_then(|layer| layer.volume.clone());
    let Some(volume) = volume else {
        return Vec::new();
    };
    let volume = with_kind(volume, kind);
    let becomes = matches!(volume.data, VolumeData::Label(_));
    if kind == MapKind::Label && !becomes {
        return notice("Labels are whole numbers from 0 up: this map holds others");
    }
    let revision = document.revision + 1;
    change(document, id, label, None, |layer| {
        layer.kind = kind;
        // Threshold and range start where this kind of map starts; the colours stay.
        layer.display = default_display(&volume, layer.display.positive);
        layer.volume = Some(volume);
        layer.content_revision = revision;
    })
}

/// The same values as another kind. Labels are whole numbers of their own: where a map becomes
/// labels, or labels become numbers, they are converted, if that can be done without loss.
pub(super) fn with_kind(volume: Arc<Volume>, kind: MapKind) -> Arc<Volume> {
    if volume.kind == kind {
        return volume;
    }
    let mut other = Volume::clone(&volume);
    match (&volume.data, kind == MapKind::Label) {
        (VolumeData::Scalar(values), true) => {
            // From 2²⁴ on a 32-bit float no longer tells whole numbers apart.
            let whole = |v: f32| v.is_nan() || (v >= 0.0 && v.fract() == 0.0 && v <= 16_777_216.0);
            if !values.iter().all(|&v| whole(v)) {
                return volume;
            }
            other.data = VolumeData::Label(values.iter().map(|&v| v as u32).collect());
            // Textures are kept by hash.
            other.hash = format!("{} as labels", volume.hash);
        }
        (VolumeData::Label(labels), false) => {
            other.data = VolumeData::Scalar(labels.iter().map(|&l| l as f32).collect());
            other.hash = format!("{} as numbers", volume.hash);
        }
        (VolumeData::Rgba(_), _) => return volume,
        _ => {}
    }
    other.kind = kind;
    Arc::new(other)
}
