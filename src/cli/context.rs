//! What every subcommand shares: the global options, failures, and progress on stderr.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::say::{one_line, print_bytes, tell};
use crate::error::{Explain, Explanation};
use crate::progress::Progress;

/// Where numbers are crunched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Device {
    /// The best there is.
    Auto,
    /// The processor.
    Cpu,
    /// An NVIDIA card (needs a build with the `cuda` feature).
    Cuda,
    /// An Apple card (needs a build with the `metal` feature).
    Metal,
}

/// Options every subcommand takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Context {
    /// Print one JSON document on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Model bundle to use instead of the embedded one
    #[arg(long, global = true, value_name = "BUNDLE")]
    pub model: Option<PathBuf>,
    /// Device for training and text
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub device: Device,
    /// Worker threads (default: all cores)
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Seed of everything random
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// No progress on stderr
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// Why a subcommand ended without doing its work.
#[derive(Debug)]
pub enum Failure {
    /// The input is at fault: exit code 1.
    Input(Box<Explanation>),
    /// The arguments are at fault: exit code 2.
    Usage(String),
    /// As [`Failure::Input`], and the person was told already.
    Told,
    /// The reader of our stdout went away (`| head`): nothing to say.
    BrokenPipe,
}

/// What a subcommand returns.
pub type Outcome = Result<(), Failure>;

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Input(Box::new(error.explain()))
    }
}

impl Failure {
    /// All messages of a run over several inputs, or `Ok` where there is none.
    pub fn from_many(mut failures: Vec<Explanation>) -> Outcome {
        let Some(last) = failures.pop() else {
            return Ok(());
        };
        for failure in failures {
            tell(failure);
        }
        Err(Self::Input(Box::new(last)))
    }

    /// A failure of the program's own output.
    pub fn from_output(error: &std::io::Error, path: Option<PathBuf>) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        Self::Input(Box::new(Explanation {
            what: "Could not write the result".into(),
            why: error.to_string(),
            remedy: "Check that the folder exists, is writable and has space, or give the result another name"
                .into(),
            path,
        }))
    }
}

impl Context {
    /// A task whose stage and progress are shown on stderr until the guard is dropped.
    pub fn progress(&self) -> (Progress, ProgressLine) {
        let progress = Progress::new();
        let line = ProgressLine::start(progress.clone(), self.quiet);
        (progress, line)
    }

    /// The seed asked for, else the subcommand's own.
    pub fn seed_or(&self, default: u64) -> u64 {
        self.seed.unwrap_or(default)
    }

    /// Applies what holds for the whole process: the number of threads, and a device there is.
    ///
    /// # Errors
    /// [`Failure::Usage`] where this build cannot use the device asked for.
    pub fn apply(&self) -> Outcome {
        let missing = match self.device {
            Device::Cuda => !cfg!(feature = "cuda"),
            Device::Metal => !cfg!(feature = "metal"),
            Device::Auto | Device::Cpu => false,
        };
        if missing {
            let name = format!("{:?}", self.device).to_lowercase();
            return Err(Failure::Usage(format!(
                "This gyrus was built without {name}: build it with `--features {name}`, or leave --device out"
            )));
        }
        if let Some(threads) = self.threads {
            rayon::ThreadPoolBuilder::new()
                .num_threads(usize::from(threads))
                .build_global()
                .map_err(|error| {
                    Failure::Usage(format!("Could not start {threads} threads: {error}"))
                })?;
        }
        Ok(())
    }

    /// Prints one JSON document.
    pub fn print_json(&self, value: &impl serde::Serialize) -> Outcome {
        print_json(value)
    }
}

/// Prints one JSON document.
pub(super) fn print_json(value: &impl serde::Serialize) -> Outcome {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::from_output(&std::io::Error::other(error), None))?;
    print_bytes(format!("{text}\n").as_bytes())
}

/// Shows a task's stage on stderr from a thread of its own.
pub struct ProgressLine {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    /// Held by whoever writes to the terminal: whether a line stands there that is redrawn.
    drawn: Mutex<bool>,
}

impl Shared {
    /// Removes the line, if there is one, and keeps the terminal for `write`.
    fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *drawn) {
            eprint!("\r\x1b[2K");
        }
        write()
    }
}

impl ProgressLine {
    fn start(progress: Progress, quiet: bool) -> Self {
        let shared = Arc::new(Shared::default());
        let thread = (!quiet).then(|| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || watch(&progress, &shared))
        });
        Self { shared, thread }
    }

    /// Writes something while the work goes on, with the line out of the way.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.shared.aside(write)
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A watcher that panicked has nothing left to clean up.
            thread.join().ok();
        }
        self.shared.aside(|| ());
    }
}

/// On a terminal one line that is redrawn; in a log one line a stage.
fn watch(progress: &Progress, shared: &Shared) {
    let live = std::io::stderr().is_terminal();
    let mut last = String::new();
    while !shared.stop.load(Ordering::Relaxed) {
        std::thread::park_timeout(Duration::from_millis(200));
        let stage = progress.current_stage();
        let mut drawn = shared.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if stage.is_empty() || shared.stop.load(Ordering::Relaxed) {
            continue;
        }
        let shown = one_line(&stage);
        if live {
            eprint!("\r\x1b[2K{shown}  {:.0} %", progress.fraction() * 100.0);
            *drawn = true;
        } else if stage != last {
            eprintln!("{shown}");
        }
        last = stage;
    }
}
