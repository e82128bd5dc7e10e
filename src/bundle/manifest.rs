//! What a bundle says about itself.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::atlas::SoftAtlas;
use crate::corpus::Kernel;

/// Written into every bundle.
pub(crate) const FORMAT: &str = "gyrus-bundle";

/// The version this program writes, and the newest it reads. 2: the decoder may be missing, weights may be
/// stored in single precision, the map may be read with both its signs, an ontology may be inside.
pub(crate) const VERSION: u32 = 2;

/// The version whose readers understand a bundle that uses nothing newer.
pub(crate) const FIRST_VERSION: u32 = 1;

/// The manifest: JSON under the key `gyrus` of the file's metadata. Unknown fields are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`FORMAT`].
    pub format: String,
    /// Version of the format the bundle was written in.
    pub version: u32,
    /// Oldest format version whose reader understands this bundle.
    pub min_reader: u32,
    /// Display name.
    pub name: String,
    /// Program and version that wrote it.
    pub written_by: String,
    /// The parts inside.
    pub parts: Vec<Part>,
    /// The text encoder whose embeddings the text tower takes.
    pub encoder: EncoderInfo,
    /// The soft atlas whose features the image tower takes.
    pub atlas: AtlasInfo,
    /// How peaks became training maps.
    pub kernel: KernelInfo,
    /// Name and version of the map pre-processing chain.
    pub preprocess: String,
    /// What is done to the features and embeddings before the towers, in words.
    pub normalisation: String,
    /// Multiplier of cosines in the decoding softmax, fitted on dev.
    pub decode_scale: f32,
    /// Weight of the literature prior that the model was measured with, 0..=1; 1 in files that do not say.
    #[serde(default = "whole_prior")]
    pub prior_weight: f32,
    /// The split the model was trained on.
    pub split: SplitInfo,
    /// Seed of the training run.
    pub seed: u64,
    /// The tasks of the vocabulary, in the order of the table.
    pub tasks: Vec<TaskName>,
    /// Licences and attributions of what is inside.
    pub licences: Vec<String>,
    /// The model card, Markdown.
    pub card: String,
}

fn whole_prior() -> f32 {
    1.0
}

/// One part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Name: "atlas", "image_tower", "text_tower", "decoder", "tasks", "index", "ontology", "nulls".
    pub name: String,
    /// Whether a reader that does not know the part must refuse the bundle.
    pub required: bool,
}

/// Identity of a text encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncoderInfo {
    /// Fingerprint of weights, vocabulary and method.
    pub fingerprint: String,
    /// How token vectors become one ("mean").
    pub pooling: String,
    /// Longest text in tokens.
    pub max_tokens: usize,
    /// Width of the embedding.
    pub dim: usize,
}

/// Identity of the soft atlas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtlasInfo {
    /// Number of modes.
    pub modes: usize,
    /// Voxels along i, j, k of its grid.
    pub grid_shape: [usize; 3],
    /// Voxel → mm of its grid.
    pub grid_affine: crate::volume::Affine,
    /// Sha-256 of the mask's voxel list.
    pub mask_sha256: String,
    /// Sha-256 over mask, grid and weights.
    pub atlas_sha256: String,
}

impl AtlasInfo {
    /// What `atlas` is once stored: storing rounds its weights, so the hash is of what a reader
    /// gets.
    pub fn of(stored: &SoftAtlas) -> Self {
        let mask = stored.mask();
        let mut hash = Sha256::new();
        for voxel in mask.voxels.iter() {
            hash.update(voxel.to_le_bytes());
        }
        Self {
            modes: stored.modes(),
            grid_shape: mask.grid.shape,
            grid_affine: mask.grid.affine,
            mask_sha256: crate::files::hex(&hash.finalize()),
            atlas_sha256: stored.fingerprint(),
        }
    }
}

/// The kernel that turned peaks into training maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KernelInfo {
    /// "kde" or "mkda".
    pub name: String,
    /// FWHM (kde) or radius (mkda) in mm.
    pub width_mm: f64,
}

impl KernelInfo {
    /// What a manifest says of a kernel.
    pub fn of(kernel: Kernel) -> Self {
        let (name, width_mm) = match kernel {
            Kernel::Kde { fwhm_mm } => ("kde", fwhm_mm),
            Kernel::Mkda { radius_mm } => ("mkda", radius_mm),
            Kernel::Ale { fwhm_mm } => ("ale", fwhm_mm),
        };
        Self {
            name: name.into(),
            width_mm,
        }
    }

    /// The kernel; KDE where the name is not known.
    pub fn kernel(&self) -> Kernel {
        match self.name.as_str() {
            "mkda" => Kernel::Mkda {
                radius_mm: self.width_mm,
            },
            "ale" => Kernel::Ale {
                fwhm_mm: self.width_mm,
            },
            _ => Kernel::Kde {
                fwhm_mm: self.width_mm,
            },
        }
    }
}

/// Hashes (sha-256 of the ascending PMIDs, one a line) and sizes of the split.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitInfo {
    /// Training studies.
    pub train_sha256: String,
    /// Studies that chose the settings.
    pub dev_sha256: String,
    /// Studies that measured the outcome.
    pub test_sha256: String,
    /// Number of studies in train, dev and test.
    pub sizes: [usize; 3],
}

/// Identifier and name of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskName {
    /// Ontology identifier.
    pub id: String,
    /// Display name.
    pub name: String,
}
