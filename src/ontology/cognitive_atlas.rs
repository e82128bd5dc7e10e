//! Ontologies of the Cognitive Atlas: snapshots as NiCLIP keeps them (lists of tasks and of concepts with
//! tables beside them), the atlas's own collections (`entries`), and tables of tasks with their concepts.
//!
//! Tasks and concepts without a name or a definition are left out, as NiCLIP does. What names a concept, a
//! task or a class may do so by identifier or by name, without case.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::{AssignedBy, Concept, ConceptId, Domain, DomainId, Ontology, OntologyError, TaskDef};
use crate::{delimited, files};

/// The whole atlas has 1.4 MB in its largest file.
const MAX_BYTES: u64 = 64 << 20;

/// An ontology read from files of another's making.
#[derive(Debug, Clone)]
pub struct ReadOntology {
    /// Tasks, concepts and the ten domains.
    pub ontology: Ontology,
    /// Concepts that are named and not defined: they were left out.
    pub unknown_concepts: Vec<String>,
}

/// A task or a concept as the atlas lists it. Unknown fields are ignored.
#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    definition_text: Option<String>,
    #[serde(default)]
    id_concept_class: Option<String>,
    #[serde(default)]
    classified_under: Vec<String>,
    #[serde(default)]
    asserts: Vec<String>,
    #[serde(default)]
    concepts: Vec<Measured>,
}

/// A concept of a task, as the atlas's interface lists it.
#[derive(Debug, Deserialize)]
struct Measured {
    #[serde(default)]
    concept_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entries {
    List(Vec<Entry>),
    Collection { entries: Vec<Entry> },
}

/// Name or identifier, made comparable.
fn key(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Reads an ontology: a folder with `tasks.tsv`, `concepts.tsv` and `domains.tsv` or with files of the
/// Cognitive Atlas; or a table of tasks and their concepts (CSV: the task, then up to as many concepts as
/// there are columns), whose concepts are those of a Cognitive Atlas beside it, else the program's own.
///
/// # Errors
/// [`OntologyError`] names the file.
pub fn read_ontology(path: &Path) -> Result<ReadOntology, OntologyError> {
    if path.is_dir() {
        return read_folder(path);
    }
    let beside = path
        .parent()
        .filter(|folder| find(folder, TASK_FILES).is_some());
    let base = beside.map(read_folder).transpose()?;
    let base = base
        .as_ref()
        .map_or_else(|| Ontology::embedded(), |read| &read.ontology);
    with_links_of(path, base)
}

fn read_folder(folder: &Path) -> Result<ReadOntology, OntologyError> {
    let ours = ["tasks.tsv", "concepts.tsv", "domains.tsv"].map(|name| folder.join(name));
    if !ours[0].is_file() {
        return read_cognitive_atlas(folder);
    }
    let [tasks, concepts, domains] = [text(&ours[0])?, text(&ours[1])?, text(&ours[2])?];
    Ok(ReadOntology {
        ontology: Ontology::parse(&tasks, &concepts, &domains)?,
        unknown_concepts: Vec::new(),
    })
}

/// What the names of files begin with, and end in.
type Names = &'static [(&'static str, &'static str)];
const TASK_FILES: Names = &[("task_snapshot", ".json"), ("TaskCollection", ".json")];
const CONCEPT_FILES: Names = &[
    ("concept_extended_snapshot", ".json"),
    ("concept_snapshot", ".json"),
    ("ConceptCollection", ".json"),
];

/// Reads a folder of files of the Cognitive Atlas.
///
/// # Errors
/// [`OntologyError::File`].
pub(crate) fn read_cognitive_atlas(folder: &Path) -> Result<ReadOntology, OntologyError> {
    let need = |names: Names| {
        find(folder, names).ok_or_else(|| OntologyError::File {
            why: format!("it holds no {}*{}", names[0].0, names[0].1),
            path: folder.to_owned(),
        })
    };
    let (tasks_file, concepts_file) = (need(TASK_FILES)?, need(CONCEPT_FILES)?);
    let all_tasks = defined(entries(&tasks_file)?);
    let all_concepts = defined(entries(&concepts_file)?);
    let domains = Ontology::embedded().domains.clone();

    let by_hand = folder.join("concept_to_process.json");
    let published = folder.join("cogatlas_concepts_categories_mapping.json");
    let mut classes: HashMap<String, String> = HashMap::new();
    for file in [by_hand, published]
        .into_iter()
        .filter(|file| file.is_file())
    {
        for (concept, class) in pairs(&file)? {
            classes.entry(key(&concept)).or_insert(class);
        }
    }
    let mut concepts: Vec<Concept> = Vec::new();
    for entry in &all_concepts {
        let own = entry.id_concept_class.iter().chain(&entry.classified_under);
        let own = own.filter_map(|class| domain_of(class, &domains)).next();
        let name = entry.name.as_deref().unwrap_or_default().trim();
        let mapped = || domain_of(classes.get(&key(name))?, &domains);
        let (domain, assigned_by) = match (&own, mapped()) {
            (Some(own), _) => (own.clone(), AssignedBy::Atlas),
            // A concept of no class is ranked and counts for no domain.
            (None, mapped) => (
                mapped.unwrap_or_else(|| DomainId(String::new())),
                AssignedBy::Mapping,
            ),
        };
        concepts.push(Concept {
            id: ConceptId(entry.id.clone()),
            name: name.to_owned(),
            domain,
            assigned_by,
        });
    }

    let mut concept_rows: HashMap<String, usize> = HashMap::new();
    for (row, concept) in concepts.iter().enumerate() {
        concept_rows.entry(concept.id.0.clone()).or_insert(row);
        concept_rows.entry(key(&concept.name)).or_insert(row);
    }
    let mut task_rows: HashMap<String, usize> = HashMap::new();
    for (row, task) in all_tasks.iter().enumerate() {
        task_rows.entry(task.id.clone()).or_insert(row);
        task_rows
            .entry(key(task.name.as_deref().unwrap_or_default()))
            .or_insert(row);
    }
    let mut links: Vec<Vec<usize>> = vec![Vec::new(); all_tasks.len()];
    let mut link = |task: Option<usize>, concept: Option<usize>| {
        if let (Some(task), Some(concept)) = (task, concept)
            && !links[task].contains(&concept)
        {
            links[task].push(concept);
        }
    };
    let concept_row = |text: &str| {
        concept_rows
            .get(text.trim())
            .or_else(|| concept_rows.get(&key(text)))
    };
    let task_row = |text: &str| {
        task_rows
            .get(text.trim())
            .or_else(|| task_rows.get(&key(text)))
    };
    for (row, task) in all_tasks.iter().enumerate() {
        let listed = task.concepts.iter().filter_map(|c| c.concept_id.as_ref());
        for concept in task.asserts.iter().chain(listed) {
            link(Some(row), concept_row(concept).copied());
        }
    }
    let cached = folder.join("full_task_concepts.csv");
    if cached.is_file() {
        // A row names a concept and what it is measured by, or a task and its concepts: identifiers tell.
        for row in delimited::rows(&text(&cached)?, b',').skip(1) {
            for (a, b) in ids(row.get(0)).flat_map(|a| ids(row.get(1)).map(move |b| (a, b))) {
                link(task_row(b).copied(), concept_row(a).copied());
                link(task_row(a).copied(), concept_row(b).copied());
            }
        }
    }
    let extra = folder.join("concept_to_task.json");
    if extra.is_file() {
        for (concept, task) in pairs(&extra)? {
            link(task_row(&task).copied(), concept_row(&concept).copied());
        }
    }
    let measured = |row: usize| links[row].iter().map(|&c| concepts[c].id.clone()).collect();
    let tasks = all_tasks
        .iter()
        .enumerate()
        .map(|(row, entry)| {
            let name = entry.name.as_deref().unwrap_or_default().trim();
            TaskDef {
                id: entry.id.clone(),
                name: name.to_owned(),
                atlas_name: Some(name.to_owned()),
                definition: entry.definition_text.clone().unwrap_or_default(),
                concepts: measured(row),
            }
        })
        .collect();
    Ok(ReadOntology {
        ontology: Ontology::from_lists(tasks, concepts, domains),
        unknown_concepts: Vec::new(),
    })
}

/// The tasks of a table with the concepts it gives them, and no other links; identifiers, definitions and
/// classes are those of `base`.
///
/// # Errors
/// [`OntologyError::File`].
pub(crate) fn with_links_of(table: &Path, base: &Ontology) -> Result<ReadOntology, OntologyError> {
    let read = text(table)?;
    let concepts: HashMap<String, &Concept> = base
        .concepts
        .iter()
        .rev()
        .map(|c| (key(&c.name), c))
        .collect();
    let (mut tasks, mut unknown) = (Vec::new(), BTreeMap::new());
    for (number, row) in delimited::rows(&read, b',').enumerate() {
        let mut fields = row
            .fields()
            .map(|field| field.trim().trim_start_matches('\u{feff}'));
        let name = fields.next().unwrap_or_default();
        let rest: Vec<&str> = fields.filter(|field| !field.is_empty()).collect();
        // "task, concept_1, …", or in the words of another copy.
        let is_head = number == 0 && rest.iter().all(|f| f.to_lowercase().starts_with("concept"));
        if is_head || name.is_empty() {
            continue;
        }
        let mut measured = Vec::new();
        for concept in rest {
            match concepts.get(&key(concept)) {
                Some(known) if measured.contains(&known.id) => {}
                Some(known) => measured.push(known.id.clone()),
                None => drop(unknown.insert(key(concept), concept.to_owned())),
            }
        }
        let known = base.task_named(name);
        tasks.push(TaskDef {
            id: known.map_or_else(|| format!("row_{}", number + 1), |task| task.id.clone()),
            name: name.to_owned(),
            atlas_name: known.and_then(|task| task.atlas_name.clone()),
            definition: known.map_or_else(String::new, |task| task.definition.clone()),
            concepts: measured,
        });
    }
    if tasks.is_empty() {
        return Err(OntologyError::File {
            why: "it holds no row of a task and its concepts".into(),
            path: table.to_owned(),
        });
    }
    Ok(ReadOntology {
        ontology: Ontology::from_lists(tasks, base.concepts.clone(), base.domains.clone()),
        unknown_concepts: unknown.into_values().collect(),
    })
}

/// The last file of a folder, by name, that is one of these; the first kind that is there.
fn find(folder: &Path, names: Names) -> Option<PathBuf> {
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    files.sort();
    names.iter().find_map(|(start, end)| {
        let fits = |name: &&String| name.starts_with(start) && name.ends_with(end);
        Some(folder.join(files.iter().rev().find(fits)?))
    })
}

fn text(path: &Path) -> Result<String, OntologyError> {
    files::read_text(path, MAX_BYTES).map_err(|error| OntologyError::File {
        why: error.to_string(),
        path: path.to_owned(),
    })
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, OntologyError> {
    serde_json::from_str(&text(path)?).map_err(|error| OntologyError::File {
        why: format!("it is not the list that belongs there ({error})"),
        path: path.to_owned(),
    })
}

fn entries(path: &Path) -> Result<Vec<Entry>, OntologyError> {
    Ok(match json(path)? {
        Entries::List(list) | Entries::Collection { entries: list } => list,
    })
}

fn defined(mut list: Vec<Entry>) -> Vec<Entry> {
    let there = |text: &Option<String>| text.as_ref().is_some_and(|t| !t.trim().is_empty());
    list.retain(|e| !e.id.is_empty() && there(&e.name) && there(&e.definition_text));
    list
}

/// A dictionary of names to a name or a list of names.
fn pairs(path: &Path) -> Result<Vec<(String, String)>, OntologyError> {
    let read: BTreeMap<String, Value> = json(path)?;
    let mut out = Vec::new();
    for (from, to) in read {
        let list = match to {
            Value::Array(list) => list,
            one => vec![one],
        };
        let texts = list.iter().filter_map(Value::as_str);
        out.extend(texts.map(|to| (from.clone(), to.to_owned())));
    }
    Ok(out)
}

/// Identifiers in a cell, which may hold one or a list as Python prints it.
fn ids(cell: &str) -> impl Iterator<Item = &str> + Clone {
    let apart = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    cell.split(apart).filter(|part| part.contains('_'))
}

/// The domain of a class, by identifier or name.
fn domain_of(class: &str, domains: &[Domain]) -> Option<DomainId> {
    let letters = |text: &str| -> String {
        let kept = text.chars().filter(char::is_ascii_alphanumeric);
        kept.collect::<String>().to_lowercase()
    };
    let wanted = letters(class);
    let named = |d: &&Domain| letters(&d.id.0) == wanted || letters(&d.name) == wanted;
    (!wanted.is_empty())
        .then(|| domains.iter().find(named).map(|d| d.id.clone()))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixtures() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/niclip")
    }

    #[test]
    fn snapshots_are_read_with_their_tables() {
        let ontology = read_ontology(&fixtures().join("cognitive_atlas"))
            .unwrap()
            .ontology;
        assert_eq!(ontology.tasks.len(), 13, "the undefined one is left out");
        assert_eq!(ontology.concepts.len(), 12);
        let domain = |name: &str| {
            let concept = ontology.concepts.iter().find(|c| c.name == name).unwrap();
            ontology.domain(&concept.domain).map(|d| d.name.as_str())
        };
        assert_eq!(domain("Colour perception"), Some("Perception"));
        assert_eq!(domain("arousal"), Some("Emotion"));
        assert_eq!(domain("imagery without a class"), None);
        let grip = ontology.task_named("Grip force task").unwrap();
        assert!(
            grip.concepts.contains(&ConceptId("trm_c10".into())),
            "of concept_to_task.json"
        );
        assert!(
            ontology
                .tasks
                .iter()
                .all(|t| !t.concepts.contains(&ConceptId("trm_c99".into())))
        );
    }

    #[test]
    fn a_table_gives_its_links_and_no_others() {
        let base = read_cognitive_atlas(&fixtures().join("cognitive_atlas"))
            .unwrap()
            .ontology;
        let read = with_links_of(&fixtures().join("reduced_tasks.csv"), &base).unwrap();
        assert_eq!(read.unknown_concepts, ["not in the atlas"]);
        assert_eq!(read.ontology.tasks.len(), 10);
        let grip = read.ontology.task_named("grip force task").unwrap();
        assert_eq!(grip.id, "tsk_09");
        assert!(!grip.definition.is_empty());
        // With the program's own concepts none of them is known.
        let alone = read_ontology(&fixtures().join("reduced_tasks.csv")).unwrap();
        assert!(alone.unknown_concepts.len() > 3);
    }

    #[test]
    fn what_is_missing_or_damaged_is_named() {
        let told = |path: &Path| read_ontology(path).unwrap_err().to_string();
        assert!(told(&fixtures()).contains("task_snapshot"));
        assert!(told(Path::new("nowhere.csv")).contains("nowhere.csv"));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("task_snapshot.json"), "[{]").unwrap();
        std::fs::write(folder.path().join("concept_snapshot.json"), "[]").unwrap();
        assert!(told(folder.path()).contains("not the list"));
        std::fs::write(folder.path().join("empty.csv"), "task,concept_1\n").unwrap();
        std::fs::remove_file(folder.path().join("task_snapshot.json")).unwrap();
        assert!(told(&folder.path().join("empty.csv")).contains("no row"));
    }
}
