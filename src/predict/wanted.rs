//! What a map is predicted for: a text, or two of them, and how distinctive the map is to be.

use serde::{Deserialize, Serialize};

/// A text whose map is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextToPredict {
    /// A task's name or any text.
    pub text: String,
    /// The ontology's id where it is one of its tasks.
    #[serde(default)]
    pub task_id: Option<String>,
    /// A second text, and what is done with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Second>,
    /// From 0, the density of reported activation, to 100, how far it stands out from what the model predicts for
    /// the literature at large.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sharpness_percent: u8,
}

/// A text beside the first one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Second {
    /// A task's name or any text.
    pub text: String,
    /// The ontology's id where it is one of its tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// What is done with it.
    pub mix: Mix,
}

/// What is done with a second text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mix {
    /// The map lies between both: so many per cent of the way towards the second text.
    TowardPercent(u8),
    /// The map of the second text is taken from that of the first.
    Minus,
}

impl TextToPredict {
    /// A task of the ontology.
    pub fn task(id: &str, name: &str) -> Self {
        Self {
            task_id: Some(id.to_owned()),
            ..Self::text(name)
        }
    }

    /// Any text.
    pub fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            task_id: None,
            second: None,
            sharpness_percent: 0,
        }
    }

    /// What the map is called: its text, cut where it is long, or both.
    pub fn name(&self) -> String {
        /// Letters of a text that stands alone, and of one of two.
        const ALONE: usize = 80;
        const ONE_OF_TWO: usize = 40;
        match &self.second {
            None => short_line(&self.text, ALONE),
            Some(second) => {
                let (a, b) = (
                    short_line(&self.text, ONE_OF_TWO),
                    short_line(&second.text, ONE_OF_TWO),
                );
                match second.mix {
                    Mix::TowardPercent(percent) => format!("{a} → {b}, {percent} %"),
                    Mix::Minus => format!("{a} − {b}"),
                }
            }
        }
    }

    /// Whether both ask for the same map: a task is the same whatever it is called.
    pub fn same_map(&self, other: &Self) -> bool {
        let same = |(a, a_id): (&str, &Option<String>), (b, b_id): (&str, &Option<String>)| {
            a_id == b_id && (a_id.is_some() || a == b)
        };
        let seconds = match (&self.second, &other.second) {
            (None, None) => true,
            (Some(a), Some(b)) => {
                a.mix == b.mix && same((&a.text, &a.task_id), (&b.text, &b.task_id))
            }
            _ => false,
        };
        seconds
            && self.sharpness_percent == other.sharpness_percent
            && same((&self.text, &self.task_id), (&other.text, &other.task_id))
    }
}

/// One line of at most so many letters.
pub(crate) fn short_line(text: &str, letters: usize) -> String {
    // No more of a long text is looked at than can be shown.
    let end = text
        .char_indices()
        .nth(8 * letters)
        .map_or(text.len(), |(at, _)| at);
    let line = text[..end].split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= letters {
        return line;
    }
    let mut short: String = line.chars().take(letters).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(percent: &u8) -> bool {
    *percent == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_short_line() {
        let long = "a text\nof many words ".repeat(20);
        let name = TextToPredict::text(&long).name();
        assert!(name.starts_with("a text of many words a text"), "{name}");
        assert!(name.ends_with('…') && name.chars().count() <= 81, "{name}");
        let mut two = TextToPredict::text("reading words");
        two.second = Some(Second {
            text: "viewing faces".into(),
            task_id: None,
            mix: Mix::Minus,
        });
        assert_eq!(two.name(), "reading words − viewing faces");
        two.second.as_mut().unwrap().mix = Mix::TowardPercent(40);
        assert_eq!(two.name(), "reading words → viewing faces, 40 %");
    }

    #[test]
    fn a_task_is_the_same_whatever_it_is_called() {
        let task = TextToPredict::task("t1", "n-back task");
        assert!(task.same_map(&TextToPredict::task("t1", "N-back")));
        assert!(!task.same_map(&TextToPredict::text("n-back task")));
        let sharp = TextToPredict {
            sharpness_percent: 50,
            ..task.clone()
        };
        assert!(!task.same_map(&sharp));
        let other = TextToPredict {
            second: Some(Second {
                text: "faces".into(),
                task_id: None,
                mix: Mix::Minus,
            }),
            ..task.clone()
        };
        assert!(!task.same_map(&other) && other.same_map(&other.clone()));
    }

    #[test]
    fn what_older_sessions_wrote_is_read() {
        let old = r#"{"text": "pain", "task_id": null}"#;
        let read: TextToPredict = serde_json::from_str(old).unwrap();
        assert_eq!(read, TextToPredict::text("pain"));
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"text":"pain","task_id":null}"#
        );
    }
}
