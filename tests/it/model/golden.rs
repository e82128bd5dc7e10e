//! A bundle of format v1 kept as a file: later readers must go on reading it, to the same numbers.

use std::path::PathBuf;

use gyrus::bundle::Bundle;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bundle/golden-v1.gyrus")
}

/// How the file was made. Not to be run again: what it guards is that the old file still reads.
#[test]
#[ignore = "writes the committed file"]
fn write_golden() {
    let path = path();
    assert!(!path.exists(), "the golden file is never overwritten");
    let tasks = [("trm_1", "Stroop task"), ("trm_2", "n-back")];
    Bundle::synthetic(1, &tasks).unwrap().write(&path).unwrap();
    let bundle = Bundle::read(&path).unwrap();
    println!("{}", bundle.fingerprint());
    println!("{:#?}", bundle.manifest);
    println!("image {:?}", &image_latent(&bundle)[..6]);
    println!("text {:?}", &text_latent(&bundle)[..6]);
    println!(
        "decoded {:?}",
        &decoder(&bundle).forward(&image_latent(&bundle))[..6]
    );
    println!("nearest {:?}", bundle.index.unwrap().nearest(&[0.5; 32], 3));
}

fn image_latent(bundle: &Bundle) -> Vec<f32> {
    let features: Vec<f32> = (0..bundle.atlas.modes())
        .map(|i| (i as f32 * 0.7).sin())
        .collect();
    bundle.image_tower.forward(&features)
}

fn decoder(bundle: &Bundle) -> &gyrus::align::MapDecoder {
    bundle.decoder.as_ref().unwrap()
}

fn text_latent(bundle: &Bundle) -> Vec<f32> {
    let embedding: Vec<f32> = (0..384).map(|i| (i as f32 * 0.3).cos()).collect();
    bundle.text_tower.forward(&embedding)
}

fn assert_near(found: &[f32], expected: [f32; 6]) {
    for (f, e) in found.iter().zip(expected) {
        assert!(
            (f - e).abs() < 1e-4,
            "{:?} is not {expected:?}",
            &found[..6]
        );
    }
}

/// The numbers are those `write_golden` printed when the file was made.
#[test]
fn the_golden_file_of_v1_reads_to_the_same_numbers() {
    let bundle = Bundle::read(&path()).unwrap();
    assert_eq!(
        bundle.fingerprint(),
        "f32378858f99679756e1866dcad984343bb210f23eabe2c2b7fc4b73ac536d3f"
    );
    let manifest = &bundle.manifest;
    assert_eq!((manifest.version, manifest.min_reader), (1, 1));
    assert_eq!((manifest.name.as_str(), manifest.seed), ("synthetic", 1));
    assert_eq!(
        manifest.preprocess,
        "positive-soft80-sqrt-unit-orthonormal/1"
    );
    assert_eq!(
        (manifest.encoder.dim, manifest.encoder.max_tokens),
        (384, 256)
    );
    assert_eq!(
        (manifest.atlas.modes, manifest.atlas.grid_shape),
        (56, [23, 28, 23])
    );
    assert_eq!(
        manifest.atlas.atlas_sha256,
        "7fc83224e8c5d009655aa429c2639644736b01cb5a81b19ff21dc3a155e98b31"
    );
    let parts: Vec<(&str, bool)> = manifest
        .parts
        .iter()
        .map(|p| (p.name.as_str(), p.required))
        .collect();
    let required = ["atlas", "image_tower", "text_tower", "decoder", "tasks"];
    let expected: Vec<(&str, bool)> = required
        .map(|name| (name, true))
        .into_iter()
        .chain([("index", false)])
        .collect();
    assert_eq!(parts, expected);
    assert_eq!(bundle.tasks.names, ["Stroop task", "n-back"]);

    let image = image_latent(&bundle);
    assert_near(
        &image,
        [
            -0.09155533,
            0.08569321,
            -0.01177791,
            0.23521996,
            0.33340454,
            0.089777,
        ],
    );
    assert_near(
        &text_latent(&bundle),
        [
            -0.22141774,
            0.13881733,
            0.26277423,
            0.12135039,
            0.03736735,
            -0.09660326,
        ],
    );
    assert_near(
        &decoder(&bundle).forward(&image),
        [
            -0.557073,
            -0.03186924,
            -0.87305725,
            0.06721771,
            0.7165127,
            -0.25821802,
        ],
    );
    let nearest = bundle.index.as_ref().unwrap().nearest(&[0.5; 32], 3);
    assert_eq!(nearest.iter().map(|n| n.0).collect::<Vec<_>>(), [6, 28, 12]);
}
