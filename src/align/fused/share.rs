//! Tasks shared among threads.

use std::sync::{Mutex, PoisonError};

/// The threads a step takes where nobody says otherwise: one less than there are cores, so that the machine stays of
/// use to the person before it.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1).max(1))
}

/// Does every task, on at most `threads` threads of the pool this runs in. Which thread does a task changes nothing
/// about it.
pub(super) fn each<T: Send>(threads: usize, tasks: Vec<T>, work: impl Fn(T) + Sync) {
    let workers = threads.min(tasks.len());
    if workers <= 1 {
        tasks.into_iter().for_each(work);
        return;
    }
    let queue = Mutex::new(tasks.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    rayon::scope(|scope| {
        for _ in 0..workers.min(rayon::current_num_threads()) {
            scope.spawn(|_| {
                while let Some(task) = next() {
                    work(task);
                }
            });
        }
    });
}
