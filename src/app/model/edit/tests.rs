use std::sync::Arc;

use super::*;
use crate::app::model::layer::Content;
use crate::app::model::layer::{Edge, Opened, Source};
use crate::app::model::result::{Decoded, LayerResult, Side};
use crate::decode::{Balance, Decoding, Reading, Tail};
use crate::error::Explanation;
use crate::predict::TextToPredict;
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
        provenance: None,
    })
}

fn opened(name: &str, predicted: bool) -> Opened {
    let source = if predicted {
        Source::Predicted {
            wanted: TextToPredict::text(name),
            bundle: "b".into(),
        }
    } else {
        Source::Embedded {
            name: name.into(),
            hash: name.into(),
        }
    };
    Opened {
        volume: volume(name),
        source,
        name: name.into(),
    }
}

fn add(document: &mut Document, name: &str, predicted: bool) -> LayerId {
    Editor::new(document).add_layer(opened(name, predicted))
}

/// Edits a document; what it said.
fn edit(document: &mut Document, edit: impl FnOnce(&mut Editor<'_>)) -> Vec<String> {
    let mut editor = Editor::new(document);
    edit(&mut editor);
    editor.take_notices()
}

fn result(document: &Document, id: LayerId) -> LayerResult {
    let content_revision = document.layer(id).map_or(0, |l| l.content_revision);
    let decoding = Decoding {
        tail: Tail::Pos,
        tasks: Vec::new(),
        concepts: Vec::new(),
        domains: Vec::new(),
        coverage: 1.0,
        nulls: None,
        warnings: Vec::new(),
        elapsed_ms: 1.0,
    };
    LayerResult {
        content_revision,
        model: 0,
        prior: crate::decode::PriorWeight::default(),
        decoded: Decoded::Sides {
            positive: Side::Decoded(Box::new(Reading {
                decoding,
                latent: vec![1.0],
                provenance: crate::provenance::Provenance::default(),
            })),
            negative: Side::Refused(Explanation {
                what: "no".into(),
                why: "nothing there".into(),
                remedy: String::new(),
                path: None,
            }),
            balance: Balance {
                leading: Tail::Pos,
                ratio: 0.4,
            },
        },
    }
}

/// Decodes a layer as it is now.
fn decode(document: &mut Document, id: LayerId) {
    let result = result(document, id);
    let of = document.layer(id).map(Layer::content).unwrap();
    Editor::new(document).set_result(of, result);
}

fn names(document: &Document) -> Vec<&str> {
    let layers = document.layers.iter();
    layers.map(|layer| layer.name.as_str()).collect()
}

#[test]
fn a_map_that_is_opened_is_selected_and_looked_at() {
    let mut document = Document::default();
    let id = add(&mut document, "a", false);
    assert_eq!(document.cut_mm, [-4.0, -4.0, -4.0]);
    assert_eq!(document.selected, Some(id));
}

#[test]
fn a_predicted_map_does_not_take_the_ranking_away() {
    let mut document = Document::default();
    let measured = add(&mut document, "a", false);
    decode(&mut document, measured);
    add(&mut document, "p", true);
    assert_eq!(document.selected, Some(measured));
    assert!(document.decoding().is_some());
    assert_ne!(
        document.layers[0].display.positive,
        document.layers[1].display.positive
    );
    let mut alone = Document::default();
    let predicted = add(&mut alone, "p", true);
    assert_eq!(alone.selected, Some(predicted));
}

#[test]
fn undo_and_redo_walk_through_layers() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    add(&mut document, "b", false);
    edit(&mut document, |doc| doc.remove_selected());
    assert_eq!(names(&document), ["a"]);
    edit(&mut document, |doc| doc.undo());
    assert_eq!(names(&document), ["a", "b"]);
    edit(&mut document, |doc| doc.undo());
    assert_eq!(names(&document), ["a"]);
    edit(&mut document, |doc| doc.redo());
    assert_eq!(names(&document), ["a", "b"]);
    edit(&mut document, |doc| doc.undo());
    add(&mut document, "c", false);
    assert!(
        document.redo_label().is_none(),
        "a new change ends the redo list"
    );
    assert_eq!(edit(&mut document, |doc| doc.redo()), ["Nothing to redo"]);
}

#[test]
fn a_preview_leaves_no_trace_until_it_is_kept() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    let label = document.undo_label().map(str::to_owned);
    let next = document.next_layer;
    for name in ["one", "two"] {
        edit(&mut document, |doc| doc.show_preview(opened(name, true)));
        assert_eq!(document.preview.as_ref().unwrap().name, name);
        assert_eq!(document.scene(None, true).layers.len(), 2, "it is drawn");
    }
    assert_eq!(names(&document), ["a"]);
    assert_eq!(document.undo_label().map(str::to_owned), label);
    assert_eq!(document.next_layer, next);
    let written = serde_json::to_string(&document).unwrap();
    assert!(!written.contains("two"), "no session holds it");
    edit(&mut document, |doc| doc.drop_preview());
    assert!(document.preview.is_none());
    edit(&mut document, |doc| doc.show_preview(opened("three", true)));
    let shown = document.preview.as_ref().unwrap().display.clone();
    edit(&mut document, |doc| {
        doc.keep_preview();
    });
    assert_eq!(names(&document), ["a", "three"]);
    assert!(document.preview.is_none());
    assert_eq!(
        document.layers[1].display, shown,
        "looks as it was previewed"
    );
    edit(&mut document, |doc| doc.undo());
    assert_eq!(names(&document), ["a"]);
}

#[test]
fn a_drag_is_one_step_and_two_drags_are_two() {
    let mut document = Document::default();
    let id = add(&mut document, "a", false);
    let before = document.layers[0].display.threshold;
    let drag = |document: &mut Document, from: f32| {
        for n in 0..20 {
            let value = from + 0.1 * n as f32;
            edit(document, |doc| {
                doc.set_edge(id, false, Edge::Threshold, value);
            });
        }
    };
    drag(&mut document, 4.0);
    edit(&mut document, |doc| doc.end_drag());
    drag(&mut document, 2.0);
    edit(&mut document, |doc| doc.undo());
    assert!((document.layers[0].display.threshold - 5.9).abs() < 1e-4);
    edit(&mut document, |doc| doc.undo());
    assert_eq!(document.layers[0].display.threshold, before);
}

#[test]
fn a_change_of_another_kind_ends_a_drag() {
    let mut document = Document::default();
    let id = add(&mut document, "a", false);
    edit(&mut document, |doc| {
        doc.set_opacity(id, 0.9);
        doc.set_signs(id, Signs::Positive);
        doc.set_opacity(id, 0.5);
        doc.undo();
    });
    assert_eq!(document.layers[0].display.opacity, 0.9);
    assert_eq!(document.layers[0].display.signs, Signs::Positive);
}

#[test]
fn threshold_stays_below_the_upper_end_and_nonsense_changes_nothing() {
    let mut document = Document::default();
    let id = add(&mut document, "a", false);
    for value in [f32::NAN, f32::INFINITY, -3.0, 1e30, 0.0] {
        edit(&mut document, |doc| {
            doc.set_edge(id, false, Edge::Threshold, value);
            doc.set_edge(id, false, Edge::Maximum, value);
            doc.set_opacity(id, value);
        });
        let display = &document.layers[0].display;
        assert!(
            display.threshold >= 0.0 && display.threshold < display.maximum,
            "{display:?}"
        );
        assert!((0.0..=1.0).contains(&display.opacity));
    }
    edit(&mut document, |doc| doc.move_to([f64::NAN, 0.0, 0.0]));
    assert!(document.cut_mm.iter().all(|x| x.is_finite()));
    edit(&mut document, |doc| doc.nudge([1e9, 0.0, 0.0]));
    assert_eq!(document.cut_mm[0], 200.0);
}

#[test]
fn a_decoding_is_kept_only_of_values_the_layer_has() {
    let mut document = Document::default();
    let id = add(&mut document, "a", false);
    let now = document.layers[0].content();
    let made = result(&document, id);
    let set = |document: &mut Document, of| {
        edit(document, |doc| doc.set_result(of, made.clone()));
    };
    let older = Content {
        revision: now.revision - 1,
        ..now
    };
    set(&mut document, older);
    assert!(document.decoding().is_none(), "older than the values");
    let gone = Content {
        layer: LayerId(99),
        ..now
    };
    set(&mut document, gone);
    assert!(document.results.is_empty(), "of no layer");
    set(&mut document, now);
    assert_eq!(document.decoding().map(|d| d.tail), Some(Tail::Pos));
    edit(&mut document, |doc| doc.set_tail(Some(Tail::Neg)));
    assert!(document.decoding().is_none(), "the other side says nothing");
    assert!(matches!(
        document.side(),
        Some((Tail::Neg, Side::Refused(_)))
    ));
}

#[test]
fn another_map_is_shown_from_its_own_leading_side() {
    let mut document = Document::default();
    add(&mut document, "a", false);
    edit(&mut document, |doc| doc.set_tail(Some(Tail::Neg)));
    let id = add(&mut document, "b", false);
    assert_eq!(document.tail, None);
    edit(&mut document, |doc| doc.set_tail(Some(Tail::Neg)));
    edit(&mut document, |doc| doc.select(id));
    assert_eq!(document.tail, Some(Tail::Neg), "it was selected already");
    edit(&mut document, |doc| doc.select_next(-1));
    assert_eq!(document.tail, None);
}

#[test]
fn removing_and_undoing_brings_the_decoding_back() {
    let mut document = Document::default();
    let id = add(&mut document, "a", false);
    decode(&mut document, id);
    edit(&mut document, |doc| doc.remove(id));
    assert!(document.layers.is_empty() && document.decoding().is_none());
    edit(&mut document, |doc| doc.undo());
    assert!(document.decoding().is_some());
}

#[test]
fn a_document_survives_json() {
    let mut document = Document::default();
    let id = add(&mut document, "a", false);
    add(&mut document, "p", true);
    decode(&mut document, id);
    edit(&mut document, |doc| doc.set_extent(20));
    let text = serde_json::to_string(&document).unwrap();
    let back: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    assert!(back.layers.iter().all(|layer| layer.volume.is_none()));
    assert_eq!(back.analysis.extent_voxels, 20);
}

#[test]
fn the_first_map_takes_the_place_of_the_example() {
    let mut document = Document::default();
    edit(&mut document, |doc| {
        doc.add_example(opened("example", false))
    });
    let file = |name: &str| Opened {
        source: Source::File {
            path: name.into(),
            hash: name.into(),
            frame: 0,
        },
        ..opened(name, false)
    };
    let colours = document.layers[0].display.positive;
    edit(&mut document, |doc| {
        doc.add_layer(file("first"));
    });
    assert_eq!(names(&document), ["first"]);
    assert_eq!(document.layers[0].display.positive, colours);
    assert_eq!(document.selected, Some(document.layers[0].id));
    edit(&mut document, |doc| {
        doc.add_layer(file("second"));
    });
    assert_eq!(names(&document), ["first", "second"]);
    edit(&mut document, |doc| {
        doc.undo();
        doc.undo();
    });
    assert_eq!(names(&document), ["example"], "it is not lost");
}

#[test]
fn anatomy_goes_under_the_maps_and_a_map_of_another_space_is_not_laid_on_the_template() {
    let mut document = Document::default();
    let add = |document: &mut Document, name: &str, change: &dyn Fn(&mut Volume)| {
        let mut values = Volume::clone(&volume(name));
        change(&mut values);
        let map = Opened {
            volume: Arc::new(values),
            ..opened(name, false)
        };
        edit(document, |doc| {
            doc.add_layer(map);
        })
    };
    add(&mut document, "map", &|_| {});
    add(&mut document, "t1", &|v| v.kind = MapKind::Anatomy);
    add(&mut document, "t2", &|v| v.kind = MapKind::Anatomy);
    assert_eq!(names(&document), ["t1", "t2", "map"]);
    assert!(document.underlay);

    let elsewhere = |v: &mut Volume| {
        let warning = crate::volume::LoadWarning::new(crate::volume::WarningCode::OtherSpace, "");
        v.warnings.push(warning);
    };
    add(&mut document, "second", &elsewhere);
    assert!(document.underlay, "the first map decides");
    let second = document.layers.last().map(|layer| layer.id).unwrap();
    let ids: Vec<LayerId> = document.layers.iter().map(|layer| layer.id).collect();
    for id in ids.into_iter().filter(|id| *id != second) {
        assert!(document.underlay, "others are still visible");
        edit(&mut document, |doc| doc.set_visible(id, false));
    }
    assert!(!document.underlay, "it is the only thing visible");
    edit(&mut document, |doc| doc.undo());
    assert!(document.underlay);
    edit(&mut document, |doc| doc.isolate(second));
    assert!(!document.underlay, "shown alone");
    let mut document = Document::default();
    let said = add(&mut document, "first", &elsewhere);
    assert!(!document.underlay);
    assert!(said[0].contains("MNI"));
    edit(&mut document, |doc| doc.toggle_underlay());
    assert!(document.underlay);
}

#[test]
fn what_was_decoded_from_other_values_does_not_survive_undo() {
    let mut document = Document::default();
    let id = add(&mut document, "a", false);
    decode(&mut document, id);
    let of = document.layers[0].content();
    let volume = crate::app::model::with_kind(volume("a"), MapKind::Beta);
    edit(&mut document, |doc| {
        doc.set_kind(of, MapKind::Beta, volume);
    });
    assert!(document.decoding().is_none(), "of the kind before");
    decode(&mut document, id);
    assert!(document.decoding().is_some());
    let in_flight = document.layers[0].content();
    let late = result(&document, id);
    edit(&mut document, |doc| doc.undo());
    assert!(document.decoding().is_none(), "of the kind undone");
    edit(&mut document, |doc| doc.set_result(in_flight, late));
    assert!(document.decoding().is_none(), "asked before the undo");
    decode(&mut document, id);
    assert!(document.decoding().is_some());
}

#[test]
fn the_way_back_is_no_place_of_its_own() {
    let mut document = Document::default();
    edit(&mut document, |doc| {
        doc.go_to([1.0, 2.0, 3.0]);
        doc.go_to([4.0, 5.0, 6.0]);
        doc.go_back();
    });
    assert_eq!(document.cut_mm, [1.0, 2.0, 3.0]);
    edit(&mut document, |doc| doc.go_forward());
    assert_eq!(document.cut_mm, [4.0, 5.0, 6.0]);
    let said = edit(&mut document, |doc| {
        doc.go_back();
        doc.go_back();
        doc.go_back();
    });
    assert_eq!(document.cut_mm, [0.0; 3]);
    assert_eq!(said, ["No earlier position"]);
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
