//! Files being written: beside their target, under a name of their own, removed whatever happens.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// Begin of the names of files being written.
const PREFIX: &str = ".gyrus-partial-";

/// Every partial file of this process.
static OPEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file being written, which vanishes when it is dropped.
#[derive(Debug)]
pub(super) struct Partial {
    pub path: PathBuf,
    pub file: File,
}

impl Partial {
    /// Makes the partial file of `target`, in the same folder so that a rename cannot cross a disk.
    /// Those that dead processes left of the same target are removed. `private`: nobody else may
    /// read it, because nobody else may read what it replaces.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(target: &Path, ending: &str, private: bool) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = target.file_name().ok_or_else(no_name)?;
        let stem = stem(name);
        remove_stale(folder(target), &stem);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = target.with_file_name(format!("{stem}-{}-{number}{ending}", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if private {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        #[cfg(not(unix))]
        let _ = private;
        let file = {
            // Held until the file is there: a signal then finds it listed.
            let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
            let file = options.open(&path)?;
            open.push(path.clone());
            file
        };
        // Tells others that it is being written. A file system without locks does without.
        file.try_lock().ok();
        Ok(Self { path, file })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        // Renamed, or of no use to anybody: failing to remove it changes nothing for the caller.
        fs::remove_file(&self.path).ok();
        open.retain(|path| *path != self.path);
    }
}

pub(super) fn no_name() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "the path names no file")
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Begin of the names of one target's partial files: short however long its own name is.
fn stem(name: &OsStr) -> String {
    let digest = Sha256::digest(name.as_encoded_bytes());
    format!("{PREFIX}{}", super::hex(&digest[..6]))
}

/// Removes what processes that are gone left of a target.
fn remove_stale(folder: &Path, stem: &str) {
    // A folder that cannot be listed keeps what it has.
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let writer = name
            .to_str()
            .and_then(|name| {
                name.strip_prefix(stem)?
                    .strip_prefix('-')?
                    .split('-')
                    .next()
            })
            .and_then(|pid| pid.parse().ok());
        if writer.is_some_and(|pid| !is_running(pid)) && !is_locked(&entry.path()) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// Whether another process of this number runs on this machine, where that can be told.
fn is_running(pid: u32) -> bool {
    pid != std::process::id() && Path::new("/proc").join(pid.to_string()).exists()
}

/// Whether somebody, on this machine or another, is writing it.
fn is_locked(path: &Path) -> bool {
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => match file.try_lock() {
            Ok(()) => false,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
        },
        Err(_) => true,
    }
}

/// From now on the signals that end the program (Ctrl+C, kill, a closed terminal) first remove the
/// files that are only half written. Signals the program was started to ignore stay ignored.
///
/// # Errors
/// Where the system refuses; half-written files then stay until the next write of the same output.
#[cfg(unix)]
pub fn remove_partials_on_signals() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let ignored = ignored_signals();
    let wanted = [SIGINT, SIGTERM, SIGHUP].into_iter();
    let mut signals = signal_hook::iterator::Signals::new(
        wanted.filter(|signal| ignored >> (signal - 1) & 1 == 0),
    )?;
    let watch = move || {
        if let Some(signal) = signals.forever().next() {
            // Never given back: nobody may begin another file now.
            let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
            for path in open.iter() {
                fs::remove_file(path).ok();
            }
            signal_hook::low_level::emulate_default_handler(signal).ok();
            std::process::exit(128 + signal);
        }
    };
    std::thread::Builder::new()
        .name("gyrus-signals".to_owned())
        .spawn(watch)
        .map(drop)
}

/// As on Unix; elsewhere the next write of the same output cleans up.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn remove_partials_on_signals() -> io::Result<()> {
    Ok(())
}

/// The signals this program was started to ignore (by nohup, or as a script's background job), a bit
/// each from signal 1 on, where the system tells.
#[cfg(unix)]
fn ignored_signals() -> u64 {
    let status = super::read_text(Path::new("/proc/self/status"), 1 << 20).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_leftovers_of_dead_writers_go_and_those_of_living_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("map.csv");
        let of_map = stem(OsStr::new("map.csv"));
        // No process has this number: it is beyond the largest the system gives.
        let dead = u32::MAX;
        let stale = format!("{of_map}-{dead}-0.part");
        let other = format!("{}-{dead}-0.part", stem(OsStr::new("other.csv")));
        let foreign = format!("{of_map}-notes.txt");
        for name in [&stale, &other, &foreign] {
            fs::write(folder.path().join(name), b"half").unwrap();
        }
        let first = Partial::create(&target, ".part", false).unwrap();
        let second = Partial::create(&target, ".part", false).unwrap();
        assert!(first.path.exists() && second.path.exists());
        let left = names(folder.path());
        assert!(!left.contains(&stale) && left.contains(&other) && left.contains(&foreign));
        drop((first, second));
        assert_eq!(names(folder.path()).len(), 2);
        assert!(
            OPEN.lock()
                .unwrap()
                .iter()
                .all(|p| !p.starts_with(folder.path()))
        );
    }

    #[test]
    fn the_longest_names_have_partial_files_too() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join(format!("{}.csv", "脑".repeat(83)));
        assert!(Partial::create(&target, ".nii.gz", true).is_ok());
    }
}
