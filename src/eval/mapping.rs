//! A table that says what maps show: `file`, `label`, and where wanted `frame` and `domains`.

use std::path::{Path, PathBuf};

use crate::bundle::TaskTable;
use crate::delimited;
use crate::error::{Explain, Explanation};
use crate::files;
use crate::ontology::Ontology;

/// A mapping names files: this is a million of them.
const MAX_BYTES: u64 = 64 << 20;

/// What some maps show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// As first written.
    pub name: String,
    /// Rows of the tasks it stands for, at least one.
    pub tasks: Vec<usize>,
}

/// One map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedFile {
    /// As written; relative to the table's folder.
    pub file: PathBuf,
    /// From 0.
    pub frame: usize,
    /// Number of its label.
    pub label: usize,
    /// Names of its domains.
    pub domains: Vec<String>,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Where the table lies.
    pub folder: PathBuf,
    /// Each label once, in the order they come.
    pub labels: Vec<Label>,
    /// The maps, in order.
    pub maps: Vec<MappedFile>,
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The file.
    #[error("{source}")]
    Read {
        /// The table.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A column is missing.
    #[error("it has no column {column:?}")]
    Column {
        /// The table.
        path: PathBuf,
        /// Its name.
        column: &'static str,
    },
    /// A row says what cannot be.
    #[error("line {line}: {why}")]
    Row {
        /// The table.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// No rows.
    #[error("it names no map")]
    Empty {
        /// The table.
        path: PathBuf,
    },
}

impl Explain for MappingError {
    fn explain(&self) -> Explanation {
        let (Self::Read { path, .. }
        | Self::Column { path, .. }
        | Self::Row { path, .. }
        | Self::Empty { path }) = self;
        Explanation {
            what: "The table of maps cannot be used".to_owned(),
            why: self.to_string(),
            remedy: "Give it the columns file and label (a task's name or id, several with ; between, * for any \
                     letters), and where wanted frame and domains"
                .to_owned(),
            path: Some(path.clone()),
        }
    }
}

impl Mapping {
    /// Reads a comma, semicolon or tab separated table; labels are tasks of the model.
    ///
    /// # Errors
    /// [`MappingError`], with the line that is wrong.
    pub fn read(path: &Path, tasks: &TaskTable) -> Result<Self, MappingError> {
        let read = |source| MappingError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = files::read_whole(path, MAX_BYTES).map_err(read)?;
        let text = String::from_utf8_lossy(&bytes);
        Self::parse(path, text.strip_prefix('\u{feff}').unwrap_or(&text), tasks)
    }

    fn parse(path: &Path, text: &str, tasks: &TaskTable) -> Result<Self, MappingError> {
        let first = text.lines().next().unwrap_or_default();
        let count = |d: &u8| first.bytes().filter(|b| b == d).count();
        let delimiter = [b';', b'\t', b','].into_iter().max_by_key(count);
        let mut rows = delimited::rows(text, delimiter.unwrap_or(b','));
        let header = rows.next();
        let column = |name: &str| {
            let header = header.as_ref()?;
            (0..header.len()).find(|&at| header.get(at).eq_ignore_ascii_case(name))
        };
        let need = |name: &'static str| {
            column(name).ok_or(MappingError::Column {
                path: path.to_owned(),
                column: name,
            })
        };
        let (file, label) = (need("file")?, need("label")?);
        let (frame, domains) = (column("frame"), column("domains"));
        let mut mapping = Self {
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
            labels: Vec::new(),
            maps: Vec::new(),
        };
        for row in rows {
            let wrong = |why: String| MappingError::Row {
                path: path.to_owned(),
                line: row.line,
                why,
            };
            if row.get(file).is_empty() {
                return Err(wrong("no file is named".to_owned()));
            }
            let frame = match frame.map(|at| row.get(at)).unwrap_or_default() {
                "" => 0,
                text => match text.parse::<usize>() {
                    Ok(frame @ 1..) => frame - 1,
                    _ => return Err(wrong(format!("{text:?} is no frame: they count from 1"))),
                },
            };
            // A list with ; in a table cut at ; would lose its end.
            if header
                .as_ref()
                .is_some_and(|header| row.len() > header.len())
            {
                let why = "it has more cells than the first line: quote lists (\"a;b\")";
                return Err(wrong(why.to_owned()));
            }
            let label = mapping.label(row.get(label), tasks).map_err(wrong)?;
            let domains = domains.map(|at| row.get(at)).unwrap_or_default();
            let domains = domains.split(';').map(str::trim).filter(|d| !d.is_empty());
            let known = |name: &str| {
                let mut all = Ontology::embedded().domains.iter();
                all.any(|domain| domain.name.eq_ignore_ascii_case(name))
            };
            if let Some(unknown) = domains.clone().find(|name| !known(name)) {
                return Err(wrong(format!("no domain is called {unknown:?}")));
            }
            mapping.maps.push(MappedFile {
                file: row.get(file).into(),
                frame,
                label,
                domains: domains.map(str::to_owned).collect(),
            });
        }
        if mapping.maps.is_empty() {
            let path = path.to_owned();
            return Err(MappingError::Empty { path });
        }
        Ok(mapping)
    }

    /// Where a map lies.
    pub fn path_of(&self, map: &MappedFile) -> PathBuf {
        self.folder.join(&map.file)
    }

    /// The number of a label, which is made where it is new.
    fn label(&mut self, text: &str, tasks: &TaskTable) -> Result<usize, String> {
        let mut rows = Vec::new();
        for pattern in text.split(';').map(|p| p.trim().to_lowercase()) {
            let of = |names: &[String], row: usize| fits(&names[row].to_lowercase(), &pattern);
            let found: Vec<usize> = (0..tasks.len())
                .filter(|&row| of(&tasks.names, row) || of(&tasks.ids, row))
                .collect();
            if pattern.is_empty() || found.is_empty() {
                return Err(format!("no task of the model is called {pattern:?}"));
            }
            rows.extend(found);
        }
        rows.sort_unstable();
        rows.dedup();
        // Two ways to write one set of tasks are one label: permutations deal labels out.
        let known = self.labels.iter().position(|label| label.tasks == rows);
        if let Some(known) = known {
            return Ok(known);
        }
        self.labels.push(Label {
            name: text.to_owned(),
            tasks: rows,
        });
        Ok(self.labels.len() - 1)
    }
}

/// Whether a name is of a pattern in which `*` stands for any letters.
fn fits(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks() -> TaskTable {
        let names = ["n-back task", "Stroop task", "stop signal task"];
        TaskTable {
            ids: ["t1", "t2", "t3"].map(str::to_owned).to_vec(),
            names: names.map(str::to_owned).to_vec(),
            embeddings: vec![0.0; 3],
            text_of: vec![0, 1, 2],
            prior: vec![1.0 / 3.0; 3],
        }
    }

    fn parse(text: &str) -> Result<Mapping, MappingError> {
        Mapping::parse(Path::new("/maps/table.csv"), text, &tasks())
    }

    #[test]
    fn labels_are_names_ids_and_patterns() {
        let text = "label,file,domains,frame\nN-BACK task,a.nii,action; Attention,\nst*task,sub/b.nii,,3\nt2;t1,c.nii,,\nt1,d.nii,,\n";
        let mapping = parse(text).unwrap();
        let tasks: Vec<&[usize]> = mapping.labels.iter().map(|l| &l.tasks[..]).collect();
        assert_eq!(tasks, [&[0][..], &[1, 2], &[0, 1]]);
        assert_eq!(mapping.maps[0].domains, ["action", "Attention"]);
        assert_eq!(mapping.maps[1].frame, 2);
        // Another way to write the first label.
        assert_eq!(mapping.maps[3].label, 0);
        let path = mapping.path_of(&mapping.maps[1]);
        assert_eq!(path, Path::new("/maps/sub/b.nii"));
        // A semicolon table has its lists quoted.
        let other = parse("file;label\na.nii;\"t1;t3\"\n").unwrap();
        assert_eq!(other.labels[0].tasks, [0, 2]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, wanted) in [
            ("map,label\na,b\n", "no column \"file\""),
            (
                "file,label\na.nii,fishing\n",
                "line 2: no task of the model is called \"fishing\"",
            ),
            ("file,label\na.nii,\n", "line 2"),
            ("file,label\n,t1\n", "no file is named"),
            ("file,label,frame\na.nii,t1,0\n", "count from 1"),
            ("file,label\n", "names no map"),
            ("file;label\na.nii;t1;t2\n", "line 2: it has more cells"),
            (
                "file,label,domains\na.nii,t1,Nonsense\n",
                "no domain is called",
            ),
            ("", "no column"),
        ] {
            let told = parse(text).unwrap_err();
            assert!(told.to_string().contains(wanted), "{told}");
            assert!(told.explain().path.is_some());
        }
    }

    #[test]
    fn a_star_stands_for_any_letters() {
        for (name, pattern, wanted) in [
            ("working memory", "working memory", true),
            ("working memory", "*memory", true),
            ("working memory", "w*k*y", true),
            ("working memory", "*", true),
            ("working memory", "memory", false),
            ("working memory", "*memories*", false),
            ("aa", "a*a*a", false),
        ] {
            assert_eq!(fits(name, pattern), wanted, "{name} {pattern}");
        }
    }
}
