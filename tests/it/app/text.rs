//! The map of a text follows what is typed: in the field at the foot and in the Text tab.

use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use gyrus::app::{Call, GyrusApp, Mix, Source, TextToPredict};

use crate::support::window::{Window, call, edit, names, open, run, settle};

const FOOT: &str = "Type a task or a sentence to see its map…";
const FIRST: &str = "A phrase, an abstract, a whole article…";
const SECOND: &str = "The second text…";

/// The text whose map is shown for the moment.
fn previewed(app: &GyrusApp) -> Option<TextToPredict> {
    match &app.document().preview.as_ref()?.source {
        Source::Predicted { wanted, .. } => Some(wanted.clone()),
        _ => None,
    }
}

fn previews(app: &GyrusApp, text: &str) -> bool {
    previewed(app).is_some_and(|wanted| wanted.text == text)
}

/// Opens the tab with this text in its first field, whose map is there.
fn typed(text: &str) -> Window {
    let mut window = open();
    run(&mut window, "Text");
    window.get_by_label(FIRST).focus();
    window.run_steps(2);
    window.get_by_label(FIRST).type_text(text);
    window.run_steps(2);
    settle(&mut window, "its map is shown", |app| previews(app, text));
    window
}

#[test]
fn the_map_follows_what_is_typed_and_leaves_no_trace() {
    let mut window = open();
    let undo = window.state().document().layers.len();
    window.key_press(Key::Slash);
    window.run_steps(3);
    window.get_by_label(FOOT).type_text("listening to mus");
    window.run_steps(2);
    settle(&mut window, "the first map", |app| {
        previews(app, "listening to mus")
    });
    window.get_by_label(FOOT).type_text("ic");
    window.run_steps(2);
    settle(&mut window, "the next map", |app| {
        previews(app, "listening to music")
    });
    assert!(
        window
            .query_by_label_contains("Supported: closer to published studies")
            .is_some()
    );
    assert_eq!(window.state().document().layers.len(), undo);
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.state().document().preview.is_none());
    assert_eq!(
        window
            .get_by_label(FOOT)
            .accesskit_node()
            .value()
            .as_deref(),
        Some("")
    );
    // Enter makes a layer of what is shown, once.
    window.key_press(Key::Slash);
    window.run_steps(3);
    window.get_by_label(FOOT).type_text("reading");
    window.run_steps(2);
    settle(&mut window, "shown again", |app| previews(app, "reading"));
    window.key_press(Key::Enter);
    settle(&mut window, "kept", |app| {
        app.document().layers.len() == undo + 1
    });
    assert!(window.state().document().preview.is_none());
    assert_eq!(names(&window)[undo], "reading");
}

#[test]
fn emptying_the_field_takes_the_map_away() {
    let mut window = typed("pain");
    window.get_by_label(FIRST).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    window.key_press(Key::Backspace);
    window.run_steps(3);
    settle(&mut window, "gone", |app| app.document().preview.is_none());
}

#[test]
fn two_texts_are_mixed_and_their_difference_is_one_action() {
    let mut window = typed("reading words");
    window.get_by_label("Texts: Difference").click();
    window.run_steps(3);
    assert!(
        window
            .query_by_label("Type the second text, too.")
            .is_some()
    );
    window.get_by_label(SECOND).focus();
    window.run_steps(2);
    window.get_by_label(SECOND).type_text("viewing faces");
    window.run_steps(2);
    let mix = |app: &GyrusApp| Some(previewed(app)?.second?.mix);
    settle(&mut window, "the difference", |app| {
        mix(app) == Some(Mix::Minus)
    });
    window.get_by_label("Texts: Between two").click();
    settle(&mut window, "between", |app| {
        mix(app) == Some(Mix::TowardPercent(50))
    });
    window.get_by_label("Towards the second text").focus();
    window.run_steps(2);
    window.key_press(Key::ArrowRight);
    settle(&mut window, "moved", |app| {
        mix(app) == Some(Mix::TowardPercent(51))
    });
    window.get_by_label("Sharpness").focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    settle(&mut window, "sharper", |app| {
        previewed(app).is_some_and(|wanted| wanted.sharpness_percent == 10)
    });
    let layers = names(&window).len();
    window.get_by_label("Keep as a layer").click();
    settle(&mut window, "kept", |app| {
        app.document().layers.len() == layers + 1
    });
    assert_eq!(
        names(&window)[layers],
        "reading words → viewing faces, 51 %"
    );
    // It comes back from a session as it was asked for.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.gyrus-session");
    call(&mut window, Call::SaveSession(path.clone()));
    settle(&mut window, "saved", |_| path.exists());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("toward_percent") && text.contains("sharpness_percent"),
        "{text}"
    );
    run(&mut window, "undo");
    assert_eq!(names(&window).len(), layers);
}

#[test]
fn words_are_taken_apart_at_the_crosshair() {
    let mut window = typed("listening to loud music");
    settle(&mut window, "the words", |_| true);
    let begun = std::time::Instant::now();
    while window.query_by_label("listening +0.40").is_none() {
        assert!(begun.elapsed().as_secs() < 20, "no words");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(window.query_by_label("music −0.50").is_some());
}

#[test]
fn a_list_of_texts_is_stepped_by_arrow_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lecture.txt");
    std::fs::write(&path, "reading words\n\nviewing faces\nheat pain\n").unwrap();
    let mut window = open();
    call(&mut window, Call::ReadPrompts(path));
    settle(&mut window, "the first text", |app| {
        previews(app, "reading words")
    });
    window.key_press_modifiers(Modifiers::COMMAND, Key::ArrowDown);
    settle(&mut window, "the second text", |app| {
        previews(app, "viewing faces")
    });
    for wanted in ["heat pain", "heat pain"] {
        run(&mut window, "next-prompt");
        settle(&mut window, "the last text", |app| previews(app, wanted));
    }
    window.get_by_label("Show “viewing faces”").click();
    settle(&mut window, "clicked", |app| previews(app, "viewing faces"));
    window.key_press(Key::ArrowUp);
    settle(&mut window, "by the arrow", |app| {
        previews(app, "reading words")
    });
    window.key_press(Key::ArrowDown);
    settle(&mut window, "and back", |app| {
        previews(app, "viewing faces")
    });
    assert_eq!(names(&window).len(), 1);
}

#[test]
fn a_file_that_is_no_text_is_a_message_and_the_texts_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("article.txt");
    std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    let mut window = typed("pain");
    call(&mut window, Call::ReadText(path.clone()));
    settle(&mut window, "refused", |_| true);
    let begun = std::time::Instant::now();
    while window
        .query_all_by_label_contains("Could not read the text")
        .next()
        .is_none()
    {
        assert!(begun.elapsed().as_secs() < 20, "no message");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(previews(window.state(), "pain"));
    std::fs::write(&path, "Participants tapped their fingers.").unwrap();
    call(&mut window, Call::ReadText(path));
    settle(&mut window, "read", |app| {
        previews(app, "Participants tapped their fingers.")
    });
}

#[test]
fn the_selected_map_and_the_regions_named_stand_beside_the_text() {
    let mut window = typed("fear and the amygdala");
    let begun = std::time::Instant::now();
    let seen = |window: &Window, words: &str| window.query_by_label_contains(words).is_some();
    while !(seen(&window, "Dice of the strongest tenth 0.36") && seen(&window, "Left amygdala 1×"))
    {
        assert!(begun.elapsed().as_secs() < 20, "nothing beside the text");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(seen(&window, "2 of the model's"));
    while !seen(
        &window,
        "12 of 1000 titles of new studies are more like this map",
    ) {
        assert!(begun.elapsed().as_secs() < 40, "no titles");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    window.get_by_label("Left amygdala 1×").click();
    window.run_steps(3);
    assert_eq!(window.state().document().cut_mm, [-22.0, -4.0, -18.0]);
    // A click in the scatter plot goes to a voxel with such values: here at its upper right end.
    let plot = window
        .get_by_label_contains("Scatter plot of both maps")
        .rect();
    let at = eframe::egui::pos2(plot.right() - 1.0, plot.top() + 1.0);
    window.hover_at(at);
    window.run_steps(1);
    window.drag_at(at);
    window.run_steps(1);
    window.drop_at(at);
    window.run_steps(3);
    assert_eq!(window.state().document().cut_mm, [12.0, -8.0, 30.0]);
}

#[test]
fn the_overlap_of_a_text_and_a_map_is_a_layer_of_labels() {
    let mut window = typed("tapping");
    settle(&mut window, "beside", |_| true);
    let layers = names(&window).len();
    let begun = std::time::Instant::now();
    while window.query_by_label("Show where they overlap").is_none() {
        assert!(begun.elapsed().as_secs() < 20, "nothing beside the text");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    window.get_by_label("Show where they overlap").click();
    settle(&mut window, "both layers", |app| {
        app.document().layers.len() == layers + 2
    });
    let made = window.state().document().layers.last().unwrap();
    assert!(
        made.name.starts_with("Overlap of tapping and "),
        "{}",
        made.name
    );
    let volume = made.volume.as_ref().unwrap();
    assert!(matches!(volume.data, gyrus::volume::VolumeData::Label(_)));
}

#[test]
fn a_contrast_keeps_both_maps_and_their_difference() {
    let mut window = typed("reading words");
    window.get_by_label("Texts: Difference").click();
    window.run_steps(3);
    window.get_by_label(SECOND).focus();
    window.run_steps(2);
    window.get_by_label(SECOND).type_text("viewing faces");
    settle(&mut window, "the difference", |app| {
        previewed(app).is_some_and(|wanted| wanted.second.is_some())
    });
    let layers = names(&window).len();
    window.get_by_label("Keep all three").click();
    settle(&mut window, "three layers", |app| {
        app.document().layers.len() == layers + 3
    });
    assert_eq!(
        names(&window)[layers..],
        [
            "reading words",
            "viewing faces",
            "reading words − viewing faces"
        ]
    );
}

#[test]
fn a_few_words_are_helped_by_the_definition_of_the_nearest_task() {
    let mut window = typed("tones");
    let begun = std::time::Instant::now();
    while window
        .query_by_label_contains("Help it with the definition of")
        .is_none()
    {
        assert!(begun.elapsed().as_secs() < 20, "no help");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    window
        .get_by_label_contains("Help it with the definition of")
        .click();
    settle(&mut window, "half way", |app| {
        previewed(app).and_then(|wanted| Some(wanted.second?.mix)) == Some(Mix::TowardPercent(50))
    });
}

#[test]
fn what_was_begun_at_the_foot_goes_on_in_the_tab() {
    let mut window = open();
    window.key_press(Key::Slash);
    window.run_steps(3);
    window.get_by_label(FOOT).type_text("reading");
    window.run_steps(2);
    run(&mut window, "Text");
    let field = window.get_by_label(FIRST);
    assert_eq!(field.accesskit_node().value().as_deref(), Some("reading"));
    assert!(window.query_by_label(FOOT).is_none());
}

#[test]
fn a_map_that_was_closed_or_undone_comes_back() {
    let mut window = typed("pain");
    edit(&mut window, |doc| doc.drop_preview());
    let path = listed(&mut window, "pain");
    settle(&mut window, "shown again", |app| previews(app, "pain"));
    window.get_by_label("Keep as a layer").click();
    settle(&mut window, "kept", |app| app.document().layers.len() == 2);
    // Its text is told of beside the layer, too.
    call(&mut window, Call::ReadPrompts(path.clone()));
    settle(&mut window, "asked again", |_| true);
    assert!(
        window
            .query_by_label_contains("Supported: closer")
            .is_some()
    );
    assert!(window.state().document().preview.is_none());
    run(&mut window, "undo");
    call(&mut window, Call::ReadPrompts(path));
    settle(&mut window, "shown once more", |app| previews(app, "pain"));
}

/// A list of this one text, opened.
fn listed(window: &mut Window, text: &str) -> std::path::PathBuf {
    let folder = tempfile::tempdir().unwrap().keep();
    let path = folder.join("list.txt");
    std::fs::write(&path, text).unwrap();
    call(window, Call::ReadPrompts(path.clone()));
    path
}

#[test]
fn the_tab_shows_the_map_of_its_own_text() {
    let mut window = typed("pain");
    run(&mut window, "Decode");
    window.key_press(Key::Slash);
    window.run_steps(3);
    window.get_by_label(FOOT).type_text("music");
    window.run_steps(2);
    settle(&mut window, "of the foot", |app| previews(app, "music"));
    run(&mut window, "Text");
    settle(&mut window, "of the tab", |app| previews(app, "pain"));
    // What was begun at the foot does not come back where the field is emptied.
    window.get_by_label(FIRST).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    window.key_press(Key::Backspace);
    settle(&mut window, "nothing", |app| {
        app.document().preview.is_none()
    });
    let field = window.get_by_label(FIRST);
    assert_eq!(field.accesskit_node().value().as_deref(), Some(""));
}

#[test]
fn keys_pressed_twice_before_a_frame_count_twice() {
    let mut window = open();
    let path = listed(&mut window, "one\ntwo\nthree\nfour\n");
    settle(&mut window, "the first", |app| previews(app, "one"));
    for _ in 0..2 {
        window.input_mut().events.push(Event::Key {
            key: Key::ArrowDown,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::COMMAND,
        });
    }
    settle(&mut window, "the third", |app| previews(app, "three"));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn esc_in_the_tab_takes_the_map_away_and_leaves_the_text() {
    let mut window = typed("pain");
    window.get_by_label(FIRST).focus();
    window.run_steps(2);
    window.key_press(Key::Escape);
    settle(&mut window, "gone", |app| app.document().preview.is_none());
    let field = window.get_by_label(FIRST);
    assert_eq!(field.accesskit_node().value().as_deref(), Some("pain"));
}
