//! Which studies are of a task: by the words of their titles.

use std::sync::LazyLock;

use crate::delimited;
use crate::text::words;

const TABLE: &str = include_str!("../../../assets/ontology/title_patterns.tsv");

/// A word, and whether it may go on.
type Word = (String, bool);
/// Words that follow each other.
type Phrase = Vec<Word>;

/// The patterns of one task.
#[derive(Debug, Clone)]
pub(super) struct TaskPatterns {
    /// Id of the task.
    pub id: String,
    /// One of these lists must be there, with all its phrases.
    alternatives: Vec<Vec<Phrase>>,
    /// Ids of the tasks whose studies are hardly told from its own by title, or that measure the same concept first.
    pub alike: Vec<String>,
}

/// The embedded table.
pub(super) fn patterns() -> &'static [TaskPatterns] {
    static EMBEDDED: LazyLock<Vec<TaskPatterns>> = LazyLock::new(|| parse(TABLE));
    &EMBEDDED
}

/// From a tab-separated table with the columns id, name, patterns, alike.
fn parse(table: &str) -> Vec<TaskPatterns> {
    let list = |text: &str| -> Vec<String> {
        let parts = text.split(';').map(str::trim);
        parts.filter(|p| !p.is_empty()).map(str::to_owned).collect()
    };
    let rows = delimited::rows(table, b'\t').skip(1);
    rows.map(|row| TaskPatterns {
        id: row.get(0).to_owned(),
        alternatives: list(row.get(2))
            .iter()
            .map(|p| p.split('&').map(phrase).collect())
            .collect(),
        alike: list(row.get(3)),
    })
    .collect()
}

fn phrase(text: &str) -> Phrase {
    let cut = text.split(|c: char| !c.is_alphanumeric() && c != '*');
    cut.filter(|word| !word.is_empty())
        .map(|word| match word.strip_suffix('*') {
            Some(start) => (start.to_lowercase(), true),
            None => (word.to_lowercase(), false),
        })
        .collect()
}

impl TaskPatterns {
    /// A task by its name alone, as the term of a literature would be: without what stands in brackets and "task".
    pub fn of_name(id: &str, name: &str) -> Self {
        let short = name.split('(').next().unwrap_or(name).trim();
        let short = short.strip_suffix(" task").unwrap_or(short);
        Self {
            id: id.to_owned(),
            alternatives: vec![vec![phrase(short)]],
            alike: Vec::new(),
        }
    }

    /// Whether a text, cut into words, is of this task.
    fn fits(&self, text: &[String]) -> bool {
        let all = |phrases: &Vec<Phrase>| phrases.iter().all(|phrase| contains(text, phrase));
        self.alternatives.iter().any(all)
    }
}

fn contains(text: &[String], phrase: &Phrase) -> bool {
    let same = |(word, (wanted, goes_on)): (&String, &Word)| {
        if *goes_on {
            word.starts_with(wanted.as_str())
        } else {
            word == wanted
        }
    };
    !phrase.is_empty()
        && text
            .windows(phrase.len())
            .any(|window| window.iter().zip(phrase).all(same))
}

/// The rows of the patterns that fit a text.
pub(super) fn tasks_of(all: &[TaskPatterns], text: &str) -> Vec<usize> {
    let text: Vec<String> = words(text).collect();
    let fitting = all.iter().enumerate().filter(|(_, task)| task.fits(&text));
    fitting.map(|(row, _)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{self, SplitBy};
    use crate::ontology::Ontology;
    use crate::progress::Progress;
    use std::path::Path;

    #[test]
    fn every_task_has_patterns_and_every_name_is_known() {
        let tasks = &Ontology::embedded().tasks;
        let all = patterns();
        assert_eq!(all.len(), tasks.len());
        for (patterns, task) in all.iter().zip(tasks) {
            assert_eq!(patterns.id, task.id);
            assert!(!patterns.alternatives.is_empty(), "{}", task.name);
            let words = patterns.alternatives.iter().flatten();
            assert!(words.clone().all(|phrase| !phrase.is_empty()));
            for other in &patterns.alike {
                let other = all.iter().find(|p| p.id == *other).unwrap();
                assert!(other.alike.contains(&patterns.id), "{}", task.name);
            }
        }
    }

    #[test]
    fn phrases_are_whole_words_and_stars_go_on() {
        let table = "id\tname\tpatterns\talike\n\
            a\tA\tn-back; finger tap*\tb\nb\tB\twork* & faces\t\n";
        let all = parse(table);
        for (title, wanted) in [
            ("The N-Back task", &[0][..]),
            ("Finger-tapping in Parkinson's disease", &[0]),
            ("Tapping of a finger", &[]),
            ("Run back", &[]),
            ("Faces held in working memory", &[1]),
            ("Working memory for surfaces", &[]),
            ("n back of faces: hard work", &[0, 1]),
        ] {
            assert_eq!(tasks_of(&all, title), wanted, "{title}");
        }
        assert_eq!(all[0].alike, ["b"]);
    }

    #[test]
    fn a_name_is_a_term_without_brackets_and_task() {
        let names = [
            ("go/no-go task", "A Go/No-go study"),
            ("touch (tactile stimulation)", "Touch and itch"),
            ("empathy for pain", "Empathy for pain"),
        ];
        let all: Vec<TaskPatterns> = names
            .iter()
            .map(|(name, _)| TaskPatterns::of_name("", name))
            .collect();
        for (row, (_, title)) in names.iter().enumerate() {
            assert_eq!(tasks_of(&all, title), [row], "{title}");
        }
        assert!(tasks_of(&all, "Tactile stimulation").is_empty());
    }

    /// Two tasks are alike where 30 % of the training titles of the one that has fewer are titles of both, at least
    /// three, or where the concept they measure first is the same.
    #[test]
    fn the_column_of_tasks_alike_follows_its_rule() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
        if !folder.exists() {
            assert!(std::env::var_os("GYRUS_REQUIRE_SHARED").is_none_or(|v| v != "1"));
            return;
        }
        let corpus = corpus::load(&folder, &Progress::new()).unwrap();
        let split = corpus::split(&corpus, &SplitBy::for_corpus(&corpus)).unwrap();
        let all = patterns();
        let tasks = &Ontology::embedded().tasks;
        let mut both = vec![vec![0_usize; all.len()]; all.len()];
        for &study in &split.train {
            let of = tasks_of(all, &corpus.studies[study].title);
            for &a in &of {
                of.iter().for_each(|&b| both[a][b] += 1);
            }
        }
        let alike = |a: usize, b: usize| {
            let fewer = both[a][a].min(both[b][b]);
            let overlap = both[a][b] >= 3 && both[a][b] as f64 >= 0.3 * fewer as f64;
            a != b && (overlap || tasks[a].concepts[0] == tasks[b].concepts[0])
        };
        let column = |a: usize| {
            let ids = (0..all.len())
                .filter(|&b| alike(a, b))
                .map(|b| all[b].id.clone());
            ids.collect::<Vec<_>>()
        };
        let rule: Vec<String> = (0..all.len())
            .map(|a| format!("{}\t{}", all[a].id, column(a).join("; ")))
            .collect();
        let table: Vec<String> = all
            .iter()
            .map(|task| format!("{}\t{}", task.id, task.alike.join("; ")))
            .collect();
        assert!(table == rule, "the column should be\n{}", rule.join("\n"));
    }
}
