//! Soft atlas and region names against references and real maps.

use gyrus::atlas::{Preprocess, RegionAtlas, SoftAtlas, SparseMode};
use gyrus::corpus::SplitBy;
use gyrus::learn::{LearnOptions, learn};
use gyrus::progress::Progress;
use gyrus::space::mask_2mm;
use gyrus::volume::{Affine, Grid, Mask};

use crate::support::shared::shared;

#[derive(serde::Deserialize)]
struct Reference {
    shape: [usize; 3],
    modes: Vec<Vec<f32>>,
    map: Vec<f32>,
    weights: Vec<f64>,
    fitted: Vec<f64>,
}

#[test]
fn projection_equals_numpys_least_squares() {
    let text = include_str!("../../fixtures/atlas/lstsq.json");
    let reference: Reference = serde_json::from_str(text).unwrap();
    let grid = Grid {
        shape: reference.shape,
        affine: Affine::IDENTITY,
    };
    let mask = Mask::new(grid, |_| true);
    let modes: Vec<SparseMode> = reference
        .modes
        .iter()
        .map(|dense| {
            let inside: Vec<usize> = (0..dense.len()).filter(|&v| dense[v] != 0.0).collect();
            SparseMode {
                voxels: inside.iter().map(|&v| v as u32).collect(),
                weights: inside.iter().map(|&v| dense[v]).collect(),
            }
        })
        .collect();
    let atlas = SoftAtlas::new(mask, &modes, Vec::new()).unwrap();
    let weights = atlas.project(&reference.map);
    for (got, want) in weights.iter().zip(&reference.weights) {
        assert!((f64::from(*got) - want).abs() < 1e-5, "{got} for {want}");
    }
    for (got, want) in atlas.back_project(&weights).iter().zip(&reference.fitted) {
        assert!((f64::from(*got) - want).abs() < 1e-5, "{got} for {want}");
    }
}

/// Right motor cortex is positive in the left versus right motor map: from file to name.
#[test]
fn the_motor_maps_peak_is_named_on_the_right_side() {
    let Some(path) = shared("maps/image_10426.nii.gz") else {
        return;
    };
    let volume = gyrus::volume::open(&path, &Progress::new()).unwrap();
    let values = volume.data.scalar().unwrap();
    // The strongest positive value in the dorsal half: the cerebellum answers on the other side.
    let (mut best, mut at) = (f32::NEG_INFINITY, [0.0; 3]);
    for (index, &value) in values.iter().enumerate() {
        let world = volume.grid.world(volume.grid.voxel(index));
        if world[2] > 30.0 && value > best {
            (best, at) = (value, world);
        }
    }
    let name = RegionAtlas::embedded().unwrap().name_at(at).unwrap();
    assert!(at[0] > 0.0);
    assert!(
        ["Right precentral", "Right postcentral"].contains(&name.name.as_str()),
        "{name} at {at:?}"
    );
}

#[test]
fn every_label_of_the_table_is_named_or_dropped_on_purpose() {
    let Some(path) = shared("atlases/labels_desikan_killiany.csv") else {
        return;
    };
    let atlas = RegionAtlas::embedded().unwrap();
    let dropped = [
        "White-Matter",
        "Vent",
        "vessel",
        "choroid",
        "hypointensities",
        "CSF",
        "CC_",
        "Optic",
        "nknown",
    ];
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        let (code, name) = line.split_once(',').unwrap();
        let known = atlas.by_label(code.parse().unwrap());
        let Some(region) = known else {
            assert!(
                dropped.iter().any(|part| name.contains(part)),
                "{name} has no name"
            );
            continue;
        };
        let side = match name {
            _ if name.starts_with("Left") || name.contains("-lh-") => "Left ",
            _ if name.starts_with("Right") || name.contains("-rh-") => "Right ",
            _ => "",
        };
        assert!(region.name.starts_with(side), "{} is {name}", region.name);
        // The letters of a FreeSurfer parcel's name all occur in the readable one.
        if let Some(parcel) = name.strip_prefix("ctx-").map(|n| &n[3..]) {
            let squeezed: String = region.name.split(' ').skip(1).collect();
            assert!(
                squeezed == parcel || parcel == "bankssts",
                "{} is {parcel}",
                region.name
            );
        }
    }
}

#[test]
fn the_standard_chain_keeps_its_name() {
    // The chain's name is a promise kept in bundles: it must never be renamed silently.
    assert_eq!(
        Preprocess::STANDARD,
        "positive-softnoise80-sqrt-unit-orthonormal/1"
    );
}

/// The whole road on real coordinates, small: corpus → split → modes → file → features.
#[test]
fn modes_learnt_from_real_coordinates_are_compact_and_read_back() {
    let Some(corpus) = shared("corpora") else {
        return;
    };
    let progress = Progress::new();
    let corpus = gyrus::corpus::load(&corpus, &progress).unwrap();
    let by = SplitBy::for_corpus(&corpus);
    let split = gyrus::corpus::split(&corpus, &by).unwrap();
    let peaks = |studies: &[usize], step: usize| -> Vec<&[[f32; 3]]> {
        let some = studies.iter().step_by(step);
        some.map(|&n| corpus.studies[n].peaks_mm.as_slice())
            .collect()
    };
    let options = LearnOptions {
        modes: 24,
        passes: 2,
        radius_mm: 32.0,
        ..LearnOptions::default()
    };
    let (train, dev) = (peaks(&split.train, 50), peaks(&split.dev, 20));
    let (atlas, report) = learn(&train, &dev, mask_2mm(), &options, &progress).unwrap();
    assert!(report.variance_kept > 0.15, "{report:?}");
    assert!(report.share_in_heaviest_component.unwrap().least > 0.99);
    assert!(report.voxels_covered > 0.5);

    let file = tempfile::tempdir().unwrap();
    let path = file.path().join("modes.safetensors");
    atlas.write(&path).unwrap();
    let again = SoftAtlas::read(&path).unwrap();
    assert_eq!(again.names(), atlas.names());
    // One byte a weight hardly turns the features of a real map.
    let map = gyrus::space::demo_map(&progress).unwrap();
    let masked = gyrus::space::on_mask(&map, again.mask(), &progress).unwrap();
    let chain = Preprocess::standard();
    let [a, b] = [&atlas, &again].map(|atlas| chain.features(atlas, &masked.values));
    let cosine: f32 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
    assert!(cosine > 0.9999, "{cosine}");
    // The mirror image of the left versus right motor map is another map.
    let mirrored = chain.features(&again, &mirror(&masked.values));
    let cosine: f32 = b.iter().zip(&mirrored).map(|(x, y)| x * y).sum();
    assert!(cosine < 0.8, "{cosine}");
}

/// A masked map with left and right exchanged.
fn mirror(masked: &[f32]) -> Vec<f32> {
    let mask = mask_2mm();
    let [width, ..] = mask.grid.shape;
    mask.voxels
        .iter()
        .map(|&voxel| {
            let [i, j, k] = mask.grid.voxel(voxel as usize);
            let other = mask.position[mask.grid.index([width - 1 - i, j, k])];
            masked.get(other as usize).copied().unwrap_or(0.0)
        })
        .collect()
}

#[test]
fn a_file_that_is_no_atlas_is_explained() {
    use gyrus::error::Explain as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("modes.safetensors");
    let missing = SoftAtlas::read(&path).unwrap_err().explain();
    assert_eq!(missing.path.as_deref(), Some(path.as_path()));
    std::fs::write(&path, b"not an atlas at all").unwrap();
    let foreign = SoftAtlas::read(&path).unwrap_err().explain();
    assert_eq!(foreign.what, "Could not read this atlas");
    assert_eq!(foreign.path.as_deref(), Some(path.as_path()));
}
