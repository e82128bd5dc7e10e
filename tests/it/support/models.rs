//! A model and maps that several tests read.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use gyrus::bundle::Bundle;
use gyrus::bundle::import::{ImportSources, Layout, Scale, import};
use gyrus::decode::{Decoding, Tail, decode};
use gyrus::ontology::Ontology;
use gyrus::progress::Progress;
use gyrus::volume::{Affine, Grid, MapKind, Volume, VolumeData};

/// A model over the embedded vocabulary.
pub static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| {
    let tasks: Vec<(&str, &str)> = Ontology::embedded()
        .tasks
        .iter()
        .map(|t| (t.id.as_str(), t.name.as_str()))
        .collect();
    Bundle::synthetic(7, &tasks).unwrap()
});

/// A file of the small model in NiCLIP's layout (tests/fixtures/niclip/make.py).
pub fn niclip_file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/niclip");
    folder.join(name)
}

/// The files of that model.
pub fn niclip_sources() -> ImportSources {
    ImportSources {
        layout: Layout::Niclip,
        weights: niclip_file("weights.pth"),
        vocabulary: niclip_file("vocabulary.txt"),
        embeddings: niclip_file("embeddings.npy"),
        prior: Some(niclip_file("prior.npy")),
        atlas: niclip_file("atlas.nii.gz"),
        mask: None,
        tasks: None,
        cognitive_atlas: Some(niclip_file("cognitive_atlas")),
        scale: Scale::Fixed(20.0),
        encoder: "random".into(),
        name: "small".into(),
    }
}

/// That model.
pub static NICLIP: LazyLock<Bundle> = LazyLock::new(|| {
    let imported = import(&niclip_sources(), &Progress::new()).unwrap();
    Bundle::from_parts(&imported.parts).unwrap()
});

/// Positive blobs at the left and a negative one in front.
pub fn values_at(mm: [f64; 3]) -> f32 {
    let blob = |at: [f64; 3]| {
        let square: f64 = mm.iter().zip(at).map(|(a, b)| (a - b).powi(2)).sum();
        (-square / 450.0).exp()
    };
    (6.0 * blob([-40.0, -20.0, 50.0]) + 3.0 * blob([-50.0, 20.0, 10.0])
        - 5.0 * blob([4.0, 50.0, 0.0])
        + 0.01 * (mm[0] / 9.0).sin()) as f32
}

/// A map of the whole brain at 4 mm.
pub fn map_of(value: impl Fn([f64; 3]) -> f32) -> Volume {
    let grid = Grid {
        shape: [46, 55, 46],
        affine: Affine::scale_translate([4.0; 3], [-90.0, -126.0, -72.0]),
    };
    let values: Vec<f32> = (0..grid.len())
        .map(|i| value(grid.world(grid.voxel(i))))
        .collect();
    Volume {
        grid,
        data: VolumeData::Scalar(values.into()),
        kind: MapKind::Z,
        name: "blobs".into(),
        frames: 1,
        frame: 0,
        hash: String::new(),
        warnings: Vec::new(),
        provenance: None,
    }
}

/// The standard map of these tests, times `factor`.
pub fn blobs(factor: f32) -> Volume {
    map_of(|mm| factor * values_at(mm))
}

/// The positive side of a map, read with the model inside the program.
pub fn read(map: &Volume) -> Decoding {
    let bundle = Bundle::embedded().unwrap();
    let read = decode(
        bundle,
        Ontology::embedded(),
        map,
        Tail::Pos,
        &Progress::new(),
    );
    read.unwrap().decoding
}
