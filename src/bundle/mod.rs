//! The model package: atlas, towers, decoder, task table and study index in one safetensors file
//! with a JSON manifest in its metadata.
//!
//! Reading never trusts the file: the header is checked before anything is copied, every array is
//! checked against its neighbours, and a file that asks for more than this program knows is
//! refused with a sentence that says so. Unknown optional parts are ignored.

mod error;
mod held_out;
pub mod import;
mod index;
mod manifest;
mod nulls;
mod studies;
mod synthetic;
mod tasks;
mod write;

use std::path::Path;
use std::sync::{Arc, OnceLock};

pub use error::BundleError;
pub use index::StudyIndex;
pub(crate) use index::{NO_YEAR, StudyEntry, TOP_TASKS};
pub use manifest::{AtlasInfo, EncoderInfo, KernelInfo, Manifest, Part, SplitInfo, TaskName};
pub(crate) use manifest::{FORMAT, VERSION};
pub use nulls::Nulls;
pub(crate) use nulls::quantiles;
pub use studies::StudyFacts;
pub(crate) use studies::path_beside as studies_beside;
pub use tasks::TaskTable;
pub use write::BundleParts;
pub(crate) use write::write_files;

use crate::align::{AlignError, MapDecoder, Tower};
use crate::atlas::{Preprocess, SoftAtlas};
use crate::ontology::Ontology;
use crate::provenance::ModelRecord;
use crate::tensors::{Container, Dtype, Tensor};
use crate::text::{Lexical, unit_beside};

/// Metadata key of the manifest.
const MANIFEST_KEY: &str = "gyrus";

/// What the names of the atlas's arrays start with.
const ATLAS_PREFIX: &str = "atlas.";

/// Parts this program understands.
const KNOWN_PARTS: [&str; 9] = [
    "atlas",
    "image_tower",
    "text_channel",
    "text_tower",
    "decoder",
    "tasks",
    "index",
    "ontology",
    "nulls",
];

/// Parts a reader may ignore.
const OPTIONAL_PARTS: [&str; 3] = ["index", "ontology", "nulls"];

/// What the names of the text channel's arrays start with.
const TEXT_CHANNEL: &str = "text_channel";

/// Array of the ontology: JSON.
const ONTOLOGY: &str = "ontology.json";

/// Larger files are refused before they are read: a model of dense modes takes half a gigabyte.
const MAX_BYTES: u64 = 1 << 30;

/// How the weights of towers and decoder are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Two bytes a weight.
    #[default]
    Half,
    /// Four bytes a weight, as they were trained.
    Single,
}

/// A saved model, ready for use.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// What it says about itself.
    pub manifest: Manifest,
    /// Map ↔ features.
    pub atlas: SoftAtlas,
    /// Map → the distribution the image tower was trained on.
    pub preprocess: Preprocess,
    /// Features → latent.
    pub image_tower: Tower,
    /// A text in numbers ([`Bundle::read_text`]) → latent.
    pub text_tower: Tower,
    /// How texts are read by the literature's terms, beside the sentence encoder, where the model does.
    pub lexical: Option<Lexical>,
    /// Latent → features of the map expected there, where the model predicts maps at all.
    pub decoder: Option<MapDecoder>,
    /// Multiplier of cosines in the decoding softmax.
    pub decode_scale: f32,
    /// The vocabulary.
    pub tasks: TaskTable,
    /// The studies the model was trained on, where the bundle carries them.
    pub index: Option<StudyIndex>,
    /// What it makes of noise, where that was tried.
    pub nulls: Option<Nulls>,
    /// How its weights are stored.
    pub precision: Precision,
    own_ontology: Option<Arc<Ontology>>,
    fingerprint: String,
}

impl Bundle {
    /// The model inside the program.
    pub fn embedded() -> Result<&'static Self, BundleError> {
        static BUNDLE: OnceLock<Result<Bundle, BundleError>> = OnceLock::new();
        let read = || Self::from_bytes(EMBEDDED)?.with_studies(EMBEDDED_STUDIES);
        // Reading takes no locks and no thread pool: concurrent first callers wait for one of them.
        match BUNDLE.get_or_init(read) {
            Ok(bundle) => Ok(bundle),
            Err(error) => Err(BundleError::Embedded(error.to_string())),
        }
    }

    /// The model with the studies in the bytes of a file of studies, where that goes with it.
    ///
    /// # Errors
    /// Bytes that are no whole file of studies.
    pub(crate) fn with_studies(mut self, bytes: &[u8]) -> Result<Self, BundleError> {
        if let Some(index) = studies::from_bytes(bytes, &self.fingerprint, self.tasks.len())? {
            let widths = (index.width(), self.image_tower.outputs());
            if widths.0 != widths.1 {
                return Err(BundleError::Damaged(format!(
                    "the study index and the towers differ in width, {} and {}",
                    widths.0, widths.1
                )));
            }
            self.index = Some(index);
        }
        Ok(self)
    }

    /// Reads a bundle file, and the studies in the file of the same name that ends in ".studies", where there is
    /// one and it goes with the bundle.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let bundle = Self::from_bytes(&Self::read_bytes(path)?).map_err(|e| e.at(path))?;
        bundle.with_studies_beside(path)
    }

    /// The same with the studies in the file beside `path`.
    pub(crate) fn with_studies_beside(self, path: &Path) -> Result<Self, BundleError> {
        let beside = studies_beside(path);
        if self.index.is_some() || !beside.is_file() {
            return Ok(self);
        }
        let bytes = crate::files::read_whole(&beside, studies::MAX_FILE_BYTES)
            .map_err(|e| BundleError::Io(e).at(&beside))?;
        self.with_studies(&bytes).map_err(|e| e.at(&beside))
    }

    /// The bytes of a bundle file, not looked at yet.
    pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, BundleError> {
        crate::files::read_whole(path, MAX_BYTES).map_err(|e| {
            // What is no file of a model's size is no model; the rest is the system's refusal.
            let error = match e.get_ref() {
                Some(why) => BundleError::NotABundle(why.to_string()),
                None => BundleError::Io(e),
            };
            error.at(path)
        })
    }

    /// Reads a bundle from its bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        let mut from = Container::from_bytes(bytes)?;
        let json = from
            .metadata
            .get(MANIFEST_KEY)
            .ok_or_else(|| BundleError::NotABundle("it has no manifest".into()))?;
        let manifest = parse_manifest(json)?;
        let has = |name: &str| manifest.parts.iter().any(|p| p.name == name);
        for part in ["atlas", "image_tower", "text_tower", "tasks"] {
            if !has(part) {
                return Err(BundleError::MissingPart(part));
            }
        }
        let atlas = SoftAtlas::from_tensors(&mut from, ATLAS_PREFIX)
            .map_err(|e| BundleError::Damaged(e.to_string()))?;
        let preprocess = Preprocess::by_name(&manifest.preprocess).map_err(|_| {
            BundleError::UnknownPart(format!("pre-processing {}", manifest.preprocess))
        })?;
        let damaged = |e: AlignError| BundleError::Damaged(e.to_string());
        let first_weight = from.get("image_model.model.0.fc.weight");
        let precision = match first_weight.is_some_and(|weight| weight.dtype == Dtype::F32) {
            true => Precision::Single,
            false => Precision::Half,
        };
        let mut tower = |prefix| {
            let tower = Tower::from_tensors(prefix, &mut from).map_err(damaged)?;
            Ok::<_, BundleError>(match preprocess.keeps_length() {
                true => tower.keeping_length(),
                false => tower,
            })
        };
        let image_tower = tower("image_model.model")?;
        let text_tower = tower("text_model.model")?;
        let decoder = has("decoder")
            .then(|| MapDecoder::from_tensors("decoder_model", &mut from).map_err(damaged))
            .transpose()?;
        let own_ontology = has("ontology")
            .then(|| read_ontology(&from.need(ONTOLOGY)?))
            .transpose()?;
        let lexical = has(TEXT_CHANNEL)
            .then(|| Lexical::from_tensors(TEXT_CHANNEL, &mut from))
            .transpose()
            .map_err(|e| BundleError::Damaged(e.to_string()))?;
        let text_width = lexical
            .as_ref()
            .map_or(0, Lexical::dim)
            .checked_add(manifest.encoder.dim)
            .ok_or_else(|| BundleError::Damaged("the encoder is too wide".into()))?;
        let tasks = TaskTable::load(&mut from, &manifest.tasks, text_width)?;
        let index = has("index")
            .then(|| StudyIndex::load(&mut from, tasks.len()))
            .transpose()?;
        let nulls = has("nulls")
            .then(|| Nulls::load(&mut from, tasks.len()))
            .transpose()?;
        // A weight no block asked for means that a block before it is missing.
        let left = ["image_model.", "text_model.", "decoder_model."].map(|p| from.take_prefix(p));
        if let Some(array) = left.iter().flatten().next() {
            return Err(BundleError::Damaged(format!(
                "array {} belongs to no block",
                array.name
            )));
        }
        let widths = [
            (
                image_tower.inputs(),
                atlas.modes(),
                "the image tower and the atlas",
            ),
            (
                text_tower.inputs(),
                text_width,
                "the text tower and the encoder",
            ),
            (
                text_tower.outputs(),
                image_tower.outputs(),
                "the two towers",
            ),
            (
                decoder
                    .as_ref()
                    .map_or(image_tower.outputs(), MapDecoder::inputs),
                image_tower.outputs(),
                "the decoder and the towers",
            ),
            (
                decoder.as_ref().map_or(atlas.modes(), MapDecoder::outputs),
                atlas.modes(),
                "the decoder and the atlas",
            ),
            (
                index
                    .as_ref()
                    .map_or(image_tower.outputs(), StudyIndex::width),
                image_tower.outputs(),
                "the study index and the towers",
            ),
        ];
        if let Some((a, b, what)) = widths.iter().find(|(a, b, _)| a != b || *a == 0) {
            return Err(BundleError::Damaged(format!(
                "{what} differ in width, {a} and {b}"
            )));
        }
        let decode_scale = manifest.decode_scale;
        if !(decode_scale.is_finite() && decode_scale > 0.0) {
            return Err(BundleError::Damaged(
                "the decode scale is not a positive number".into(),
            ));
        }
        let fingerprint = crate::files::hex_sha256(bytes);
        Ok(Self {
            manifest,
            atlas,
            preprocess,
            image_tower,
            text_tower,
            lexical,
            decoder,
            decode_scale,
            tasks,
            index,
            nulls,
            precision,
            own_ontology,
            fingerprint,
        })
    }

    /// Writes the bundle; the file appears whole or not at all.
    pub fn write(&self, path: &Path) -> Result<(), BundleError> {
        crate::files::write_whole(path, &self.parts().to_bytes()?)
            .map_err(|e| BundleError::Io(e).at(path))
    }

    /// From its parts, exactly as reading the file written from them would give it: the weights
    /// pass through their stored precision.
    pub fn from_parts(parts: &BundleParts) -> Result<Self, BundleError> {
        Self::from_bytes(&parts.to_bytes()?)
    }

    /// The parts, to change and store again.
    pub fn parts(&self) -> BundleParts {
        BundleParts {
            manifest: self.manifest.clone(),
            atlas: self.atlas.clone(),
            preprocess: self.preprocess.clone(),
            image_tower: self.image_tower.clone(),
            text_tower: self.text_tower.clone(),
            lexical: self.lexical.clone(),
            decoder: self.decoder.clone(),
            decode_scale: self.decode_scale,
            tasks: self.tasks.clone(),
            index: self.index.clone(),
            nulls: self.nulls.clone(),
            precision: self.precision,
            ontology: self.own_ontology.clone(),
        }
    }

    /// The ontology its tasks are linked by: its own where it brings one, else the embedded one.
    pub fn ontology(&self) -> &Ontology {
        match &self.own_ontology {
            Some(own) => own,
            None => Ontology::embedded(),
        }
    }

    /// The ontology it brings along.
    pub fn own_ontology(&self) -> Option<&Arc<Ontology>> {
        self.own_ontology.as_ref()
    }

    /// The bytes of the model inside the program.
    pub(crate) fn embedded_bytes() -> &'static [u8] {
        EMBEDDED
    }

    /// What results made with this model say of it; `ontology` is the fingerprint of the ontology.
    pub fn record(&self, ontology: &str) -> ModelRecord {
        ModelRecord {
            name: self.manifest.name.clone(),
            fingerprint: self.fingerprint().to_owned(),
            ontology: ontology.to_owned(),
            preprocess: self.manifest.preprocess.clone(),
        }
    }

    /// A text in the numbers the text tower takes: its embedding by the sentence encoder, and beside it, where the
    /// model reads texts so, its terms.
    pub fn read_text(&self, sentence: &[f32], text: &str) -> Vec<f32> {
        match &self.lexical {
            Some(lexical) => unit_beside(sentence, &lexical.vector(text)),
            None => sentence.to_vec(),
        }
    }

    /// The latent of a task, unit length: that of its text; of several texts the mean of theirs.
    pub fn task_latent(&self, row: usize) -> Vec<f32> {
        self.tasks.latent(row, &self.text_tower)
    }

    /// Sha-256 of the file, hexadecimal: the model's identity in every result.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Refuses a text encoder other than the one the model was trained on.
    pub fn check_encoder(&self, fingerprint: &str) -> Result<(), BundleError> {
        if fingerprint == self.manifest.encoder.fingerprint {
            Ok(())
        } else {
            Err(BundleError::Encoder {
                wanted: self.manifest.encoder.fingerprint.clone(),
                found: fingerprint.to_owned(),
            })
        }
    }
}

/// The base model; docs/MODEL_CARD.md tells how it was made.
static EMBEDDED: &[u8] = include_bytes!("../../assets/bundle/base.gyrus");
/// Its studies.
static EMBEDDED_STUDIES: &[u8] = include_bytes!("../../assets/bundle/base.studies");

fn read_ontology(stored: &Tensor<'_>) -> Result<Arc<Ontology>, BundleError> {
    let read = Ontology::from_json(stored.as_u8()?);
    read.map(Arc::new)
        .map_err(|e| BundleError::Damaged(format!("its ontology: {e}")))
}

/// Version first, on its own: a newer manifest may have another shape.
fn parse_manifest(json: &str) -> Result<Manifest, BundleError> {
    let not_ours = |e: serde_json::Error| BundleError::NotABundle(format!("its manifest: {e}"));
    #[derive(serde::Deserialize)]
    struct Head {
        format: String,
        min_reader: u32,
    }
    let head: Head = serde_json::from_str(json).map_err(not_ours)?;
    if head.format != FORMAT {
        return Err(BundleError::NotABundle(format!(
            "its format is \"{}\"",
            head.format
        )));
    }
    if head.min_reader > VERSION {
        return Err(BundleError::Newer {
            needed: head.min_reader,
        });
    }
    let manifest: Manifest = serde_json::from_str(json).map_err(not_ours)?;
    let unknown = manifest
        .parts
        .iter()
        .find(|p| p.required && !KNOWN_PARTS.contains(&p.name.as_str()));
    match unknown {
        Some(part) => Err(BundleError::UnknownPart(part.name.clone())),
        None => Ok(manifest),
    }
}
