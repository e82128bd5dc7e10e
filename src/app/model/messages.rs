//! Messages to the user: short notices that go by, and failures that are kept in a log.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::error::Explanation;

/// How long a notice stays.
pub const NOTICE_TIME: Duration = Duration::from_millis(3500);
/// How long a failure stays on screen; it is then in the log.
pub const ERROR_TIME: Duration = Duration::from_secs(15);
/// Messages on screen at once; older ones go.
const MAX_MESSAGES: usize = 4;
/// Failures kept in the log.
const MAX_LOGGED: usize = 100;

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A short word that goes by itself.
    Notice(String),
    /// A failure; goes into the log by and by.
    Error(Explanation),
}

/// A message in the corner.
#[derive(Debug, Clone)]
pub struct Message {
    /// Distinguishes messages.
    pub number: u64,
    /// What it says.
    pub body: Body,
    /// When it came.
    pub since: Instant,
}

impl Message {
    /// How long it stays on screen.
    fn time(&self) -> Duration {
        match self.body {
            Body::Notice(_) => NOTICE_TIME,
            Body::Error(_) => ERROR_TIME,
        }
    }
}

/// The messages shown.
#[derive(Debug, Default)]
pub struct Messages {
    /// Oldest first.
    pub list: Vec<Message>,
    /// Failures that went by, oldest first.
    pub log: Vec<Message>,
    /// Whether the log is open.
    pub log_open: bool,
    /// Failures in the log that nobody has looked at.
    pub unread: usize,
    /// Files that end early: their messages offer to open them as far as they go.
    pub cut_short: BTreeSet<PathBuf>,
    /// Set while the pointer is on a message: none goes by then.
    pub held: bool,
    count: u64,
}

impl Messages {
    /// Says a short thing.
    pub fn notice(&mut self, text: impl Into<String>) {
        self.list
            .retain(|message| matches!(message.body, Body::Error(_)));
        self.push(Body::Notice(text.into()));
    }

    /// Shows a failure. The same one twice is shown once.
    pub fn error(&mut self, explanation: Explanation) {
        let same = |message: &Message| message.body == Body::Error(explanation.clone());
        self.list.retain(|message| !same(message));
        self.log.retain(|message| !same(message));
        self.push(Body::Error(explanation));
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.list.clear();
        self.log.clear();
    }

    /// The failures on screen and in the log.
    pub fn errors(&self) -> impl Iterator<Item = &Explanation> {
        let all = self.log.iter().chain(&self.list);
        all.filter_map(|message| match &message.body {
            Body::Error(explanation) => Some(explanation),
            Body::Notice(_) => None,
        })
    }

    fn push(&mut self, body: Body) {
        self.count += 1;
        self.list.push(Message {
            number: self.count,
            body,
            since: Instant::now(),
        });
        while self.list.len() > MAX_MESSAGES {
            let oldest = self.list.remove(0);
            self.keep(oldest);
        }
    }

    /// A failure that leaves the screen by itself is kept.
    fn keep(&mut self, message: Message) {
        if matches!(message.body, Body::Error(_)) {
            self.unread += 1;
            self.log.push(message);
            let extra = self.log.len().saturating_sub(MAX_LOGGED);
            self.log.drain(..extra);
        }
    }

    /// Shows or hides what went by.
    pub fn toggle_log(&mut self) {
        self.log_open = !self.log_open;
        self.unread = 0;
    }

    /// Takes away what is over; returns when the next one will be.
    pub fn expire(&mut self) -> Option<Duration> {
        if self.held {
            return None;
        }
        for message in std::mem::take(&mut self.list) {
            if message.since.elapsed() < message.time() {
                self.list.push(message);
            } else {
                self.keep(message);
            }
        }
        let rest = |message: &Message| message.time().saturating_sub(message.since.elapsed());
        self.list.iter().map(rest).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(what: &str) -> Explanation {
        Explanation {
            what: what.to_owned(),
            why: String::new(),
            remedy: String::new(),
            path: None,
        }
    }

    fn age(messages: &mut Messages, by: Duration) {
        for message in &mut messages.list {
            message.since = message.since.checked_sub(by).unwrap();
        }
    }

    #[test]
    fn failures_go_by_into_the_log_and_notices_go_for_good() {
        let mut messages = Messages::default();
        messages.error(failure("one"));
        messages.notice("saved");
        age(&mut messages, NOTICE_TIME);
        assert!(messages.expire().is_some());
        assert_eq!(messages.list.len(), 1, "the failure stays longer");
        messages.held = true;
        age(&mut messages, ERROR_TIME);
        assert_eq!(messages.expire(), None);
        assert_eq!(
            messages.list.len(),
            1,
            "nothing goes from under the pointer"
        );
        messages.held = false;
        assert_eq!(messages.expire(), None);
        assert_eq!((messages.list.len(), messages.log.len()), (0, 1));
        assert_eq!(messages.unread, 1);
        messages.toggle_log();
        assert!(messages.log_open && messages.unread == 0);
    }

    #[test]
    fn a_flood_of_failures_is_kept_once_each() {
        let mut messages = Messages::default();
        for n in 0..10 {
            messages.error(failure(&format!("file {}", n % 6)));
        }
        assert_eq!(messages.list.len(), MAX_MESSAGES);
        assert_eq!(messages.log.len(), 2);
    }
}
