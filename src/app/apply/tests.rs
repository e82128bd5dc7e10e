use std::sync::Arc;

use super::*;
use crate::app::display::{first_look_mm, first_values, peak_mm};
use crate::decode::{Decoding, Tail};
use crate::render::Signs;
use crate::volume::{Affine, Grid, MapKind, Volume, VolumeData};

/// 5³ voxels of 2 mm around the origin; one peak of 9 at the first voxel.
fn volume(name: &str) -> Arc<Volume> {
    let mut values = vec![1.0_f32; 125];
    values[0] = 9.0;
    Arc::new(Volume {
        grid: Grid {
            shape: [5; 3],
            affine: Affine::scale_translate([2.0; 3], [-4.0; 3]),
        },
        data: VolumeData::Scalar(values.into()),
        kind: MapKind::Z,
        name: name.to_owned(),
        frames: 1,
        frame: 0,
        hash: name.to_owned(),
        warnings: Vec::new(),
    })
}

fn add(document: &mut Document, name: &str, predicted: bool) -> Vec<Effect> {
    let source = if predicted {
        Source::Predicted {
            text: name.into(),
            task_id: None,
            bundle: "b".into(),
        }
    } else {
        Source::Embedded {
            name: name.into(),
            hash: name.into(),
        }
    };
    apply(
        document,
        Command::AddLayer {
            volume: volume(name),
            source,
            name: name.into(),
        },
    )
}

fn decoding(tail: Tail) -> Decoding {
    Decoding {
        tail,
        tasks: Vec::new(),
        concepts: Vec::new(),
        domains: Vec::new(),
        coverage: 1.0,
        warnings: Vec::new(),
        elapsed_ms: 1.0,
    }
}

fn names(document: &Document) -> Vec<&str> {
    document
        .layers
        .iter()
        .map(|layer| layer.name.as_str())
        .collect()
}

#[test]
fn a_measured_map_is_read_and_looked_at() {
    let mut document = Document::default();
    let effects = add(&mut document, "a", false);
    assert!(matches!(effects[..], [Effect::Decode { .. }]));
    assert_eq!(document.cut_mm, [-4.0, -4.0, -4.0]);
    assert_eq!(document.reading, document.selected);
}

#[test]
fn a_predicted_map_does_not_take_the_ranking_away() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    let read = document.reading;
    assert!(add(&mut document, "p", true).is_empty());
    assert_eq!(document.reading, read);
    assert_eq!(
        document.selected_layer().map(|l| l.name.as_str()),
        Some("p")
    );
    assert_ne!(
        document.layers[0].display.positive,
        document.layers[1].display.positive
    );
}

#[test]
fn undo_and_redo_walk_through_layers() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    add(&mut document, "p", true);
    apply(&mut document, Command::RemoveSelected);
    assert_eq!(names(&document), ["a"]);
    apply(&mut document, Command::Undo);
    assert_eq!(names(&document), ["a", "p"]);
    apply(&mut document, Command::Undo);
    assert_eq!(names(&document), ["a"]);
    apply(&mut document, Command::Redo);
    assert_eq!(names(&document), ["a", "p"]);
    apply(&mut document, Command::Undo);
    add(&mut document, "b", false);
    assert!(
        document.redo_label().is_none(),
        "a new change ends the redo list"
    );
}

#[test]
fn a_drag_is_one_step_and_two_drags_are_two() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    let id = document.selected.unwrap();
    let before = document.layers[0].display.threshold;
    for n in 0..20 {
        apply(
            &mut document,
            Command::SetThreshold(id, 4.0 + 0.1 * n as f32),
        );
    }
    apply(&mut document, Command::EndDrag);
    for n in 0..20 {
        apply(
            &mut document,
            Command::SetThreshold(id, 2.0 + 0.1 * n as f32),
        );
    }
    apply(&mut document, Command::Undo);
    assert!((document.layers[0].display.threshold - 5.9).abs() < 1e-4);
    apply(&mut document, Command::Undo);
    assert_eq!(document.layers[0].display.threshold, before);
}

#[test]
fn a_change_of_another_kind_ends_a_drag() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    let id = document.selected.unwrap();
    apply(&mut document, Command::SetOpacity(id, 0.9));
    apply(&mut document, Command::SetSigns(id, Signs::Positive));
    apply(&mut document, Command::SetOpacity(id, 0.5));
    apply(&mut document, Command::Undo);
    assert_eq!(document.layers[0].display.opacity, 0.9);
    assert_eq!(document.layers[0].display.signs, Signs::Positive);
}

#[test]
fn threshold_stays_below_the_upper_end_and_nonsense_changes_nothing() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    let id = document.selected.unwrap();
    for value in [f32::NAN, f32::INFINITY, -3.0, 1e30, 0.0] {
        apply(&mut document, Command::SetThreshold(id, value));
        apply(&mut document, Command::SetMaximum(id, value));
        apply(&mut document, Command::SetOpacity(id, value));
        let display = &document.layers[0].display;
        assert!(
            display.threshold >= 0.0 && display.threshold < display.maximum,
            "{display:?}"
        );
        assert!((0.0..=1.0).contains(&display.opacity));
    }
    apply(&mut document, Command::MoveTo([f64::NAN, 0.0, 0.0]));
    assert!(document.cut_mm.iter().all(|x| x.is_finite()));
    apply(&mut document, Command::Nudge([1e9, 0.0, 0.0]));
    assert_eq!(document.cut_mm[0], 200.0);
}

#[test]
fn stale_decodings_are_dropped() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    let id = document.selected.unwrap();
    let content = document.layers[0].content_revision;
    let set = |document: &mut Document, layer, revision, tail| {
        let result = Box::new(LayerResult {
            revision,
            decoding: decoding(tail),
        });
        apply(document, Command::SetDecoding { layer, result });
    };
    set(&mut document, id, content - 1, Tail::Pos);
    assert!(document.decoding().is_none(), "older than the values");
    set(&mut document, LayerId(99), content, Tail::Pos);
    assert!(document.results.is_empty(), "of no layer");
    set(&mut document, id, content + 3, Tail::Pos);
    set(&mut document, id, content + 2, Tail::Neg);
    assert_eq!(
        document.decoding().map(|d| d.tail),
        Some(Tail::Pos),
        "overtaken"
    );
    apply(&mut document, Command::SetTail(Tail::Neg));
    assert!(document.decoding().is_none(), "of the other tail");
}

#[test]
fn removing_and_undoing_brings_the_decoding_back() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    let id = document.selected.unwrap();
    let revision = document.revision;
    let result = Box::new(LayerResult {
        revision,
        decoding: decoding(Tail::Pos),
    });
    apply(&mut document, Command::SetDecoding { layer: id, result });
    apply(&mut document, Command::Remove(id));
    assert!(document.layers.is_empty() && document.decoding().is_none());
    let effects = apply(&mut document, Command::Undo);
    assert!(effects.is_empty(), "nothing is read twice");
    assert!(document.decoding().is_some());
}

#[test]
fn a_document_survives_json() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    add(&mut document, "p", true);
    let id = document.selected.unwrap();
    let result = Box::new(LayerResult {
        revision: 9,
        decoding: decoding(Tail::Pos),
    });
    apply(&mut document, Command::SetDecoding { layer: id, result });
    let text = serde_json::to_string(&document).unwrap();
    let back: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    assert!(back.layers.iter().all(|layer| layer.volume.is_none()));
}

#[test]
fn the_first_look_goes_to_the_largest_cluster() {
    let mut values = vec![0.0_f32; 1000];
    values[0] = 50.0;
    for n in [555, 556, 557, 565] {
        values[n] = -4.0;
    }
    values[556] = -6.0;
    let mut map = Volume::clone(&volume("c"));
    map.grid.shape = [10; 3];
    map.data = VolumeData::Scalar(values.into());
    let expected = map.grid.world(map.grid.voxel(556));
    assert_eq!(first_look_mm(&map, 3.1), Some(expected));
    assert_eq!(first_look_mm(&map, 60.0), peak_mm(&map, Signs::Both));
    assert_eq!(peak_mm(&map, Signs::Negative), Some(expected));
    // Remembered, and by every kind the values are taken for.
    let other = Volume {
        kind: MapKind::Beta,
        ..Volume::clone(&map)
    };
    let known = first_values(&map);
    assert!(Arc::ptr_eq(&known, &first_values(&other)));
    for signs in [Signs::Positive, Signs::Negative, Signs::Both] {
        assert_eq!(known.peak_mm(signs), peak_mm(&map, signs));
    }
}

#[test]
fn every_command_has_words_and_no_two_share_a_key() {
    let mut keys = Vec::new();
    for command in Command::listed() {
        assert!(!command.label().is_empty());
        assert!(!command.label().ends_with('.'), "{}", command.label());
        if let Some(shortcut) = command.shortcut() {
            assert!(!keys.contains(&shortcut), "{shortcut:?} twice");
            keys.push(shortcut);
        }
    }
    let labels: std::collections::BTreeSet<_> = Command::listed()
        .iter()
        .map(|c| c.label().into_owned())
        .collect();
    assert_eq!(
        labels.len(),
        Command::listed().len(),
        "two commands of one name"
    );
}

#[test]
fn anatomy_goes_under_the_maps_and_a_map_of_another_space_is_not_laid_on_the_template() {
    let mut document = Document::default();
    let add = |document: &mut Document, name: &str, edit: &dyn Fn(&mut Volume)| {
        let mut values = Volume::clone(&volume(name));
        edit(&mut values);
        let source = Source::Embedded {
            name: name.to_owned(),
            hash: name.to_owned(),
        };
        let command = Command::AddLayer {
            volume: Arc::new(values),
            source,
            name: name.to_owned(),
        };
        apply(document, command)
    };
    add(&mut document, "map", &|_| {});
    add(&mut document, "t1", &|v| v.kind = MapKind::Anatomy);
    add(&mut document, "t2", &|v| v.kind = MapKind::Anatomy);
    let names: Vec<&str> = document.layers.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["t1", "t2", "map"]);
    assert!(document.underlay);

    let elsewhere = |v: &mut Volume| {
        let warning = crate::volume::LoadWarning::new(crate::volume::WarningCode::OtherSpace, "");
        v.warnings.push(warning);
    };
    add(&mut document, "second", &elsewhere);
    assert!(document.underlay, "the first map decides");
    let mut document = Document::default();
    let effects = add(&mut document, "first", &elsewhere);
    assert!(!document.underlay);
    assert!(effects.iter().any(|e| matches!(e, Effect::Notice(_))));
    apply(&mut document, Command::ToggleUnderlay);
    assert!(document.underlay);
}

#[test]
fn a_large_map_is_looked_at_where_its_largest_cluster_is() {
    let grid = Grid {
        shape: [200, 200, 200],
        affine: Affine::scale_translate([0.5; 3], [-50.0; 3]),
    };
    let mut values = vec![0.0_f32; grid.len()];
    // A single voxel is stronger; the ball is larger.
    values[grid.index([3, 3, 3])] = 90.0;
    let centre = [120.0, 40.0, 60.0_f64];
    for (n, value) in values.iter_mut().enumerate() {
        let voxel = grid.voxel(n);
        let away: f64 = (0..3).map(|a| (voxel[a] as f64 - centre[a]).powi(2)).sum();
        if away < 100.0 {
            *value = (12.0 - away.sqrt()) as f32;
        }
    }
    let map = Volume::derived(grid, values.into(), MapKind::Z, "large").unwrap();
    let at = first_look_mm(&map, 1.0).unwrap();
    let wanted = grid.world([120, 40, 60]);
    for axis in 0..3 {
        assert!((at[axis] - wanted[axis]).abs() <= 1.0, "{at:?} {wanted:?}");
    }
}

#[test]
fn what_was_read_from_other_values_does_not_survive_undo() {
    use crate::app::command::ReadCommand;
    let mut document = Document::default();
    add(&mut document, "a", false);
    let id = document.selected.unwrap();
    let read = |document: &mut Document| {
        let revision = document.revision;
        let decoding = decoding(Tail::Pos);
        let result = Box::new(LayerResult { revision, decoding });
        apply(document, Command::SetDecoding { layer: id, result });
    };
    read(&mut document);
    apply(
        &mut document,
        ReadCommand::SetKind(id, MapKind::Beta).into(),
    );
    assert!(document.decoding().is_none(), "of the kind before");
    read(&mut document);
    assert!(document.decoding().is_some());
    let in_flight = document.revision;
    let effects = apply(&mut document, Command::Undo);
    assert!(document.decoding().is_none(), "of the kind undone");
    assert!(effects.iter().any(|e| matches!(e, Effect::Decode { .. })));
    let result = Box::new(LayerResult {
        revision: in_flight,
        decoding: decoding(Tail::Pos),
    });
    apply(&mut document, Command::SetDecoding { layer: id, result });
    assert!(document.decoding().is_none(), "asked before the undo");
    read(&mut document);
    assert!(document.decoding().is_some());
}

#[test]
fn history_lets_go_of_old_values_before_they_fill_the_memory() {
    let mut document = Document::default();
    let grid = Grid {
        shape: [512, 512, 64],
        affine: Affine::scale_translate([1.0; 3], [0.0; 3]),
    };
    add(&mut document, "a", false);
    let id = document.selected.unwrap();
    // 64 MiB each: 16 fit into what the history may hold alone.
    for n in 0..20_u16 {
        history::remember(&mut document, "Change frame", None);
        let values: Arc<[f32]> = vec![f32::from(n); grid.len()].into();
        let volume = Volume::derived(grid, values, MapKind::Z, "frame").unwrap();
        document.layer_mut(id).unwrap().volume = Some(Arc::new(volume));
    }
    let mut steps = 0;
    while history::undo(&mut document) {
        steps += 1;
    }
    assert!((15..=18).contains(&steps), "{steps} steps were kept");
}
