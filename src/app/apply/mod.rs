//! The only place that changes a [`Document`]. Anything slow or outside the document comes back as
//! an [`Effect`] for the window to carry out.

mod derived;
mod effect;
mod layers;
mod look;
mod read;
mod session;
mod view;

pub use effect::{Dialog, Effect, WindowChange};

use layers::{add_layer, change, remove, reorder, select};

use super::command::Command;
use super::document::{Document, LayerId, LayerResult, Source, ThemeChoice};
use super::history::{self, DragKey};
use crate::render::{Convention, default_display, first_values};

/// Slices are drawn within this distance of the origin, mm; the cut point stays inside.
const WORLD_LIMIT_MM: f64 = 200.0;

/// Carries a command out on the document.
pub fn apply(document: &mut Document, command: Command) -> Vec<Effect> {
    let label = command.label().into_owned();
    match command {
        Command::OpenDialog => vec![Effect::Dialog(Dialog::Open)],
        Command::TypePath(dialog) => vec![Effect::TypePath(*dialog)],
        Command::Open(paths) => vec![Effect::Load(paths)],
        Command::OpenDemo => vec![Effect::LoadDemo],
        Command::View(command) => view::apply(document, command),
        Command::SaveMapDialog => match document.selected_layer() {
            Some(layer) => vec![Effect::Dialog(Dialog::SaveMap(layer.name.clone()))],
            None => notice("No layer is selected"),
        },
        Command::SaveMap(path) => {
            match document
                .selected_layer()
                .and_then(|layer| layer.volume.clone())
            {
                Some(volume) => vec![Effect::SaveMap(path, volume)],
                None => notice("No layer is selected"),
            }
        }
        Command::Session(command) => session::apply(document, command, &label),
        Command::Read(command) => read::apply(document, command, &label),
        Command::Look(command) => look::apply(document, command, &label),
        Command::Quit => vec![Effect::Window(WindowChange::Quit)],

        Command::Undo => travel(document, history::undo, "Nothing to undo"),
        Command::Redo => travel(document, history::redo, "Nothing to redo"),
        Command::Remove(id) => remove(document, id, &label),
        Command::RemoveSelected => match document.selected {
            Some(id) => remove(document, id, &label),
            None => notice("No layer is selected"),
        },
        Command::Select(id) => select(document, id),
        Command::SelectNext(step) => {
            let at = document
                .layers
                .iter()
                .position(|layer| Some(layer.id) == document.selected);
            let next = at.and_then(|at| at.checked_add_signed(step as isize));
            match next.and_then(|next| document.layers.get(next)) {
                Some(layer) => select(document, layer.id),
                None => Vec::new(),
            }
        }
        Command::Reorder(id, step) => reorder(document, id, step, &label),
        Command::AddLayer {
            volume,
            source,
            name,
        } => add_layer(document, volume, source, name, &label),
        Command::SetDecoding { layer, result } => set_decoding(document, layer, *result),

        Command::SetVisible(id, visible) => change(document, id, &label, None, |layer| {
            layer.display.visible = visible
        }),
        Command::ToggleSelected => match document.selected {
            Some(id) => change(document, id, &label, None, |layer| {
                layer.display.visible = !layer.display.visible;
            }),
            None => notice("No layer is selected"),
        },
        Command::SetThreshold(id, value) if value.is_finite() => change(
            document,
            id,
            &label,
            Some(DragKey::Threshold(id)),
            |layer| {
                let value = value.max(0.0);
                layer.display.threshold = value;
                layer.display.maximum =
                    layer.display.maximum.max(value * 1.001 + f32::MIN_POSITIVE);
            },
        ),
        Command::SetMaximum(id, value) if value.is_finite() => {
            change(document, id, &label, Some(DragKey::Maximum(id)), |layer| {
                let value = value.max(f32::MIN_POSITIVE);
                layer.display.maximum = value;
                layer.display.threshold = layer.display.threshold.min(value * 0.999);
            })
        }
        Command::SetOpacity(id, value) if value.is_finite() => {
            change(document, id, &label, Some(DragKey::Opacity(id)), |layer| {
                layer.display.opacity = value.clamp(0.0, 1.0);
            })
        }
        // A value that is no number changes nothing.
        Command::SetThreshold(..) | Command::SetMaximum(..) | Command::SetOpacity(..) => Vec::new(),
        Command::SetSigns(id, signs) => change(document, id, &label, None, |layer| {
            layer.display.signs = signs
        }),
        Command::SetColours(id, positive, negative) => {
            change(document, id, &label, None, |layer| {
                layer.display.positive = positive;
                layer.display.negative = negative;
            })
        }
        Command::ResetDisplay(id) => change(document, id, &label, None, |layer| {
            if let Some(volume) = &layer.volume {
                layer.display = default_display(volume, layer.display.positive);
            }
        }),
        Command::EndDrag => {
            document.history.end_drag();
            Vec::new()
        }

        Command::MoveTo(point) => {
            move_to(document, point);
            Vec::new()
        }
        Command::Nudge(vector) => {
            let cut = document.cut_mm;
            move_to(
                document,
                std::array::from_fn(|axis| cut[axis] + vector[axis]),
            );
            Vec::new()
        }
        Command::GoToPeak => {
            let peak = document
                .selected_layer()
                .and_then(|layer| Some((layer.volume.as_ref()?, layer.display.signs)))
                .and_then(|(volume, signs)| first_values(volume).peak_mm(signs));
            match peak {
                Some(point) => {
                    move_to(document, point);
                    Vec::new()
                }
                None => notice("The selected layer has no peak"),
            }
        }
        Command::Origin => {
            move_to(document, [0.0; 3]);
            Vec::new()
        }
        Command::SetConvention(convention) => set_convention(document, convention, &label),
        Command::ToggleConvention => {
            let other = match document.convention {
                Convention::Neurological => Convention::Radiological,
                Convention::Radiological => Convention::Neurological,
            };
            set_convention(document, other, &label)
        }
        Command::ToggleCrosshair => {
            document.crosshair = !document.crosshair;
            document.revision += 1;
            Vec::new()
        }
        Command::ToggleUnderlay => {
            history::remember(document, &label, None);
            document.underlay = !document.underlay;
            document.revision += 1;
            Vec::new()
        }
        Command::SetTheme(theme) => {
            document.theme = theme;
            document.revision += 1;
            Vec::new()
        }
        Command::ToggleTheme => {
            document.theme = match document.theme {
                ThemeChoice::Light => ThemeChoice::Dark,
                ThemeChoice::Dark | ThemeChoice::System => ThemeChoice::Light,
            };
            document.revision += 1;
            Vec::new()
        }
        Command::Maximise(pane) => vec![Effect::Window(WindowChange::Maximise(pane))],
        Command::CycleViews => vec![Effect::Window(WindowChange::CycleViews)],

        Command::SetTail(tail) => {
            document.tail = tail;
            document.revision += 1;
            match document.reading {
                Some(id) => decode_effect(document, id),
                None => Vec::new(),
            }
        }
        Command::DecodeSelected => match document.selected {
            Some(id) => {
                document.reading = Some(id);
                document.results.remove(&id);
                document.revision += 1;
                decode_effect(document, id)
            }
            None => notice("No layer is selected"),
        },
        Command::Predict { text, task_id } => {
            let text = text.trim().to_owned();
            if text.is_empty() {
                return notice("Type a task or a sentence first");
            }
            let there = document.layers.iter().find(|layer| match &layer.source {
                Source::Predicted {
                    text: known,
                    task_id: id,
                    ..
                } => *id == task_id && (id.is_some() || *known == text),
                Source::File { .. } | Source::Embedded { .. } | Source::Derived { .. } => false,
            });
            if let Some(id) = there.map(|layer| layer.id) {
                return select(document, id);
            }
            document.revision += 1;
            vec![Effect::Predict {
                text,
                task_id,
                revision: document.revision,
            }]
        }
        Command::FocusText => vec![Effect::Window(WindowChange::FocusText)],
        Command::CancelJobs => vec![Effect::CancelJobs],
        Command::TogglePalette => vec![Effect::Window(WindowChange::TogglePalette)],
        Command::ToggleHelp => vec![Effect::Window(WindowChange::ToggleHelp)],
        Command::SetTab(tab) => vec![Effect::Window(WindowChange::Tab(tab))],
        Command::ToggleLog => vec![Effect::Window(WindowChange::ToggleLog)],
        Command::ToggleMotion => vec![Effect::Window(WindowChange::ToggleMotion)],
        Command::DismissMessages => vec![Effect::Window(WindowChange::DismissMessages)],
    }
}

fn notice(text: &str) -> Vec<Effect> {
    vec![Effect::Notice(text.to_owned())]
}

fn travel(document: &mut Document, step: fn(&mut Document) -> bool, empty: &str) -> Vec<Effect> {
    let contents = |document: &Document| -> Vec<(LayerId, u64)> {
        let layers = document.layers.iter();
        layers.map(|l| (l.id, l.content_revision)).collect()
    };
    let before = contents(document);
    if !step(document) {
        return notice(empty);
    }
    document.revision += 1;
    // A layer that shows other values now has a new content: what was read from the values it had
    // a moment ago, or is being read from them, is not of these.
    let revision = document.revision;
    for (id, was) in before {
        if let Some(layer) = document.layer_mut(id)
            && layer.content_revision != was
        {
            layer.content_revision = revision;
            document.results.remove(&id);
        }
    }
    // Values that were still to come when the step was taken.
    let waiting = document.layers.iter().filter(|l| l.volume.is_none());
    let mut effects: Vec<Effect> = waiting
        .filter(|layer| !matches!(layer.source, Source::Derived { .. }))
        .map(|layer| Effect::Fill(layer.id, layer.source.clone()))
        .collect();
    // The layer read again may never have been: it was removed before its decoding came.
    if let Some(id) = document.reading
        && document.decoding().is_none()
    {
        effects.extend(decode_effect(document, id));
    }
    effects
}

fn set_convention(document: &mut Document, convention: Convention, label: &str) -> Vec<Effect> {
    if document.convention != convention {
        history::remember(document, label, None);
        document.convention = convention;
        document.revision += 1;
    }
    Vec::new()
}

fn move_to(document: &mut Document, point: [f64; 3]) {
    if point.iter().all(|x| x.is_finite()) {
        document.cut_mm = document
            .nearest_shown_mm(point)
            .map(|x| x.clamp(-WORLD_LIMIT_MM, WORLD_LIMIT_MM));
        document.revision += 1;
    }
}

/// Takes a decoding only where its layer still holds the values it was made from.
fn set_decoding(document: &mut Document, id: LayerId, result: LayerResult) -> Vec<Effect> {
    let fresh = document
        .layer(id)
        .is_some_and(|layer| result.revision >= layer.content_revision)
        && document
            .results
            .get(&id)
            .is_none_or(|old| old.revision <= result.revision);
    if fresh {
        document.results.insert(id, result);
        document.revision += 1;
    }
    Vec::new()
}

fn decode_effect(document: &Document, id: LayerId) -> Vec<Effect> {
    let Some(volume) = document.layer(id).and_then(|layer| layer.volume.clone()) else {
        return Vec::new();
    };
    vec![Effect::Decode {
        layer: id,
        volume,
        tail: document.tail,
        revision: document.revision,
    }]
}

#[cfg(test)]
mod tests;
