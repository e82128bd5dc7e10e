//! May a command write its result there? Asked before any work is done.

use std::fs;
use std::path::{Path, PathBuf};

/// What is written, which decides how its name must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// A table, as CSV.
    Table,
    /// A picture, as PNG.
    Picture,
    /// A drawing, as SVG.
    Drawing,
    /// A map, as NIfTI-1.
    Map,
    /// A trained model.
    Bundle,
    /// A soft atlas.
    Atlas,
    /// A list of studies, as CSV, BibTeX or RIS.
    Studies,
}

impl OutputFormat {
    /// The endings a name may have, without the dot.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Table => &["csv"],
            Self::Picture => &["png"],
            Self::Drawing => &["svg"],
            Self::Map => &["nii.gz", "nii"],
            Self::Bundle => &["gyrus"],
            Self::Atlas => &["atlas", "safetensors"],
            Self::Studies => &["csv", "bib", "ris"],
        }
    }

    /// In words, with its article.
    fn words(self) -> &'static str {
        match self {
            Self::Table => "a table",
            Self::Picture => "a picture",
            Self::Drawing => "a drawing",
            Self::Map => "a map",
            Self::Bundle => "a model",
            Self::Atlas => "an atlas",
            Self::Studies => "a list of studies",
        }
    }

    /// Whether a name ends as it should, in whatever case.
    fn fits(self, path: &Path) -> bool {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        self.endings().iter().any(|ending| {
            name.strip_suffix(ending)
                .and_then(|stem| stem.strip_suffix('.'))
                .is_some_and(|stem| !stem.is_empty())
        })
    }
}

/// Why a result may not be written under a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// The name promises another format.
    #[error("{} is written as {}, which this name does not end in", format.words(), dotted(*format))]
    Ending {
        /// What would be written.
        format: OutputFormat,
        /// The name.
        path: PathBuf,
    },
    /// It is one of the files that are read.
    #[error("this is {}, which the command reads: it would be lost", input.display())]
    IsInput {
        /// The name asked for.
        path: PathBuf,
        /// The file it would replace, as it was named.
        input: PathBuf,
    },
    /// A folder.
    #[error("this is a folder, not a file")]
    Folder {
        /// The name.
        path: PathBuf,
    },
}

impl OutputError {
    /// What to do about it; without a trailing full stop.
    pub fn remedy(&self) -> String {
        match self {
            Self::Ending { format, .. } => format!("Let the name end in {}", dotted(*format)),
            Self::IsInput { .. } => "Give the result a name of its own".to_owned(),
            Self::Folder { .. } => "Name a file inside it".to_owned(),
        }
    }

    /// The name that was asked for.
    pub fn path(&self) -> &Path {
        match self {
            Self::Ending { path, .. } | Self::IsInput { path, .. } | Self::Folder { path } => path,
        }
    }
}

/// ".nii.gz or .nii".
fn dotted(format: OutputFormat) -> String {
    let endings: Vec<String> = format
        .endings()
        .iter()
        .map(|ending| format!(".{ending}"))
        .collect();
    endings.join(" or ")
}

/// Checks that `path` ends as its format wants and is none of `inputs`, under whatever name or link.
/// A pipe or a device may have any name.
///
/// # Errors
/// [`OutputError`].
pub fn check_output<'a>(
    path: &Path,
    format: OutputFormat,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), OutputError> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(OutputError::Folder {
            path: path.to_owned(),
        });
    }
    let special = there.as_ref().is_some_and(|about| !about.is_file());
    // A link is followed when it is written through: what it leads to has to fit as well.
    let target = match fs::read_link(path) {
        Ok(_) => fs::canonicalize(path).ok(),
        Err(_) => None,
    };
    for name in [Some(path), target.as_deref()].into_iter().flatten() {
        if !special && !format.fits(name) {
            return Err(OutputError::Ending {
                format,
                path: name.to_owned(),
            });
        }
    }
    match input_at(path, inputs) {
        Some(input) => Err(OutputError::IsInput {
            path: path.to_owned(),
            input: input.to_owned(),
        }),
        None => Ok(()),
    }
}

/// The one of some files that lies at `path`, under whatever name or link.
pub fn input_at<'a>(path: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Option<&'a Path> {
    inputs.into_iter().find(|input| same_file(path, input))
}

/// Whether two names lead to one file that exists.
#[cfg(unix)]
fn same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // Hard links have paths of their own: only device and inode tell them.
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &Path, format: OutputFormat, inputs: &[&Path]) -> Result<(), OutputError> {
        check_output(path, format, inputs.iter().copied())
    }

    #[test]
    fn names_end_as_what_is_written() {
        use OutputFormat::{Atlas, Bundle, Map, Picture, Table};
        for (name, format) in [
            ("scores.csv", Table),
            ("SCORES.CSV", Table),
            ("fig.png", Picture),
            ("map.nii", Map),
            ("sub.01.nii.gz", Map),
            ("base.gyrus", Bundle),
            ("modes.atlas", Atlas),
        ] {
            assert_eq!(check(Path::new(name), format, &[]), Ok(()), "{name}");
        }
        for (name, format, wanted) in [
            ("map.nii.gz", Table, ".csv"),
            ("scores", Table, ".csv"),
            ("xcsv", Table, ".csv"),
            (".csv", Table, ".csv"),
            ("fig.pdf", Picture, ".png"),
            ("map.gz", Map, ".nii.gz or .nii"),
            ("map.nii", Bundle, ".gyrus"),
        ] {
            let told = check(Path::new(name), format, &[]).unwrap_err();
            assert!(told.remedy().ends_with(wanted), "{name}: {told}");
            assert_eq!(told.path(), Path::new(name));
        }
    }

    #[test]
    fn what_is_read_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("names.csv"), b"1,a").unwrap();
        fs::write(at("other.csv"), b"").unwrap();
        fs::create_dir(at("sub")).unwrap();
        let names = at("names.csv");
        let inputs = [names.as_path()];
        assert_eq!(
            check(&at("other.csv"), OutputFormat::Table, &inputs),
            Ok(())
        );
        assert_eq!(check(&at("new.csv"), OutputFormat::Table, &inputs), Ok(()));
        let mut same = vec![at("names.csv"), at("sub/../names.csv")];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("names.csv", at("soft.csv")).unwrap();
            fs::hard_link(at("names.csv"), at("hard.csv")).unwrap();
            same.extend([at("soft.csv"), at("hard.csv")]);
        }
        for path in same {
            let told = check(&path, OutputFormat::Table, &inputs).unwrap_err();
            assert!(matches!(told, OutputError::IsInput { .. }), "{path:?}");
            assert!(told.to_string().contains("names.csv"));
        }
        let told = check(&at("sub"), OutputFormat::Table, &[]).unwrap_err();
        assert!(matches!(told, OutputError::Folder { .. }));
    }

    /// The table went through the link into the map.
    #[cfg(unix)]
    #[test]
    fn what_a_link_leads_to_has_to_fit_too() {
        let folder = tempfile::tempdir().unwrap();
        let (map, link) = (
            folder.path().join("map.nii.gz"),
            folder.path().join("t.csv"),
        );
        std::fs::write(&map, "map").unwrap();
        std::os::unix::fs::symlink(&map, &link).unwrap();
        let refused = check(&link, OutputFormat::Table, &[]);
        assert!(
            matches!(refused, Err(OutputError::Ending { .. })),
            "{refused:?}"
        );
        let table = folder.path().join("other.csv");
        std::fs::write(&table, "table").unwrap();
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&table, &link).unwrap();
        assert_eq!(check(&link, OutputFormat::Table, &[]), Ok(()));
    }
}
