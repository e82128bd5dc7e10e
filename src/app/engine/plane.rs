//! The tasks of a plane with what the ontology says of them.

use crate::app::model::{PlacedTask, TaskPlane};
use crate::bundle::Bundle;
use crate::decode::Plane;
use crate::ontology::{Concept, TaskDef};

/// Names and domains of the tasks of a plane, and the concepts in the middle of their tasks.
pub(super) fn placed(bundle: &Bundle, plane: Plane) -> TaskPlane {
    let ontology = bundle.ontology();
    let rows: Vec<_> = bundle
        .tasks
        .ids
        .iter()
        .zip(&bundle.tasks.names)
        .map(|(id, name)| ontology.task(id).or_else(|| ontology.task_named(name)))
        .collect();
    let names = bundle.tasks.ids.iter().zip(&bundle.tasks.names);
    let tasks = names.zip(&rows).map(|((id, name), row)| PlacedTask {
        id: id.clone(),
        name: name.clone(),
        domain: row.and_then(|task| ontology.domain_of(task)),
    });
    let tasks = tasks.collect();
    let middle = |concept: &Concept| {
        let measures =
            |row: &Option<&TaskDef>| row.is_some_and(|task| task.concepts.contains(&concept.id));
        let places = rows.iter().zip(&plane.tasks);
        let own: Vec<[f32; 2]> = places
            .filter(|(row, _)| measures(row))
            .map(|(_, place)| *place)
            .collect();
        let mean = |axis: usize| own.iter().map(|p| p[axis]).sum::<f32>() / own.len() as f32;
        (!own.is_empty()).then(|| (concept.name.clone(), [mean(0), mean(1)]))
    };
    TaskPlane {
        tasks,
        domains: ontology.domains.iter().map(|d| d.name.clone()).collect(),
        concepts: ontology.concepts.iter().filter_map(middle).collect(),
        plane,
    }
}
