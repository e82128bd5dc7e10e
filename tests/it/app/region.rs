//! Regions at the crosshair and clusters of the peak table become layers, and are decoded.

use egui_kittest::kittest::Queryable as _;
use gyrus::app::{Call, LayerId};
use gyrus::volume::MapKind;

use super::reading::{labels, wait_for};
use crate::support::window::{Window, call, drop_file, edit, names, open, run, settle};

/// Opens the menu that holds the commands of decoding, and clicks one.
fn choose(window: &mut Window, command: &str) {
    // The menu stands in the top bar, before the tab of the same word.
    window.get_all_by_label("Decode").next().unwrap().click();
    window.run_steps(3);
    let before = names(window).len();
    window.get_by_label(command).click();
    window.run_steps(3);
    settle(window, command, |app| {
        app.document().layers.len() == before + 1 && app.document().decoding().is_some()
    });
}

/// Waits for a message, which stands on the screen and is spoken.
fn wait_for_message(window: &mut Window, words: &str) {
    let begun = std::time::Instant::now();
    while labels(window, words).is_empty() {
        assert!(begun.elapsed().as_secs() < 60, "waited in vain for {words}");
        window.step();
    }
}

/// Voxels of the layer selected that are 1, where all others are 0.
fn inside(window: &Window) -> usize {
    let layer = window.state().document().selected_layer().unwrap().clone();
    assert_eq!(layer.kind, MapKind::Mask);
    let volume = layer.volume.unwrap();
    let values = volume.data.scalar().unwrap();
    assert!(values.iter().all(|&v| v == 0.0 || v == 1.0));
    values.iter().filter(|&&v| v == 1.0).count()
}

#[test]
fn regions_at_the_crosshair_become_layers_and_a_session_makes_them_again() {
    let mut window = open();
    edit(&mut window, |doc| doc.go_to([-26.0, -20.0, -16.0]));
    choose(&mut window, "Decode region under the crosshair");
    assert_eq!(names(&window)[1], "Left hippocampus");
    let hippocampus = inside(&window);
    // 3 to 6 cm³ in voxels of 8 mm³.
    assert!((375..750).contains(&hippocampus), "{hippocampus}");
    // Its meaning is in sight.
    wait_for(&mut window, "decoded from Left hippocampus");
    edit(&mut window, |doc| doc.go_to([10.0, 20.0, 30.0]));
    choose(&mut window, "Decode sphere at the crosshair");
    assert_eq!(names(&window)[2], "Sphere of 8 mm at 10 20 30");
    // Points of a lattice of 2 mm within 8 mm of one of them.
    assert_eq!(inside(&window), 257);
    edit(&mut window, |doc| doc.go_to([0.0, 80.0, 60.0]));
    run(&mut window, "decode-region");
    wait_for_message(
        &mut window,
        "No region of the Desikan–Killiany atlas lies within 5 mm of the crosshair",
    );
    assert_eq!(names(&window).len(), 3);

    let hashes = |window: &Window| -> Vec<Option<String>> {
        let layers = &window.state().document().layers;
        let hash = |layer: &gyrus::app::Layer| layer.volume.as_ref().map(|v| v.hash.clone());
        layers.iter().map(hash).collect()
    };
    let before = hashes(&window);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("regions.gyrus-session");
    call(&mut window, Call::SaveSession(path.clone()));
    settle(&mut window, "saved", |_| path.exists());
    let mut again = open();
    drop_file(&mut again, path);
    settle(&mut again, "the session is whole", |app| {
        let layers = &app.document().layers;
        layers.len() == 3 && layers.iter().all(|layer| layer.volume.is_some())
    });
    assert_eq!(hashes(&again), before);
}

#[test]
fn a_cluster_is_decoded_from_its_row_and_from_the_crosshair() {
    let mut window = open();
    let demo: LayerId = window.state().document().layers[0].id;
    edit(&mut window, move |doc| {
        doc.set_edge(demo, false, gyrus::app::Edge::Threshold, 3.1);
    });
    call(&mut window, Call::ShowTab("Peaks"));
    wait_for(&mut window, "Sort peaks by size");
    let begun = std::time::Instant::now();
    while labels(&window, "Row 1: ").is_empty() {
        assert!(begun.elapsed().as_secs() < 60, "no rows");
        window.step();
    }
    let row = labels(&window, "Row 1: ").remove(0);
    window.get_by_label(&row).click_secondary();
    window.run_steps(3);
    window.get_by_label("Decode this cluster").click();
    window.run_steps(3);
    settle(&mut window, "the cluster", |app| {
        app.document().layers.len() == 2 && app.document().decoding().is_some()
    });
    let name = names(&window)[1].clone();
    assert!(
        name.starts_with("Cluster of left vs right hand at "),
        "{name}"
    );
    // The row says how large it is: "…, 7.94, 12345 mm³" in voxels of 27 mm³.
    let size = row.rsplit(", ").next().unwrap().trim_end_matches(" mm³");
    let size: usize = size.parse().unwrap();
    assert_eq!(inside(&window) * 27, size, "{row}");
    wait_for(&mut window, &format!("decoded from {name}"));

    let place = name.rsplit(" at ").next().unwrap();
    let place: Vec<f64> = place.split(' ').map(|x| x.parse().unwrap()).collect();
    let peak = <[f64; 3]>::try_from(place).unwrap();
    edit(&mut window, move |doc| {
        doc.select(demo);
        doc.go_to(peak);
    });
    choose(&mut window, "Decode cluster under the crosshair");
    assert_eq!(inside(&window) * 27, size);
    edit(&mut window, move |doc| {
        doc.select(demo);
        doc.go_to([300.0, 0.0, 0.0]);
    });
    run(&mut window, "decode-cluster");
    wait_for_message(
        &mut window,
        "The selected layer has no value at the crosshair",
    );
}
