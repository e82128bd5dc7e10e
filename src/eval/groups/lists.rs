//! The tasks of groups looked for in two lists of tasks, known by their names, their definitions or both.

use serde::Serialize;

use super::Setting;
use super::maps::{Maps, NamedMap};
use super::score::{Marked, TaskFigures, Wanted};
use crate::align::{Rows, unit};
use crate::bundle::Bundle;
use crate::eval::EvalError;
use crate::linalg::dot;
use crate::ontology::{Ontology, TaskDef};
use crate::progress::Progress;

/// What a task is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskText {
    /// Its name.
    Names,
    /// Its definition; the name of a task that has none.
    Definitions,
    /// The mean of both latents.
    Both,
}

/// The model among one list of tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskList {
    /// Which list.
    pub list: String,
    /// Its tasks.
    pub tasks: usize,
    /// What they are known by.
    pub by: TaskText,
    /// Of the group's own task.
    pub figures: TaskFigures,
}

/// The model among lists of tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskLists {
    /// Groups whose task is in every list.
    pub groups: usize,
    /// A row a list and a text.
    pub rows: Vec<TaskList>,
}

/// Ranks the tasks of the program's list and of another one for the density maps of groups, which come with the row
/// of their task among the model's. Only the map counts: no prior.
///
/// # Errors
/// A stop, or a text that cannot be read.
pub(super) fn evaluate(
    setting: &Setting<'_>,
    other: &Ontology,
    groups: Vec<(usize, Vec<f32>)>,
    progress: &Progress,
) -> Result<TaskLists, EvalError> {
    progress.stage("Ranking other lists of tasks");
    let bundle = *setting.bundles.first().ok_or(EvalError::Nothing)?;
    let lists = [
        ("the program's", Ontology::embedded()),
        ("the other", other),
    ];
    let (mut rows_of, mut maps) = (Vec::new(), Vec::new());
    for (task, density) in groups {
        let id = &bundle.tasks.ids[task];
        let found = lists.map(|(_, list)| list.tasks.iter().position(|task| task.id == *id));
        if let [Some(first), Some(second)] = found {
            rows_of.push([first, second]);
            maps.push(NamedMap::whole(density));
        }
    }
    let maps = Maps::read(bundle, maps, None, progress)?;
    let mut rows = Vec::new();
    for (which, (name, list)) in lists.into_iter().enumerate() {
        let wanted: Vec<Wanted> = rows_of
            .iter()
            .map(|rows| Wanted::only(rows[which]))
            .collect();
        let texts = Latents::of(setting, &list.tasks, progress)?;
        for by in [TaskText::Names, TaskText::Definitions, TaskText::Both] {
            let scores: Vec<Rows> = (setting.bundles.iter().zip(&texts))
                .map(|(bundle, texts)| texts.scores(bundle, &maps, by))
                .collect();
            rows.push(TaskList {
                list: name.to_owned(),
                tasks: list.tasks.len(),
                by,
                figures: Marked::of(name, &scores, &wanted).row().strict,
            });
        }
    }
    Ok(TaskLists {
        groups: rows_of.len(),
        rows,
    })
}

/// Where one model puts names and definitions of tasks.
struct Latents {
    names: Rows,
    definitions: Rows,
}

impl Latents {
    /// Of every model.
    fn of(
        setting: &Setting<'_>,
        tasks: &[TaskDef],
        progress: &Progress,
    ) -> Result<Vec<Self>, EvalError> {
        let names: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
        let definitions: Vec<&str> = tasks.iter().map(definition).collect();
        let sentences = [
            setting.encoder.embed(&names, progress)?,
            setting.encoder.embed(&definitions, progress)?,
        ];
        let of = |bundle: &&Bundle| {
            let latents = |sentences: &[Vec<f32>], texts: &[&str]| {
                let read = sentences.iter().zip(texts);
                let rows: Vec<Vec<f32>> = read
                    .map(|(sentence, text)| {
                        bundle.text_tower.forward(&bundle.read_text(sentence, text))
                    })
                    .collect();
                Rows::from_rows(rows.iter().map(Vec::as_slice), bundle.text_tower.outputs())
            };
            Self {
                names: latents(&sentences[0], &names),
                definitions: latents(&sentences[1], &definitions),
            }
        };
        Ok(setting.bundles.iter().map(of).collect())
    }

    /// Cosines of maps and tasks.
    fn scores(&self, bundle: &Bundle, maps: &Maps, by: TaskText) -> Rows {
        let pairs = self.names.iter().zip(self.definitions.iter());
        let tasks: Vec<Vec<f32>> = pairs
            .map(|(name, definition)| match by {
                TaskText::Names => name.to_vec(),
                TaskText::Definitions => definition.to_vec(),
                TaskText::Both => {
                    let sum = name.iter().zip(definition).map(|(a, b)| a + b);
                    unit(&sum.collect::<Vec<f32>>())
                }
            })
            .collect();
        let cosines = |features: &[f32]| {
            let latent = bundle.image_tower.forward(features);
            tasks.iter().map(|task| dot(task, &latent)).collect()
        };
        maps.features.map(tasks.len(), cosines)
    }
}

fn definition(task: &TaskDef) -> &str {
    match task.definition.trim() {
        "" => &task.name,
        definition => definition,
    }
}
