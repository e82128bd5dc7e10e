//! The real services: readers, the model, the ontology, the atlas.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::document::Source;
use super::jobs::JobError;
use super::services::{
    AtlasChoice, AtlasInUse, Catalogue, Opened, RegionEntry, RegionHit, Services, StudyHit,
    TaskEntry,
};
use crate::atlas::{NamedRegion, RegionNamer};
use crate::bundle::Bundle;
use crate::decode::{self, Decoding, Tail};
use crate::error::{Explain, Explanation};
use crate::ontology::Ontology;
use crate::predict;
use crate::progress::Progress;
use crate::render;
use crate::space;
use crate::text::MiniLm;
use crate::volume::{self, Volume};

/// Articles listed.
const STUDIES: usize = 60;

/// The program behind the window.
pub struct Engine {
    /// A bundle file to use instead of the embedded model.
    model: Option<PathBuf>,
    read: OnceLock<Result<Bundle, Explanation>>,
    /// Set once the region labels are unpacked: before that the status line names no region rather
    /// than keep a frame waiting.
    places: RwLock<Option<RegionNamer>>,
}

impl Engine {
    /// Over the embedded model, or a bundle file read when first needed.
    pub fn new(model: Option<PathBuf>) -> Self {
        Self {
            model,
            read: OnceLock::new(),
            places: RwLock::new(None),
        }
    }

    fn bundle(&self) -> Result<&Bundle, JobError> {
        let Some(path) = &self.model else {
            return Bundle::embedded().map_err(JobError::of);
        };
        match self
            .read
            .get_or_init(|| Bundle::read(path).map_err(|error| error.explain()))
        {
            Ok(bundle) => Ok(bundle),
            Err(explanation) => Err(JobError::Failed(Box::new(explanation.clone()))),
        }
    }
}

fn entries(places: &RegionNamer) -> Vec<RegionEntry> {
    let entry = |(name, centre_mm)| RegionEntry { name, centre_mm };
    places.regions().into_iter().map(entry).collect()
}

/// A failure in the user's words; a stop stays a stop.
fn explained(progress: &Progress, error: impl Explain) -> JobError {
    if progress.is_cancelled() {
        JobError::Cancelled
    } else {
        JobError::of(error)
    }
}

impl Services for Engine {
    fn underlay(&self, progress: &Progress) -> Result<Arc<Volume>, JobError> {
        render::anatomy().map_err(|error| explained(progress, error))
    }

    fn demo(&self, progress: &Progress) -> Result<Opened, JobError> {
        let volume = space::demo_map(progress).map_err(|error| explained(progress, error))?;
        let name = volume.name.clone();
        let source = Source::Embedded {
            name: name.clone(),
            hash: volume.hash.clone(),
        };
        Ok(Opened {
            volume: Arc::new(volume),
            source,
            name,
        })
    }

    fn open(&self, path: &Path, frame: usize, progress: &Progress) -> Result<Opened, JobError> {
        let volume =
            space::open_map(path, frame, progress).map_err(|error| explained(progress, error))?;
        let source = Source::File {
            path: path.to_owned(),
            hash: volume.hash.clone(),
            frame: volume.frame,
        };
        let name = volume.name.clone();
        Ok(Opened {
            volume: Arc::new(volume),
            source,
            name,
        })
    }

    fn decode(
        &self,
        volume: &Volume,
        tail: Tail,
        progress: &Progress,
    ) -> Result<Decoding, JobError> {
        let bundle = self.bundle()?;
        decode::decode(bundle, Ontology::embedded(), volume, tail, progress)
            .map(|reading| reading.decoding)
            .map_err(|error| explained(progress, error))
    }

    fn studies(
        &self,
        volume: &Volume,
        tail: Tail,
        progress: &Progress,
    ) -> Result<Option<Vec<StudyHit>>, JobError> {
        let bundle = self.bundle()?;
        let latent = decode::latent(bundle, volume, tail, progress)
            .map_err(|error| explained(progress, error))?;
        let hits = predict::nearest_studies(bundle, &latent, STUDIES);
        Ok(hits.map(|hits| {
            let hit = |hit: predict::StudyHit| StudyHit {
                pmid: hit.pmid,
                year: hit.year,
                title: None,
                tasks: hit.tasks,
                similarity: hit.similarity,
            };
            hits.into_iter().map(hit).collect()
        }))
    }

    fn predict(
        &self,
        text: &str,
        task_id: Option<&str>,
        progress: &Progress,
    ) -> Result<Opened, JobError> {
        let bundle = self.bundle()?;
        let row = task_id.and_then(|id| bundle.tasks.ids.iter().position(|known| known == id));
        let volume = match row {
            // The model's own tasks need no encoder: their embeddings are in the bundle.
            Some(row) => {
                predict::predict_embedding(bundle, bundle.tasks.embedding(row), text, progress)
                    .map_err(|error| explained(progress, error))?
                    .volume
            }
            None => {
                progress.stage("Loading the text encoder");
                let encoder = MiniLm::embedded().map_err(|error| explained(progress, error))?;
                predict::predict(bundle, encoder, text, progress)
                    .map_err(|error| explained(progress, error))?
                    .volume
            }
        };
        Ok(Opened {
            volume: Arc::new(volume),
            source: Source::Predicted {
                text: text.to_owned(),
                task_id: task_id.map(str::to_owned),
                bundle: bundle.fingerprint().to_owned(),
            },
            name: text.to_owned(),
        })
    }

    fn save_map(&self, volume: &Volume, path: &Path) -> Result<(), JobError> {
        volume::write_nifti(volume, path).map_err(JobError::of)
    }

    fn catalogue(&self) -> Catalogue {
        let ontology = Ontology::embedded();
        let tasks = ontology.tasks.iter().map(|task| TaskEntry {
            id: task.id.clone(),
            name: task.name.clone(),
            definition: task.definition.clone(),
        });
        let mut catalogue = Catalogue {
            tasks: tasks.collect(),
            regions: Vec::new(),
        };
        // Without the atlas the palette finds no regions; nothing else depends on it.
        if let Ok(places) = RegionNamer::embedded() {
            catalogue.regions = entries(&places);
            let mut slot = self.places.write().unwrap_or_else(PoisonError::into_inner);
            // An atlas chosen meanwhile stays.
            slot.get_or_insert(places);
        }
        catalogue
    }

    fn use_atlas(
        &self,
        choice: Option<&AtlasChoice>,
        progress: &Progress,
    ) -> Result<AtlasInUse, JobError> {
        let places = match choice {
            Some(choice) => RegionNamer::open(&choice.path, choice.table.as_deref(), progress),
            None => RegionNamer::embedded(),
        };
        let places = places.map_err(|error| explained(progress, error))?;
        let table = match &places {
            RegionNamer::Chosen(atlas) => atlas.table().map(Path::to_owned),
            RegionNamer::Embedded(_) => None,
        };
        let in_use = AtlasInUse {
            name: places.name().to_owned(),
            choice: choice.cloned(),
            table,
            regions: entries(&places),
        };
        *self.places.write().unwrap_or_else(PoisonError::into_inner) = Some(places);
        Ok(in_use)
    }

    fn region_at(&self, point_mm: [f64; 3]) -> Option<RegionHit> {
        // Held for a moment only: a reader never waits for a file.
        let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
        let names = places.as_ref()?.names_at(point_mm);
        let inside = names.first()?.inside;
        let name = |place: &NamedRegion| match place.percent {
            Some(percent) => format!("{} {percent} %", place.name),
            None => place.name.clone(),
        };
        Some(RegionHit {
            name: names.iter().map(name).collect::<Vec<_>>().join(", "),
            inside,
        })
    }

    fn model_name(&self) -> String {
        let described = |bundle: &Bundle| {
            let short: String = bundle.fingerprint().chars().take(12).collect();
            format!(
                "{} tasks · {} modes · {short}",
                bundle.tasks.len(),
                bundle.atlas.modes()
            )
        };
        match (&self.model, self.read.get()) {
            (Some(path), Some(Ok(bundle))) => format!("{} · {}", path.display(), described(bundle)),
            (Some(path), _) => path.display().to_string(),
            // Never unpacked here, on the window's own time: only described once it is in use.
            (None, _) => "the embedded model".to_owned(),
        }
    }
}
