//! Finding by a few letters, for the palette.

use super::command::{Command, ReadCommand};
use super::place::{self, Place};
use super::services::Catalogue;

/// Rows at most.
const MAX_ROWS: usize = 60;

/// One row of the palette.
#[derive(Debug, Clone)]
pub struct Found {
    /// What is shown.
    pub label: String,
    /// "Command", "Task", "Region", "Coordinate", "Text".
    pub group: &'static str,
    /// What it does.
    pub command: Command,
    /// Positions of the matched letters in `label`.
    pub hits: Vec<usize>,
}

/// Everything that matches, best first. With nothing typed: the commands.
pub fn find(query: &str, catalogue: &Catalogue) -> Vec<Found> {
    let query = query.trim();
    if let Some(place) = place::parse(query) {
        let (label, command) = match place {
            Place::Mm(p) => (
                format!("Go to {} {} {} mm", p[0], p[1], p[2]),
                ReadCommand::GoTo(p),
            ),
            Place::Voxel(v) => (
                format!(
                    "Go to voxel {} {} {} of the selected layer",
                    v[0], v[1], v[2]
                ),
                ReadCommand::GoToVoxel(v),
            ),
        };
        return vec![Found {
            label,
            group: "Coordinate",
            command: command.into(),
            hits: vec![],
        }];
    }
    let mut scored: Vec<(i32, Found)> = Vec::new();
    let mut offer = |label: &str, group, command: Command, bonus: i32| {
        if let Some((score, hits)) = fuzzy(query, label) {
            scored.push((
                score + bonus,
                Found {
                    label: label.to_owned(),
                    group,
                    command,
                    hits,
                },
            ));
        }
    };
    for command in Command::listed() {
        offer(&command.label(), "Command", command.clone(), 2);
    }
    if !query.is_empty() {
        for task in &catalogue.tasks {
            let command = Command::Predict {
                text: task.name.clone(),
                task_id: Some(task.id.clone()),
            };
            offer(&task.name, "Task", command, 1);
        }
        for region in &catalogue.regions {
            let go = ReadCommand::GoTo(region.centre_mm).into();
            offer(&region.name, "Region", go, 0);
        }
    }
    // Stable: equal scores keep the order of the tables.
    scored.sort_by_key(|(score, _)| -score);
    let mut found: Vec<Found> = scored
        .into_iter()
        .map(|(_, found)| found)
        .take(MAX_ROWS)
        .collect();
    if query.chars().count() > 2 {
        let command = Command::Predict {
            text: query.to_owned(),
            task_id: None,
        };
        let label = command.label().into_owned();
        found.push(Found {
            label,
            group: "Text",
            command,
            hits: vec![],
        });
    }
    found
}

/// Letters of the query in order anywhere in the text; beginnings of words and runs count more.
fn fuzzy(query: &str, text: &str) -> Option<(i32, Vec<usize>)> {
    let letters: Vec<char> = text.chars().flat_map(|c| c.to_lowercase().next()).collect();
    let query: Vec<char> = query
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    if query.is_empty() {
        return Some((0, Vec::new()));
    }
    let starts_word = |n: usize| n == 0 || !letters[n - 1].is_alphanumeric();
    let mut best: Option<(i32, Vec<usize>)> = None;
    // From every possible first letter: the first one is not always the best one.
    for first in (0..letters.len()).filter(|&n| letters[n] == query[0]) {
        let mut hits = vec![first];
        let mut at = first;
        let mut score = if starts_word(first) { 12 } else { 0 };
        for &wanted in &query[1..] {
            let next = at + 1;
            let rest = letters.get(next..).unwrap_or_default();
            let run = rest.first() == Some(&wanted);
            let word = (next..letters.len()).find(|&n| letters[n] == wanted && starts_word(n));
            let any = (next..letters.len()).find(|&n| letters[n] == wanted);
            let Some(place) = (if run { Some(next) } else { word.or(any) }) else {
                hits.clear();
                break;
            };
            score += if run {
                8
            } else if starts_word(place) {
                6
            } else {
                0
            };
            score -= if run {
                0
            } else {
                ((place - next) as i32).min(6)
            };
            hits.push(place);
            at = place;
        }
        if hits.is_empty() {
            continue;
        }
        score -= (letters.len() as i32) / 16;
        if best.as_ref().is_none_or(|(old, _)| score > *old) {
            best = Some((score, hits));
        }
    }
    // Letters strewn over a long text are no match.
    best.filter(|(score, _)| *score > 3 * query.len() as i32 - 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::services::{RegionEntry, TaskEntry};

    fn catalogue() -> Catalogue {
        let task = |name: &str| TaskEntry {
            id: name.to_owned(),
            name: name.to_owned(),
            definition: String::new(),
        };
        Catalogue {
            tasks: ["finger tapping task", "working memory fMRI task paradigm"]
                .map(task)
                .into(),
            regions: vec![RegionEntry {
                name: "Left hippocampus".into(),
                centre_mm: [-25.0, -20.0, -15.0],
            }],
        }
    }

    #[test]
    fn the_obvious_thing_comes_first() {
        for (query, first) in [
            ("wm", "working memory fMRI task paradigm"),
            ("hippo", "Left hippocampus"),
            ("finger", "finger tapping task"),
            ("undo", "Undo"),
            ("light", "Light theme"),
        ] {
            assert_eq!(find(query, &catalogue())[0].label, first, "{query}");
        }
    }

    #[test]
    fn hits_point_at_the_letters() {
        let found = &find("hippo", &catalogue())[0];
        let letters: String = found
            .hits
            .iter()
            .filter_map(|&n| found.label.chars().nth(n))
            .collect();
        assert_eq!(letters, "hippo");
    }

    #[test]
    fn nonsense_finds_only_the_text_itself() {
        let found = find("qqzzyx", &catalogue());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].group, "Text");
    }
}
