//! Bundles put together and written.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use super::manifest::FIRST_VERSION;
use super::{
    ATLAS_PREFIX, AtlasInfo, Bundle, BundleError, KNOWN_PARTS, MANIFEST_KEY, Manifest, Nulls,
    ONTOLOGY, OPTIONAL_PARTS, Part, Precision, StudyIndex, TEXT_CHANNEL, TaskTable, VERSION,
    studies, studies_beside,
};
use crate::align::{MapDecoder, Tower};
use crate::atlas::{Preprocess, SoftAtlas};
use crate::files;
use crate::ontology::Ontology;
use crate::tensors::{Container, Dtype, Tensor};
use crate::text::Lexical;

/// Writes a bundle and, beside it, its studies; what cannot be read again is not written. Returns what was read again
/// and the size of the bundle's file in bytes.
///
/// # Errors
/// Parts that make no bundle, or the disk.
pub(crate) fn write_files(
    parts: &BundleParts,
    path: &Path,
) -> Result<(Bundle, usize), BundleError> {
    let (bytes, studies) = parts.to_files()?;
    let bundle = read_again(&bytes, studies.as_deref())?;
    if let Some(studies) = &studies {
        // First: studies without their model are nothing; a model without its studies decodes.
        let beside = studies_beside(path);
        files::write_whole(&beside, studies).map_err(|e| BundleError::Write(e).at(&beside))?;
    }
    files::write_whole(path, &bytes).map_err(|e| BundleError::Write(e).at(path))?;
    Ok((bundle, bytes.len()))
}

fn read_again(bytes: &[u8], studies: Option<&[u8]>) -> Result<Bundle, BundleError> {
    let bundle = Bundle::from_bytes(bytes)?;
    match studies {
        Some(studies) => bundle.with_studies(studies),
        None => Ok(bundle),
    }
}

/// The parts of a bundle under construction.
#[derive(Debug, Clone)]
pub struct BundleParts {
    /// What it says about itself; what the other parts tell (`parts`, `tasks`, `decode_scale`,
    /// `preprocess`, `atlas`) is filled in from them.
    pub manifest: Manifest,
    /// See [`Bundle::atlas`].
    pub atlas: SoftAtlas,
    /// See [`Bundle::preprocess`].
    pub preprocess: Preprocess,
    /// See [`Bundle::image_tower`].
    pub image_tower: Tower,
    /// See [`Bundle::text_tower`].
    pub text_tower: Tower,
    /// See [`Bundle::lexical`].
    pub lexical: Option<Lexical>,
    /// See [`Bundle::decoder`].
    pub decoder: Option<MapDecoder>,
    /// See [`Bundle::decode_scale`].
    pub decode_scale: f32,
    /// See [`Bundle::tasks`].
    pub tasks: TaskTable,
    /// See [`Bundle::index`].
    pub index: Option<StudyIndex>,
    /// See [`Bundle::nulls`].
    pub nulls: Option<Nulls>,
    /// See [`Bundle::precision`].
    pub precision: Precision,
    /// The tasks, concepts and domains the model brings along.
    pub ontology: Option<Arc<Ontology>>,
}

impl BundleParts {
    /// The bytes of two files: the bundle without its studies, and those, where there are any.
    fn to_files(&self) -> Result<(Vec<u8>, Option<Vec<u8>>), BundleError> {
        let without = Self {
            index: None,
            ..self.clone()
        };
        let bundle = without.to_bytes()?;
        let model = files::hex_sha256(&bundle);
        let studies = self.index.as_ref();
        let studies = studies.map(|index| studies::to_bytes(index, &model));
        Ok((bundle, studies.transpose()?))
    }

    /// The bundle with its studies, as reading its files would give it.
    pub(crate) fn to_bundle(&self) -> Result<Bundle, BundleError> {
        let (bytes, studies) = self.to_files()?;
        read_again(&bytes, studies.as_deref())
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleError> {
        let mut out = Container::default();
        // Storing rounds the atlas's weights: what is described below is what a reader gets.
        let atlas = match self.atlas.is_exact() {
            true => Cow::Borrowed(&self.atlas),
            false => Cow::Owned(
                SoftAtlas::from_bytes(&self.atlas.to_bytes())
                    .map_err(|e| BundleError::Damaged(e.to_string()))?,
            ),
        };
        out.extend(atlas.to_tensors(ATLAS_PREFIX));
        let towers = self.image_tower.to_tensors("image_model.model");
        let towers = towers
            .into_iter()
            .chain(self.text_tower.to_tensors("text_model.model"));
        let decoder = self
            .decoder
            .iter()
            .flat_map(|d| d.to_tensors("decoder_model"));
        for t in towers.chain(decoder) {
            out.push(match self.precision {
                Precision::Half => Tensor::f16(t.name.clone(), &t.shape, &t.to_f32()?),
                Precision::Single => t,
            });
        }
        if let Some(lexical) = &self.lexical {
            out.extend(lexical.to_tensors(TEXT_CHANNEL));
        }
        self.tasks.store(&mut out);
        let mut manifest = self.manifest.clone();
        manifest.preprocess = self.preprocess.name().to_owned();
        manifest.atlas = AtlasInfo::of(&atlas);
        manifest.tasks = self.tasks.names();
        manifest.decode_scale = self.decode_scale;
        let is_there = |name: &&&str| match **name {
            "decoder" => self.decoder.is_some(),
            "index" => self.index.is_some(),
            "ontology" => self.ontology.is_some(),
            "nulls" => self.nulls.is_some(),
            TEXT_CHANNEL => self.lexical.is_some(),
            _ => true,
        };
        manifest.parts = KNOWN_PARTS
            .iter()
            .filter(is_there)
            .map(|&name| Part {
                name: name.into(),
                required: !OPTIONAL_PARTS.contains(&name),
            })
            .collect();
        manifest.version = VERSION;
        let is_newer = self.decoder.is_none()
            || self.preprocess.is_signed()
            || self.lexical.is_some()
            || self.tasks.has_several_texts();
        manifest.min_reader = match is_newer {
            true => VERSION,
            false => FIRST_VERSION,
        };
        if let Some(ontology) = &self.ontology {
            let json = ontology.to_json();
            out.push(Tensor::new(ONTOLOGY, Dtype::U8, &[json.len()], json));
        }
        if let Some(index) = &self.index {
            index.store(&mut out);
        }
        if let Some(nulls) = &self.nulls {
            nulls.store(&mut out);
        }
        let json = serde_json::to_string(&manifest)
            .map_err(|e| BundleError::Damaged(format!("the manifest cannot be written: {e}")))?;
        out.metadata.insert(MANIFEST_KEY.into(), json);
        Ok(out.to_bytes())
    }
}
