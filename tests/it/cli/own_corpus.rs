//! A person's own small folder of studies, from tables to a model and its figures, through the program.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;

use crate::support::program::{program, text};
use candle_core::Device;
use gyrus::bundle::Bundle;
use gyrus::progress::Progress;
use gyrus::seed::Seed;
use gyrus::train::{Cache, Event, TrainError, TrainPlan, Warning, train_corpus};
use rand::Rng as _;
use serde_json::Value;

const PLACES: [(&str, [f64; 3]); 4] = [
    ("finger tapping", [-40.0, -24.0, 56.0]),
    ("visual motion", [4.0, -88.0, 4.0]),
    ("fearful faces", [22.0, -4.0, -18.0]),
    ("reward", [10.0, 10.0, -8.0]),
];

/// Sixty studies of one of four kinds, as tables.
pub(super) fn corpus(folder: &Path) {
    let mut rng = Seed(9).stream("own corpus", 0);
    let mut studies = String::from("id,title,abstract,year,space\n");
    let mut coordinates = String::from("id,x,y,z\n");
    for n in 1..=60 {
        let (what, centre) = PLACES[n % PLACES.len()];
        writeln!(
            studies,
            "own-{n},Study number{n} of {what},We scanned {what} in group{n},2020,MNI"
        )
        .unwrap();
        for _ in 0..4 {
            let [x, y, z] = centre.map(|c| c + rng.random_range(-6.0..6.0));
            writeln!(coordinates, "own-{n},{x:.1},{y:.1},{z:.1}").unwrap();
        }
    }
    std::fs::write(folder.join("studies.csv"), studies).unwrap();
    std::fs::write(folder.join("coordinates.csv"), coordinates).unwrap();
}

fn gyrus(folder: &Path, args: &[&str]) -> Output {
    let cache = folder.join("cache");
    let mut program = program(folder);
    program
        .env("GYRUS_CACHE", cache)
        .args(args)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn sixty_studies_become_a_model_that_eval_takes_whatever_the_seed() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    corpus(&own);

    // As the manual has it, nothing set but the noise, for time: fewer modes and pairs than the defaults, and it says so.
    let args = ["train", "own", "-o", "own.gyrus", "--null-maps", "12"];
    let trained = gyrus(folder.path(), &args);
    let said = text(&trained.stderr);
    assert!(trained.status.success(), "{said}");
    assert!(said.contains("12 modes instead of 512"), "{said}");
    assert!(said.contains("12 pairs a step instead of 512"), "{said}");
    let bundle = Bundle::read(&folder.path().join("own.gyrus")).unwrap();
    assert_eq!(bundle.atlas.modes(), 12);
    assert_eq!(bundle.manifest.split.sizes, [48, 6, 6]);
    assert_eq!(bundle.manifest.seed, 1);
    assert_eq!(bundle.nulls.unwrap().maps, 24, "both sides of each");

    // A model of another seed shares the split; 0 is a seed like any other.
    let zero = gyrus(
        folder.path(),
        &[
            "train",
            "own",
            "-o",
            "zero.gyrus",
            "--seed",
            "0",
            "--modes",
            "8",
            "--null-maps",
            "0",
            "-q",
        ],
    );
    assert!(zero.status.success(), "{}", text(&zero.stderr));
    let other = Bundle::read(&folder.path().join("zero.gyrus")).unwrap();
    assert_eq!((other.manifest.seed, other.atlas.modes()), (0, 8));
    assert_eq!(other.manifest.split, bundle.manifest.split);

    for (model, seed) in [("own.gyrus", None), ("zero.gyrus", Some("5"))] {
        for part in [None, Some("test")] {
            let mut args = vec!["eval", model, "--corpus", "own", "--json"];
            args.extend(part.iter().flat_map(|p| ["--part", p]));
            args.extend(seed.iter().flat_map(|s| ["--seed", s]));
            let table = json(&gyrus(folder.path(), &args));
            assert_eq!(table["part"], part.unwrap_or("dev"));
            assert_eq!(table["tables"][0]["studies"], 6);
            assert_eq!(table["tables"][0]["query"], "title");
        }
    }

    // Another corpus of the same names divides otherwise: its studies were learnt from.
    let tables = std::fs::read_to_string(own.join("studies.csv")).unwrap();
    let fewer: Vec<&str> = tables.lines().take(41).collect();
    std::fs::write(own.join("studies.csv"), fewer.join("\n")).unwrap();
    let refused = gyrus(folder.path(), &["eval", "own.gyrus", "--corpus", "own"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("was trained on"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn the_library_alone_trains_a_corpus_and_tells_what_happens_in_order() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let output = folder.path().join("model.gyrus");
    let plan = serde_json::json!({
        "corpus": folder.path(), "output": output, "name": "Own", "modes": 6, "index_axes": 0, "null_maps": 12,
        "config": {"width": 16, "depth": 1, "epochs": 2},
    });
    let plan: TrainPlan = serde_json::from_value(plan).unwrap();
    let mut events = Vec::new();
    let trained = train_corpus(
        &plan,
        &Cache::none(),
        &Device::Cpu,
        &Progress::new(),
        &mut |event| events.push(event),
    )
    .unwrap();
    let bundle = Bundle::read(&output).unwrap();
    assert_eq!(bundle.fingerprint(), trained.fingerprint);
    assert_eq!(std::fs::metadata(&output).unwrap().len(), trained.bytes);
    assert!(bundle.index.is_none() && bundle.manifest.name == "Own");
    let fewer = Warning::FewerPairs {
        studies: 48,
        used: 12,
        standard: 512,
    };
    assert_eq!(events.first(), Some(&Event::Warning(fewer)));
    assert_eq!(events.last(), Some(&Event::Done(trained)));
    let place = |what: &dyn Fn(&Event) -> bool| events.iter().position(what).unwrap();
    let stage = |wanted: &'static str| {
        place(&|event| matches!(event, Event::Stage { name, cached: false } if name == wanted))
    };
    let order = [
        stage("atlas"),
        place(&|event| matches!(event, Event::Config { config, .. } if config.batch == 12)),
        stage("features"),
        stage("texts"),
        stage("towers"),
        place(&|event| matches!(event, Event::Epoch { epoch: 1, .. })),
        place(&|event| matches!(event, Event::TowersKept { .. })),
        stage("decoder"),
        place(&|event| matches!(event, Event::Decoder { .. })),
        stage("finish"),
    ];
    assert!(order.is_sorted(), "{order:?}");

    // Stopped, or with nothing to read, it leaves the file that was there.
    let before = std::fs::read(&output).unwrap();
    let stopped = Progress::new();
    stopped.cancel();
    let no_corpus = TrainPlan {
        corpus: folder.path().join("none"),
        ..plan.clone()
    };
    for (plan, progress) in [(&plan, &stopped), (&no_corpus, &Progress::new())] {
        let failed = train_corpus(plan, &Cache::none(), &Device::Cpu, progress, &mut |_| {});
        let cancelled = matches!(failed.unwrap_err(), TrainError::Cancelled(_));
        assert_eq!(cancelled, progress.is_cancelled());
        assert_eq!(std::fs::read(&output).unwrap(), before);
    }
}

/// A small run of so many passes.
fn small_plan(folder: &Path, output: &str, epochs: usize) -> TrainPlan {
    let plan = serde_json::json!({
        "corpus": folder, "output": folder.join(output), "name": "Own", "modes": 6, "index_axes": 0, "null_maps": 0,
        "config": {"width": 16, "depth": 1, "epochs": epochs, "patience": epochs, "thinned": 1},
    });
    serde_json::from_value(plan).unwrap()
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let train = |plan: &TrainPlan, cache: &Cache, stop_after: Option<usize>| {
        let progress = Progress::new();
        let mut events = Vec::new();
        let trained = train_corpus(plan, cache, &Device::Cpu, &progress, &mut |event| {
            if let Event::Epoch { epoch, .. } = &event
                && stop_after == Some(*epoch)
            {
                progress.cancel();
            }
            events.push(event);
        });
        (trained.is_ok(), events)
    };
    let whole = small_plan(folder.path(), "whole.gyrus", 8);
    assert!(train(&whole, &Cache::at(folder.path().join("cache a")), None).0);
    let cache = Cache::at(folder.path().join("cache b"));
    let parts = small_plan(folder.path(), "parts.gyrus", 8);
    assert!(!train(&parts, &cache, Some(3)).0);
    let (done, events) = train(&parts, &cache, None);
    assert!(done);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Resumed { epoch } if *epoch >= 1)),
        "it began anew"
    );
    let passes: Vec<usize> = events
        .iter()
        .filter_map(|event| match event {
            Event::Epoch { epoch, .. } => Some(*epoch),
            _ => None,
        })
        .collect();
    assert_eq!(passes, (1..=8).collect::<Vec<_>>());
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(
        bytes("whole.gyrus") == bytes("parts.gyrus"),
        "another model"
    );
}

/// Kills a run so many times, each after a random while, and lets it end: the model is that of a run in one piece.
fn killed(times: u64) {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    corpus(&own);
    let config = r#"{"width": 128, "depth": 2, "epochs": 800, "patience": 800, "thinned": 1}"#;
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    let arguments = |output: &str, cache: &str| {
        [
            "train",
            "own",
            "-o",
            output,
            "--cache",
            cache,
            "--config",
            "config.json",
            "--modes",
            "6",
            "--no-index",
            "--null-maps",
            "0",
            "-q",
        ]
        .map(str::to_owned)
    };
    let run = |output: &str, cache: &str| {
        let mut program = program(folder.path());
        program.args(arguments(output, cache));
        program
    };
    assert!(run("whole.gyrus", "a").status().unwrap().success());
    // What comes before the towers is there, so that they are what is killed.
    std::fs::create_dir(folder.path().join("b")).unwrap();
    for stage in std::fs::read_dir(folder.path().join("a")).unwrap() {
        let stage = stage.unwrap();
        let name = stage.file_name().into_string().unwrap();
        if !name.starts_with("towers") && !name.starts_with("decoder") {
            std::fs::copy(stage.path(), folder.path().join("b").join(name)).unwrap();
        }
    }
    let mut rng = Seed(4).stream("kills", 0);
    let mut unfinished = 0;
    for _ in 0..times {
        let mut child = run("parts.gyrus", "b").spawn().unwrap();
        // Once the towers learn, a random while.
        let is_unfinished = || {
            let kept = std::fs::read_dir(folder.path().join("b")).unwrap();
            let mut kept = kept.map(|stage| stage.unwrap().file_name());
            kept.any(|name| name.to_string_lossy().starts_with("unfinished"))
        };
        while !is_unfinished() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let more = std::time::Duration::from_millis(rng.random_range(0..2500));
        std::thread::sleep(more);
        // SIGKILL where there is one.
        child.kill().unwrap();
        child.wait().unwrap();
        unfinished += usize::from(is_unfinished());
        // Nothing half written under the model's name.
        let output = folder.path().join("parts.gyrus");
        assert!(!output.exists() || Bundle::read(&output).is_ok());
    }
    assert!(unfinished > 0, "no run was killed while the towers learnt");
    assert!(run("parts.gyrus", "b").status().unwrap().success());
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(
        bytes("whole.gyrus") == bytes("parts.gyrus"),
        "another model"
    );
}

#[test]
fn a_killed_run_goes_on_to_the_same_bytes() {
    killed(3);
}

#[test]
#[ignore = "takes minutes: run by hand when checkpoints change"]
fn a_run_killed_twenty_times_goes_on_to_the_same_bytes() {
    killed(20);
}

#[test]
fn events_are_written_as_lines_that_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    corpus(&own);
    let train = || {
        let arguments = [
            "train",
            "own",
            "-o",
            "own.gyrus",
            "--preset",
            "demo",
            "--modes",
            "6",
            "--no-index",
            "--null-maps",
            "0",
            "--events",
            "run.jsonl",
            "--config",
            "short.json",
        ];
        gyrus(folder.path(), &arguments)
    };
    let done = train();
    assert_eq!(done.status.code(), Some(1), "there is no short.json");
    std::fs::write(
        folder.path().join("short.json"),
        r#"{"epochs": 2, "optimiser": {"learning_rate": 0.002}}"#,
    )
    .unwrap();
    let done = train();
    assert!(done.status.success(), "{}", text(&done.stderr));
    let mut reader = gyrus::train::EventReader::open(&folder.path().join("run.jsonl")).unwrap();
    let config = &reader.start.plan.config;
    assert_eq!((config.epochs, config.width), (2, 256));
    assert_eq!(config.optimiser.learning_rate, 0.002);
    assert_eq!(config.optimiser.beta1, 0.9);
    let events = reader.read().unwrap();
    assert!(matches!(events.last(), Some(Event::Done(_))), "{events:?}");
    let passes = events.iter().filter(|e| matches!(e, Event::Epoch { .. }));
    assert_eq!(passes.count(), 2);
}

#[test]
fn an_output_that_cannot_be_written_is_refused_before_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    // There is no corpus either: had the output not been looked at first, that would be said.
    for args in [
        &["train", "no-corpus", "-o", "nowhere/x.gyrus"][..],
        &["train", "no-corpus", "-o", "."],
        &["atlas", "learn", "no-corpus", "-o", "nowhere/x.atlas"],
    ] {
        let output = gyrus(folder.path(), args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("nothing was started"), "{said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_atlas_of_a_small_corpus_needs_no_number_of_modes() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let learnt = gyrus(
        folder.path(),
        &["atlas", "learn", ".", "-o", "own.atlas", "--json"],
    );
    assert_eq!(json(&learnt)["report"]["modes"], 12);
}
