//! What one ontology has and another has not.

use std::collections::BTreeSet;

use super::{Ontology, TaskDef};

/// How a second ontology differs from a first one. Tasks are the same by id, else by name, whatever its case; concepts by name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// Names of tasks the first has alone.
    pub only_first: Vec<String>,
    /// Names of tasks the second has alone.
    pub only_second: Vec<String>,
    /// Tasks of both.
    pub shared: usize,
    /// Tasks of both whose concepts differ.
    pub changed: Vec<Changed>,
}

/// A task whose concepts differ.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Changed {
    /// Its name in the first.
    pub task: String,
    /// Concepts the first alone links it to.
    pub only_first: Vec<String>,
    /// Concepts the second alone links it to.
    pub only_second: Vec<String>,
}

/// Compares two ontologies; lists are in the order of their tables.
pub fn difference(first: &Ontology, second: &Ontology) -> Difference {
    fn find<'a>(task: &TaskDef, among: &'a Ontology) -> Option<&'a TaskDef> {
        among
            .task(&task.id)
            .or_else(|| among.task_named(&task.name))
    }
    let concepts = |task: &TaskDef, of: &Ontology| -> BTreeSet<String> {
        let ids = task.concepts.iter();
        ids.map(|id| {
            of.concept(id)
                .map_or_else(|| id.0.clone(), |c| c.name.clone())
        })
        .collect()
    };
    let mut out = Difference {
        only_first: Vec::new(),
        only_second: Vec::new(),
        shared: 0,
        changed: Vec::new(),
    };
    for task in &first.tasks {
        let Some(other) = find(task, second) else {
            out.only_first.push(task.name.clone());
            continue;
        };
        out.shared += 1;
        let (a, b) = (concepts(task, first), concepts(other, second));
        if a != b {
            out.changed.push(Changed {
                task: task.name.clone(),
                only_first: a.difference(&b).cloned().collect(),
                only_second: b.difference(&a).cloned().collect(),
            });
        }
    }
    let alone = second
        .tasks
        .iter()
        .filter(|task| find(task, first).is_none());
    out.only_second = alone.map(|task| task.name.clone()).collect();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAINS: &str = "id\tname\nd1\tSeeing\n";
    const CONCEPTS: &str = "id\tname\tdomain\tby\nc1\tsight\td1\town\nc2\tmotion\td1\town\n";

    fn ontology(tasks: &str) -> Ontology {
        let head = "id\tname\tatlas\tconcepts\tdefinition\n";
        Ontology::parse(&format!("{head}{tasks}"), CONCEPTS, DOMAINS).unwrap()
    }

    #[test]
    fn tasks_are_matched_and_links_compared() {
        let first = ontology("t1\tlook\t-\tsight\tLook.\nt2\ttrack\t-\tsight\tTrack.\n");
        let second = ontology(
            "t9\tLook\t-\tsight\tLook.\nt2\tfollow\t-\tsight; motion\tFollow.\nt3\tread\t-\tsight\tRead.\n",
        );
        let found = difference(&first, &second);
        assert_eq!((found.shared, found.only_first.len()), (2, 0));
        assert_eq!(found.only_second, ["read"]);
        assert_eq!(found.changed.len(), 1);
        assert_eq!(found.changed[0].task, "track");
        assert_eq!(found.changed[0].only_second, ["motion"]);
        let same = difference(&first, &first);
        assert_eq!((same.shared, same.changed.len()), (2, 0));
    }
}
