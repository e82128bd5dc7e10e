//! A small random bundle for tests: right in form, meaningless in content.

use candle_core::Device;
use rand::Rng as _;

use super::manifest::{EncoderInfo, FORMAT, KernelInfo, Manifest, SplitInfo, VERSION};
use super::{
    AtlasInfo, Bundle, BundleError, BundleParts, Precision, StudyEntry, StudyIndex, TaskTable,
};
use crate::align::graph::Graph;
use crate::align::unit;
use crate::atlas::{Preprocess, SoftAtlas, SparseMode};
use crate::seed::Seed;
use crate::volume::{Affine, Grid, Mask};

/// Width of the text embeddings of a synthetic bundle: that of the embedded encoder.
const TEXT: usize = 384;
/// Width of its shared space.
const LATENT: usize = 32;

impl Bundle {
    /// A random model over 8 mm voxels with a few dozen blob modes and the given tasks
    /// (identifier, name), for tests only. Its encoder fingerprint is "synthetic": to use it with a
    /// real encoder, change the manifest through [`Bundle::parts`].
    ///
    /// # Errors
    /// No tasks.
    #[doc(hidden)]
    pub fn synthetic(seed: u64, tasks: &[(&str, &str)]) -> Result<Self, BundleError> {
        Self::from_parts(&synthetic_parts(Seed(seed), tasks)?)
    }
}

fn synthetic_parts(seed: Seed, tasks: &[(&str, &str)]) -> Result<BundleParts, BundleError> {
    let damaged = |e: &dyn std::fmt::Display| BundleError::Damaged(e.to_string());
    let atlas = blobs()?;
    let graph = |inputs, head, name| {
        Graph::init((inputs, LATENT, 2), head, (seed, name), &Device::Cpu).map_err(|e| damaged(&e))
    };
    let mut rng = seed.stream("synthetic", 0);
    let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
    let embeddings = draw(tasks.len() * TEXT);
    let latents: Vec<f32> = (0..40).flat_map(|_| unit(&draw(LATENT))).collect();
    let entries: Vec<StudyEntry> = (1..=40)
        .map(|pmid| StudyEntry {
            pmid,
            year: Some(2001),
            top_tasks: [0; 3],
        })
        .collect();
    let axes: Vec<f32> = (0..LATENT * LATENT)
        .map(|i| if i % (LATENT + 1) == 0 { 1.0 } else { 0.0 })
        .collect();
    Ok(BundleParts {
        image_tower: graph(atlas.modes(), None, "image")?
            .to_tower(None)
            .map_err(|e| damaged(&e))?,
        text_tower: graph(TEXT, None, "text")?
            .to_tower(None)
            .map_err(|e| damaged(&e))?,
        decoder: Some(
            graph(LATENT, Some(atlas.modes()), "decoder")?
                .to_decoder()
                .map_err(|e| damaged(&e))?,
        ),
        precision: Precision::default(),
        ontology: None,
        nulls: None,
        lexical: None,
        decode_scale: 20.0,
        tasks: TaskTable {
            ids: tasks.iter().map(|(id, _)| (*id).to_owned()).collect(),
            names: tasks.iter().map(|(_, name)| (*name).to_owned()).collect(),
            embeddings,
            text_of: (0..tasks.len()).map(|task| task as u16).collect(),
            prior: vec![1.0 / tasks.len().max(1) as f32; tasks.len()],
        },
        index: StudyIndex::pack(&entries, &latents, vec![0.0; LATENT], axes),
        manifest: Manifest {
            format: FORMAT.into(),
            version: VERSION,
            min_reader: VERSION,
            name: "synthetic".into(),
            written_by: concat!("gyrus ", env!("CARGO_PKG_VERSION")).into(),
            parts: Vec::new(),
            encoder: EncoderInfo {
                fingerprint: "synthetic".into(),
                pooling: "mean".into(),
                max_tokens: 256,
                dim: TEXT,
            },
            atlas: AtlasInfo::of(&atlas),
            kernel: KernelInfo {
                name: "kde".into(),
                width_mm: 9.0,
            },
            preprocess: String::new(),
            normalisation: "unit length".into(),
            decode_scale: 20.0,
            prior_weight: 1.0,
            split: SplitInfo::default(),
            seed: seed.0,
            tasks: Vec::new(),
            licences: Vec::new(),
            card: String::new(),
        },
        preprocess: Preprocess::standard(),
        atlas,
    })
}

/// Overlapping blobs on a lattice inside an ellipsoid, at 8 mm.
fn blobs() -> Result<SoftAtlas, BundleError> {
    let affine = Affine::scale_translate([8.0; 3], [-88.0, -124.0, -70.0]);
    let grid = Grid {
        shape: [23, 28, 23],
        affine,
    };
    let inside = |p: [f64; 3]| {
        (p[0] / 70.0).powi(2) + ((p[1] + 18.0) / 88.0).powi(2) + ((p[2] - 10.0) / 65.0).powi(2)
            <= 1.0
    };
    let mask = Mask::new(grid, |i| inside(grid.world(grid.voxel(i))));
    let mut modes = Vec::new();
    for index in 0..grid.len() {
        let [i, j, k] = grid.voxel(index);
        if [i, j, k].iter().any(|c| c % 4 != 1) || mask.position[index] == u32::MAX {
            continue;
        }
        let mut mode = SparseMode::default();
        for (position, &voxel) in mask.voxels.iter().enumerate() {
            let [a, b, c] = grid.voxel(voxel as usize);
            let square = |x: usize, y: usize| (x as f32 - y as f32).powi(2);
            let distance = square(a, i) + square(b, j) + square(c, k);
            if distance <= 12.0 {
                mode.voxels.push(position as u32);
                mode.weights.push((-distance / 6.0).exp());
            }
        }
        modes.push(mode);
    }
    SoftAtlas::new(mask, &modes, Vec::new()).map_err(|e| BundleError::Damaged(e.to_string()))
}
