//! A path as it is typed: the folder it is in, what is typed of a name, and how it goes on.

use std::path::{Path, PathBuf};

use super::listing::Entry;

/// A path as it was typed, "~/" being the home folder.
pub(super) fn whole(text: &str) -> PathBuf {
    let text = text.trim();
    match (text.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    }
}

/// What is meant where a whole path is typed behind a folder: "/home/me//data" is "/data", and
/// "/data/~/maps" is "~/maps".
pub(super) fn begun_again(text: &str) -> Option<&str> {
    let root = text.rfind("//").filter(|at| *at > 0);
    let home = text.rfind("/~/");
    root.max(home).map(|at| &text[at + 1..])
}

/// The folder a typed path is in, and what is typed of the name within it.
pub(super) fn parts(text: &str) -> (PathBuf, String) {
    let at = text.rfind(std::path::is_separator).map_or(0, |at| at + 1);
    let (folder, name) = text.split_at(at);
    let folder = match folder {
        "" => PathBuf::from("."),
        folder => whole(folder),
    };
    (folder, name.trim().to_owned())
}

/// A folder as text that goes on with a name.
pub(super) fn with_separator(folder: &Path) -> String {
    folder.join("").to_string_lossy().into_owned()
}

/// How a name goes on where all entries that begin with it agree, with a separator behind a whole
/// folder; `None` where nothing is added.
pub(super) fn completed(name: &str, entries: &[&Entry]) -> Option<String> {
    let lower = name.to_lowercase();
    let begins = |entry: &&&Entry| entry.name.to_lowercase().starts_with(&lower);
    let mut fitting = entries.iter().filter(begins);
    let first = fitting.next().filter(|_| !name.is_empty())?;
    let mut common: Vec<char> = first.name.chars().collect();
    let mut alone = true;
    for other in fitting {
        alone = false;
        let same = common.iter().zip(other.name.chars());
        let same = same
            .take_while(|(a, b)| a.to_lowercase().eq(b.to_lowercase()))
            .count();
        common.truncate(same);
    }
    let mut text: String = common.into_iter().collect();
    if alone && first.is_folder {
        text.push(std::path::MAIN_SEPARATOR);
    }
    (text != name).then_some(text)
}

/// Whether a name ends in one of these; "*" is any.
pub(super) fn fits(name: &str, endings: &[String]) -> bool {
    let name = name.to_lowercase();
    let fits = |ending: &String| {
        let ending = ending.to_lowercase();
        ending == "*" || name.strip_suffix(&ending).is_some_and(|s| s.ends_with('.'))
    };
    endings.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, is_folder: bool) -> Entry {
        Entry {
            name: name.to_owned(),
            is_folder,
            bytes: 0,
            modified: None,
        }
    }

    #[test]
    fn a_name_goes_on_as_far_as_all_agree() {
        let entries = [
            entry("subjects", true),
            entry("sub-01_zmap.nii", false),
            entry("sub-02_zmap.nii", false),
        ];
        let entries: Vec<&Entry> = entries.iter().collect();
        let of = |name| completed(name, &entries);
        assert_eq!(of("s").as_deref(), Some("sub"));
        assert_eq!(of("SUB-").as_deref(), Some("sub-0"));
        assert_eq!(of("sub-01").as_deref(), Some("sub-01_zmap.nii"));
        assert_eq!(of("subj").as_deref(), Some("subjects/"));
        assert_eq!(of("sub"), None);
        assert_eq!(of("x"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn a_typed_path_has_a_folder_and_a_name() {
        assert_eq!(parts("/a/b"), (PathBuf::from("/a/"), "b".to_owned()));
        assert_eq!(parts("/a/b/"), (PathBuf::from("/a/b/"), String::new()));
        assert_eq!(parts("b"), (PathBuf::from("."), "b".to_owned()));
    }

    #[test]
    fn a_whole_path_may_be_typed_behind_a_folder() {
        assert_eq!(begun_again("/home/me//data/a"), Some("/data/a"));
        assert_eq!(begun_again("/data/~/maps"), Some("~/maps"));
        assert_eq!(begun_again("/home/me/data"), None);
        assert_eq!(begun_again("//server/data"), None);
    }

    #[test]
    fn endings_are_whole_and_of_any_case() {
        let endings = ["nii".to_owned(), "gz".to_owned()];
        assert!(fits("a.NII", &endings) && fits("a.nii.gz", &endings));
        assert!(!fits("anii", &endings) && !fits("a.png", &endings));
        assert!(fits("a.png", &["*".to_owned()]));
    }
}
