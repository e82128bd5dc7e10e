//! Tasks, the concepts they measure and the ten domains the concepts belong to.
//!
//! The embedded table is ours (assets/ontology/README.md says how it was made); names and ids are those of
//! the Cognitive Atlas. Everything is aligned by id or name, never by row number.

mod cognitive_atlas;
mod difference;
mod error;
mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use cognitive_atlas::{ReadOntology, read_ontology};
pub(crate) use cognitive_atlas::{read_cognitive_atlas, with_links_of};
pub use difference::{Changed, Difference, difference};
pub use error::OntologyError;

const TASKS: &str = include_str!("../../assets/ontology/tasks.tsv");
const CONCEPTS: &str = include_str!("../../assets/ontology/concepts.tsv");
const DOMAINS: &str = include_str!("../../assets/ontology/domains.tsv");

/// Identifier of a concept (`trm_…`, as in the Cognitive Atlas).
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct ConceptId(pub String);

/// Identifier of a domain (`ctp_C1` … `ctp_C10`: the Cognitive Atlas' concept classes).
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct DomainId(pub String);

/// A task: what the participants of a study did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TaskDef {
    /// Cognitive Atlas id of the nearest task, or `gyrus_…` where the atlas has none.
    pub id: String,
    /// Name shown and embedded.
    pub name: String,
    /// The nearest task's name in the Cognitive Atlas, where it has one.
    pub atlas_name: Option<String>,
    /// One or two sentences in our own words.
    pub definition: String,
    /// Concepts the task measures; in the embedded table at least one.
    pub concepts: Vec<ConceptId>,
}

/// Who put a concept into its domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AssignedBy {
    /// The concept's own class in the Cognitive Atlas.
    Atlas,
    /// The published concept → category table.
    Mapping,
    /// Gyrus, where both are silent.
    Own,
}

/// A mental process.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Concept {
    /// Cognitive Atlas id.
    pub id: ConceptId,
    /// Cognitive Atlas name.
    pub name: String,
    /// The domain it belongs to; empty where it has none, which happens in tables of others.
    pub domain: DomainId,
    /// Where that link comes from.
    pub assigned_by: AssignedBy,
}

/// One of the ten domains.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Domain {
    /// Cognitive Atlas concept-class id.
    pub id: DomainId,
    /// Its name ("Perception").
    pub name: String,
}

/// Tasks, concepts and domains. In tables of ours ([`Ontology::parse`]) ids and names are unique, every task has
/// a definition and a concept, every concept a domain; in those of others ([`read_ontology`]) the first of several
/// of one id or name is found by it, and links may be missing.
#[derive(Debug, Clone)]
pub struct Ontology {
    /// Tasks in the order of the table.
    pub tasks: Vec<TaskDef>,
    /// Concepts in the order of the table.
    pub concepts: Vec<Concept>,
    /// Domains in the order of the table.
    pub domains: Vec<Domain>,
    task_by_id: HashMap<String, usize>,
    task_by_name: HashMap<String, usize>,
    concept_by_id: HashMap<ConceptId, usize>,
    domain_by_id: HashMap<DomainId, usize>,
    fingerprint: String,
}

impl Ontology {
    /// The domain that most of a task's concepts belong to, by its place in the table.
    pub fn domain_of(&self, task: &TaskDef) -> Option<usize> {
        let mut counts = vec![0_usize; self.domains.len()];
        for concept in task.concepts.iter().filter_map(|id| self.concept(id)) {
            let place = self.domains.iter().position(|d| d.id == concept.domain);
            if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
                *count += 1;
            }
        }
        let most = counts.iter().copied().max().filter(|most| *most > 0)?;
        counts.iter().position(|count| *count == most)
    }
}

/// By their fingerprints.
impl PartialEq for Ontology {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Eq for Ontology {}

impl Ontology {
    /// The table inside the program.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Ontology> = LazyLock::new(|| {
            Ontology::parse(TASKS, CONCEPTS, DOMAINS)
                .expect("the embedded table is compiled in and parsed by this module's tests")
        });
        &EMBEDDED
    }

    /// From three tab-separated tables with a header line each (columns as in assets/ontology).
    ///
    /// # Errors
    /// [`OntologyError`] names the table and line that breaks a rule.
    pub fn parse(tasks: &str, concepts: &str, domains: &str) -> Result<Self, OntologyError> {
        table::parse(tasks, concepts, domains)
    }

    /// From lists as they are.
    pub(crate) fn from_lists(
        tasks: Vec<TaskDef>,
        concepts: Vec<Concept>,
        domains: Vec<Domain>,
    ) -> Self {
        fn rows<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
            let mut out = HashMap::new();
            for (row, key) in keys.enumerate() {
                out.entry(key).or_insert(row);
            }
            out
        }
        let bytes = serde_json::to_vec(&(&tasks, &concepts, &domains)).unwrap_or_default();
        Self {
            task_by_id: rows(tasks.iter().map(|t| t.id.clone())),
            task_by_name: rows(tasks.iter().map(|t| t.name.trim().to_lowercase())),
            concept_by_id: rows(concepts.iter().map(|c| c.id.clone())),
            domain_by_id: rows(domains.iter().map(|d| d.id.clone())),
            fingerprint: crate::files::hex_sha256(&bytes),
            tasks,
            concepts,
            domains,
        }
    }

    /// As [`Self::from_json`] reads it.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Lists of strings always serialise.
        serde_json::to_vec(&(&self.tasks, &self.concepts, &self.domains)).unwrap_or_default()
    }

    /// Written by [`Self::to_json`].
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let (tasks, concepts, domains) = serde_json::from_slice(bytes)?;
        Ok(Self::from_lists(tasks, concepts, domains))
    }

    /// The task with this id.
    pub fn task(&self, id: &str) -> Option<&TaskDef> {
        self.task_by_id.get(id).map(|&row| &self.tasks[row])
    }

    /// The task with this name, compared without case.
    pub(crate) fn task_named(&self, name: &str) -> Option<&TaskDef> {
        self.task_by_name
            .get(&name.trim().to_lowercase())
            .map(|&row| &self.tasks[row])
    }

    /// The concept with this id.
    pub fn concept(&self, id: &ConceptId) -> Option<&Concept> {
        self.concept_by_id.get(id).map(|&row| &self.concepts[row])
    }

    /// The domain with this id.
    pub fn domain(&self, id: &DomainId) -> Option<&Domain> {
        self.domain_by_id.get(id).map(|&row| &self.domains[row])
    }

    /// The domains of the concepts a task measures, each once, in the order of the concepts.
    pub fn domains_of(&self, task: &TaskDef) -> Vec<&Domain> {
        let mut found: Vec<&Domain> = Vec::new();
        for concept in task.concepts.iter().filter_map(|id| self.concept(id)) {
            if let Some(domain) = self.domain(&concept.domain)
                && !found.contains(&domain)
            {
                found.push(domain);
            }
        }
        found
    }

    /// Sha-256 (hex) of the three tables: part of a result's provenance.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

#[cfg(test)]
mod tests;
