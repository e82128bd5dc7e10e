//! The embedded task table against the Cognitive Atlas snapshot it credits.

use std::collections::{HashMap, HashSet};

use gyrus::ontology::{AssignedBy, Ontology};
use serde_json::Value;

use crate::support::shared::shared;

fn entries(file: &str) -> Option<Vec<Value>> {
    let path = shared(&format!("cognitive_atlas/{file}"))?;
    let text = std::fs::read_to_string(path).unwrap();
    let parsed: Value = serde_json::from_str(&text).unwrap();
    Some(parsed["entries"].as_array().unwrap().clone())
}

fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry[field].as_str().unwrap_or("").trim()
}

fn words(sentence: &str) -> Vec<String> {
    sentence
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn task_ids_exist_in_the_atlas_under_the_name_given() {
    let Some(atlas) = entries("TaskCollection.json") else {
        return;
    };
    let names: HashMap<&str, &str> = atlas
        .iter()
        .map(|task| (text(task, "id"), text(task, "name")))
        .collect();
    for task in &Ontology::embedded().tasks {
        match &task.atlas_name {
            Some(name) => assert_eq!(
                names.get(task.id.as_str()),
                Some(&name.as_str()),
                "{}",
                task.name
            ),
            None => assert!(task.id.starts_with("gyrus_")),
        }
    }
}

#[test]
fn concepts_are_the_atlas_concepts_and_keep_its_classes() {
    let Some(atlas) = entries("ConceptCollection.json") else {
        return;
    };
    let by_id: HashMap<&str, &Value> = atlas.iter().map(|c| (text(c, "id"), c)).collect();
    for concept in &Ontology::embedded().concepts {
        let entry = by_id
            .get(concept.id.0.as_str())
            .unwrap_or_else(|| panic!("{}", concept.name));
        assert_eq!(text(entry, "name"), concept.name);
        let class = text(entry, "id_concept_class");
        assert_eq!(
            class.is_empty(),
            concept.assigned_by != AssignedBy::Atlas,
            "{}",
            concept.name
        );
        assert!(
            class.is_empty() || class == concept.domain.0,
            "{}",
            concept.name
        );
    }
    let Some(classes) = entries("ConceptClassCollection.json") else {
        return;
    };
    let classes: HashMap<&str, &str> = classes
        .iter()
        .map(|c| (text(c, "id"), text(c, "name")))
        .collect();
    assert_eq!(classes.len(), 10);
    for domain in &Ontology::embedded().domains {
        assert!(
            classes[domain.id.0.as_str()].eq_ignore_ascii_case(&domain.name),
            "{}",
            domain.name
        );
    }
}

#[test]
fn no_definition_is_copied() {
    const RUN: usize = 8;
    let Some(atlas) = entries("TaskCollection.json") else {
        return;
    };
    let mut theirs: HashSet<Vec<String>> = HashSet::new();
    for task in &atlas {
        theirs.extend(
            words(text(task, "definition_text"))
                .windows(RUN)
                .map(<[String]>::to_vec),
        );
    }
    assert!(
        theirs.len() > 10_000,
        "only {} runs read from the atlas",
        theirs.len()
    );
    for task in &Ontology::embedded().tasks {
        for run in words(&task.definition).windows(RUN) {
            assert!(
                !theirs.contains(run),
                "{} shares \"{}\"",
                task.name,
                run.join(" ")
            );
        }
    }
}
