//! What the window asks of the rest of the program, as a trait, so that tests can stand in for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::JobError;
use crate::app::model::{
    AmongTitles, AtlasChoice, AtlasInUse, Beside, Catalogue, Decoded, Opened, Predicted, RegionHit,
    RegionReport, Source, StudiesBy, StudyFilter, StudyList, StudyPlan, TaskPlane, TextToPredict,
    WordEffect,
};
use crate::atlas::{EMBEDDED_NAME, RegionAtlas};
use crate::decode::{Carried, PriorWeight, Tail};
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::volume::Volume;

/// The model that decodes and predicts now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInUse {
    /// Counts the models used since the start: results of another number are stale.
    pub number: u64,
    /// One line for a person.
    pub name: String,
    /// Its bundle file; `None` for the embedded model.
    pub path: Option<PathBuf>,
    /// What is in it, once it was read.
    pub facts: Option<ModelFacts>,
}

/// What is in a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFacts {
    /// Weight of the literature prior that it was measured with, per cent.
    pub prior_percent: u8,
    /// Its own name.
    pub name: String,
    /// Fingerprint of the bundle.
    pub fingerprint: String,
    /// Tasks it ranks.
    pub tasks: usize,
    /// Modes of its atlas.
    pub modes: usize,
    /// Studies of its index, where it holds one.
    pub studies: Option<usize>,
    /// Whether it predicts maps.
    pub predicts: bool,
    /// Whether it reads a map once, with both its signs, and not side by side.
    pub signed: bool,
    /// The ontology it brings along.
    pub ontology: Option<Arc<Ontology>>,
}

impl ModelFacts {
    /// The ontology its tasks are linked by.
    pub fn ontology(&self) -> &Ontology {
        match &self.ontology {
            Some(own) => own,
            None => Ontology::embedded(),
        }
    }
}

impl ModelInUse {
    /// The weight of the literature prior that it was measured with.
    pub fn prior_weight(&self) -> f32 {
        let facts = self.facts.as_ref();
        facts.map_or(0.0, |facts| f32::from(facts.prior_percent) / 100.0)
    }

    /// The ontology its tasks are linked by; the program's while it is not known.
    pub fn ontology(&self) -> &Ontology {
        let facts = self.facts.as_ref();
        facts.map_or(Ontology::embedded(), ModelFacts::ontology)
    }

    /// Sha-256 of its file; empty while it is not known.
    pub fn fingerprint(&self) -> &str {
        let facts = self.facts.as_ref();
        facts.map_or("", |facts| facts.fingerprint.as_str())
    }

    /// Why it predicts no maps, where that is known to be so.
    pub fn no_predictions(&self) -> Option<&'static str> {
        let cannot = self.facts.as_ref().is_some_and(|facts| !facts.predicts);
        cannot.then_some("The model in use has no decoder: it decodes maps and predicts none")
    }

    /// Why its decodings have no sides, where that is known to be so.
    pub fn no_sides(&self) -> Option<&'static str> {
        let signed = self.facts.as_ref().is_some_and(|facts| facts.signed);
        signed.then_some("The model in use reads a map once, with both its signs")
    }
}

/// The rest of the program, seen from the window. All methods may be slow but [`Self::region_at`]
/// and [`Self::model`], and are called from worker threads.
pub trait Services: Send + Sync + 'static {
    /// The anatomical picture under the maps.
    fn underlay(&self, progress: &Progress) -> Result<Arc<Volume>, JobError>;
    /// The example map.
    fn demo(&self, progress: &Progress) -> Result<Opened, JobError>;
    /// The embedded atlas as a map of labels.
    fn atlas_map(&self, progress: &Progress) -> Result<Opened, JobError> {
        let volume = RegionAtlas::embedded_map(progress).map_err(JobError::of)?;
        Ok(Opened {
            name: EMBEDDED_NAME.to_owned(),
            source: Source::Embedded {
                name: EMBEDDED_NAME.to_owned(),
                hash: volume.hash.clone(),
            },
            volume: Arc::new(volume),
        })
    }
    /// Opens one frame of a file, from 0.
    fn open(&self, path: &Path, frame: usize, progress: &Progress) -> Result<Opened, JobError>;
    /// Opens one frame of a file that ends early, as far as it goes.
    fn open_partial(
        &self,
        path: &Path,
        frame: usize,
        progress: &Progress,
    ) -> Result<Opened, JobError> {
        self.open(path, frame, progress)
    }
    /// Gets the values of a layer of a session again.
    fn reopen(&self, source: &Source, progress: &Progress) -> Result<Opened, JobError> {
        match source {
            Source::File { path, frame, .. } => self.open(path, *frame, progress),
            Source::Embedded { name, .. } if name == EMBEDDED_NAME => self.atlas_map(progress),
            Source::Embedded { .. } => self.demo(progress),
            Source::Predicted { wanted, .. } => Ok(self.predict(wanted, progress)?.opened),
            Source::Studies { plan, .. } => self.study_map(plan, progress),
            // Made from other layers once these are there.
            Source::Derived { .. } | Source::Carried { .. } => Err(JobError::Cancelled),
        }
    }
    /// Decodes both sides of a map with so much of the prior; declined where that would mean nothing, unless the
    /// user insists.
    fn decode(
        &self,
        volume: &Volume,
        insist: bool,
        prior: PriorWeight,
        progress: &Progress,
    ) -> Result<Decoded, JobError>;
    /// Articles that are asked for of those a filter lets pass, best first; `None` where the model holds no index.
    fn studies(
        &self,
        by: &StudiesBy,
        filter: &StudyFilter,
        progress: &Progress,
    ) -> Result<Option<StudyList>, JobError>;
    /// The peaks of articles of the index brought together: their density (KDE of all voxels), or the z of a
    /// meta-analysis.
    fn study_map(&self, plan: &StudyPlan, progress: &Progress) -> Result<Opened, JobError>;
    /// The map expected for a text, or two.
    fn predict(&self, wanted: &TextToPredict, progress: &Progress) -> Result<Predicted, JobError>;
    /// What each word of a text does to the map predicted for it at a point (RAS mm); `None` outside the model's
    /// brain.
    fn word_effects(
        &self,
        text: &str,
        point_mm: [f64; 3],
        progress: &Progress,
    ) -> Result<Option<Vec<WordEffect>>, JobError>;
    /// Regions that a text names, and those predicted for it.
    fn regions_of_text(
        &self,
        text: &str,
        predicted: &Volume,
        progress: &Progress,
    ) -> Result<RegionReport, JobError>;
    /// Where a text stands among titles of new studies for a map, by the places of both in the model's space; `None` where
    /// the model has no such studies.
    fn among_titles(
        &self,
        map: &[f32],
        text: &[f32],
        progress: &Progress,
    ) -> Result<Option<AmongTitles>, JobError>;
    /// A predicted map beside another one, of which one sign counts; `latents` of that map and of the text, where the map
    /// was decoded.
    fn beside(
        &self,
        predicted: &Volume,
        map: (&Volume, bool),
        latents: Option<(&[f32], &[f32])>,
        progress: &Progress,
    ) -> Result<Beside, JobError>;
    /// What of one side of a map carries its decoding as this task of the model.
    fn carried(
        &self,
        volume: &Volume,
        tail: Tail,
        task_id: &str,
        progress: &Progress,
    ) -> Result<Carried, JobError>;
    /// The tasks of the model in the plane.
    fn plane(&self, progress: &Progress) -> Result<TaskPlane, JobError>;
    /// Writes a map as NIfTI.
    fn save_map(&self, volume: &Volume, path: &Path) -> Result<(), JobError>;
    /// What the palette finds.
    fn catalogue(&self) -> Catalogue;
    /// Names regions by this atlas from now on, or by the embedded one. Where it cannot be read the
    /// one in use stays.
    fn use_atlas(
        &self,
        choice: Option<&AtlasChoice>,
        progress: &Progress,
    ) -> Result<AtlasInUse, JobError>;
    /// The region at a point. Fast.
    fn region_at(&self, point_mm: [f64; 3]) -> Option<RegionHit>;
    /// The model in use. Fast.
    fn model(&self) -> ModelInUse;
    /// Uses another model from now on: a bundle file, or the embedded one.
    fn use_model(&self, bundle: Option<&Path>, progress: &Progress)
    -> Result<ModelInUse, JobError>;
}
