//! Where things are drawn, driven by what screen readers see: arrangements, one view alone,
//! magnification, mosaic, maps side by side, figures.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, vec2,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use gyrus::app::Copied;
use gyrus::app::theme;
use gyrus::app::{Arrangement, Document, Pane, ViewSettings};
use gyrus::render::{MapPlanes, Preset};

use crate::support::window::{Window, edit, open, open_with_clipboard, run, settle, type_path};

fn document(window: &Window) -> &Document {
    window.state().document()
}

/// Where a widget is, points.
fn place(window: &Window, label: &str) -> eframe::egui::Rect {
    window.get_by_label(label).rect()
}

fn views(window: &Window) -> Vec<String> {
    let mut names: Vec<String> = window
        .query_all_by_role(Role::Canvas)
        .filter_map(|node| node.accesskit_node().label())
        .collect();
    names.sort();
    names
}

fn point_at(window: &mut Window, at: Pos2) {
    window.input_mut().events.push(Event::PointerMoved(at));
    window.run_steps(2);
}

fn press(window: &mut Window, at: Pos2, button: PointerButton, pressed: bool) {
    window.input_mut().events.push(Event::PointerButton {
        pos: at,
        button,
        pressed,
        modifiers: Modifiers::NONE,
    });
    window.run_steps(2);
}

#[test]
fn arrangements_are_chosen_by_click_and_by_key() {
    let mut window = open();
    assert_eq!(
        views(&window),
        [
            "Axial view",
            "Coronal view",
            "Glass brain view",
            "Sagittal view"
        ]
    );
    window.get_by_label("Arrangement: Row of three").click();
    window.run_steps(3);
    assert_eq!(
        views(&window),
        ["Axial view", "Coronal view", "Sagittal view"]
    );
    window.key_press_modifiers(Modifiers::ALT, Key::Num4);
    settle(&mut window, "three glass brains", |_| true);
    assert_eq!(
        views(&window),
        [
            "Coronal glass brain view",
            "Glass brain view",
            "Sagittal glass brain view"
        ]
    );
    window.key_press_modifiers(Modifiers::ALT, Key::Num1);
    settle(&mut window, "four views", |_| true);
    assert_eq!(views(&window).len(), 4);
    assert_eq!(document(&window).view.arrangement.preset, Preset::FourViews);
}

#[test]
fn one_key_shows_the_view_under_the_pointer_alone_and_again_all() {
    let mut window = open();
    let before = place(&window, "Coronal view");
    point_at(&mut window, before.center());
    window.key_press(Key::F);
    settle(&mut window, "alone", |_| true);
    assert_eq!(views(&window), ["Coronal view"]);
    assert!(place(&window, "Coronal view").area() > 2.0 * before.area());
    window.key_press(Key::F);
    settle(&mut window, "all", |_| true);
    assert_eq!(views(&window).len(), 4);
    // With V through all of them, and back.
    for _ in 0..4 {
        window.key_press(Key::V);
        settle(&mut window, "the next one", |_| true);
        assert_eq!(views(&window).len(), 1);
    }
    window.key_press(Key::V);
    settle(&mut window, "all", |_| true);
    assert_eq!(views(&window).len(), 4);
}

#[test]
fn a_divider_is_dragged_and_reset() {
    let mut window = open();
    let before = place(&window, "Sagittal view");
    let from = eframe::egui::pos2(before.right() + 0.5, before.center().y);
    let to = from + vec2(80.0, 0.0);
    point_at(&mut window, from);
    press(&mut window, from, PointerButton::Primary, true);
    point_at(&mut window, from + vec2(20.0, 0.0));
    point_at(&mut window, to);
    press(&mut window, to, PointerButton::Primary, false);
    settle(&mut window, "dragged", |_| true);
    let after = place(&window, "Sagittal view");
    assert!(
        (after.width() - before.width() - 80.0).abs() < 4.0,
        "{before:?} became {after:?}"
    );
    let kept = serde_json::to_string(&document(&window).view).unwrap();
    let read: ViewSettings = serde_json::from_str(&kept).unwrap();
    assert_eq!(read, document(&window).view, "what was dragged is stored");
    assert_ne!(read.arrangement, Arrangement::of(Preset::FourViews));
    run(&mut window, "reset-arrangement");
    settle(&mut window, "reset", |_| true);
    assert_eq!(place(&window, "Sagittal view"), before);
}

#[test]
fn views_are_magnified_about_the_pointer_shifted_and_reset() {
    let mut window = open();
    let axial = place(&window, "Axial view");
    let at = axial.center() + vec2(30.0, -40.0);
    point_at(&mut window, at);
    let cut = document(&window).cut_mm;
    for _ in 0..6 {
        window.input_mut().events.push(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, 1.0),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
            modifiers: Modifiers::COMMAND,
        });
        window.run_steps(2);
    }
    window.run_steps(30);
    let zoomed = document(&window).view.zoom;
    assert!(zoomed.factor > 1.2, "{zoomed:?}");
    assert_eq!(document(&window).cut_mm, cut, "the crosshair stays");
    let told = |window: &Window| {
        let node = window.get_by_label("Axial view");
        node.accesskit_node().description().unwrap_or_default()
    };
    assert!(told(&window).contains("magnified"), "{}", told(&window));

    let pan = document(&window).view.zoom.pan_mm;
    press(&mut window, at, PointerButton::Middle, true);
    point_at(&mut window, at + vec2(12.0, 0.0));
    point_at(&mut window, at + vec2(24.0, 0.0));
    press(
        &mut window,
        at + vec2(24.0, 0.0),
        PointerButton::Middle,
        false,
    );
    let panned = document(&window).view.zoom.pan_mm;
    assert!(panned[0] < pan[0] - 1.0, "{pan:?} became {panned:?}");
    assert!((panned[2] - pan[2]).abs() < 1e-9, "the depth is left alone");
    assert_eq!(document(&window).cut_mm, cut, "shifting moves no crosshair");

    window.key_press(Key::Num0);
    window.run_steps(3);
    assert!(document(&window).view.zoom.is_none());
    window.key_press(Key::Plus);
    window.run_steps(3);
    assert!((document(&window).view.zoom.factor - 1.25).abs() < 1e-9);
    window.key_press(Key::Minus);
    window.run_steps(3);
    assert!((document(&window).view.zoom.factor - 1.0).abs() < 1e-9);
}

#[test]
fn a_magnified_view_follows_the_crosshair_moved_by_key() {
    let mut window = open();
    run(&mut window, "origin");
    window.run_steps(3);
    for _ in 0..8 {
        window.key_press(Key::Plus);
        window.run_steps(2);
    }
    let pan = document(&window).view.zoom.pan_mm;
    for _ in 0..4 {
        window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
        window.run_steps(3);
    }
    assert_eq!(document(&window).cut_mm, [40.0, 0.0, 0.0]);
    let after = document(&window).view.zoom.pan_mm;
    assert!(after[0] > pan[0] + 5.0, "{pan:?} became {after:?}");
}

#[test]
fn a_click_on_a_slice_of_the_mosaic_goes_there() {
    let mut window = open();
    window.get_by_label("Arrangement: Mosaic").click();
    settle(&mut window, "the mosaic", |_| true);
    assert_eq!(views(&window), ["Mosaic view"]);
    let slices: Vec<(String, Pos2)> = window
        .query_all_by_role(Role::Image)
        .filter_map(|node| Some((node.accesskit_node().label()?, node.rect().center())))
        .filter(|(label, _)| label.starts_with("Axial slice z "))
        .collect();
    assert_eq!(slices.len(), 23);
    let (label, at) = slices[15].clone();
    point_at(&mut window, at);
    press(&mut window, at, PointerButton::Primary, true);
    press(&mut window, at, PointerButton::Primary, false);
    let z: f64 = label
        .trim_start_matches("Axial slice z ")
        .replace('−', "-")
        .parse()
        .unwrap();
    assert_eq!(document(&window).cut_mm[2], z, "{label}");
    let node = window.get_by_label("Mosaic view");
    let told = node.accesskit_node().description().unwrap_or_default();
    assert!(told.starts_with("23 axial slices"), "{told}");
}

#[test]
fn the_mosaic_is_set_in_a_popover() {
    let mut window = open();
    window.key_press_modifiers(Modifiers::ALT, Key::Num5);
    settle(&mut window, "the mosaic", |_| true);
    window.get_by_label("View options").click();
    window.run_steps(4);
    window.get_by_label("Plane of the mosaic: Coronal").click();
    settle(&mut window, "coronal", |_| true);
    let coronal = window
        .query_all_by_role(Role::Image)
        .filter_map(|node| node.accesskit_node().label())
        .filter(|label| label.starts_with("Coronal slice y "))
        .count();
    assert_eq!(coronal, 23);
    let field = window.get_by_label("Number of slices");
    assert_eq!(field.accesskit_node().role(), Role::SpinButton);
    window.get_by_label("Scale bar").click();
    window.run_steps(3);
    assert!(!document(&window).view.marks.scale_bar);
}

#[test]
fn maps_stand_side_by_side_at_one_crosshair() {
    let mut window = open();
    crate::support::window::predict(&mut window, "finger tapping", None);
    settle(&mut window, "the map is predicted", |app| {
        app.document().layers.len() == 2
    });
    window
        .get_by_label("Arrangement: Maps side by side")
        .click();
    // The line under the maps takes room from them when it comes.
    settle(&mut window, "side by side and compared", |app| {
        !app.desk().caption.is_empty()
    });
    assert_eq!(views(&window), ["Maps side by side view"]);
    let pictures = |window: &Window| -> Vec<(String, eframe::egui::Rect)> {
        window
            .query_all_by_role(Role::Image)
            .filter_map(|node| Some((node.accesskit_node().label()?, node.rect())))
            .filter(|(label, _)| label.contains(", axial z "))
            .collect()
    };
    let shown = pictures(&window);
    let named = |name: &str| {
        shown
            .iter()
            .find(|(label, _)| label.starts_with(name))
            .cloned()
    };
    let (_, left) = named("left vs right hand, axial").unwrap();
    let (_, right) = named("finger tapping, axial").unwrap();
    assert!(left.right() <= right.left() + 9.0, "beside each other");
    assert!((left.size() - right.size()).length() < 2.0);
    // A click in one moves the cut point of both to the same place.
    let at = right.center() + vec2(20.0, 10.0);
    let cut = document(&window).cut_mm;
    point_at(&mut window, at);
    press(&mut window, at, PointerButton::Primary, true);
    press(&mut window, at, PointerButton::Primary, false);
    let clicked = document(&window).cut_mm;
    assert_ne!(clicked, cut);
    let twin = left.center() + vec2(20.0, 10.0);
    point_at(&mut window, twin);
    press(&mut window, twin, PointerButton::Primary, true);
    press(&mut window, twin, PointerButton::Primary, false);
    let again = document(&window).cut_mm;
    // The pictures' widgets keep clear of the window's edges: their middles differ by some points.
    let apart: [f64; 3] = std::array::from_fn(|a| (again[a] - clicked[a]).abs());
    assert!(
        apart[0] < 5.0 && apart[1] < 0.6 && apart[2] < 0.6,
        "{again:?} {clicked:?}"
    );
    edit(&mut window, |doc| doc.set_maps(MapPlanes::All));
    settle(&mut window, "three planes", |_| true);
    let all = window
        .query_all_by_role(Role::Image)
        .filter_map(|node| node.accesskit_node().label())
        .filter(|label| label.contains(", sagittal x ") || label.contains(", coronal y "))
        .count();
    assert_eq!(all, 4);
}

#[test]
fn glass_brains_from_three_sides_move_the_crosshair_in_their_plane() {
    let mut window = open();
    run(&mut window, "origin");
    window.key_press_modifiers(Modifiers::ALT, Key::Num4);
    settle(&mut window, "three glass brains", |_| true);
    let at = place(&window, "Coronal glass brain view").center() + vec2(25.0, 15.0);
    point_at(&mut window, at);
    press(&mut window, at, PointerButton::Primary, true);
    press(&mut window, at, PointerButton::Primary, false);
    let [x, y, z] = document(&window).cut_mm;
    assert!(x > 5.0 && z != 0.0, "{x} {z}");
    assert_eq!(y, 0.0, "the depth is kept");
}

/// Each view can be reached and described without a pointer.
#[test]
fn every_view_is_a_named_widget_with_words() {
    let mut window = open();
    for preset in Preset::ALL {
        edit(&mut window, move |doc| doc.arrange(preset));
        settle(&mut window, preset.label(), |_| true);
        let mut panes: Vec<String> = Arrangement::of(preset)
            .panes()
            .into_iter()
            .map(|pane: Pane| format!("{} view", pane.name()))
            .collect();
        panes.sort();
        assert_eq!(views(&window), panes);
        for name in panes {
            let node = window.get_by_label(&name);
            let told = node.accesskit_node().description().unwrap_or_default();
            assert!(told.contains(" mm"), "{name}: {told}");
            node.focus();
            window.run_steps(2);
            let before = document(&window).cut_mm;
            window.key_press(Key::PageUp);
            window.run_steps(2);
            assert_eq!(document(&window).cut_mm[2], before[2] + 1.0, "{name}");
        }
    }
}

#[test]
fn the_figure_sheet_chooses_size_and_marks_and_a_figure_is_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open();
    window.get_by_label("Arrangement: Mosaic").click();
    settle(&mut window, "the mosaic", |_| true);
    window.key_press_modifiers(Modifiers::COMMAND, Key::S);
    settle(&mut window, "the sheet", |_| true);
    // Twice the views' size in the window, 1280 × 800 less the columns and bars.
    let width = 2.0 * (1280.0 - theme::LEFT - theme::RIGHT);
    let height = 2.0 * (800.0 - theme::TOP_BAR - theme::STATUS);
    window.get_by_label(&format!("Preview of the figure, {width} × {height} pixels"));
    window.get_by_label("Size in: Print").click();
    window.run_steps(3);
    let high = (2125.984 * height / width).round();
    window.get_by_label(&format!("Preview of the figure, 2126 × {high} pixels"));
    window.get_by_label("Resolution");
    window.get_by_label("Background: White").click();
    window.run_steps(3);
    window
        .get_by_role_and_label(Role::CheckBox, "Colour bar")
        .click();
    window.run_steps(3);
    window.get_by_label("Save…").click();
    window.run_steps(3);
    assert!(
        window.query_by_label("Save…").is_none(),
        "the sheet is closed"
    );
    let path = folder.path().join("figure.png");
    type_path(&mut window, &path);
    settle(&mut window, "the figure", |_| path.exists());
    let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
    let reader = png::Decoder::new(file).read_info().unwrap();
    assert_eq!(reader.info().width, 2126);
    assert_eq!(f64::from(reader.info().height), f64::from(high));
    let dims = reader.info().pixel_dims.unwrap();
    assert_eq!((dims.xppu, dims.yppu), (11811, 11811), "300 dots an inch");
    assert!(matches!(dims.unit, png::Unit::Meter));
}

#[test]
fn a_copied_figure_reaches_the_clipboard() {
    let (mut window, memory) = open_with_clipboard();
    run(&mut window, "copy-figure");
    settle(&mut window, "the figure", |_| memory.last().is_some());
    let Some(Copied::Picture(pixels)) = memory.last() else {
        panic!("no picture was copied");
    };
    assert_eq!(pixels.size, [2560, 1600]);
    let said = window.query_all_by_label_contains("Figure copied").next();
    assert!(said.is_some());
}

/// "Copied" was said of what no other program could paste.
#[test]
fn what_the_clipboard_refuses_is_not_said_to_be_copied() {
    let (mut window, memory) = open_with_clipboard();
    memory.refuse("no clipboard here");
    run(&mut window, "copy-figure");
    settle(&mut window, "the refusal", |app| {
        app.desk().messages.errors().count() == 1
    });
    let said = window.query_all_by_label_contains("Figure copied").next();
    assert!(said.is_none());
    let refusal = window.state().desk().messages.errors().next().unwrap();
    assert!(refusal.why.contains("no clipboard here"), "{refusal:?}");
}

/// In the smallest window too, every arrangement has room for each of its views.
#[test]
fn every_arrangement_is_drawn_in_the_smallest_window() {
    let mut window = open();
    for size in [vec2(900.0, 600.0), vec2(1440.0, 900.0)] {
        window.set_size(size);
        for preset in Preset::ALL {
            edit(&mut window, move |doc| doc.arrange(preset));
            settle(&mut window, preset.label(), |_| true);
            let canvas = eframe::egui::Rect::from_min_size(Pos2::ZERO, size);
            for node in window.query_all_by_role(Role::Canvas) {
                let rect = node.rect();
                assert!(
                    canvas.expand(0.5).contains_rect(rect),
                    "{preset:?}: {rect:?}"
                );
                assert!(
                    rect.width() > 60.0 && rect.height() > 60.0,
                    "{preset:?}: {rect:?} of {size:?}"
                );
            }
        }
    }
}
