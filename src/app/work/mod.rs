//! The workers of the window and what their results do to it.

mod reading;
mod requests;
mod tasks;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use eframe::egui::Context;

pub use reading::{
    CompareKey, CompareRequest, Compared, Course, DeriveRequest, Facts, FactsRequest, MAX_COMPARED,
    Readers, comparable,
};
use requests::StudiesFound;
pub use requests::{
    DecodeRequest, LoadRequest, Loaded, Peaks, PeaksKey, PredictRequest, SaveRequest, Saved,
};
use tasks::{load, peaks, save};

use super::jobs::{JobError, Policy, Tag, Worker};
use super::panels::Activities;
use super::services::{Opened, Services};
use crate::decode::{Decoding, Tail};
use crate::error::Explanation;
use crate::progress::Progress;
use crate::render::Pixels;
use crate::render::export::{Backend, Figure};
use crate::volume::Volume;

/// How long closing the window waits for what is being written.
const SAVE_LIMIT: Duration = Duration::from_secs(10);

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
    pub save: Worker<SaveRequest, Saved>,
    /// Map → meaning.
    pub decode: Worker<DecodeRequest, Decoding>,
    /// Text → map.
    pub predict: Worker<PredictRequest, Opened>,
    /// Map → articles.
    pub studies: Worker<(Tail, Arc<Volume>), StudiesFound>,
    /// Map → clusters.
    pub peaks: Worker<(PeaksKey, Arc<Volume>), Peaks>,
    /// Atlases, derived maps, comparison, frames, headers.
    pub readers: Readers,
    /// Figure → its preview.
    pub preview: Worker<Box<Figure>, Pixels>,
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
            move |request, progress: &Progress| load(s.as_ref(), request, progress),
            wake.clone(),
        )?;
        let s = with();
        let save = Worker::spawn(
            "save",
            Policy::KeepAll,
            move |request, progress: &Progress| save(s.as_ref(), request, progress),
            wake.clone(),
        )?;
        let preview = Worker::spawn(
            "preview",
            Policy::LatestWins,
            |figure: Box<Figure>, progress: &Progress| {
                figure.draw(Backend::Cpu, progress).map_err(tasks::drawing)
            },
            wake.clone(),
        )?;
        let s = with();
        let decode = Worker::spawn(
            "decode",
            Policy::LatestWins,
            move |request: DecodeRequest, progress: &Progress| {
                s.decode(&request.volume, request.tail, progress)
            },
            wake.clone(),
        )?;
        let s = with();
        let predict = Worker::spawn(
            "predict",
            Policy::KeepAll,
            move |request: PredictRequest, progress: &Progress| {
                s.predict(&request.text, request.task_id.as_deref(), progress)
                    .map(tasks::looked_at)
            },
            wake.clone(),
        )?;
        let s = with();
        let studies = Worker::spawn(
            "studies",
            Policy::LatestWins,
            move |(tail, volume): (Tail, Arc<Volume>), progress: &Progress| {
                Ok((tail, s.studies(&volume, tail, progress)?))
            },
            wake.clone(),
        )?;
        let s = with();
        let peaks = Worker::spawn(
            "peaks",
            Policy::LatestWins,
            move |(key, volume): (PeaksKey, Arc<Volume>), progress: &Progress| {
                peaks(s.as_ref(), key, &volume, progress)
            },
            wake.clone(),
        )?;
        let readers = Readers::start(services, wake)?;
        Ok(Self {
            load,
            save,
            preview,
            decode,
            predict,
            studies,
            peaks,
            readers,
        })
    }

    /// What runs.
    pub fn activities(&self) -> Activities {
        let mut all = Activities {
            load: self.load.activity(),
            save: self.save.activity(),
            decode: self.decode.activity(),
            predict: self.predict.activity(),
            studies: self.studies.activity(),
            ..Activities::default()
        };
        self.readers.activities(&mut all);
        all
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
        self.readers.cancel();
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.finish_saves();
    }
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
