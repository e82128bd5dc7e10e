//! How layers look and lie, driven as a user does: the colour bar, the swatches, the list.

use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Vec2, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use gyrus::app::{Document, Edge, Editor, Layer, LayerId};
use gyrus::render::{Interpolation, LabelStyle, RangeStart, ThresholdMode};
use gyrus::volume::VolumeData;

use crate::support::fake::{ball, opened};
use crate::support::window::{Window, edit, names, open};

fn layer(window: &Window) -> &Layer {
    window.state().document().selected_layer().unwrap()
}

fn add(window: &mut Window, name: &str, height: f32) {
    let map = ball(name, [20.0, -10.0, 10.0], height);
    crate::support::window::add(window, opened(map));
}

fn drag(window: &mut Window, from: Pos2, by: Vec2, modifiers: Modifiers) {
    window.event(Event::ModifiersChanged(modifiers));
    window.drag_at(from);
    window.run_steps(2);
    for part in [0.4, 0.8, 1.0] {
        window.hover_at(from + part * by);
        window.run_steps(1);
    }
    window.drop_at(from + by);
    window.run_steps(2);
    window.event(Event::ModifiersChanged(Modifiers::NONE));
    window.run_steps(1);
}

fn centre(window: &Window, label: &str) -> Pos2 {
    window.get_by_label(label).rect().center()
}

#[test]
fn handles_on_the_colour_bar_move_by_pointer_and_keys_and_a_drag_is_one_step() {
    let mut window = open();
    let before = layer(&window).display.clone();
    let from = centre(&window, "Threshold");
    drag(&mut window, from, vec2(12.0, 0.0), Modifiers::NONE);
    let moved = layer(&window).display.threshold;
    assert!(moved > before.threshold + 0.1, "{moved}");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(layer(&window).display, before, "one step back");

    // Shift moves a tenth as far.
    drag(&mut window, from, vec2(12.0, 0.0), Modifiers::SHIFT);
    let fine = layer(&window).display.threshold - before.threshold;
    let coarse = moved - before.threshold;
    assert!(fine > 0.0 && fine < 0.3 * coarse, "{fine} of {coarse}");

    window.get_by_label("Maximum").focus();
    window.run_steps(2);
    window.key_press(Key::ArrowLeft);
    window.run_steps(2);
    let lower = layer(&window).display.maximum;
    assert!(lower < before.maximum);
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    window.run_steps(2);
    let finer = layer(&window).display.maximum;
    assert!(finer > lower && finer - lower < 0.2 * (before.maximum - lower));
}

#[test]
fn a_double_click_puts_a_handle_back() {
    let mut window = open();
    let before = layer(&window).display.threshold;
    let id = layer(&window).id;
    edit(&mut window, move |doc| {
        doc.set_edge(id, false, Edge::Threshold, 1.25)
    });
    window.run_steps(3);
    let pos = centre(&window, "Threshold");
    window.hover_at(pos);
    window.run_steps(2);
    for _ in 0..2 {
        for pressed in [true, false] {
            window.input_mut().events.push(Event::PointerButton {
                pos,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
        window.step();
    }
    window.run_steps(2);
    assert_eq!(layer(&window).display.threshold, before);
}

#[test]
fn modes_signs_interpolation_and_ranges_are_chosen_by_name() {
    let mut window = open();
    window.get_by_label("Below the threshold: Outline").click();
    window.run_steps(3);
    assert_eq!(layer(&window).display.mode, ThresholdMode::Outline);
    window.key_press(Key::T);
    window.run_steps(3);
    assert_eq!(layer(&window).display.mode, ThresholdMode::Hide);

    window.get_by_label("More").click();
    window.run_steps(6);
    window.get_by_label("Interpolation: Cubic").click();
    window.run_steps(3);
    assert_eq!(layer(&window).display.interpolation, Interpolation::Cubic);

    window.get_by_label("Same range for both signs").click();
    window.run_steps(3);
    assert!(layer(&window).display.negative_range.is_some());
    window.get_by_label("Negative threshold").focus();
    window.run_steps(2);
    window.key_press(Key::ArrowRight);
    window.run_steps(2);
    let display = &layer(&window).display;
    assert!(display.range(true).threshold > display.threshold);
    window.get_by_label("Negative threshold value");

    window.get_by_label("Colours begin").click();
    window.run_steps(3);
    window.get_by_label("at a value").click();
    window.run_steps(3);
    assert!(matches!(
        layer(&window).display.minimum,
        RangeStart::Value(_)
    ));
    window.get_by_label("Minimum");
}

#[test]
fn swatches_open_a_list_and_the_other_sign_follows() {
    let mut window = open();
    window.get_by_label("Positive colours: Warm").click();
    window.run_steps(4);
    window.get_by_label("Colour map Hot").click();
    window.run_steps(4);
    let display = &layer(&window).display;
    assert_eq!(
        (display.positive.name(), display.negative.name()),
        ("hot", "cold")
    );
    // A map with two arms is one swatch for both.
    window.get_by_label("Negative colours: Cold").click();
    window.run_steps(4);
    window.get_by_label("Colour map Plasma").click();
    window.run_steps(4);
    let display = &layer(&window).display;
    assert_eq!(
        (display.positive.name(), display.negative.name()),
        ("hot", "plasma")
    );
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(4);
    assert_eq!(layer(&window).display.positive.name(), "warm");
}

#[test]
fn layers_are_moved_by_dragging_and_by_keys() {
    let mut window = open();
    add(&mut window, "second", 9.0);
    add(&mut window, "third", 9.0);
    let before = names(&window);
    let colours: Vec<_> = window
        .state()
        .document()
        .layers
        .iter()
        .map(|l| l.display.positive)
        .collect();
    assert!(colours[0] != colours[1] && colours[1] != colours[2] && colours[0] != colours[2]);
    // The top of the list is the top of the stack: the third goes below the first.
    let from = centre(&window, "Layer third");
    let to = centre(&window, &format!("Layer {}", before[0])) + vec2(0.0, 20.0);
    drag(&mut window, from, to - from, Modifiers::NONE);
    window.run_steps(2);
    assert_eq!(names(&window), ["third", &before[0], "second"]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(names(&window), before);

    window.key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
    window.run_steps(3);
    assert_eq!(names(&window), [&before[0], "third", "second"]);
    window.key_press_modifiers(Modifiers::ALT, Key::ArrowUp);
    window.run_steps(3);
    assert_eq!(names(&window), before);
}

#[test]
fn another_layer_decides_and_its_removal_falls_back_until_undone() {
    let mut window = open();
    add(&mut window, "statistic", 9.0);
    add(&mut window, "effect", 0.5);
    let (effect, statistic) = {
        let layers = &window.state().document().layers;
        (layers[2].id, layers[1].id)
    };
    window.get_by_label("More").click();
    window.run_steps(6);
    window.get_by_label("Threshold by").click();
    window.run_steps(4);
    window.get_by_label("statistic").click();
    window.run_steps(4);
    assert_eq!(layer(&window).threshold_by, Some(statistic));
    let gated = |window: &Window| {
        let document = window.state().document();
        document.gate(document.layer(effect).unwrap()).is_some()
    };
    assert!(gated(&window));
    window.get_by_label("Threshold of the other layer");
    edit(&mut window, move |doc| doc.remove(statistic));
    window.run_steps(4);
    assert!(!gated(&window), "its own threshold again");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(4);
    assert!(gated(&window));
}

#[test]
fn a_layer_is_renamed_isolated_and_lends_its_look() {
    let mut window = open();
    add(&mut window, "second", 9.0);
    let ids: Vec<LayerId> = window
        .state()
        .document()
        .layers
        .iter()
        .map(|l| l.id)
        .collect();
    let (first, second) = (ids[0], ids[1]);
    assert_ne!(first, second);
    let mut send = |change: fn(&mut Editor<'_>, LayerId)| {
        edit(&mut window, move |doc| change(doc, second));
        window.state().document().clone()
    };
    let document = send(|doc, id| doc.rename(id, "  a better name "));
    assert_eq!(document.layers[1].name, "a better name");
    let document = send(|doc, id| doc.rename(id, "  "));
    assert_eq!(
        document.layers[1].name, "a better name",
        "an empty name is none"
    );
    let shown = |document: &Document| {
        document
            .layers
            .iter()
            .map(|l| l.display.visible)
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&send(|doc, id| doc.isolate(id))), [false, true]);
    assert_eq!(shown(&send(|doc, id| doc.isolate(id))), [true, true]);
    send(|doc, id| doc.set_mode(id, ThresholdMode::Fade));
    let document = send(|doc, id| doc.look_to_all(id));
    assert_eq!(document.layers[0].display.mode, ThresholdMode::Fade);
    assert_ne!(
        document.layers[0].display.positive,
        document.layers[1].display.positive
    );
}

#[test]
fn labels_are_filled_or_outlined() {
    let mut window = open();
    let mut volume = ball("regions", [0.0; 3], 4.0);
    let labels: Vec<u32> = volume
        .data
        .scalar()
        .unwrap()
        .iter()
        .map(|v| *v as u32)
        .collect();
    volume.data = VolumeData::Label(labels.into());
    crate::support::window::add(&mut window, opened(volume));
    window.get_by_label("Regions: Outline").click();
    window.run_steps(3);
    assert_eq!(layer(&window).display.labels, LabelStyle::Outline);
    assert!(
        window.query_by_label("Threshold").is_none(),
        "labels have no threshold"
    );
}

/// At the smallest window and at every scale, nothing of the column lies beyond its edge.
#[test]
fn nothing_in_the_column_is_cut_off_at_its_side() {
    for (size, scale) in [
        ([900.0, 600.0], 1.0),
        ([900.0, 600.0], 2.0),
        ([1280.0, 800.0], 1.5),
    ] {
        let mut window = open();
        window.get_by_label("More").click();
        window.run_steps(6);
        window.set_size(vec2(size[0], size[1]));
        window.set_pixels_per_point(scale);
        window.run_steps(4);
        for label in [
            "Threshold value",
            "Maximum value",
            "Below the threshold: Outline",
            "Signs: Both",
            "Positive colours: Warm",
            "Negative colours: Cool",
            "Opacity",
            "Interpolation: Cubic",
            "Same range for both signs",
            "Colours begin",
            "Colour bar: From threshold",
        ] {
            let rect = window.get_by_label(label).rect();
            let fits = rect.min.x >= 8.0 && rect.max.x <= 242.0 && rect.width() > 10.0;
            assert!(fits, "{label} at {size:?} × {scale}: {rect:?}");
        }
        let first = window.get_by_label("Signs: Positive").rect();
        assert!(first.min.x < pos2(30.0, 0.0).x);
    }
}

#[test]
fn the_menu_of_a_layer_offers_what_can_be_done_with_it() {
    let mut window = open();
    add(&mut window, "second", 9.0);
    window.get_by_label("Layer second").click_secondary();
    window.run_steps(3);
    window.get_by_label("Show this layer alone").click();
    window.run_steps(3);
    let layers = window.state().document().layers.iter();
    let shown: Vec<_> = layers.map(|l| l.display.visible).collect();
    assert_eq!(shown, [false, true]);
    window.get_by_label("Layer second").click_secondary();
    window.run_steps(3);
    window.get_by_label("Rename…").click();
    window.run_steps(3);
    window.get_by_label("Name of the layer").type_text(" map");
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(names(&window)[1], "second map");
}

#[test]
fn a_session_with_colours_of_another_version_opens_and_says_so() {
    let mut window = open();
    let mut session = serde_json::to_value(window.state().document()).unwrap();
    session["layers"][0]["display"]["positive"] = "a map of the future".into();
    let session: Document = serde_json::from_value(session).unwrap();
    edit(&mut window, |doc| doc.restore(session));
    let display = &window.state().document().layers[0].display;
    assert_eq!(display.positive.name(), "warm");
    let told = window.query_all_by_label_contains("does not know the colours");
    assert!(told.count() > 0);
}
