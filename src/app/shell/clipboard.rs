//! Copies, on a thread of their own: what is copied is encoded there, and the system is asked there,
//! so that neither holds up the window. The thread lives as long as the window, for on X11 the
//! program that copied has to hand out what it copied.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::app::jobs::Wake;
use crate::error::Explanation;
use crate::render::Pixels;

/// How long closing the window waits for the clipboard to be handed over.
const HAND_OVER: Duration = Duration::from_millis(500);

/// Where copies go.
#[derive(Debug, Clone, Default)]
pub enum Clipboard {
    /// On the system's clipboard.
    #[default]
    System,
    /// Into memory, for tests.
    Memory(MemoryClipboard),
}

/// A clipboard without a system.
#[derive(Debug, Clone, Default)]
pub struct MemoryClipboard(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    last: Option<Copied>,
    refusal: Option<String>,
}

impl MemoryClipboard {
    /// What was copied last.
    pub fn last(&self) -> Option<Copied> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last.clone()
    }

    /// Copying fails from now on, for this reason.
    pub fn refuse(&self, why: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.refusal = Some(why.to_owned());
    }

    fn put(&self, what: Copied) -> Result<(), String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &kept.refusal {
            Some(why) => Err(why.clone()),
            None => {
                kept.last = Some(what);
                Ok(())
            }
        }
    }
}

/// What is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// Text.
    Text(String),
    /// An opaque picture.
    Picture(Box<Pixels>),
}

/// A copy to be made and what is said once it is there.
type Order = (Copied, &'static str);
/// What is said, or why there is nothing to say.
type Outcome = Result<&'static str, Explanation>;

/// The thread that copies.
pub(super) struct Copier {
    orders: Option<Sender<Order>>,
    outcomes: Receiver<Outcome>,
    thread: Option<JoinHandle<()>>,
    waiting: usize,
}

impl Copier {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where the system gives none.
    pub(super) fn start(onto: Clipboard, wake: Wake) -> std::io::Result<Self> {
        let (orders, taken) = channel::<Order>();
        let (tell, outcomes) = channel();
        let thread = std::thread::Builder::new()
            .name("gyrus-clipboard".into())
            .spawn(move || {
                let mut board = Board::new(onto);
                for (what, notice) in taken {
                    let outcome = board.put(what).map(|()| notice).map_err(refused);
                    if tell.send(outcome).is_err() {
                        return;
                    }
                    wake.wake();
                }
            })?;
        Ok(Self {
            orders: Some(orders),
            outcomes,
            thread: Some(thread),
            waiting: 0,
        })
    }

    /// Copies this, and says so once it is there.
    pub(super) fn copy(&mut self, what: Copied, notice: &'static str) {
        let sent = self
            .orders
            .as_ref()
            .map(|orders| orders.send((what, notice)));
        if matches!(sent, Some(Ok(()))) {
            self.waiting += 1;
        }
    }

    /// What became of copies since the last call.
    pub(super) fn outcomes(&mut self) -> Vec<Outcome> {
        let outcomes: Vec<_> = self.outcomes.try_iter().collect();
        self.waiting = self.waiting.saturating_sub(outcomes.len());
        outcomes
    }

    /// Whether a copy is being made.
    pub(super) fn is_busy(&self) -> bool {
        self.waiting > 0
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        self.orders = None;
        let Some(thread) = self.thread.take() else {
            return;
        };
        let begun = Instant::now();
        // A clipboard manager takes over what was copied; one that hangs does not keep the window.
        while !thread.is_finished() && begun.elapsed() < HAND_OVER {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// What the thread copies onto. The system's clipboard is opened with the first copy, and again where
/// that failed.
enum Board {
    System(Option<arboard::Clipboard>),
    Memory(MemoryClipboard),
}

impl Board {
    fn new(onto: Clipboard) -> Self {
        match onto {
            Clipboard::System => Self::System(None),
            Clipboard::Memory(memory) => Self::Memory(memory),
        }
    }

    fn put(&mut self, what: Copied) -> Result<(), String> {
        match self {
            Self::Memory(memory) => memory.put(what),
            Self::System(open) => {
                let outcome = put_on_system(open, what);
                if outcome.is_err() {
                    *open = None;
                }
                outcome.map_err(|error| error.to_string())
            }
        }
    }
}

fn put_on_system(
    open: &mut Option<arboard::Clipboard>,
    what: Copied,
) -> Result<(), arboard::Error> {
    let board = match open {
        Some(board) => board,
        None => open.insert(arboard::Clipboard::new()?),
    };
    match what {
        Copied::Text(text) => board.set_text(text),
        Copied::Picture(pixels) => {
            let [width, height] = pixels.size.map(|n| n as usize);
            board.set_image(arboard::ImageData {
                width,
                height,
                bytes: pixels.rgba.as_flattened().into(),
            })
        }
    }
}

fn refused(why: String) -> Explanation {
    Explanation {
        what: "Nothing was copied".to_owned(),
        why: format!("the clipboard of this system refused ({why})"),
        remedy: "Save to a file, or try again".to_owned(),
        path: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(copier: &mut Copier) -> Outcome {
        loop {
            if let Some(outcome) = copier.outcomes().pop() {
                return outcome;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_copy_is_told_of_once_it_is_there_and_a_refusal_with_its_reason() {
        let memory = MemoryClipboard::default();
        let onto = Clipboard::Memory(memory.clone());
        let mut copier = Copier::start(onto, Wake::default()).unwrap();
        copier.copy(Copied::Text("x\ty".to_owned()), "The table is copied");
        assert!(copier.is_busy());
        assert_eq!(outcome(&mut copier), Ok("The table is copied"));
        assert_eq!(memory.last(), Some(Copied::Text("x\ty".to_owned())));
        memory.refuse("no owner");
        copier.copy(Copied::Text("z".to_owned()), "The table is copied");
        let refusal = outcome(&mut copier).unwrap_err();
        assert!(refusal.why.contains("no owner"), "{refusal:?}");
        assert_eq!(memory.last(), Some(Copied::Text("x\ty".to_owned())));
        assert!(!copier.is_busy());
    }
}
