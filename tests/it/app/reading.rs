//! Reading the map in the window: the peak table, values, places, driven as a user would.

use eframe::egui::accesskit::Toggled;
use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use gyrus::app::Call;
use gyrus::app::Edge;

use crate::support::window::{Window, call, edit, open, run, settle};

fn cut(window: &Window) -> [f64; 3] {
    window.state().document().cut_mm
}

fn near(a: [f64; 3], b: [f64; 3]) -> bool {
    (0..3).all(|n| (a[n] - b[n]).abs() < 0.11)
}

/// Labels of all widgets whose label begins so, in the order of the tree.
pub fn labels(window: &Window, beginning: &str) -> Vec<String> {
    window
        .query_all_by(|node| {
            node.label()
                .is_some_and(|label| label.starts_with(beginning))
        })
        .filter_map(|node| node.accesskit_node().label())
        .collect()
}

/// The demo map with its table open at 3.1 on both sides.
fn table() -> Window {
    let mut window = open();
    let layer = window.state().document().layers[0].id;
    edit(&mut window, move |doc| {
        doc.set_edge(layer, false, Edge::Threshold, 3.1)
    });
    call(&mut window, Call::ShowTab("Peaks"));
    wait_for(&mut window, "20 clusters");
    window
}

pub fn wait_for(window: &mut Window, label: &str) {
    let begun = std::time::Instant::now();
    while window.query_by_label(label).is_none() {
        assert!(begun.elapsed().as_secs() < 60, "waited in vain for {label}");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    window.run_steps(3);
}

#[test]
fn the_peak_table_flies_to_its_rows_by_click_enter_and_key() {
    let mut window = table();
    // nilearn's table of the demo map has 25 rows at 3.1.
    let rows = labels(&window, "Row ");
    assert!(rows.len() >= 20, "{rows:?}");
    assert!(rows[0].contains("7.94,"), "the strongest: {rows:?}");
    assert!(
        rows.iter().any(|row| row.starts_with("Row 1a: ")),
        "{rows:?}"
    );
    run(&mut window, "origin");
    window.get_by_label_contains("Row 2: ").click();
    window.run_steps(3);
    let second = cut(&window);
    assert!(!near(second, [0.0; 3]));
    // The row that was clicked takes the keyboard; arrows go on from it, Enter flies.
    window.get_by_label_contains("Row 2: ").focus();
    window.run_steps(2);
    window.key_press(Key::ArrowUp);
    window.run_steps(2);
    window.key_press(Key::Home);
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    let first = cut(&window);
    assert!(!near(first, second));
    let row = window.get_by_label(&rows[0]);
    assert_eq!(row.accesskit_node().toggled(), Some(Toggled::True));
    // N goes on, Shift+N comes back, Alt+Left goes where one was before.
    run(&mut window, "next-peak");
    window.run_steps(2);
    let next = cut(&window);
    assert!(!near(next, first));
    run(&mut window, "previous-peak");
    window.run_steps(2);
    assert!(near(cut(&window), first));
    window.key_press_modifiers(Modifiers::ALT, Key::ArrowLeft);
    window.run_steps(2);
    assert!(near(cut(&window), next));
    window.key_press_modifiers(Modifiers::ALT, Key::ArrowRight);
    window.run_steps(2);
    assert!(near(cut(&window), first));
}

#[test]
fn the_peak_table_follows_threshold_extent_and_sides_and_is_saved() {
    let mut window = table();
    let layer = window.state().document().layers[0].id;
    edit(&mut window, move |doc| {
        doc.set_edge(layer, false, Edge::Threshold, 5.0)
    });
    wait_for(&mut window, "11 clusters");
    window.get_by_label("Two-sided").click();
    window.run_steps(2);
    settle(&mut window, "positive only", |_| true);
    let positive = labels(&window, "Row ").len();
    assert!(positive > 0 && positive < 12);
    window.get_by_label("Two-sided").click();
    wait_for(&mut window, "11 clusters");
    edit(&mut window, |doc| doc.set_extent(20));
    let begun = std::time::Instant::now();
    while window.query_by_label("11 clusters").is_some() {
        assert!(begun.elapsed().as_secs() < 60);
        window.step();
    }
    edit(&mut window, |doc| doc.set_extent(0));
    wait_for(&mut window, "11 clusters");
    window.get_by_label("Sort peaks by size").click();
    window.run_steps(2);
    window.get_by_label("Copy the peak table");
    window.get_by_label("Save peak table as CSV…");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("peaks.csv");
    window.get_by_label("Save peak table as CSV…").click();
    window.run_steps(3);
    crate::support::window::type_path(&mut window, &path);
    settle(&mut window, "saved", |_| path.exists());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("cluster,x_mm,"), "{text}");
    assert_eq!(
        text.lines().filter(|l| !l.contains(",,,")).count(),
        12,
        "{text}"
    );
}

#[test]
fn each_side_of_the_peak_table_has_its_own_threshold() {
    let mut window = table();
    let layer = window.state().document().layers[0].id;
    edit(&mut window, move |doc| doc.set_symmetric(layer, false));
    edit(&mut window, move |doc| {
        doc.set_edge(layer, true, Edge::Threshold, 5.0);
    });
    let begun = std::time::Instant::now();
    while window.query_by_label_contains(" or < −5").is_none() {
        assert!(
            begun.elapsed().as_secs() < 60,
            "the header keeps one threshold"
        );
        window.step();
    }
    window.run_steps(3);
    // "Row 1: name, −42 22 8 mm, −5.20, 324 mm³": the value is what follows the place.
    let value = |row: &String| -> f32 {
        let rest = row.split_once(" mm, ").unwrap().1;
        let value = rest.split(", ").next().unwrap();
        value.replace('−', "-").parse().unwrap()
    };
    let values: Vec<f32> = labels(&window, "Row ").iter().map(value).collect();
    assert!(values.iter().any(|v| *v > 0.0 && *v < 5.0), "{values:?}");
    assert!(values.iter().all(|v| *v > 3.0 || *v <= -5.0), "{values:?}");
}

#[test]
fn a_coordinate_is_typed_and_left_again() {
    let mut window = open();
    let start = cut(&window);
    window.key_press(Key::G);
    window.run_steps(3);
    let name = "Coordinate in mm, or ijk and a voxel";
    window.get_by_label(name).type_text("x=-42, y=22, z=8");
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert!(near(cut(&window), [-42.0, 22.0, 8.0]), "{:?}", cut(&window));
    // What is no place stays in the field, and nothing moves.
    window.key_press(Key::G);
    window.run_steps(3);
    window.get_by_label(name).type_text("there");
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert!(near(cut(&window), [-42.0, 22.0, 8.0]));
    let value = window.get_by_label(name).accesskit_node().value();
    assert_eq!(value.as_deref(), Some("there"));
    window.key_press(Key::Escape);
    window.run_steps(3);
    // A voxel of the file, by its own count.
    edit(&mut window, |doc| doc.go_to_voxel([10.0, 20.0, 30.0]));
    let document = window.state().document();
    let grid = document.layers[0].volume.as_ref().unwrap().grid;
    assert!(near(cut(&window), grid.world([10, 20, 30])));
    run(&mut window, "back");
    assert!(near(cut(&window), [-42.0, 22.0, 8.0]));
    run(&mut window, "back");
    assert!(near(cut(&window), start));
    call(&mut window, Call::ShowTab("Values"));
    let values = labels(&window, "Value of ");
    assert!(
        values.len() == 1 && values[0].contains("voxel "),
        "{values:?}"
    );
}

#[test]
fn the_key_of_the_coordinate_types_nothing_into_it_and_a_far_place_is_refused_with_its_reason() {
    let mut window = open();
    let name = "Coordinate in mm, or ijk and a voxel";
    let value = |window: &Window| window.get_by_label(name).accesskit_node().value();
    let before = value(&window);
    // As systems send it: the key and its text in one frame.
    let key = |pressed| Event::Key {
        key: Key::G,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    let events = &mut window.input_mut().events;
    events.extend([key(true), Event::Text("g".into()), key(false)]);
    window.run_steps(3);
    assert!(window.get_by_label(name).is_focused());
    assert_eq!(value(&window), before, "no g");
    window.get_by_label(name).type_text("500 0 0");
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    // The notice, and the words within it.
    let mut said = window.query_all_by_label_contains("Outside −300");
    assert!(said.next().is_some(), "the reason is told");
    drop(said);
    assert_eq!(value(&window).as_deref(), Some("500 0 0"));
}
