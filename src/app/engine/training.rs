//! A training run of the window: on threads of its own, its events written beside its model.

use crate::app::jobs::JobError;
use crate::app::model::TrainRequest;
use crate::error::Explanation;
use crate::progress::Progress;
use crate::train::{Cache, Control, Event, EventFile, Trained, train_watched};

/// Trains, tells what happens, and writes the model.
pub(super) fn train(
    request: &TrainRequest,
    control: &Control,
    emit: &mut dyn FnMut(Event),
    progress: &Progress,
) -> Result<Trained, JobError> {
    let plan = &request.plan;
    let mut file =
        match &request.events {
            Some(path) => Some(EventFile::create(path, plan).map_err(|error| {
                JobError::Failed(Box::new(Explanation::not_started(path, &error)))
            })?),
            None => None,
        };
    let mut tell = |event: Event| {
        if let Some(file) = &mut file {
            file.write(&event);
        }
        emit(event);
    };
    let watched = (control, Some(&request.watch));
    // Threads of its own, one less than there are: what the window asks for meanwhile is not kept waiting.
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() - 1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1));
    let pool = pool.build().map_err(|error| {
        JobError::Failed(Box::new(Explanation {
            what: "The model was not trained".to_owned(),
            why: error.to_string(),
            remedy: "Close other programs and start it again".to_owned(),
            path: None,
        }))
    })?;
    let (sender, told) = std::sync::mpsc::channel();
    let trained = std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let (cache, device) = (Cache::of_user(), candle_core::Device::Cpu);
            // Nobody listens any more only where the window is gone.
            let mut send = move |event| drop(sender.send(event));
            pool.install(|| train_watched(plan, &cache, &device, watched, progress, &mut send))
        });
        told.into_iter().for_each(&mut tell);
        run.join()
    });
    // A panic is the worker's to tell of.
    let trained = trained.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    trained.map_err(|error| JobError::told(progress, error))
}
