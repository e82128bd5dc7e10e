//! Where all background work of the window is registered.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use eframe::egui::Context;

use super::worker::{Policy, Worker};
use super::{Activity, Job, JobError, Query, Queue, Registered, Services, Writes};

/// Asks the window for a frame, once there is a window.
#[derive(Clone, Default)]
pub struct Wake {
    window: Arc<OnceLock<Context>>,
}

impl Wake {
    /// The window is there now. A result that came before is found by its first frame.
    pub fn set(&self, window: &Context) {
        // Set once: there is only one window.
        self.window.set(window.clone()).ok();
    }

    pub(crate) fn wake(&self) {
        if let Some(window) = self.window.get() {
            window.request_repaint();
        }
    }
}

/// Makes queries and queues, and knows all it made.
#[derive(Clone)]
pub struct Hub {
    services: Arc<dyn Services>,
    wake: Wake,
    /// Features make their queries one after the other, on the window's thread.
    all: Rc<RefCell<Vec<Arc<dyn Registered>>>>,
}

impl Hub {
    /// Without any work yet.
    pub fn new(services: Arc<dyn Services>, wake: Wake) -> Self {
        Self {
            services,
            wake,
            all: Rc::default(),
        }
    }

    /// A query: the newest question is answered, one that runs is stopped for it. `title` names the
    /// work in the progress line ("Decoding").
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn query<K, Q, A, E>(
        &self,
        title: &'static str,
        run: impl Fn(&dyn Services, Q, &Job<'_, E>) -> Result<A, JobError> + Send + 'static,
    ) -> std::io::Result<Query<K, Q, A, E>>
    where
        K: PartialEq + Clone,
        Q: Send + 'static,
        A: Send + 'static,
        E: Send + 'static,
    {
        let worker = self.worker(title, Policy::LatestWins, Writes::No, run)?;
        Ok(Query::over(worker))
    }

    /// A queue: every question is answered, one after the other.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn queue<K, Q, A>(
        &self,
        title: &'static str,
        run: impl Fn(&dyn Services, Q, &Job<'_, ()>) -> Result<A, JobError> + Send + 'static,
    ) -> std::io::Result<Queue<K, Q, A>>
    where
        Q: Send + 'static,
        A: Send + 'static,
    {
        let worker = self.worker(title, Policy::KeepAll, Writes::No, run)?;
        Ok(Queue::over(worker))
    }

    /// A queue that writes the user's files: "stop" leaves it alone, and closing the window waits for
    /// it.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn writing<K, Q, A>(
        &self,
        title: &'static str,
        run: impl Fn(&dyn Services, Q, &Job<'_, ()>) -> Result<A, JobError> + Send + 'static,
    ) -> std::io::Result<Queue<K, Q, A>>
    where
        Q: Send + 'static,
        A: Send + 'static,
    {
        let worker = self.worker(title, Policy::KeepAll, Writes::AtOnce, run)?;
        Ok(Queue::over(worker))
    }

    /// As [`Self::writing`], for what is computed for a while before it is written: "stop" ends it.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn drawing<K, Q, A>(
        &self,
        title: &'static str,
        run: impl Fn(&dyn Services, Q, &Job<'_, ()>) -> Result<A, JobError> + Send + 'static,
    ) -> std::io::Result<Queue<K, Q, A>>
    where
        Q: Send + 'static,
        A: Send + 'static,
    {
        let worker = self.worker(title, Policy::KeepAll, Writes::AtTheEnd, run)?;
        Ok(Queue::over(worker))
    }

    fn worker<Q, A, E>(
        &self,
        title: &'static str,
        policy: Policy,
        writes: Writes,
        run: impl Fn(&dyn Services, Q, &Job<'_, E>) -> Result<A, JobError> + Send + 'static,
    ) -> std::io::Result<Worker<Q, A, E>>
    where
        Q: Send + 'static,
        A: Send + 'static,
        E: Send + 'static,
    {
        let services = Arc::clone(&self.services);
        let wake = self.wake.clone();
        let worker = Worker::spawn(
            title,
            policy,
            writes,
            move |request, job: &Job<'_, E>| run(services.as_ref(), request, job),
            move || wake.wake(),
        )?;
        self.all.borrow_mut().push(worker.registered());
        Ok(worker)
    }

    /// The rest of the program.
    pub fn services(&self) -> &Arc<dyn Services> {
        &self.services
    }

    /// What has been running longest, if anything runs.
    pub fn foremost(&self) -> Option<Activity> {
        let all = self.all.borrow();
        let running = all.iter().filter_map(|worker| worker.activity());
        running.max_by(|a, b| a.elapsed_ms.total_cmp(&b.elapsed_ms))
    }

    /// Stops everything but what is being written at once.
    pub fn cancel(&self) {
        for worker in self.all.borrow().iter() {
            if worker.writes() != Writes::AtOnce {
                worker.cancel();
            }
        }
    }

    /// Waits until all that is being written is done, at most this long; whether it is.
    pub fn finish_writing(&self, limit: Duration) -> bool {
        let begun = Instant::now();
        let writes = || {
            let all = self.all.borrow();
            all.iter()
                .any(|worker| worker.writes() != Writes::No && worker.activity().is_some())
        };
        while writes() {
            if begun.elapsed() >= limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }
}
