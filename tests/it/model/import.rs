//! Models in the layout of NiCLIP and NeuroConText: what numpy, nilearn and torch compute with the same
//! files (tests/fixtures/niclip/make.py) is what the program computes.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use gyrus::bundle::import::{ImportSources, Imported, Layout, Scale, import};
use gyrus::bundle::{Bundle, Precision};
use gyrus::decode::{DecodeError, PreparedMap, PriorWeight, Reading, Tail, decode, latent};
use gyrus::error::Explain as _;
use gyrus::predict::predict_task;
use gyrus::progress::Progress;
use gyrus::volume::{Volume, VolumeData};
use serde_json::Value;

use crate::support::models::{NICLIP, niclip_file as fixture, niclip_sources as sources};

fn made(sources: &ImportSources) -> Imported {
    import(sources, &Progress::new()).unwrap()
}

fn bundle(sources: &ImportSources) -> Bundle {
    Bundle::from_parts(&made(sources).parts).unwrap()
}

static REFERENCE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(&std::fs::read_to_string(fixture("reference.json")).unwrap()).unwrap()
});

fn map() -> Volume {
    gyrus::volume::open(&fixture("map.nii.gz"), &Progress::new()).unwrap()
}

fn read(bundle: &Bundle, map: &Volume) -> Reading {
    decode(bundle, bundle.ontology(), map, Tail::Both, &Progress::new()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

fn farthest(got: &[f32], wanted: &[f64]) -> f64 {
    assert_eq!(got.len(), wanted.len());
    got.iter()
        .zip(wanted)
        .fold(0.0, |most: f64, (&g, w)| most.max((f64::from(g) - w).abs()))
}

/// Latents, posterior, Bayes factors, concepts and domains against a part of the reference.
fn agrees(bundle: &Bundle, reference: &Value, links: &str) {
    let reading = read(bundle, &map());
    assert_eq!(reading.decoding.tail, Tail::Both);
    let image = farthest(&reading.latent, &numbers(&reference["image_latent"]));
    assert!(image <= 1e-5, "image latent {image}");
    for row in 0..bundle.tasks.len() {
        let found = bundle.task_latent(row);
        let text = farthest(&found, &numbers(&reference["text_latents"][row]));
        assert!(text <= 1e-5, "text latent of {row}: {text}");
    }
    let in_order = |of: fn(&gyrus::decode::TaskScore) -> f32| -> Vec<f32> {
        let score = |name: &String| {
            reading
                .decoding
                .tasks
                .iter()
                .find(|t| t.name == *name)
                .unwrap()
        };
        bundle
            .tasks
            .names
            .iter()
            .map(|name| of(score(name)))
            .collect()
    };
    let posterior = farthest(
        &in_order(|t| t.posterior),
        &numbers(&reference["posterior"]),
    );
    assert!(posterior <= 1e-4, "posterior {posterior}");
    let similarity = farthest(
        &in_order(|t| t.similarity),
        &numbers(&reference["similarity"]),
    );
    assert!(similarity <= 1e-5, "similarity {similarity}");
    let bayes = farthest(
        &in_order(|t| t.bayes_factor),
        &numbers(&reference["bayes_factor"]),
    );
    assert!(bayes <= 1e-3, "Bayes factor {bayes}");
    println!(
        "image {image:.1e}, posterior {posterior:.1e}, similarity {similarity:.1e}, Bayes factor {bayes:.1e}"
    );
    let concepts = reference[format!("concepts_{links}")].as_object().unwrap();
    assert_eq!(reading.decoding.concepts.len(), concepts.len());
    for concept in &reading.decoding.concepts {
        let wanted = concepts[&concept.name].as_f64().unwrap();
        assert!(
            (f64::from(concept.score) - wanted).abs() <= 1e-4,
            "{concept:?} {wanted}"
        );
    }
    let domains = reference[format!("domains_{links}")].as_object().unwrap();
    assert_eq!(reading.decoding.domains.len(), 10);
    for domain in &reading.decoding.domains {
        let wanted = domains[&domain.id].as_f64().unwrap();
        assert!(
            (f64::from(domain.score) - wanted).abs() <= 1e-4,
            "{domain:?} {wanted}"
        );
    }
}

#[test]
fn niclip_decodes_as_its_own_program() {
    agrees(&NICLIP, &REFERENCE["niclip"], "full");
    let reduced = bundle(&ImportSources {
        tasks: Some(fixture("reduced_tasks.csv")),
        ..sources()
    });
    agrees(&reduced, &REFERENCE["niclip"], "reduced");
    let learned = bundle(&ImportSources {
        scale: Scale::Learned,
        ..sources()
    });
    assert_eq!(learned.decode_scale, 13.5);
    let tasks = read(&learned, &map()).decoding.tasks;
    for (name, wanted) in learned
        .tasks
        .names
        .iter()
        .zip(numbers(&REFERENCE["niclip_learned"]))
    {
        let found = tasks.iter().find(|task| task.name == *name).unwrap();
        assert!(
            (f64::from(found.posterior) - wanted).abs() <= 1e-4,
            "{found:?}"
        );
    }
}

#[test]
fn neurocontext_decodes_as_its_own_program() {
    let made = made(&ImportSources {
        layout: Layout::Neurocontext,
        weights: fixture("neurocontext.pth"),
        embeddings: fixture("neurocontext_embeddings.npy"),
        mask: Some(fixture("mask.nii.gz")),
        ..sources()
    });
    assert!(
        made.notes.iter().any(|note| note.contains("decoder")),
        "{:?}",
        made.notes
    );
    let bundle = Bundle::from_parts(&made.parts).unwrap();
    assert_eq!(bundle.atlas.mask().len(), 13_860);
    agrees(&bundle, &REFERENCE["neurocontext"], "full");
}

#[test]
fn a_bundle_file_keeps_the_model_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.gyrus");
    NICLIP.write(&path).unwrap();
    let again = Bundle::read(&path).unwrap();
    assert_eq!(again.precision, Precision::Single);
    assert_eq!(again.fingerprint(), NICLIP.fingerprint());
    assert_eq!(again.own_ontology(), NICLIP.own_ontology());
    let [a, b] = [&again, &*NICLIP].map(|bundle| read(bundle, &map()).decoding);
    assert_eq!(
        (a.tasks, a.concepts, a.domains),
        (b.tasks, b.concepts, b.domains)
    );
    assert_eq!((again.manifest.version, again.manifest.min_reader), (2, 2));
    assert!(again.manifest.card.contains("weights.pth"));
}

#[test]
fn a_signed_map_is_odd_and_its_scale_says_nothing() {
    let map = map();
    let VolumeData::Scalar(values) = &map.data else {
        panic!("a scalar map")
    };
    let scaled = |factor: f32| Volume {
        data: VolumeData::Scalar(values.iter().map(|v| v * factor).collect()),
        ..map.clone()
    };
    let at = |map: &Volume, tail| latent(&NICLIP, map, tail, &Progress::new()).unwrap();
    let plain = at(&map, Tail::Both);
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(near(&plain, &at(&scaled(1e-20), Tail::Both)));
    assert!(!near(&plain, &at(&scaled(-1.0), Tail::Both)));
    assert!(
        !near(&plain, &at(&map, Tail::Pos)),
        "a side on its own is another map"
    );
    assert!(near(&at(&map, Tail::Neg), &at(&scaled(-1.0), Tail::Pos)));
}

#[test]
fn it_predicts_nothing_and_says_so() {
    let error = predict_task(&NICLIP, 0, "a task", &Progress::new()).unwrap_err();
    let told = error.explain();
    assert!(told.why.contains("no decoder"), "{told}");
}

#[test]
fn maps_it_has_no_place_for_are_refused_as_by_any_model() {
    let mut empty = map();
    empty.data = VolumeData::Scalar(vec![f32::NAN; empty.grid.len()].into());
    let read = PreparedMap::new(&NICLIP, NICLIP.ontology(), &empty, &Progress::new());
    assert!(matches!(read, Err(DecodeError::NoData)));
    let prior = PriorWeight::new(0.0);
    let map = map();
    let prepared = PreparedMap::new(&NICLIP, NICLIP.ontology(), &map, &Progress::new()).unwrap();
    let reading = prepared
        .weigh_prior(prior)
        .read(Tail::Both, &Progress::new())
        .unwrap();
    let first = &reading.decoding.tasks[0];
    assert!((first.posterior - first.likelihood).abs() < 1e-6);
}

fn told(sources: &ImportSources) -> String {
    let error = import(sources, &Progress::new()).unwrap_err();
    error.explain().to_string()
}

#[test]
fn files_that_do_not_belong_together_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let with = |change: fn(&mut ImportSources, PathBuf), path: PathBuf| {
        let mut changed = sources();
        change(&mut changed, path);
        told(&changed)
    };
    let why = with(|s, p| s.weights = p, fixture("legacy.pth"));
    assert!(
        why.contains("before 1.6") && why.contains("torch.save(torch.load("),
        "{why}"
    );
    let why = with(|s, p| s.weights = p, fixture("neurocontext.pth"));
    assert!(why.contains("gyrus bundle import neurocontext"), "{why}");
    let why = with(|s, p| s.weights = p, fixture("atlas.nii.gz"));
    assert!(why.contains("no zip archive"), "{why}");
    let why = with(|s, p| s.vocabulary = p, write("two.txt", b"one\ntwo\n"));
    assert!(why.contains("[12, 48]") && why.contains("[2, 48]"), "{why}");
    let why = with(|s, p| s.vocabulary = p, write("gap.txt", b"one\n\ntwo\n"));
    assert!(why.contains("line 2 holds no name"), "{why}");
    let why = with(|s, p| s.embeddings = p, fixture("prior.npy"));
    assert!(why.contains("[12]"), "{why}");
    let why = with(|s, p| s.prior = Some(p), fixture("embeddings.npy"));
    assert!(why.contains("[12, 48]"), "{why}");
    let why = with(
        |s, p| s.prior = Some(p),
        write("prior.csv", b"name,prior\na,1\n"),
    );
    assert!(why.contains("no NumPy array"), "{why}");
    let why = with(|s, p| s.atlas = p, fixture("map.nii.gz"));
    assert!(why.contains("1 frames"), "{why}");
    let why = with(|s, p| s.weights = p, fixture("gone.pth"));
    assert!(why.contains("gone.pth"), "{why}");
    let why = with(|s, p| s.cognitive_atlas = Some(p), fixture(""));
    assert!(why.contains("task_snapshot"), "{why}");
}

/// The published widths: the pickle is PyTorch's own, the numbers are made here.
#[test]
fn weights_of_the_published_widths_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("real.pth");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("real/data.pkl", stored).unwrap();
    zip.write_all(&std::fs::read(fixture("real_widths.pkl")).unwrap())
        .unwrap();
    // In the order of the state dict: the scale, then fc, norm and projection of each block.
    let residual = [512 * 512, 512, 512, 512];
    let projection = [512 * 4096, 512, 512 * 512, 512, 512, 512];
    let lengths = [1]
        .into_iter()
        .chain(residual.repeat(3))
        .chain(projection)
        .chain(residual.repeat(2));
    for (key, length) in lengths.enumerate() {
        zip.start_file(format!("real/data/{key}"), stored).unwrap();
        let numbers = (0..length).flat_map(|n: u32| ((n as f32 * 0.37).sin() * 0.1).to_le_bytes());
        zip.write_all(&numbers.collect::<Vec<u8>>()).unwrap();
    }
    zip.finish().unwrap();
    let why = told(&ImportSources {
        weights: path,
        ..sources()
    });
    // The weights were read whole: what does not fit is the small vocabulary beside them.
    assert!(why.contains("weights for 4096 numbers a text"), "{why}");
}

/// The Cognitive Atlas' own collections, and the reduced table beside them.
#[test]
fn the_collections_of_the_cognitive_atlas_are_an_ontology() {
    let Some(folder) = crate::support::shared::shared("cognitive_atlas") else {
        return;
    };
    let whole = gyrus::ontology::read_ontology(&folder).unwrap().ontology;
    assert!(whole.tasks.len() > 700 && whole.concepts.len() > 800);
    let linked = whole
        .tasks
        .iter()
        .filter(|task| !task.concepts.is_empty())
        .count();
    assert!(linked > 400, "{linked}");
    let placed = whole
        .concepts
        .iter()
        .filter(|c| whole.domain(&c.domain).is_some())
        .count();
    assert!(placed > 500, "{placed}");
    let read = gyrus::ontology::read_ontology(&folder.join("reduced_tasks.csv")).unwrap();
    assert_eq!(read.ontology.tasks.len(), 88);
    assert!(
        read.unknown_concepts
            .iter()
            .any(|name| name == "word comprehesion")
    );
    let known = read
        .ontology
        .tasks
        .iter()
        .filter(|task| whole.task(&task.id).is_some());
    assert!(known.count() > 80);
}
