//! Many maps at once: which are drawn, whether everything stays in sight, pages of maps side by side.

use eframe::egui::{Key, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use gyrus::app::{Call, Clipboard, Copied, Document, FileDialogs, Layer, MemoryClipboard, Options};
use gyrus::render::Preset;

use crate::support::fake::{Fake, ball, opened};
use crate::support::window::{Window, call, edit, open, open_as, open_with, run, settle};

fn document(window: &Window) -> &Document {
    window.state().document()
}

/// Layers drawn, lowest first.
fn drawn(window: &Window) -> Vec<String> {
    let document = document(window);
    let is_drawn = |layer: &&Layer| layer.display.visible && !document.is_left_out(layer);
    let layers = document.layers.iter().filter(is_drawn);
    layers.map(|layer| layer.name.clone()).collect()
}

/// A window with so many maps, opened one by one.
fn with_maps(count: usize) -> Window {
    let mut window = open();
    edit(&mut window, move |doc| {
        for n in 0..count {
            let centre = [-40.0 + 3.0 * n as f64, -22.0, 54.0];
            doc.add_layer(opened(ball(&format!("map {n}"), centre, 6.0)));
        }
    });
    settle(&mut window, "added", |app| {
        app.document().layers.len() > count
    });
    window
}

/// Five maps in files.
fn five_files() -> (tempfile::TempDir, Vec<std::path::PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let paths = (0..5).map(|n| {
        let path = folder.path().join(format!("map{n}.nii.gz"));
        let map = ball(
            &format!("map{n}"),
            [-40.0 + 10.0 * f64::from(n), -22.0, 54.0],
            6.0,
        );
        gyrus::volume::write_nifti(&map, &path).unwrap();
        path
    });
    let paths = paths.collect();
    (folder, paths)
}

/// Five opaque maps over each other show none of them.
#[test]
fn of_many_maps_opened_at_once_only_the_selected_one_is_drawn() {
    let (_folder, paths) = five_files();
    let (mut window, _) = open_with(Fake::default(), paths);
    settle(&mut window, "five maps", |app| {
        app.document().layers.len() == 5
    });
    assert_eq!(drawn(&window), ["map4"]);
    let words = "only the selected one is drawn";
    assert!(window.query_all_by_label_contains(words).next().is_some());
    window.key_press(Key::OpenBracket);
    window.run_steps(3);
    assert_eq!(drawn(&window), ["map3"]);
    window.get_by_label("Show all maps").click();
    window.run_steps(3);
    assert_eq!(drawn(&window).len(), 5);
    window.key_press_modifiers(Modifiers::SHIFT, Key::H);
    window.run_steps(3);
    assert_eq!(drawn(&window), ["map3"]);
    // Side by side they do not cover each other.
    edit(&mut window, |doc| doc.arrange(Preset::SideBySide));
    assert_eq!(drawn(&window).len(), 5);
}

#[test]
fn three_maps_opened_at_once_are_all_drawn_and_the_choice_is_in_the_session() {
    let (folder, mut paths) = five_files();
    paths.truncate(3);
    let options = Options {
        files: paths,
        dialogs: FileDialogs::Off,
        ..Options::default()
    };
    let (mut window, _) = open_as(Fake::default(), options);
    settle(&mut window, "three maps", |app| {
        app.document().layers.len() == 3
    });
    assert_eq!(drawn(&window).len(), 3);
    run(&mut window, "only-selected");
    assert_eq!(drawn(&window).len(), 1);
    let path = folder.path().join("all.gyrus-session");
    call(&mut window, Call::SaveSession(path.clone()));
    settle(&mut window, "saved", |_| path.exists());
    run(&mut window, "only-selected");
    assert_eq!(drawn(&window).len(), 3);
    call(&mut window, Call::Open(vec![path]));
    settle(&mut window, "restored", |app| app.document().only_selected);
    assert_eq!(drawn(&window).len(), 1);
}

/// With 23 maps the display controls lay 1,250 points below the list.
#[test]
fn the_display_controls_stay_in_sight_below_a_long_list() {
    for size in [vec2(1280.0, 800.0), vec2(900.0, 600.0)] {
        let mut window = with_maps(23);
        window.set_size(size);
        settle(&mut window, "drawn", |_| true);
        let split = window.get_by_label("Height of the list of layers").rect();
        assert!(split.center().y < 0.65 * size.y, "{split:?}");
        let threshold = window.get_by_label("Threshold").rect();
        assert!(threshold.bottom() < size.y, "{threshold:?} in {size}");
        // Dragged, the list is as high as it was dragged, and a double-click puts it back.
        let from = split.center();
        let to = from + vec2(0.0, -60.0);
        drag(&mut window, from, to);
        let now = window.get_by_label("Height of the list of layers").rect();
        assert!((now.center().y - to.y).abs() < 4.0, "{now:?}, not at {to}");
    }
}

fn drag(window: &mut Window, from: Pos2, to: Pos2) {
    let button = |pos, pressed| eframe::egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.event(eframe::egui::Event::PointerMoved(from));
    window.run_steps(2);
    window.event(button(from, true));
    window.run_steps(1);
    for n in 1..=4 {
        let at = from + (to - from) * (n as f32 / 4.0);
        window.event(eframe::egui::Event::PointerMoved(at));
        window.run_steps(1);
    }
    window.event(button(to, false));
    window.run_steps(3);
}

#[test]
fn maps_side_by_side_are_turned_like_pages() {
    let mut window = with_maps(23);
    edit(&mut window, |doc| {
        doc.arrange(Preset::SideBySide);
        let first = doc.layers[0].id;
        doc.select(first);
    });
    settle(&mut window, "drawn", |_| true);
    let page = |window: &Window| window.state().desk().canvas.maps.unwrap();
    let first = page(&window);
    assert_eq!((first.first, first.total), (0, 24));
    assert!((4..=12).contains(&first.count), "{first:?}");
    window.get_by_label("Next page of maps").click();
    settle(&mut window, "turned", |_| true);
    assert_eq!(page(&window).first, first.per_page);
    let selected = document(&window).selected;
    assert_eq!(selected, Some(document(&window).layers[first.per_page].id));
    window.key_press_modifiers(Modifiers::COMMAND, Key::PageUp);
    settle(&mut window, "turned back", |_| true);
    assert_eq!(page(&window).first, 0);
    window.set_size(vec2(900.0, 600.0));
    settle(&mut window, "smaller", |_| true);
    assert!(page(&window).count <= 6, "{:?}", page(&window));
}

#[test]
fn examples_are_called_predicted_and_become_layers() {
    let mut window = open();
    run(&mut window, "example-n-back");
    settle(&mut window, "predicted", |app| {
        app.document().layers.len() == 2
    });
    let layer = &document(&window).layers[1];
    assert_eq!(layer.name, "n-back task");
    assert!(layer.source.is_predicted());
}

/// "panel" was offered as a text to predict a map of.
#[test]
fn what_begins_like_a_command_is_no_text_to_predict() {
    let mut window = open();
    for (typed, offered) in [("panel", false), ("juggling with fire", true)] {
        run(&mut window, "palette");
        let field = "Find a command, task, region or coordinate";
        window.get_by_label(field).type_text(typed);
        window.run_steps(3);
        let text = format!("Text: Predict the map of “{typed}”");
        assert_eq!(window.query_by_label(&text).is_some(), offered, "{typed}");
        window.key_press(Key::Escape);
        window.run_steps(3);
    }
}

#[test]
fn a_double_click_puts_the_opacity_back() {
    let mut window = open();
    let opacity = |window: &Window| document(window).layers[0].display.opacity;
    edit(&mut window, |doc| {
        let id = doc.layers[0].id;
        doc.set_opacity(id, 0.3);
        doc.end_drag();
    });
    let at = window.get_by_label("Opacity").rect().center();
    let press = |pressed| eframe::egui::Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.hover_at(at);
    window.run_steps(1);
    // Both clicks within the time of a double-click.
    for _ in 0..2 {
        let click = [press(true), press(false)];
        window.input_mut().events.extend(click);
        window.step();
    }
    window.run_steps(3);
    assert_eq!(opacity(&window), 1.0);
}

/// More than eight maps were not compared.
#[test]
fn all_maps_are_compared_on_a_page_of_their_own() {
    let memory = MemoryClipboard::default();
    let options = Options {
        clipboard: Clipboard::Memory(memory.clone()),
        ..Options::default()
    };
    let (mut window, _) = open_as(Fake::default(), options);
    settle(&mut window, "the demo is read", |app| {
        app.document().decoding().is_some()
    });
    edit(&mut window, |doc| {
        for n in 0..10 {
            let centre = [-40.0 + 8.0 * f64::from(n), -22.0, 54.0];
            doc.add_layer(opened(ball(&format!("map {n}"), centre, 6.0)));
        }
    });
    settle(&mut window, "drawn", |_| true);
    window.key_press_modifiers(Modifiers::SHIFT, Key::M);
    window.run_steps(3);
    settle(&mut window, "compared", |app| app.desk().page.is_some());
    let matrix = window.get_by_label("Correlation matrix of 11 maps").rect();
    assert!(matrix.width() > 200.0, "{matrix:?}");
    // A click chooses a pair and selects the map of its row.
    let at = matrix.min + vec2(5.0, 5.0);
    window.hover_at(at);
    window.drag_at(at);
    window.run_steps(1);
    window.drop_at(at);
    window.run_steps(3);
    let before = document(&window).selected;
    window.key_press(Key::ArrowDown);
    window.run_steps(3);
    assert_ne!(document(&window).selected, before, "the row below");
    run(&mut window, "copy-matrix");
    settle(&mut window, "copied", |_| memory.last().is_some());
    let Some(Copied::Text(table)) = memory.last() else {
        panic!("a table");
    };
    assert_eq!(table.lines().count(), 1 + 11 * 10 / 2);
    assert!(table.starts_with("map_a,map_b,r,dice_positive,dice_negative,voxels"));
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.state().desk().page.is_none());
    assert!(
        window
            .query_by_label("Correlation matrix of 11 maps")
            .is_none()
    );
}
