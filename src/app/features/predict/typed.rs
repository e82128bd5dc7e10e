//! What is typed in the Text tab, and the map it asks for.

use crate::app::model::{Catalogue, Mix, Second, TextToPredict};

/// Bytes of a task's name at most.
const LONGEST_NAME: usize = 200;

/// Letters of a text: a long article. More would keep a frame waiting while they are laid out, and the encoder reads no
/// more parts of a longer text.
pub(super) const MAX_LETTERS: usize = 60_000;
/// Passages that are read of a longer text.
const PASSAGES: usize = 60;

/// As much of a text as the field holds: of a longer one passages, evenly spaced, from words' beginnings on.
pub(super) fn excerpt(text: String) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= MAX_LETTERS {
        return text;
    }
    const BETWEEN: &str = " … ";
    let length = MAX_LETTERS / PASSAGES - BETWEEN.len();
    let passages = (0..PASSAGES).map(|n| {
        let start = n * (letters.len() - length) / (PASSAGES - 1);
        let passage = &letters[start..start + length];
        let word = match n {
            0 => 0,
            _ => passage.iter().position(|c| c.is_whitespace()).unwrap_or(0),
        };
        let passage: String = passage[word..].iter().collect();
        passage.trim().to_owned()
    });
    passages.collect::<Vec<String>>().join(BETWEEN)
}

/// What to say of a text that is longer than the field holds.
pub(super) fn cut_words(letters: usize) -> String {
    format!("The text has {letters} letters: {PASSAGES} passages of it, evenly spaced, are read")
}

/// What is done with the second text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Texts {
    /// There is none.
    #[default]
    One,
    /// The map lies between both.
    Between,
    /// The second is taken from the first.
    Difference,
}

/// What is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    /// The text.
    pub first: String,
    /// The second text.
    pub second: String,
    /// What is done with it.
    pub texts: Texts,
    /// How far towards it.
    pub toward_percent: u8,
    /// From density to what stands out.
    pub sharpness_percent: u8,
}

impl Default for Typed {
    fn default() -> Self {
        Self {
            first: String::new(),
            second: String::new(),
            texts: Texts::One,
            toward_percent: 50,
            sharpness_percent: 0,
        }
    }
}

impl Typed {
    /// The map it asks for; `None` where a text is missing.
    pub(super) fn wanted(&self, catalogue: &Catalogue) -> Option<TextToPredict> {
        let first = one(&self.first, catalogue)?;
        let mix = match self.texts {
            Texts::One => None,
            Texts::Between => Some(Mix::TowardPercent(self.toward_percent)),
            Texts::Difference => Some(Mix::Minus),
        };
        let second = match mix {
            None => None,
            Some(mix) => {
                let TextToPredict { text, task_id, .. } = one(&self.second, catalogue)?;
                Some(Second { text, task_id, mix })
            }
        };
        Some(TextToPredict {
            second,
            sharpness_percent: self.sharpness_percent,
            ..first
        })
    }
}

/// One text as it is read: the name of a task stands for the task.
pub(super) fn one(text: &str, catalogue: &Catalogue) -> Option<TextToPredict> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    // No task has so long a name, and an article need not be turned to small letters in every frame.
    let lower = (text.len() <= LONGEST_NAME).then(|| text.to_lowercase());
    let mut tasks = catalogue.tasks.iter();
    let known = tasks.find(|task| Some(task.name.to_lowercase()) == lower);
    Some(TextToPredict {
        task_id: known.map(|task| task.id.clone()),
        ..TextToPredict::text(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::model::TaskEntry;

    #[test]
    fn a_long_text_is_read_from_its_beginning_to_its_end() {
        let short = "ein kurzer Text".to_owned();
        assert_eq!(excerpt(short.clone()), short);
        let long: String = (0..40_000).map(|n| format!("wört{n} ")).collect();
        let read = excerpt(long.clone());
        let letters = read.chars().count();
        assert!(
            (MAX_LETTERS * 9 / 10..=MAX_LETTERS).contains(&letters),
            "{letters}"
        );
        assert!(read.starts_with("wört0 wört1 ") && read.ends_with("wört39999"));
        let known: std::collections::HashSet<&str> = long.split_whitespace().collect();
        // Passages may end within a word.
        let odd = read
            .split_whitespace()
            .filter(|w| *w != "…" && !known.contains(w));
        assert!(odd.count() < PASSAGES);
        assert_eq!(
            excerpt("ü".repeat(MAX_LETTERS + 7)).chars().next(),
            Some('ü')
        );
    }

    #[test]
    fn what_is_typed_asks_for_a_map_once_every_text_is_there() {
        let catalogue = Catalogue {
            tasks: vec![TaskEntry {
                id: "t1".into(),
                name: "n-back task".into(),
                definition: String::new(),
            }],
            ..Catalogue::default()
        };
        let mut typed = Typed::default();
        assert_eq!(typed.wanted(&catalogue), None);
        typed.first = " N-Back task ".into();
        let wanted = typed.wanted(&catalogue).unwrap();
        assert_eq!(wanted.task_id.as_deref(), Some("t1"));
        assert_eq!(wanted.text, "N-Back task");
        typed.texts = Texts::Difference;
        assert_eq!(typed.wanted(&catalogue), None);
        typed.second = "viewing faces".into();
        typed.sharpness_percent = 30;
        let wanted = typed.wanted(&catalogue).unwrap();
        let second = wanted.second.unwrap();
        assert_eq!((second.mix, second.task_id), (Mix::Minus, None));
        assert_eq!(wanted.sharpness_percent, 30);
    }
}
