//! Results lead somewhere: studies, concepts, tables, the model in use, missing files.

use std::path::{Path, PathBuf};

use eframe::egui::{OutputCommand, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use gyrus::app::{
    Call, Copied, GyrusApp, MemoryClipboard, Services as _, Side, Source, read_session,
};
use gyrus::decode::PriorWeight;
use gyrus::progress::Progress;
use gyrus::volume::WarningCode;

use super::reading::{labels, wait_for};
use crate::support::fake::{Fake, TASKS, ball};
use crate::support::window::{
    Window, call, drop_file, edit, names, open, open_with, open_with_clipboard, predict, run,
    settle, type_path,
};

fn write_ball(path: &Path) {
    gyrus::volume::write_nifti(&ball("ball", [-40.0, -20.0, 50.0], 6.0), path).unwrap();
}

/// What the window asked of the system in the frames since it was clicked.
fn steps_until(window: &mut Window, what: &str, is: impl Fn(&OutputCommand) -> bool) {
    for _ in 0..8 {
        window.step();
        if window.output().platform_output.commands.iter().any(&is) {
            return;
        }
    }
    panic!("never happened: {what}");
}

/// Steps until text that fits is on the clipboard.
fn until_copied(
    window: &mut Window,
    clipboard: &MemoryClipboard,
    what: &str,
    is: impl Fn(&str) -> bool,
) {
    settle(
        window,
        what,
        |_| matches!(clipboard.last(), Some(Copied::Text(text)) if is(&text)),
    );
}

fn studies() -> (Window, MemoryClipboard) {
    let (mut window, clipboard) = open_with_clipboard();
    call(&mut window, Call::ShowTab("Studies"));
    wait_for(&mut window, "Study PMID 10000000");
    (window, clipboard)
}

#[test]
fn a_study_opens_in_pubmed_and_its_number_and_link_are_copied() {
    let (mut window, clipboard) = studies();
    window.get_by_label_contains("found by the positive values of");
    window.get_by_label("PMID 10000000 in PubMed").click();
    steps_until(&mut window, "the page opens", |command| {
        matches!(command, OutputCommand::OpenUrl(open)
            if open.url == "https://pubmed.ncbi.nlm.nih.gov/10000000/")
    });
    for (entry, text) in [
        ("Copy PMID", "10000001"),
        ("Copy link", "https://pubmed.ncbi.nlm.nih.gov/10000001/"),
    ] {
        let study = window.get_by_label("Study PMID 10000001");
        study.click_secondary();
        window.run_steps(3);
        window.get_by_label("Open in PubMed");
        window.get_by_label(entry).click();
        until_copied(&mut window, &clipboard, entry, |copied| copied == text);
        window.run_steps(3);
    }
    edit(&mut window, |doc| {
        doc.set_tail(Some(gyrus::decode::Tail::Neg))
    });
    wait_for(&mut window, "Study PMID 10000000");
    window.get_by_label_contains("found by the negative values of");
}

#[test]
fn a_study_shows_its_peaks_and_all_of_them_become_a_layer() {
    let (mut window, _) = studies();
    window.get_by_label("Study PMID 10000002").click();
    settle(&mut window, "its peaks", |app| {
        let preview = app.document().preview.as_ref();
        preview.is_some_and(|layer| layer.name == "KDE of 1 studies")
    });
    let layers = window.state().document().layers.len();
    window.get_by_label("Meta-analysis of these 12").click();
    settle(&mut window, "a layer", |app| {
        app.document().layers.len() == layers + 1
    });
    let made = &window.state().document().layers[layers];
    assert!(
        matches!(&made.source, gyrus::app::Source::Studies { plan, .. } if plan.pmids.len() == 11),
        "{:?}",
        made.source
    );
}

/// A study of the list is left out by hand, and taken back.
#[test]
fn a_study_is_left_out_of_the_list_and_of_its_meta_analysis() {
    let (mut window, _) = studies();
    window.get_by_label("Study PMID 10000001").click_secondary();
    window.run_steps(3);
    window.get_by_label("Leave out of the list").click();
    wait_for(&mut window, "Meta-analysis of these 11");
    assert!(window.query_by_label("Study PMID 10000001").is_none());
    window.get_by_label("1 left out by hand");
    window.get_by_label("Take back").click();
    wait_for(&mut window, "Study PMID 10000001");
}

#[test]
fn studies_with_peaks_at_the_crosshair_follow_it() {
    let (mut window, clipboard) = studies();
    window.get_by_label("Studies by: At the crosshair").click();
    wait_for(&mut window, "Study PMID 10000040");
    window.get_by_label("Studies with peaks at the crosshair");
    edit(&mut window, |doc| {
        doc.go_to([-41.9, 22.0, 8.0]);
    });
    wait_for(&mut window, "within 10 mm of −42 22 8");
    wait_for(&mut window, "Study PMID 10000040");
    window.get_by_label("Copy the list").click();
    until_copied(&mut window, &clipboard, "with the place", |text| {
        text.contains("peaks_near_mm")
    });
}

#[test]
fn studies_of_a_text_stay_while_their_peaks_are_looked_at() {
    let (mut window, _) = studies();
    call(
        &mut window,
        Call::Predict {
            wanted: gyrus::app::TextToPredict::text("listening to music"),
            keep: false,
        },
    );
    wait_for(&mut window, "Study PMID 10000020");
    window.get_by_label("found by “listening to music”");
    window.get_by_label("Study PMID 10000022").click();
    settle(&mut window, "its peaks", |app| {
        let preview = app.document().preview.as_ref();
        preview.is_some_and(|layer| matches!(layer.source, Source::Studies { .. }))
    });
    window.run_steps(3);
    window.get_by_label("Study PMID 10000022");
    window.get_by_label("found by “listening to music”");
}

#[test]
fn a_corrected_meta_analysis_shows_the_uncorrected_map_until_it_is_there() {
    let (mut window, fake) = open_with(Fake::default(), Vec::new());
    settle(&mut window, "the demo is read", |app| {
        app.document().decoding().is_some()
    });
    call(&mut window, Call::ShowTab("Studies"));
    wait_for(&mut window, "Study PMID 10000000");
    window.get_by_label("Correction").click();
    window.run_steps(3);
    window.get_by_label("FWE 5 %, cluster size").click();
    window.run_steps(3);
    fake.holds.store(true, std::sync::atomic::Ordering::SeqCst);
    let layers = window.state().document().layers.len();
    window.get_by_label("Meta-analysis of these 12").click();
    let begun = std::time::Instant::now();
    let uncorrected = |app: &GyrusApp| {
        let preview = app.document().preview.as_ref();
        preview.is_some_and(|layer| {
            matches!(&layer.source, Source::Studies { plan, .. } if !plan.keep.needs_chance())
        })
    };
    while !uncorrected(window.state()) {
        assert!(begun.elapsed().as_secs() < 60, "nothing is shown meanwhile");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(window.state().document().layers.len(), layers);
    fake.holds.store(false, std::sync::atomic::Ordering::SeqCst);
    settle(&mut window, "the layer", |app| {
        app.document().layers.len() == layers + 1 && app.document().preview.is_none()
    });
    let made = &window.state().document().layers[layers];
    assert!(
        matches!(&made.source, Source::Studies { plan, .. } if plan.iterations == 1000),
        "{:?}",
        made.source
    );
}

#[test]
fn studies_are_told_apart_by_year() {
    let (mut window, _) = studies();
    let field = "Words of the title, years as 2010-2015…";
    window.get_by_label(field).focus();
    window.run_steps(2);
    window.get_by_label(field).type_text("2009-");
    settle(&mut window, "those of 2009 and later", |_| true);
    window.run_steps(3);
    window.get_by_label("Study PMID 10000009");
    assert!(window.query_by_label("Study PMID 10000001").is_none());
}

#[test]
fn the_list_of_studies_is_copied_and_saved() {
    let (mut window, clipboard) = studies();
    window.get_by_label("Copy the list").click();
    until_copied(&mut window, &clipboard, "the list is copied", |text| {
        text.starts_with("rank,pmid,") && text.lines().count() == 13
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("studies.csv");
    window.get_by_label("Save as CSV…").click();
    window.run_steps(3);
    type_path(&mut window, &path);
    settle(&mut window, "saved", |_| path.exists());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("https://pubmed.ncbi.nlm.nih.gov/10000003/"),
        "{text}"
    );
}

#[test]
fn a_concept_opens_its_tasks_and_the_map_of_its_name() {
    let mut window = open();
    let ranked = labels(&window, "Task saccades").len();
    window.get_by_label("response inhibition").click();
    window.run_steps(3);
    window.get_by_label("Concept, score 0.17");
    // Beside the ranking behind.
    assert_eq!(labels(&window, "Task saccades").len(), ranked + 1);
    assert_eq!(labels(&window, "Task finger tapping").len(), 1);
    window.get_by_label("Show the map predicted for it").click();
    settle(&mut window, "the map of the concept", |app| {
        let preview = app.document().preview.as_ref();
        preview.is_some_and(|layer| layer.name == "response inhibition")
    });
    // It stays open while it is worked in.
    window.get_by_label("Show the map predicted for it");
}

#[test]
fn a_domain_lists_tasks_that_show_their_maps() {
    let mut window = open();
    let before = labels(&window, "Task ").len();
    let domain = labels(&window, "Action 0.95");
    assert_eq!(domain.len(), 1, "{domain:?}");
    window.get_by_label("Action 0.95").click();
    window.run_steps(3);
    let after = labels(&window, "Task ");
    assert!(after.len() > before, "{after:?}");
    // The last one in the tree is in what was opened, above the ranking.
    let last = after.last().unwrap().clone();
    let name = last.trim_start_matches("Task ").split(',').next().unwrap();
    let name = name.to_owned();
    assert!(TASKS.contains(&name.as_str()));
    window.get_all_by_label(&last).last().unwrap().click();
    settle(&mut window, "its map", |app| {
        let preview = app.document().preview.as_ref();
        preview.is_some_and(|layer| layer.name == name)
    });
}

/// The switch stood below the sentence and moved with its length.
#[test]
fn the_switch_of_the_sides_stays_where_it_is() {
    let mut window = open();
    let at = |window: &Window| window.get_by_label("Side: Negative values").rect();
    let before = at(&window);
    window.get_by_label("Side: Negative values").click();
    settle(&mut window, "the other side", |app| {
        app.document().tail == Some(gyrus::decode::Tail::Neg)
    });
    assert_eq!(at(&window), before);
}

#[test]
fn decoding_tables_leave_the_window() {
    let (mut window, clipboard) = open_with_clipboard();
    window.get_by_label("Copy table").click();
    until_copied(&mut window, &clipboard, "the table is copied", |text| {
        text.starts_with("map,tail,level,") && text.contains(",task,1,finger tapping,")
    });
    let folder = tempfile::tempdir().unwrap();
    for (button, name) in [
        ("Save as CSV…", "scores.csv"),
        ("Save as JSON…", "scores.json"),
    ] {
        let path = folder.path().join(name);
        window.get_by_label(button).click();
        window.run_steps(3);
        type_path(&mut window, &path);
        settle(&mut window, "saved", |_| path.exists());
    }
    let csv = std::fs::read_to_string(folder.path().join("scores.csv")).unwrap();
    let head = csv.lines().next().unwrap();
    assert!(
        head.ends_with("frame,map_sha256,model,options,gyrus"),
        "{head}"
    );
    assert_eq!(csv.lines().count(), 1 + TASKS.len() + 7 + 6);
    assert!(csv.lines().nth(1).unwrap().contains("tail=pos"));
    let json = std::fs::read(folder.path().join("scores.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["tasks"].as_array().unwrap().len(), TASKS.len());
    assert_eq!(json["provenance"]["made"], "decoding");
}

#[test]
fn another_model_decodes_anew_and_a_session_brings_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("mine.gyrus");
    std::fs::write(&bundle, b"the stand-in reads nothing").unwrap();
    let map = folder.path().join("ball.nii.gz");
    write_ball(&map);
    let (mut window, fake) = open_with(Fake::default(), vec![map]);
    settle(&mut window, "decoded", |app| {
        app.document().decoding().is_some()
    });
    predict(&mut window, TASKS[3], Some("trm_3".to_owned()));
    settle(&mut window, "predicted", |app| {
        app.document().layers.len() == 2
    });
    let first = fake.decodes.load(std::sync::atomic::Ordering::SeqCst);

    run(&mut window, "use-model");
    type_path(&mut window, &bundle);
    settle(&mut window, "decoded anew", |app| {
        let result = app.document().result();
        result.is_some_and(|result| result.model == 1)
    });
    assert!(fake.decodes.load(std::sync::atomic::Ordering::SeqCst) > first);
    let code = |window: &Window| {
        let volume = window.state().document().layers[1].volume.clone().unwrap();
        volume
            .warnings
            .iter()
            .any(|w| w.code == WarningCode::OtherModel)
    };
    assert!(code(&window), "the predicted map is of the model before");
    call(&mut window, Call::ShowTab("Info"));
    window.get_by_label("mine.gyrus fingerprint");
    let session = folder.path().join("with.gyrus-session");
    call(&mut window, Call::SaveSession(session.clone()));
    settle(&mut window, "saved", |_| session.exists());
    let saved = read_session(&session).unwrap().model.unwrap();
    assert_eq!(saved.path.as_deref(), Some(bundle.as_path()));
    assert_eq!(saved.fingerprint, "mine.gyrus fingerprint");
    let text = std::fs::read_to_string(&session).unwrap();
    assert!(text.contains("\"mine.gyrus\""), "relative: {text}");

    run(&mut window, "use-embedded-model");
    settle(&mut window, "embedded again", |app| {
        app.document()
            .model
            .as_ref()
            .is_some_and(|model| model.path.is_none())
    });
    assert!(!code(&window), "it is of the model in use again");

    drop_file(&mut window, session.clone());
    settle(&mut window, "the session's model", |_| {
        fake.model().path.as_deref() == Some(bundle.as_path())
    });

    // Without its model a session goes on with the embedded one, and says so.
    run(&mut window, "use-embedded-model");
    settle(&mut window, "embedded", |_| fake.model().path.is_none());
    std::fs::remove_file(&bundle).unwrap();
    drop_file(&mut window, session);
    settle(&mut window, "said", |app| {
        app.document()
            .model
            .as_ref()
            .is_some_and(|model| model.path.is_none())
    });
    let alerts = window.query_all_by_role(Role::Alert);
    let said: Vec<String> = alerts.filter_map(|a| a.accesskit_node().label()).collect();
    let missing = said.iter().find(|text| text.contains("no such file"));
    assert!(
        missing.is_some_and(|text| text.contains("stays in use")),
        "{said:?}"
    );
    assert!(fake.model().path.is_none());
}

#[test]
fn the_program_itself_reads_another_model_and_tells_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gyrus");
    let bundle = &crate::support::models::BUNDLE;
    bundle.write(&path).unwrap();
    let engine = gyrus::app::Engine::new(None);
    assert_eq!(
        engine.model().facts,
        None,
        "nothing is read before it is needed"
    );
    let model = engine.use_model(Some(&path), &Progress::new()).unwrap();
    let facts = model.facts.unwrap();
    assert_eq!(facts.fingerprint, bundle.fingerprint());
    assert_eq!(facts.tasks, bundle.tasks.len());
    assert_eq!((model.number, model.path), (1, Some(path)));
    let gone: PathBuf = folder.path().join("gone.gyrus");
    assert!(engine.use_model(Some(&gone), &Progress::new()).is_err());
    assert_eq!(engine.model().number, 1, "the one in use stays");
}

/// A session of two maps of which the first is gone.
fn with_a_missing_map(folder: &Path, rename: bool) -> Window {
    let files = ["old name.nii.gz", "here.nii.gz"].map(|name| folder.join(name));
    files.iter().for_each(|path| write_ball(path));
    let (mut window, _) = open_with(Fake::default(), files.to_vec());
    settle(&mut window, "open", |app| app.document().layers.len() == 2);
    let first = window.state().document().layers[0].id;
    if rename {
        edit(&mut window, move |doc| doc.rename(first, "mine"));
    }
    let session = folder.join("s.gyrus-session");
    call(&mut window, Call::SaveSession(session.clone()));
    settle(&mut window, "saved", |_| session.exists());
    std::fs::rename(&files[0], folder.join("new name.nii.gz")).unwrap();
    let (mut window, _) = open_with(Fake::default(), vec![session]);
    settle(&mut window, "the rest is open", |app| {
        let layers = &app.document().layers;
        layers.len() == 2 && layers[1].volume.is_some()
    });
    let first = window.state().document().layers[0].id;
    edit(&mut window, move |doc| doc.select(first));
    window
}

#[test]
fn a_layer_without_its_file_says_where_to_go_and_takes_the_name_of_what_is_found() {
    for (rename, name) in [(false, "new name"), (true, "mine")] {
        let folder = tempfile::tempdir().unwrap();
        let mut window = with_a_missing_map(folder.path(), rename);
        wait_for(&mut window, "The file of this layer is missing");
        window.get_by_label_contains("Choose “Find…” beside its name");
        assert!(labels(&window, "Press Ctrl").is_empty());
        let find = labels(&window, "Find the file of ");
        assert_eq!(find.len(), 1, "{find:?}");
        window.get_by_label(&find[0]).click();
        window.run_steps(3);
        type_path(&mut window, &folder.path().join("new name.nii.gz"));
        settle(&mut window, "found", |app| {
            app.document().layers[0].volume.is_some()
        });
        assert_eq!(names(&window), [name, "here"]);
        let source = &window.state().document().layers[0].source;
        assert!(matches!(source, Source::File { path, .. } if path.ends_with("new name.nii.gz")));
    }
}

#[test]
fn a_layer_that_could_not_be_made_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("s.gyrus-session");
    let mut window = open();
    predict(&mut window, "pain", None);
    settle(&mut window, "predicted", |app| {
        app.document().layers.len() == 2
    });
    call(&mut window, Call::SaveSession(session.clone()));
    settle(&mut window, "saved", |_| session.exists());
    let fake = Fake {
        failing: 1.into(),
        ..Fake::default()
    };
    let (mut window, _) = open_with(fake, vec![session]);
    wait_for(&mut window, "Open pain again");
    window.get_by_label("Open pain again").click();
    settle(&mut window, "made", |app| {
        let layers = &app.document().layers;
        layers.len() == 2 && layers.iter().all(|layer| layer.volume.is_some())
    });
    assert!(labels(&window, "Open pain again").is_empty());
}

#[test]
fn a_table_beside_a_limited_layer_says_that_it_is_not_limited() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["limit.nii.gz", "shown.nii.gz"].map(|name| folder.path().join(name));
    files.iter().for_each(|path| write_ball(path));
    let (mut window, _) = open_with(Fake::default(), files.to_vec());
    settle(&mut window, "open", |app| app.document().layers.len() == 2);
    let [limit, shown] = [0, 1].map(|n| window.state().document().layers[n].id);
    edit(&mut window, move |doc| {
        doc.select(shown);
        doc.threshold_by(shown, Some(limit));
    });
    call(&mut window, Call::ShowTab("Peaks"));
    wait_for(
        &mut window,
        "The layer is shown where limit passes; the table is not limited to that",
    );
}

#[test]
fn what_was_stopped_is_tried_again_and_work_is_stopped_by_its_button() {
    let fake = Fake {
        // Longer than the frames take on the busiest machine.
        decode_ms: 60_000,
        ..Fake::default()
    };
    let (mut window, _) = open_with(fake, Vec::new());
    wait_for(&mut window, "Decoding the map…");
    wait_for(&mut window, "Stop computing");
    window.get_by_label("Stop computing").click();
    wait_for(&mut window, "Not decoded");
    window.get_by_label("Decode it now").click();
    wait_for(&mut window, "Decoding the map…");
}

#[test]
fn a_file_that_ends_early_is_opened_as_far_as_it_goes_from_its_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.nii");
    write_ball(&path);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() * 3 / 4]).unwrap();
    let mut window = open();
    drop_file(&mut window, path);
    wait_for(&mut window, "Open what is there");
    window.get_by_label("Open what is there").click();
    settle(&mut window, "open", |app| {
        app.document()
            .layers
            .iter()
            .any(|layer| layer.name == "cut")
    });
    assert!(window.query_by_label("Open what is there").is_none());
    let document = window.state().document();
    let layer = document.layers.iter().find(|layer| layer.name == "cut");
    let volume = layer.unwrap().volume.clone().unwrap();
    assert!(
        volume
            .warnings
            .iter()
            .any(|w| w.code == WarningCode::ValuesMissing)
    );
    window.get_by_label("Notes on cut").click();
    window.run_steps(3);
    window.get_by_label_contains("% missing");
}

#[test]
fn the_prior_counts_as_much_as_is_chosen() {
    let (mut window, _) = open_with(Fake::default(), Vec::new());
    let weight = |app: &GyrusApp| {
        let (_, side) = app.document().side()?;
        match side {
            Side::Decoded(reading) => Some(reading.provenance.options_line()),
            Side::Refused(_) => None,
        }
    };
    settle(&mut window, "decoded", |app| weight(app).is_some());
    assert!(weight(window.state()).unwrap().contains("prior_weight=1"));
    window.get_by_label("Weight of the literature prior");
    edit(&mut window, |doc| doc.set_prior(PriorWeight::new(0.25)));
    settle(&mut window, "decoded anew", |app| {
        weight(app).is_some_and(|line| line.contains("prior_weight=0.25"))
    });
}
