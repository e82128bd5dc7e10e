//! Bundles: round trip, half precision, refusals, hostile files.

use gyrus::bundle::{Bundle, BundleError, Part};
use gyrus::error::Explain as _;
use gyrus::tensors::{Container, Tensor};
use proptest::prelude::*;

const TASKS: [(&str, &str); 3] = [
    ("trm_1", "Stroop task"),
    ("trm_2", "n-back"),
    ("trm_3", "reading"),
];

fn bundle() -> Bundle {
    Bundle::synthetic(7, &TASKS).unwrap()
}

fn bytes() -> Vec<u8> {
    bundle().parts().to_bytes().unwrap()
}

/// The file with its manifest changed as text.
fn with_manifest(change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let stored = bytes();
    let mut file = Container::from_bytes(&stored).unwrap();
    let mut manifest = serde_json::from_str(&file.metadata["gyrus"]).unwrap();
    change(&mut manifest);
    file.metadata.insert("gyrus".into(), manifest.to_string());
    file.to_bytes()
}

#[test]
fn a_bundle_is_the_same_after_writing_and_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gyrus");
    let bundle = bundle();
    bundle.write(&path).unwrap();
    let back = Bundle::read(&path).unwrap();
    assert_eq!(back.fingerprint(), bundle.fingerprint());
    assert_eq!(back.fingerprint().len(), 64);
    assert_eq!(back.manifest, bundle.manifest);
    assert_eq!(back.tasks, bundle.tasks);
    assert_eq!(back.index, bundle.index);
    assert_eq!(back.atlas.fingerprint(), back.manifest.atlas.atlas_sha256);
    assert_eq!(
        std::fs::read(&path).unwrap(),
        back.parts().to_bytes().unwrap()
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no temporary file stays"
    );
}

#[test]
fn half_precision_weights_move_latents_by_less_than_a_thousandth() {
    let parts = bundle().parts();
    let x: Vec<f32> = (0..384).map(|i| ((i * i) as f32).sin()).collect();
    let full = gyrus::align::graph::Graph::init(
        (384, 32, 2),
        None,
        (gyrus::seed::Seed(7), "text"),
        &candle_core::Device::Cpu,
    )
    .unwrap()
    .to_tower(None)
    .unwrap();
    let cosine: f32 = full
        .forward(&x)
        .iter()
        .zip(parts.text_tower.forward(&x))
        .map(|(a, b)| a * b)
        .sum();
    assert!(cosine > 0.99999, "{cosine}");
}

#[test]
fn a_newer_format_and_an_unknown_required_part_are_refused_in_words() {
    let newer = with_manifest(|m| m["min_reader"] = 99.into());
    let error = Bundle::from_bytes(&newer).unwrap_err();
    assert!(
        matches!(error, BundleError::Newer { needed: 99 }),
        "{error}"
    );
    assert!(error.explain().remedy.contains("Update Gyrus"));

    let part = serde_json::to_value(Part {
        name: "holograms".into(),
        required: true,
    })
    .unwrap();
    let unknown = with_manifest(|m| m["parts"].as_array_mut().unwrap().push(part));
    let error = Bundle::from_bytes(&unknown).unwrap_err();
    assert!(
        matches!(&error, BundleError::UnknownPart(p) if p == "holograms"),
        "{error}"
    );
}

#[test]
fn unknown_optional_parts_fields_and_arrays_are_ignored() {
    let stored = with_manifest(|m| {
        m["parts"]
            .as_array_mut()
            .unwrap()
            .push(serde_json::json!({"name": "holograms", "required": false}));
        m["colour"] = "blue".into();
        m["version"] = 3.into();
    });
    let mut file = Container::from_bytes(&stored).unwrap();
    file.push(Tensor::f32("holograms.data", &[2], &[1.0, 2.0]));
    assert!(Bundle::from_bytes(&file.to_bytes()).is_ok());
}

#[test]
fn a_bundle_without_an_index_or_a_decoder_is_whole_and_one_without_an_atlas_is_not() {
    let mut parts = bundle().parts();
    parts.index = None;
    assert!(Bundle::from_parts(&parts).unwrap().index.is_none());
    let whole = Bundle::from_parts(&parts).unwrap();
    assert_eq!((whole.manifest.version, whole.manifest.min_reader), (2, 1));
    parts.decoder = None;
    let only_decodes = Bundle::from_parts(&parts).unwrap();
    assert!(only_decodes.decoder.is_none());
    assert_eq!(
        only_decodes.manifest.min_reader, 2,
        "older readers need a decoder"
    );
    let missing = |part: &'static str| {
        let stored = with_manifest(|m| {
            m["parts"]
                .as_array_mut()
                .unwrap()
                .retain(|p| p["name"] != part)
        });
        Bundle::from_bytes(&stored).unwrap_err()
    };
    assert!(matches!(
        missing("atlas"),
        BundleError::MissingPart("atlas")
    ));
    let left = missing("decoder").to_string();
    assert!(
        left.contains("decoder_model."),
        "its arrays are still there: {left}"
    );
}

#[test]
fn another_encoder_is_refused() {
    assert!(bundle().check_encoder("synthetic").is_ok());
    let error = bundle().check_encoder("minilm").unwrap_err();
    assert!(matches!(error, BundleError::Encoder { .. }));
}

#[test]
fn foreign_files_are_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.gyrus");
    for content in [&b""[..], b"\x89PNG\r\n", b"{}", &[255; 64]] {
        std::fs::write(&path, content).unwrap();
        let explained = Bundle::read(&path).unwrap_err().explain();
        assert_eq!(explained.path.as_deref(), Some(path.as_path()));
        assert!(explained.why.contains("no Gyrus bundle"), "{explained}");
    }
    assert!(matches!(
        Bundle::read(folder.path()),
        Err(BundleError::At { .. })
    ));
    let plain = Container::default().to_bytes();
    assert!(matches!(
        Bundle::from_bytes(&plain),
        Err(BundleError::NotABundle(_))
    ));
}

#[test]
fn every_array_missing_or_cut_is_refused() {
    let whole = bytes();
    let names: Vec<String> = Container::from_bytes(&whole)
        .unwrap()
        .take_prefix("")
        .into_iter()
        .map(|a| a.name)
        .collect();
    for name in names {
        let mut file = Container::from_bytes(&whole).unwrap();
        let array = file.take(&name).unwrap();
        assert!(
            Bundle::from_bytes(&file.to_bytes()).is_err(),
            "{name} dropped"
        );
        let mut file = Container::from_bytes(&whole).unwrap();
        let half = array.shape[0] / 2;
        let bytes = array.bytes[..array.bytes.len() / array.shape[0].max(1) * half].to_vec();
        let mut shape = array.shape.clone();
        shape[0] = half;
        file.push(Tensor::new(name.clone(), array.dtype, &shape, bytes));
        assert!(
            Bundle::from_bytes(&file.to_bytes()).is_err(),
            "{name} halved"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn damaged_bundles_never_panic(
        flips in proptest::collection::vec((0.0f64..1.0, any::<u8>()), 1..6),
        header in any::<bool>(),
        keep in 0.0f64..1.5,
    ) {
        static WHOLE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes = WHOLE.get_or_init(bytes).clone();
        // Half of the cases aim at the header and the manifest.
        let span = if header { bytes.len().min(8192) } else { bytes.len() };
        for (at, to) in flips {
            bytes[(at * span as f64) as usize] = to;
        }
        bytes.truncate((keep * bytes.len() as f64) as usize);
        if let Ok(bundle) = Bundle::from_bytes(&bytes) {
            let features = vec![0.1; bundle.atlas.modes()];
            let latent = bundle.image_tower.forward(&features);
            if let Some(decoder) = &bundle.decoder {
                decoder.forward(&latent);
            }
            if let Some(index) = &bundle.index {
                index.nearest(&latent, 5);
            }
        }
    }
}

#[test]
fn the_model_in_the_program_reads_and_holds_no_study_set_aside() {
    let start = std::time::Instant::now();
    let bundle = Bundle::embedded().unwrap();
    eprintln!(
        "embedded bundle read in {:.0} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
    assert_eq!(bundle.manifest.atlas.modes, 512);
    assert_eq!(
        bundle.atlas.fingerprint(),
        bundle.manifest.atlas.atlas_sha256
    );
    let encoder = gyrus::text::MiniLm::embedded().unwrap();
    bundle
        .check_encoder(gyrus::text::TextEncoder::fingerprint(encoder))
        .unwrap();
    let ontology = gyrus::ontology::Ontology::embedded();
    let ids: Vec<&str> = ontology.tasks.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(bundle.tasks.ids, ids, "trained on another task table");
    let index = bundle.index.as_ref().unwrap();
    let test = gyrus::corpus::SplitLists::committed().test;
    assert_eq!(test.len(), bundle.manifest.split.sizes[2]);
    assert!(test.iter().all(|pmid| !index.pmids.contains(pmid)));
    if let Some(list) = crate::support::shared::shared("corpora/evaluation_pmids.txt") {
        let text = std::fs::read_to_string(list).unwrap();
        let closed: Vec<u32> = text.lines().filter_map(|l| l.trim().parse().ok()).collect();
        assert!(closed.len() > 1000);
        assert!(closed.iter().all(|pmid| !index.pmids.contains(pmid)));
    }
}

#[test]
fn folders_and_devices_are_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let error = Bundle::read(folder.path()).unwrap_err().explain();
    assert!(
        error.why.contains("folder") && error.path.is_some(),
        "{error}"
    );
    #[cfg(unix)]
    assert!(Bundle::read(std::path::Path::new("/dev/zero")).is_err());
}
