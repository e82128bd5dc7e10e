//! The reader of the three tables.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use sha2::{Digest as _, Sha256};

use super::{AssignedBy, Concept, ConceptId, Domain, DomainId, Ontology, OntologyError, TaskDef};

type Rows<'a, const N: usize> = Vec<(usize, [&'a str; N])>;

/// Reads and checks the three tables.
pub(super) fn parse(tasks: &str, concepts: &str, domains: &str) -> Result<Ontology, OntologyError> {
    let (domains_read, domain_by_id) = read_domains(domains)?;
    let (concepts_read, concept_by_id, concept_names) = read_concepts(concepts, &domain_by_id)?;
    let (tasks_read, task_by_id, task_by_name) = read_tasks(tasks, &concepts_read, &concept_names)?;
    let mut hash = Sha256::new();
    for table in [tasks, concepts, domains] {
        hash.update((table.len() as u64).to_le_bytes());
        hash.update(table.as_bytes());
    }
    let fingerprint = crate::files::hex(&hash.finalize());
    Ok(Ontology {
        tasks: tasks_read,
        concepts: concepts_read,
        domains: domains_read,
        task_by_id,
        task_by_name,
        concept_by_id,
        domain_by_id,
        fingerprint,
    })
}

fn read_domains(text: &str) -> Result<(Vec<Domain>, HashMap<DomainId, usize>), OntologyError> {
    const TABLE: &str = "domains";
    let mut list = Vec::new();
    let (mut by_id, mut by_name) = (HashMap::new(), HashMap::new());
    for (line, fields) in rows::<2>(TABLE, text)? {
        let [id, name] = all_present(TABLE, line, fields, ["id", "name"])?;
        let id = DomainId(id.into());
        insert(&mut by_id, id.clone(), list.len(), TABLE, line, &id.0)?;
        insert(&mut by_name, name.to_owned(), list.len(), TABLE, line, name)?;
        list.push(Domain {
            id,
            name: name.into(),
        });
    }
    Ok((list, by_id))
}

type Concepts = (
    Vec<Concept>,
    HashMap<ConceptId, usize>,
    HashMap<String, usize>,
);

fn read_concepts(
    text: &str,
    domains: &HashMap<DomainId, usize>,
) -> Result<Concepts, OntologyError> {
    const TABLE: &str = "concepts";
    let mut list = Vec::new();
    let (mut by_id, mut by_name) = (HashMap::new(), HashMap::new());
    for (line, fields) in rows::<4>(TABLE, text)? {
        let [id, name, domain, origin] =
            all_present(TABLE, line, fields, ["id", "name", "domain", "assigned_by"])?;
        let unknown = |value: &str| OntologyError::Unknown {
            table: TABLE,
            line,
            value: value.into(),
        };
        let (id, domain_id) = (ConceptId(id.into()), DomainId(domain.into()));
        if !domains.contains_key(&domain_id) {
            return Err(unknown(domain));
        }
        let assigned_by = match origin {
            "atlas" => AssignedBy::Atlas,
            "mapping" => AssignedBy::Mapping,
            "own" => AssignedBy::Own,
            other => return Err(unknown(other)),
        };
        insert(&mut by_id, id.clone(), list.len(), TABLE, line, &id.0)?;
        insert(&mut by_name, name.to_owned(), list.len(), TABLE, line, name)?;
        list.push(Concept {
            id,
            name: name.into(),
            domain: domain_id,
            assigned_by,
        });
    }
    Ok((list, by_id, by_name))
}

type Tasks = (Vec<TaskDef>, HashMap<String, usize>, HashMap<String, usize>);

fn read_tasks(
    text: &str,
    concepts: &[Concept],
    concept_names: &HashMap<String, usize>,
) -> Result<Tasks, OntologyError> {
    const TABLE: &str = "tasks";
    let mut list: Vec<TaskDef> = Vec::new();
    let (mut by_id, mut by_name) = (HashMap::new(), HashMap::new());
    for (line, fields) in rows::<5>(TABLE, text)? {
        let [id, name, atlas_name, names, definition] = all_present(
            TABLE,
            line,
            fields,
            ["id", "name", "atlas name", "concept", "definition"],
        )?;
        let mut measured: Vec<ConceptId> = Vec::new();
        for concept in names.split(';').map(str::trim) {
            let Some(&row) = concept_names.get(concept) else {
                return Err(OntologyError::Unknown {
                    table: TABLE,
                    line,
                    value: concept.into(),
                });
            };
            let concept_id = concepts[row].id.clone();
            if measured.contains(&concept_id) {
                return Err(OntologyError::Duplicate {
                    table: TABLE,
                    line,
                    value: concept.into(),
                });
            }
            measured.push(concept_id);
        }
        insert(&mut by_id, id.to_owned(), list.len(), TABLE, line, id)?;
        insert(
            &mut by_name,
            name.to_lowercase(),
            list.len(),
            TABLE,
            line,
            name,
        )?;
        list.push(TaskDef {
            id: id.into(),
            name: name.into(),
            atlas_name: (atlas_name != "-").then(|| atlas_name.into()),
            definition: definition.into(),
            concepts: measured,
        });
    }
    Ok((list, by_id, by_name))
}

/// Lines after the header, each cut into exactly `N` columns; blank lines are skipped.
fn rows<'a, const N: usize>(
    table: &'static str,
    text: &'a str,
) -> Result<Rows<'a, N>, OntologyError> {
    text.lines()
        .enumerate()
        .skip(1)
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| {
            let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
            let found = fields.len();
            <[&str; N]>::try_from(fields)
                .map(|fields| (index + 1, fields))
                .map_err(|_| OntologyError::Columns {
                    table,
                    line: index + 1,
                    expected: N,
                    found,
                })
        })
        .collect()
}

fn all_present<'a, const N: usize>(
    table: &'static str,
    line: usize,
    fields: [&'a str; N],
    names: [&'static str; N],
) -> Result<[&'a str; N], OntologyError> {
    match fields.iter().position(|field| field.is_empty()) {
        Some(empty) => Err(OntologyError::Missing {
            table,
            line,
            field: names[empty],
        }),
        None => Ok(fields),
    }
}

fn insert<K: Hash + Eq>(
    map: &mut HashMap<K, usize>,
    key: K,
    row: usize,
    table: &'static str,
    line: usize,
    shown: &str,
) -> Result<(), OntologyError> {
    match map.entry(key) {
        Entry::Occupied(_) => Err(OntologyError::Duplicate {
            table,
            line,
            value: shown.into(),
        }),
        Entry::Vacant(slot) => {
            slot.insert(row);
            Ok(())
        }
    }
}
