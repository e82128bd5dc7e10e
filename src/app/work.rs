//! The workers of the window and what their results do to it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use eframe::egui::Context;

use super::document::LayerId;
use super::jobs::{JobError, Policy, Tag, Worker};
use super::panels::Activities;
use super::services::{Catalogue, Opened, Services, StudyHit};
use crate::decode::{Decoding, Tail};
use crate::error::{Explain as _, Explanation};
use crate::progress::Task;
use crate::render::{Scene, Signs, export};
use crate::volume::{Cluster, ClusterOptions, Volume, clusters};

/// Size of a saved picture, pixels: twice the window as designed.
const PICTURE_PX: [u32; 2] = [2560, 1600];

/// How long closing the window waits for what is being written.
const SAVE_LIMIT: Duration = Duration::from_secs(10);

/// Something to read.
#[derive(Debug, Clone)]
pub enum LoadRequest {
    /// The anatomy under the maps.
    Underlay,
    /// The example.
    Demo,
    /// A file.
    File(PathBuf),
    /// Names for the palette.
    Catalogue,
}

/// Something to write.
#[derive(Debug, Clone)]
pub enum SaveRequest {
    /// A layer as NIfTI.
    Map(PathBuf, Arc<Volume>),
    /// The picture as PNG.
    Picture(PathBuf, Box<Scene>),
}

/// What was read.
#[derive(Debug)]
pub enum Loaded {
    /// The anatomy.
    Underlay(Arc<Volume>),
    /// A map.
    Map(Opened),
    /// Names.
    Catalogue(Catalogue),
}

/// A map to be read and how.
#[derive(Debug)]
pub struct DecodeRequest {
    /// Its values.
    pub volume: Arc<Volume>,
    /// Which tail.
    pub tail: Tail,
}

/// A text whose map is wanted.
#[derive(Debug)]
pub struct PredictRequest {
    /// The text.
    pub text: String,
    /// Its task, where known.
    pub task_id: Option<String>,
}

/// Articles like one tail of a map; `None` where the model has no index.
type StudiesFound = (Tail, Option<Vec<StudyHit>>);

/// Which clusters of a layer are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeaksKey {
    /// The layer.
    pub layer: LayerId,
    /// What its values are.
    pub content_revision: u64,
    /// Beyond which strength.
    pub threshold: f32,
    /// Of which signs.
    pub signs: Signs,
}

/// Clusters of a layer, strongest first.
#[derive(Debug, Clone)]
pub struct Peaks {
    /// Of what.
    pub key: PeaksKey,
    /// All of them; empty for labels and colours.
    pub clusters: Vec<Cluster>,
}

/// Workers set going before there is a window to wake.
pub struct Early {
    /// With the first loads asked for.
    pub workers: Workers,
    /// The window, once it is there.
    pub window: Arc<OnceLock<Context>>,
}

impl Early {
    /// Starts the threads and asks for the underlay, the files (or the example) and the names.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn start(services: &Arc<dyn Services>, files: &[PathBuf]) -> std::io::Result<Self> {
        let window: Arc<OnceLock<Context>> = Arc::default();
        let wake = {
            let window = Arc::clone(&window);
            // A result that comes before the window is found by the window's first frame.
            move || {
                if let Some(context) = window.get() {
                    context.request_repaint();
                }
            }
        };
        let workers = Workers::start(services, wake)?;
        let ask = |request| workers.load.submit(tag(FIRST_REVISION), request);
        ask(LoadRequest::Underlay);
        if files.is_empty() {
            ask(LoadRequest::Demo);
        }
        for file in files {
            ask(LoadRequest::File(file.clone()));
        }
        ask(LoadRequest::Catalogue);
        Ok(Self { workers, window })
    }
}

/// Revision of a document as a window begins with it.
pub const FIRST_REVISION: u64 = 1;

/// One worker a kind.
pub struct Workers {
    /// Files and embedded maps.
    pub load: Worker<LoadRequest, Loaded>,
    /// Layers and pictures to disk: never stopped, and waited for on closing.
    pub save: Worker<SaveRequest, PathBuf>,
    /// Map → meaning.
    pub decode: Worker<DecodeRequest, Decoding>,
    /// Text → map.
    pub predict: Worker<PredictRequest, Opened>,
    /// Map → articles.
    pub studies: Worker<(Tail, Arc<Volume>), StudiesFound>,
    /// Map → clusters.
    pub peaks: Worker<(PeaksKey, Arc<Volume>), Peaks>,
}

impl Workers {
    /// Starts the threads; `wake` asks the window for a frame.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn start(
        services: &Arc<dyn Services>,
        wake: impl Fn() + Send + Clone + 'static,
    ) -> std::io::Result<Self> {
        let with = || Arc::clone(services);
        let s = with();
        let load = Worker::spawn(
            "load",
            Policy::KeepAll,
            move |request, task: &Task| load(s.as_ref(), request, task),
            wake.clone(),
        )?;
        let s = with();
        let save = Worker::spawn(
            "save",
            Policy::KeepAll,
            move |request, task: &Task| save(s.as_ref(), request, task),
            wake.clone(),
        )?;
        let s = with();
        let decode = Worker::spawn(
            "decode",
            Policy::LatestWins,
            move |request: DecodeRequest, task: &Task| {
                s.decode(&request.volume, request.tail, task)
            },
            wake.clone(),
        )?;
        let s = with();
        let predict = Worker::spawn(
            "predict",
            Policy::KeepAll,
            move |request: PredictRequest, task: &Task| {
                s.predict(&request.text, request.task_id.as_deref(), task)
            },
            wake.clone(),
        )?;
        let s = with();
        let studies = Worker::spawn(
            "studies",
            Policy::LatestWins,
            move |(tail, volume): (Tail, Arc<Volume>), task: &Task| {
                Ok((tail, s.studies(&volume, tail, task)?))
            },
            wake.clone(),
        )?;
        let peaks = Worker::spawn(
            "peaks",
            Policy::LatestWins,
            |(key, volume): (PeaksKey, Arc<Volume>), task: &Task| peaks(key, &volume, task),
            wake,
        )?;
        Ok(Self {
            load,
            save,
            decode,
            predict,
            studies,
            peaks,
        })
    }

    /// What runs.
    pub fn activities(&self) -> Activities {
        Activities {
            load: self.load.activity(),
            save: self.save.activity(),
            decode: self.decode.activity(),
            predict: self.predict.activity(),
            studies: self.studies.activity(),
        }
    }

    /// Waits for what is being written, at most ten seconds; says on stderr what was lost, for
    /// the window is gone by then.
    pub fn finish_saves(&self) {
        if !self.save.finish(SAVE_LIMIT) {
            eprintln!("gyrus: closed before a file was written completely");
        }
        for report in self.save.drain() {
            if let Some(explanation) = report.outcome.err().and_then(failure) {
                eprintln!("gyrus: {explanation}");
            }
        }
    }

    /// Stops everything but what is being written.
    pub fn cancel(&self) {
        self.load.cancel();
        self.decode.cancel();
        self.predict.cancel();
        self.studies.cancel();
        self.peaks.cancel();
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.finish_saves();
    }
}

fn load(services: &dyn Services, request: LoadRequest, task: &Task) -> Result<Loaded, JobError> {
    Ok(match request {
        LoadRequest::Underlay => Loaded::Underlay(services.underlay(task)?),
        LoadRequest::Demo => Loaded::Map(services.demo(task)?),
        LoadRequest::File(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            task.stage(format!("Opening {name}"));
            Loaded::Map(services.open(&path, task)?)
        }
        LoadRequest::Catalogue => Loaded::Catalogue(services.catalogue()),
    })
}

fn save(services: &dyn Services, request: SaveRequest, task: &Task) -> Result<PathBuf, JobError> {
    match request {
        SaveRequest::Map(path, volume) => {
            services.save_map(&volume, &path)?;
            Ok(path)
        }
        SaveRequest::Picture(path, scene) => {
            task.stage("Drawing the picture");
            export::write_png(&scene, PICTURE_PX, export::Backend::Cpu, &path)
                .map_err(|error| JobError::Failed(Box::new(error.explain())))?;
            Ok(path)
        }
    }
}

fn peaks(key: PeaksKey, volume: &Volume, task: &Task) -> Result<Peaks, JobError> {
    let options = ClusterOptions {
        two_sided: key.signs != Signs::Positive,
        max_sub_peaks: 0,
        ..ClusterOptions::at(key.threshold)
    };
    let clusters = match clusters(volume, &options, task) {
        Ok(mut found) => {
            found.retain(|c| c.positive || key.signs != Signs::Positive);
            found.retain(|c| !c.positive || key.signs != Signs::Negative);
            found
        }
        Err(_) if task.is_cancelled() => return Err(JobError::Cancelled),
        // Labels and colours have no peaks: an empty list says so.
        Err(_) => Vec::new(),
    };
    Ok(Peaks { key, clusters })
}

/// The tag of a request that concerns no layer.
pub fn tag(revision: u64) -> Tag {
    Tag {
        revision,
        layer: None,
    }
}

/// The message of a failed job, or nothing where it was stopped.
pub fn failure(error: JobError) -> Option<Explanation> {
    match error {
        JobError::Cancelled => None,
        JobError::Failed(explanation) => Some(*explanation),
    }
}
