//! The real services: readers, the model in use, the ontology, the atlas.

mod plane;
mod training;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::jobs::{JobError, ModelFacts, ModelInUse, Services};
use super::model::{
    AmongTitles, AtlasChoice, AtlasInUse, Beside, Catalogue, Decoded, Opened, Predicted,
    RegionEntry, RegionHit, RegionReport, Side, Source, StudiesBy, StudyFilter, StudyList,
    StudyPlan, TaskEntry, TaskPlane, TextToPredict, TrainRequest, WordEffect,
};
use crate::assets;
use crate::atlas::{NamedRegion, RegionNamer};
use crate::bundle::Bundle;
use crate::corpus::StudyDetails;
use crate::decode::{self, Carried, DecodeError, Plane, PreparedMap, PriorWeight, Tail};
use crate::error::{Explain, Explanation};
use crate::ontology::Ontology;
use crate::predict::{self, NEAR_MM, WordEffects};
use crate::progress::Progress;
use crate::render;
use crate::space;
use crate::text::embedded_encoder;
use crate::train::{Control, Event, Trained};
use crate::volume::{self, OpenOptions, Volume};
use plane::placed;

/// Articles listed.
const STUDIES: usize = 200;

/// Does long work on threads of its own, one less than there are: slices are painted by the threads of the program's
/// pool, and would wait behind it there. Where the system gives no threads it is done in that pool.
fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get() - 1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1));
        pool.build().ok()
    });
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// A model and what it needs: read when first asked for, so that the window need not wait.
struct Model {
    /// Counts the models used since the start.
    number: u64,
    /// A bundle file; `None` for the embedded model.
    path: Option<PathBuf>,
    read: OnceLock<Result<Bundle, Explanation>>,
    /// What is in it, once it was read.
    facts: OnceLock<ModelFacts>,
}

impl Model {
    fn new(number: u64, path: Option<PathBuf>) -> Self {
        Self {
            number,
            path,
            read: OnceLock::new(),
            facts: OnceLock::new(),
        }
    }

    fn bundle(&self) -> Result<&Bundle, JobError> {
        let bundle = match &self.path {
            None => Bundle::embedded().map_err(JobError::of)?,
            Some(path) => {
                let read = || Bundle::read(path).map_err(|error| error.explain());
                match self.read.get_or_init(read) {
                    Ok(bundle) => bundle,
                    Err(why) => return Err(JobError::Failed(Box::new(why.clone()))),
                }
            }
        };
        self.facts.get_or_init(|| ModelFacts {
            name: bundle.manifest.name.clone(),
            fingerprint: bundle.fingerprint().to_owned(),
            prior_percent: (100.0 * bundle.manifest.prior_weight.clamp(0.0, 1.0)).round() as u8,
            tasks: bundle.tasks.len(),
            modes: bundle.atlas.modes(),
            studies: bundle.index.as_ref().map(|index| index.len()),
            predicts: bundle.decoder.is_some(),
            signed: bundle.preprocess.is_signed(),
            ontology: bundle.own_ontology().cloned(),
        });
        Ok(bundle)
    }

    /// Nothing is unpacked here, on the window's own time.
    fn in_use(&self) -> ModelInUse {
        let name = match &self.path {
            Some(path) => {
                let file = path.file_name().unwrap_or(path.as_os_str());
                file.to_string_lossy().into_owned()
            }
            None => "the embedded model".to_owned(),
        };
        ModelInUse {
            number: self.number,
            name,
            path: self.path.clone(),
            facts: self.facts.get().cloned(),
        }
    }
}

/// The program behind the window.
pub struct Engine {
    /// The model in use. Work that began with another one goes on with that one.
    model: RwLock<Arc<Model>>,
    /// The text whose words were looked at last, with the number of the model.
    words: Mutex<Option<(u64, String, Arc<WordEffects>)>>,
    /// What published data sets that were fetched know of studies: read when first asked for; none where there are none.
    details: OnceLock<Option<StudyDetails>>,
    /// Set once the region labels are unpacked: before that the status line names no region rather
    /// than keep a frame waiting.
    regions: RwLock<Option<RegionNamer>>,
}

impl Engine {
    /// Over the embedded model, or a bundle file read when first needed.
    pub fn new(model: Option<PathBuf>) -> Self {
        // As sessions name it.
        let model = model.map(|path| std::path::absolute(&path).unwrap_or(path));
        Self {
            model: RwLock::new(Arc::new(Model::new(0, model))),
            words: Mutex::new(None),
            details: OnceLock::new(),
            regions: RwLock::new(None),
        }
    }

    /// What corpora at hand know of studies.
    fn details(&self, progress: &Progress) -> Option<&StudyDetails> {
        if self.details.get().is_none() {
            let folders = assets::root(None).map(|root| assets::installed(&root));
            let folders = folders.unwrap_or_default();
            let read = (!folders.is_empty()).then(|| StudyDetails::read(&folders, progress).ok());
            // A stopped reading is begun again.
            progress.check().ok()?;
            let _ = self.details.set(read.flatten());
        }
        self.details.get()?.as_ref()
    }

    fn current(&self) -> Arc<Model> {
        // Only whole models are ever put there.
        let model = self.model.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&model)
    }
}

fn entries(namer: &RegionNamer) -> Vec<RegionEntry> {
    let entry = |(name, centre_mm)| RegionEntry { name, centre_mm };
    namer.regions().into_iter().map(entry).collect()
}

fn open(path: &Path, options: &OpenOptions, progress: &Progress) -> Result<Opened, JobError> {
    let volume = space::open_map_with(path, options, progress).map_err(|error| {
        let cut_short = error.is_cut_short() && !options.partial;
        match JobError::told(progress, error) {
            JobError::Failed(why) if cut_short => JobError::CutShort(why),
            other => other,
        }
    })?;
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

impl Services for Engine {
    fn underlay(&self, progress: &Progress) -> Result<Arc<Volume>, JobError> {
        render::anatomy().map_err(|error| JobError::told(progress, error))
    }

    fn demo(&self, progress: &Progress) -> Result<Opened, JobError> {
        let volume = space::demo_map(progress).map_err(|error| JobError::told(progress, error))?;
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
        let options = OpenOptions {
            frame,
            ..OpenOptions::default()
        };
        open(path, &options, progress)
    }

    fn open_partial(
        &self,
        path: &Path,
        frame: usize,
        progress: &Progress,
    ) -> Result<Opened, JobError> {
        let options = OpenOptions {
            frame,
            partial: true,
            ..OpenOptions::default()
        };
        open(path, &options, progress)
    }

    fn decode(
        &self,
        volume: &Volume,
        insist: bool,
        prior: PriorWeight,
        progress: &Progress,
    ) -> Result<Decoded, JobError> {
        let model = self.current();
        let bundle = model.bundle()?;
        let told = |error| JobError::told(progress, error);
        let map = PreparedMap::new(bundle, bundle.ontology(), volume, progress)
            .map_err(told)?
            .weigh_prior(prior);
        if !insist && let Err(why) = map.check() {
            return Ok(Decoded::Declined(why.explain()));
        }
        let side = |read: Result<_, DecodeError>| match read {
            Ok(reading) => Side::Decoded(Box::new(reading)),
            Err(error) => Side::Refused(DecodeError::explain(&error)),
        };
        if map.is_signed() {
            return match map.read(Tail::Both, progress) {
                Err(error @ DecodeError::Cancelled(_)) => Err(told(error)),
                read => Ok(Decoded::Signed(side(read))),
            };
        }
        let [positive, negative] = map.read_both(progress).map_err(told)?;
        Ok(Decoded::Sides {
            positive: side(positive),
            negative: side(negative),
            balance: map.balance(),
        })
    }

    fn studies(
        &self,
        by: &StudiesBy,
        filter: &StudyFilter,
        progress: &Progress,
    ) -> Result<Option<StudyList>, JobError> {
        progress.check()?;
        let model = self.current();
        let bundle = model.bundle()?;
        let record = || bundle.record(bundle.ontology().fingerprint());
        let near = |latent: &[f32]| {
            let hits = predict::find_studies(bundle, latent, STUDIES, filter)?;
            Some(StudyList {
                hits,
                beyond: 0,
                model: record(),
            })
        };
        let mut list = match by {
            StudiesBy::Latent(latent) => near(latent),
            StudiesBy::Text(wanted) => {
                let latent = predict::latent_of(bundle, &embedded_encoder, wanted, progress);
                near(&latent.map_err(|error| JobError::told(progress, error))?)
            }
            StudiesBy::Peaks(at_mm) => {
                let place = (*at_mm, NEAR_MM);
                let found = predict::studies_near(bundle, place, STUDIES, filter, progress)?;
                found.map(|(hits, all)| StudyList {
                    beyond: all - hits.len(),
                    hits,
                    model: record(),
                })
            }
        };
        if let (Some(list), Some(details)) = (&mut list, self.details(progress)) {
            predict::add_details(&mut list.hits, details);
        }
        Ok(list)
    }

    fn study_map(&self, plan: &StudyPlan, progress: &Progress) -> Result<Opened, JobError> {
        let model = self.current();
        let bundle = model.bundle()?;
        let volume = match plan.is_density() {
            true => {
                let filter = StudyFilter::default();
                let listed = predict::studies_by_pmid(bundle, &plan.pmids, &filter);
                let (studies, _) = listed.unwrap_or_default();
                let name = match &studies[..] {
                    [one] => format!("Peaks of PMID {}", one.pmid),
                    all => format!("Peaks of {} studies", all.len()),
                };
                let peaks = predict::peaks_of_studies(bundle, &studies);
                decode::peaks_map(bundle, &peaks, &name)
                    .map_err(|error| JobError::told(progress, error))?
            }
            // Draws of chance take minutes.
            false => aside(|| predict::study_map(bundle, plan, progress))
                .map_err(|error| JobError::told(progress, error))?,
        };
        Ok(Opened {
            name: volume.name.clone(),
            volume: Arc::new(volume),
            source: Source::Studies {
                plan: plan.clone(),
                bundle: bundle.fingerprint().to_owned(),
            },
        })
    }

    fn train(
        &self,
        request: &TrainRequest,
        control: &Control,
        emit: &mut dyn FnMut(Event),
        progress: &Progress,
    ) -> Result<Trained, JobError> {
        training::train(request, control, emit, progress)
    }

    fn predict(&self, wanted: &TextToPredict, progress: &Progress) -> Result<Predicted, JobError> {
        let model = self.current();
        let bundle = model.bundle()?;
        let made = predict::predict_map(bundle, &embedded_encoder, wanted, progress)
            .map_err(|error| JobError::told(progress, error))?;
        let vocabulary = decode::vocabulary(bundle, bundle.ontology(), progress);
        let vocabulary = vocabulary?;
        let nearest = vocabulary.nearest(&made.latent, 1);
        let nearest_task = nearest.first().map(|(_, id, _)| (*id).to_owned());
        Ok(Predicted {
            opened: Opened {
                name: made.volume.name.clone(),
                volume: Arc::new(made.volume),
                source: Source::Predicted {
                    wanted: wanted.clone(),
                    bundle: bundle.fingerprint().to_owned(),
                },
            },
            supports: made.supports,
            nearest_task,
            latent: made.latent,
        })
    }

    fn word_effects(
        &self,
        text: &str,
        point_mm: [f64; 3],
        progress: &Progress,
    ) -> Result<Option<Vec<WordEffect>>, JobError> {
        let model = self.current();
        let bundle = model.bundle()?;
        // Another place of the same text needs no more reading.
        let known = || self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = known().clone();
        let effects = match kept {
            Some((number, of, effects)) if number == model.number && of == text => effects,
            _ => {
                let read = WordEffects::of(bundle, &embedded_encoder, text, progress);
                let read = Arc::new(read.map_err(|error| JobError::told(progress, error))?);
                *known() = Some((model.number, text.to_owned(), Arc::clone(&read)));
                read
            }
        };
        Ok(effects.at(bundle, point_mm))
    }

    fn regions_of_text(
        &self,
        text: &str,
        predicted: &Volume,
        progress: &Progress,
    ) -> Result<RegionReport, JobError> {
        let model = self.current();
        predict::region_report(model.bundle()?, text, predicted, (None, None), progress)
            .map_err(|error| JobError::told(progress, error))
    }

    fn beside(
        &self,
        predicted: &Volume,
        map: (&Volume, bool),
        latents: Option<(&[f32], &[f32])>,
        progress: &Progress,
    ) -> Result<Beside, JobError> {
        let model = self.current();
        let bundle = model.bundle()?;
        predict::beside(bundle, predicted, map, latents, progress)
            .map_err(|error| JobError::told(progress, error))
    }

    fn among_titles(
        &self,
        map: &[f32],
        text: &[f32],
        progress: &Progress,
    ) -> Result<Option<AmongTitles>, JobError> {
        let model = self.current();
        let bundle = model.bundle()?;
        aside(|| predict::among_titles(bundle, &embedded_encoder, (map, text), progress))
            .map_err(|error| JobError::told(progress, error))
    }

    fn carried(
        &self,
        volume: &Volume,
        tail: Tail,
        task_id: &str,
        progress: &Progress,
    ) -> Result<Carried, JobError> {
        let model = self.current();
        let bundle = model.bundle()?;
        let told = |error| JobError::told(progress, error);
        let map = PreparedMap::new(bundle, bundle.ontology(), volume, progress).map_err(told)?;
        let row = bundle.tasks.row_of(task_id).ok_or(DecodeError::NoTask);
        map.carried(tail, row.map_err(told)?, progress)
            .map_err(told)
    }

    fn plane(&self, progress: &Progress) -> Result<TaskPlane, JobError> {
        let model = self.current();
        let bundle = model.bundle()?;
        let told = |error| JobError::told(progress, DecodeError::Cancelled(error));
        let vocabulary = decode::vocabulary(bundle, bundle.ontology(), progress).map_err(told)?;
        let plane = Plane::of(&vocabulary, progress).map_err(told)?;
        Ok(placed(bundle, plane))
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
        if let Ok(namer) = RegionNamer::embedded() {
            catalogue.regions = entries(&namer);
            let mut slot = self.regions.write().unwrap_or_else(PoisonError::into_inner);
            // An atlas chosen meanwhile stays.
            slot.get_or_insert(namer);
        }
        catalogue
    }

    fn use_atlas(
        &self,
        choice: Option<&AtlasChoice>,
        progress: &Progress,
    ) -> Result<AtlasInUse, JobError> {
        let namer = match choice {
            Some(choice) => RegionNamer::open(&choice.path, choice.table.as_deref(), progress),
            None => RegionNamer::embedded(),
        };
        let namer = namer.map_err(|error| JobError::told(progress, error))?;
        let table = match &namer {
            RegionNamer::Chosen(atlas) => atlas.table().map(Path::to_owned),
            RegionNamer::Embedded(_) => None,
        };
        let in_use = AtlasInUse {
            name: namer.name().to_owned(),
            choice: choice.cloned(),
            table,
            regions: entries(&namer),
        };
        *self.regions.write().unwrap_or_else(PoisonError::into_inner) = Some(namer);
        Ok(in_use)
    }

    fn region_at(&self, point_mm: [f64; 3]) -> Option<RegionHit> {
        // Held for a moment only: a reader never waits for a file.
        let regions = self.regions.read().unwrap_or_else(PoisonError::into_inner);
        let names = regions.as_ref()?.names_at(point_mm);
        let inside = names.first()?.inside;
        let name = |region: &NamedRegion| match region.percent {
            Some(percent) => format!("{} {percent} %", region.name),
            None => region.name.clone(),
        };
        Some(RegionHit {
            name: names.iter().map(name).collect::<Vec<_>>().join(", "),
            inside,
        })
    }

    fn model(&self) -> ModelInUse {
        self.current().in_use()
    }

    fn use_model(
        &self,
        bundle: Option<&Path>,
        progress: &Progress,
    ) -> Result<ModelInUse, JobError> {
        let number = self.current().number + 1;
        let model = Model::new(number, bundle.map(Path::to_owned));
        // Read before it is put in place: one that cannot be read changes nothing.
        model.bundle()?;
        progress.check()?;
        let in_use = model.in_use();
        *self.model.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(model);
        Ok(in_use)
    }
}
