//! Examples beside the motor map: maps predicted for a few tasks whose regions are well known. They
//! are predictions from the literature and are called so; no measured map but one ships.

use super::Predict;
use crate::app::feature::{Act, Call, Command, Menu};
use crate::app::model::TextToPredict;

/// The menu the examples stand in.
const EXAMPLES: &str = "Examples";

/// The rows of the command table, in the order of the menu.
pub(super) fn commands() -> Vec<Command<Predict>> {
    let row = Command::<Predict>::new;
    let rows = vec![
        row(
            "example-n-back",
            "n-back task (predicted from the literature)",
            |_, act| predict("n-back task", act),
        ),
        row(
            "example-faces",
            "viewing emotional faces (predicted from the literature)",
            |_, act| predict("viewing emotional faces", act),
        ),
        row(
            "example-checkerboard",
            "flashing checkerboard (predicted from the literature)",
            |_, act| predict("flashing checkerboard", act),
        ),
        row(
            "example-verbs",
            "verb generation (predicted from the literature)",
            |_, act| predict("verb generation", act),
        ),
        row(
            "example-music",
            "music listening (predicted from the literature)",
            |_, act| predict("music listening", act),
        ),
        row(
            "example-reward",
            "monetary incentive delay task (predicted from the literature)",
            |_, act| predict("monetary incentive delay task", act),
        ),
        row(
            "example-pain",
            "heat pain stimulation (predicted from the literature)",
            |_, act| predict("heat pain stimulation", act),
        ),
        row(
            "example-mind",
            "theory of mind (predicted from the literature)",
            |_, act| predict("theory of mind (mentalizing)", act),
        ),
    ];
    rows.into_iter()
        .map(|row| {
            row.tip("The map the model expects for this task: no measurement")
                .unless(|cx| cx.services.model().no_predictions())
                .menu(Menu::File, 12)
                .under(EXAMPLES)
        })
        .collect()
}

/// The map of a task of the ontology, or of its name where the model in use does not know the task.
fn predict(task: &str, act: &mut Act<'_>) {
    let known = act.desk.catalogue.tasks.iter().find(|t| t.name == task);
    let wanted = match known {
        Some(known) => TextToPredict::task(&known.id, task),
        None => TextToPredict::text(task),
    };
    act.call(Call::Predict { wanted, keep: true });
}

#[cfg(test)]
mod tests {
    /// A name that is not the ontology's would be read as any text.
    #[test]
    fn every_example_is_a_task_of_the_ontology() {
        let tasks = include_str!("../../../../assets/ontology/tasks.tsv");
        let source = include_str!("examples.rs");
        let named = source.split("predict(\"").skip(1);
        let named: Vec<&str> = named.filter_map(|rest| rest.split('"').next()).collect();
        assert!(named.len() >= 8, "{named:?}");
        for name in named.into_iter().filter(|name| !name.is_empty()) {
            let is_task = |line: &str| line.split('\t').nth(1) == Some(name);
            assert!(tasks.lines().any(is_task), "{name}");
        }
    }
}
