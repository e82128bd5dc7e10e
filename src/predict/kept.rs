//! Results that are worked out once and kept by name: of a model, or of a text as a model reads it.

use std::sync::{Mutex, PoisonError};

/// The last few results.
pub(super) struct Kept<T> {
    most: usize,
    known: Mutex<Vec<(String, T)>>,
}

impl<T: Clone> Kept<T> {
    /// Keeps `most` of them.
    pub(super) const fn new(most: usize) -> Self {
        Self {
            most,
            known: Mutex::new(Vec::new()),
        }
    }

    /// The one of this name, made where it is not kept. Two threads that ask at once may both make it.
    ///
    /// # Errors
    /// Those of `make`.
    pub(super) fn get<E>(&self, name: &str, make: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        // Entries are pushed whole: a list whose lock is poisoned is still sound.
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, kept)) = known().iter().find(|(of, _)| of == name) {
            return Ok(kept.clone());
        }
        let made = make()?;
        let mut all = known();
        if all.len() == self.most {
            all.remove(0);
        }
        all.push((name.to_owned(), made.clone()));
        Ok(made)
    }
}
