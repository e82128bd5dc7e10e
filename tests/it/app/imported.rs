//! A model of others in the window: read once with both signs, with its own ontology, and no predictions.

use std::sync::Arc;

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use gyrus::app::{Engine, Options, Services as _};
use gyrus::decode::Tail;

use super::reading::labels;
use crate::support::models::{NICLIP, niclip_file};
use crate::support::window::{call, open_over, predict, run, settle, type_path};

const READ_TOGETHER: &str = "Positive and negative values are read together by this model.";
const NONE: &str = "The model in use has no decoder: it decodes maps and predicts none";

#[test]
fn a_model_of_others_shows_the_signed_decoding_once_and_offers_no_predictions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.gyrus");
    NICLIP.write(&path).unwrap();
    let engine = Arc::new(Engine::new(None));
    let options = Options {
        files: vec![niclip_file("map.nii.gz")],
        ..Options::default()
    };
    let services = Arc::clone(&engine);
    let mut window = open_over(services, options);
    settle(&mut window, "decoded by the embedded model", |app| {
        app.document().decoding().is_some()
    });
    window.get_by_label("Side: Positive values");
    assert!(window.query_by_label(READ_TOGETHER).is_none());

    run(&mut window, "use-model");
    type_path(&mut window, &path);
    settle(&mut window, "decoded anew", |app| {
        let result = app.document().result();
        result.is_some_and(|result| result.model == 1)
    });
    let document = window.state().document();
    assert_eq!(document.side().map(|(tail, _)| tail), Some(Tail::Both));
    let decoding = document.decoding().unwrap();
    assert_eq!((decoding.tail, decoding.tasks.len()), (Tail::Both, 12));
    let first = decoding.tasks[0].name.clone();
    let domain = decoding.domains[0].clone();
    window.get_by_label(READ_TOGETHER);
    assert!(
        window.query_by_label("Side: Positive values").is_none(),
        "no switch of sides"
    );

    // Its rows are no buttons, and whoever asks all the same is told why.
    let row = labels(&window, &format!("Task {first}, "));
    window.get_by_label(&row[0]).click();
    window.run_steps(4);
    assert!(window.state().document().preview.is_none());
    assert!(
        window
            .query_by_label_contains("Type a task or a sentence to see its map")
            .is_none()
    );
    assert!(window.query_all_by_label(NONE).count() > 0, "at the foot");
    predict(&mut window, &first, None);
    run(&mut window, "type-text");
    settle(&mut window, "nothing is predicted", |_| true);
    assert_eq!(window.state().document().layers.len(), 1);
    let menu = window.query_all_by_label("Decode").next();
    menu.expect("the menu stands above the tab").click();
    window.run_steps(3);
    for words in ["Type a task or a sentence…", "Show the negative side"] {
        // A key may follow the words.
        let label = labels(&window, words);
        let node = window.get_by_label(&label[0]);
        assert!(node.accesskit_node().is_disabled(), "{words}");
    }
    let other = window.get_by_label("Use another model…");
    assert!(!other.accesskit_node().is_disabled());
    window.key_press(eframe::egui::Key::Escape);
    window.run_steps(3);

    // A domain opens on tasks by the model's own links.
    let ontology = NICLIP.ontology();
    let tasks = gyrus::decode::tasks_behind(
        ontology,
        &domain.id,
        window.state().document().decoding().unwrap(),
    );
    let tasks = tasks.len();
    assert!(tasks > 0);
    let shown = labels(&window, &domain.name);
    window.get_by_label(&shown[0]).click();
    window.run_steps(4);
    let said = match tasks {
        1 => "The task it comes from".to_owned(),
        n => format!("The {n} tasks it comes from"),
    };
    window.get_by_label_contains(&said);
    assert!(
        window
            .query_by_label("Show the map predicted for it")
            .is_none()
    );
    window.key_press(eframe::egui::Key::Escape);
    window.run_steps(3);

    call(&mut window, gyrus::app::Call::ShowTab("Info"));
    window.get_by_label("none: it predicts no maps");
    assert_eq!(engine.model().facts.map(|facts| facts.tasks), Some(12));

    run(&mut window, "use-embedded-model");
    call(&mut window, gyrus::app::Call::ShowTab("Decode"));
    settle(&mut window, "the embedded one again", |app| {
        let result = app.document().result();
        result.is_some_and(|result| result.model == 2)
    });
    window.get_by_label("Side: Positive values");
}
