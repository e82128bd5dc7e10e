//! What hands do to the window: clicks within a frame, menus, dialogs, dragged edges, sizes.

use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use gyrus::app::Panels;

use crate::support::window::{Window, edit, names, open, run};

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

fn cut(window: &Window) -> [f64; 3] {
    window.state().document().cut_mm
}

fn middle(window: &Window, label: &str) -> Pos2 {
    window.get_by_label(label).rect().center()
}

fn key(key: Key, text: Option<&str>) -> Vec<Event> {
    let event = |pressed| Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    let text = text.map(|text| Event::Text(text.into()));
    [Some(event(true)), text, Some(event(false))]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn a_press_and_release_within_one_frame_moves_the_crosshair() {
    let mut window = open();
    let before = cut(&window);
    let at = middle(&window, "Axial view") + vec2(40.0, -30.0);
    let events = [Event::PointerMoved(at), button(at, true), button(at, false)];
    window.input_mut().events.extend(events);
    window.run_steps(3);
    let after = cut(&window);
    assert!(after[0] != before[0] && after[1] != before[1], "{after:?}");
    assert_eq!(after[2], before[2], "an axial click keeps z");
}

#[test]
fn closing_a_menu_over_a_view_moves_no_crosshair() {
    for frames_between in [0, 2] {
        let mut window = open();
        let before = cut(&window);
        window.get_by_label("File").click();
        window.run_steps(3);
        assert!(window.query_by_label_contains("Save session…").is_some());
        let at = middle(&window, "Axial view") + vec2(40.0, 30.0);
        window.input_mut().events.push(Event::PointerMoved(at));
        window.run_steps(1);
        window.input_mut().events.push(button(at, true));
        if frames_between > 0 {
            window.run_steps(frames_between);
        }
        window.input_mut().events.push(button(at, false));
        window.run_steps(3);
        assert!(
            window.query_by_label_contains("Save session…").is_none(),
            "closed"
        );
        assert_eq!(cut(&window), before, "{frames_between} frames pressed");
        // The next click is one again.
        window.input_mut().events.push(button(at, true));
        window.run_steps(1);
        window.input_mut().events.push(button(at, false));
        window.run_steps(3);
        assert_ne!(cut(&window), before);
    }
}

#[test]
fn with_one_menu_open_pointing_at_another_opens_that_one() {
    let mut window = open();
    window.get_by_label("File").click();
    window.run_steps(3);
    window.get_by_label("Edit").hover();
    window.run_steps(4);
    assert!(window.query_by_label_contains("Save session…").is_none());
    assert!(
        window
            .query_by_label_contains("Next threshold mode")
            .is_some()
    );
}

#[test]
fn keys_typed_into_a_sheet_do_nothing_else() {
    let mut window = open();
    run(&mut window, "save-map");
    let field = "Path of the file";
    window.get_by_label(field).focus();
    window.run_steps(2);
    let before = window.state().document().clone();
    for (code, text) in [
        (Key::H, "h"),
        (Key::X, "x"),
        (Key::T, "t"),
        (Key::R, "r"),
        (Key::Slash, "/"),
        (Key::Num0, "0"),
    ] {
        window.input_mut().events.extend(key(code, Some(text)));
        window.run_steps(1);
    }
    // With the keyboard on a button of the sheet too.
    window.get_by_label("Cancel").focus();
    window.run_steps(2);
    for code in [Key::H, Key::Delete, Key::ArrowLeft, Key::PageUp] {
        window.input_mut().events.extend(key(code, None));
        window.run_steps(1);
    }
    let after = window.state().document();
    assert_eq!(after.layers.len(), before.layers.len());
    assert_eq!(after.layers[0].display, before.layers[0].display);
    assert_eq!(after.crosshair, before.crosshair);
    assert_eq!(after.convention, before.convention);
    assert_eq!(after.cut_mm, before.cut_mm);
    let typed = window.get_by_label(field).accesskit_node().value();
    assert!(typed.unwrap_or_default().ends_with("hxtr/0"));
}

#[test]
fn columns_are_made_wider_hidden_and_put_back_and_the_crosshair_stays() {
    let mut window = open();
    let before = cut(&window);
    let width = |window: &Window| window.get_by_label("Sagittal view").rect();
    let designed = width(&window);
    let from = pos2(designed.left() - 0.5, 500.0);
    window.drag_at(from);
    window.run_steps(2);
    window.hover_at(from + vec2(40.0, 0.0));
    window.run_steps(2);
    window.drop_at(from + vec2(60.0, 0.0));
    window.run_steps(3);
    let wider = width(&window);
    assert!(
        (wider.left() - designed.left() - 60.0).abs() < 3.0,
        "{designed:?} became {wider:?}"
    );
    assert_eq!(cut(&window), before);
    run(&mut window, "right-panel");
    assert!(window.query_by_label("Decode").is_none_or(|node| {
        // The menu of that name is still there.
        node.rect().top() < 30.0
    }));
    let views = window.get_by_label("Coronal view").rect();
    assert!((views.right() - 1280.0).abs() < 2.0, "{views:?}");
    run(&mut window, "left-panel");
    assert!(width(&window).left() < 2.0);
    run(&mut window, "left-panel");
    run(&mut window, "right-panel");
    assert_eq!(width(&window), wider);
    let kept = window.state().desk().settings.panels;
    assert!(kept.left_width > Panels::default().left_width + 50.0);
}

#[test]
fn in_the_smallest_window_the_views_keep_their_share() {
    let mut window = open();
    window.set_size(vec2(900.0, 600.0));
    window.run_steps(3);
    let left = window.get_by_label("Sagittal view").rect();
    let right = window.get_by_label("Coronal view").rect();
    assert!(right.right() - left.left() > 0.43 * 900.0);
    // The window made large again, the columns are as they were.
    window.set_size(vec2(1280.0, 800.0));
    window.run_steps(3);
    let left = window.get_by_label("Sagittal view").rect();
    assert_eq!(left.left(), Panels::default().left_width);
}

#[test]
fn text_is_made_larger_and_smaller_and_remembered() {
    let mut window = open();
    let zoom = |window: &Window| window.state().desk().settings.zoom;
    run(&mut window, "larger");
    run(&mut window, "larger");
    assert!(zoom(&window) > 1.15);
    run(&mut window, "smaller");
    assert!((zoom(&window) - 1.1).abs() < 1e-3);
    run(&mut window, "normal-size");
    assert_eq!(zoom(&window), 1.0);
}

#[test]
fn the_status_line_tells_crosshair_and_pointer_apart() {
    let mut window = open();
    edit(&mut window, |doc| doc.move_to([-40.0, -20.0, 50.0]));
    let said = |window: &Window| -> String {
        let node = window.get_by_role(eframe::egui::accesskit::Role::Status);
        node.accesskit_node().label().unwrap_or_default()
    };
    let begins = "−40 −20 50 mm, ";
    assert!(said(&window).starts_with(begins), "{}", said(&window));
    let at = middle(&window, "Axial view");
    window.hover_at(at);
    window.run_steps(3);
    let both = said(&window);
    assert!(both.starts_with(begins), "{both}");
    assert!(both.contains("; pointer "), "{both}");
}

/// What is typed as fast as this comes in one frame with the key that opens the field: it hid the layer, the
/// crosshair and the brain, and the field stayed empty.
#[test]
fn what_is_typed_while_a_field_opens_goes_into_the_field() {
    let type_at_once = |window: &mut Window, opens: (Modifiers, Key), letters: &str| {
        let key = |key, modifiers| Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers,
        };
        let (modifiers, open) = opens;
        let events = &mut window.input_mut().events;
        events.push(key(open, modifiers));
        if modifiers.is_none() {
            events.push(Event::Text("/".into()));
        }
        for letter in letters.chars() {
            let name = letter.to_uppercase().to_string();
            events.push(key(Key::from_name(&name).unwrap(), Modifiers::NONE));
            events.push(Event::Text(letter.to_string()));
        }
        window.run_steps(6);
    };
    let mut window = open();
    let before = window.state().document().revision;
    type_at_once(&mut window, (Modifiers::COMMAND, Key::K), "hux");
    assert_eq!(window.state().document().revision, before);
    let field = window.get_by_label("Find a command, task, region or coordinate");
    assert_eq!(field.accesskit_node().value().as_deref(), Some("hux"));
    window.key_press(Key::Escape);
    window.run_steps(3);
    type_at_once(&mut window, (Modifiers::COMMAND, Key::P), "hux");
    assert_eq!(window.state().document().revision, before);
    window.key_press(Key::Escape);
    window.run_steps(3);
    // The field comes with its panel.
    run(&mut window, "right-panel");
    // The map of what is typed is shown for the moment: of the document nothing else changes.
    let kept = |window: &Window| {
        let document = window.state().document();
        (names(window), document.cut_mm, document.crosshair)
    };
    let before = kept(&window);
    type_at_once(&mut window, (Modifiers::NONE, Key::Slash), "tapping");
    assert_eq!(kept(&window), before);
    let field = window.get_by_label("Type a task or a sentence to see its map…");
    assert_eq!(field.accesskit_node().value().as_deref(), Some("tapping"));
}

#[test]
fn enter_saves_the_figure() {
    let mut window = open();
    run(&mut window, "figure");
    window.key_press(Key::Enter);
    window.run_steps(4);
    assert!(window.query_by_label("Path of the file").is_some());
}
