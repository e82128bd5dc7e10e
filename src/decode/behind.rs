//! Which tasks a concept or a domain got its score from.

use super::{Decoding, TaskScore};
use crate::ontology::{ConceptId, DomainId, Ontology, TaskDef};

/// The tasks of a decoding that count for the concept or the domain of this id, in the order of the
/// ranking: those that measure the concept, or a concept of the domain. Tasks find their row of the
/// ontology as in decoding, by id, else by name.
pub fn tasks_behind<'a>(
    ontology: &Ontology,
    id: &str,
    decoding: &'a Decoding,
) -> Vec<&'a TaskScore> {
    let (concept, domain) = (ConceptId(id.to_owned()), DomainId(id.to_owned()));
    let is_domain = ontology.domain(&domain).is_some();
    let counts = |task: &TaskDef| {
        task.concepts.iter().any(|of| {
            if is_domain {
                ontology.concept(of).is_some_and(|of| of.domain == domain)
            } else {
                *of == concept
            }
        })
    };
    let row = |task: &TaskScore| {
        let by_id = ontology.task(&task.id);
        by_id.or_else(|| ontology.task_named(&task.name))
    };
    let tasks = decoding.tasks.iter();
    tasks.filter(|task| row(task).is_some_and(counts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Tail;

    #[test]
    fn tasks_are_found_through_concepts_by_id_or_name() {
        let ontology = Ontology::parse(
            "id\tname\tatlas\tconcepts\tdefinition\n\
             t1\tlook\t-\tsight\tLook.\nt2\ttrack\t-\tsight; motion\tTrack.\nt3\tgrasp\t-\tgrip\tGrasp.\n",
            "id\tname\tdomain\tby\nc1\tsight\td1\town\nc2\tmotion\td1\town\nc3\tgrip\td2\town\n",
            "id\tname\nd1\tSeeing\nd2\tActing\n",
        )
        .unwrap();
        let task = |id: &str, name: &str| TaskScore {
            name: name.to_owned(),
            id: id.to_owned(),
            similarity: 0.0,
            likelihood: 0.0,
            prior: 0.0,
            posterior: 0.0,
            bayes_factor: 1.0,
            percentile: None,
        };
        let decoding = Decoding {
            tail: Tail::Pos,
            tasks: vec![
                task("t3", "grasp"),
                task("x", "Track"),
                task("t1", "look"),
                task("y", "?"),
            ],
            concepts: Vec::new(),
            domains: Vec::new(),
            coverage: 1.0,
            nulls: None,
            warnings: Vec::new(),
            elapsed_ms: 0.0,
        };
        let behind = |id| -> Vec<&str> {
            let tasks = tasks_behind(&ontology, id, &decoding);
            tasks.iter().map(|task| task.name.as_str()).collect()
        };
        assert_eq!(behind("c1"), ["Track", "look"]);
        assert_eq!(behind("c2"), ["Track"]);
        assert_eq!(behind("d1"), ["Track", "look"]);
        assert_eq!(behind("d2"), ["grasp"]);
        assert_eq!(behind("nothing"), Vec::<&str>::new());
    }
}
