//! What is in a folder, listed on a thread of its own: a folder on a slow or dead server does not hold
//! up the window. Only names, sizes and dates are asked for; nothing is opened.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{SystemTime, UNIX_EPOCH};

use eframe::egui::Context;

/// Entries listed of one folder at most.
const MAX_ENTRIES: usize = 10_000;

/// A file or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Size of a file, bytes.
    pub bytes: u64,
    /// When it was changed last.
    pub modified: Option<SystemTime>,
}

/// What is in a folder: folders first, in the order of their names.
#[derive(Debug, Clone, Default)]
pub(super) struct Listing {
    /// Files and folders; devices, pipes and sockets are left out.
    pub entries: Vec<Entry>,
    /// Whether there are more than are listed.
    pub is_cut: bool,
}

/// Lists a folder.
///
/// # Errors
/// Where it cannot be read.
fn list(folder: &Path, most: usize) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in std::fs::read_dir(folder)? {
        let Ok(entry) = entry else { continue };
        if listing.entries.len() == most {
            listing.is_cut = true;
            break;
        }
        // Of what a link points at. A link to nothing is neither file nor folder.
        let Ok(facts) = std::fs::metadata(entry.path()) else {
            continue;
        };
        if facts.is_dir() || facts.is_file() {
            listing.entries.push(Entry {
                name: entry.file_name().to_string_lossy().into_owned(),
                is_folder: facts.is_dir(),
                bytes: facts.len(),
                modified: facts.modified().ok(),
            });
        }
    }
    let key = |entry: &Entry| (!entry.is_folder, entry.name.to_lowercase());
    listing.entries.sort_by_cached_key(key);
    Ok(listing)
}

/// What was found in a folder, or why nothing was.
type Answer = (PathBuf, Result<Listing, String>);

/// Lists folders, each on a thread of its own.
pub(super) struct Lister {
    answers: (Sender<Answer>, Receiver<Answer>),
    /// The folder asked for last, whose answer alone counts.
    wanted: Option<PathBuf>,
}

impl Lister {
    pub(super) fn new() -> Self {
        Self {
            answers: channel(),
            wanted: None,
        }
    }

    /// Asks for a folder, unless it was asked for last; whether it was asked for now.
    pub(super) fn want(&mut self, folder: &Path, ctx: &Context) -> bool {
        if self.wanted.as_deref() == Some(folder) {
            return false;
        }
        self.wanted = Some(folder.to_owned());
        let (tell, ctx, folder) = (self.answers.0.clone(), ctx.clone(), folder.to_owned());
        let begun = std::thread::Builder::new()
            .name("gyrus-folder".into())
            .spawn({
                let folder = folder.clone();
                move || {
                    let found = list(&folder, MAX_ENTRIES).map_err(|error| error.to_string());
                    // The sheet may be closed meanwhile: nobody to tell.
                    tell.send((folder, found)).ok();
                    ctx.request_repaint();
                }
            });
        if let Err(error) = begun {
            self.answers.0.send((folder, Err(error.to_string()))).ok();
        }
        true
    }

    /// The answer for the folder asked for last, once.
    pub(super) fn answer(&mut self) -> Option<Result<Listing, String>> {
        let wanted = self.wanted.as_ref();
        let mut answers = self.answers.1.try_iter();
        answers
            .find(|(folder, _)| Some(folder) == wanted)
            .map(|(_, found)| found)
    }
}

/// "1.2 MB".
pub(super) fn size_text(bytes: u64) -> String {
    let mut size = bytes as f64;
    let mut units = ["B", "kB", "MB", "GB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    for larger in units {
        if size < 999.5 {
            break;
        }
        size /= 1000.0;
        unit = larger;
    }
    match unit {
        "B" => format!("{bytes} B"),
        _ if size < 9.95 => format!("{size:.1} {unit}"),
        _ => format!("{size:.0} {unit}"),
    }
}

/// "2026-11-21", UTC.
pub(super) fn date_text(time: SystemTime) -> Option<String> {
    let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    // Days since 0000-03-01 in eras of 400 years (Howard Hinnant, "chrono-compatible low-level date
    // algorithms").
    let days = i64::try_from(seconds / 86_400).ok()? + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + 400 * era + i64::from(month <= 2);
    Some(format!("{year}-{month:02}-{date:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn folders_come_first_and_what_is_no_file_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("zeta")).unwrap();
        std::fs::write(at("Beta.nii"), b"12345").unwrap();
        std::fs::write(at("alpha.nii"), b"").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/dev/zero", at("device")).unwrap();
            std::os::unix::fs::symlink(at("nowhere"), at("broken")).unwrap();
        }
        let found = list(folder.path(), 100).unwrap();
        let names: Vec<_> = found.entries.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["zeta", "alpha.nii", "Beta.nii"]);
        assert_eq!(found.entries[2].bytes, 5);
        assert!(!found.is_cut);
        let cut = list(folder.path(), 1).unwrap();
        assert!(cut.is_cut && cut.entries.len() == 1);
        assert!(list(&at("nowhere"), 100).is_err());
    }

    #[test]
    fn sizes_and_dates_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (12_345, "12 kB"),
            (4_567_890, "4.6 MB"),
            (7_000_000_000_000, "7000 GB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
        for (seconds, text) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_735_603_200, "2024-12-31"),
            (4_107_542_400, "2100-03-01"),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(date_text(time).unwrap(), text);
        }
    }
}
