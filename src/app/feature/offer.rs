//! What the palette finds.

use super::action::Action;
use crate::app::kit::fuzzy;

/// One thing the palette found.
pub struct Offer {
    /// What is shown.
    pub label: String,
    /// What it is ("Task", "Region").
    pub group: &'static str,
    /// How well it matches.
    pub score: i32,
    /// Positions of the matched letters in `label`.
    pub hits: Vec<usize>,
    /// Its keys, where it is a command.
    pub keys: String,
    /// Whether there is anything for it to act on; where not, choosing it says why.
    pub possible: bool,
    /// What choosing it does.
    pub action: Action,
}

impl Offer {
    /// What is meant for certain: it stands alone.
    pub fn exact(label: String, group: &'static str, action: Action) -> Self {
        Self {
            label,
            group,
            score: i32::MAX,
            hits: Vec::new(),
            keys: String::new(),
            possible: true,
            action,
        }
    }

    /// What has every word of a query, begun at least, in its label or in what explains it: behind all others.
    pub fn by_words(
        query: &str,
        label: &str,
        about: &str,
        group: &'static str,
        action: impl FnOnce() -> Action,
    ) -> Option<Self> {
        let all = format!("{label} {about}").to_lowercase();
        let words = || all.split(|c: char| !c.is_alphanumeric());
        let query = query.to_lowercase();
        let mut asked = query.split_whitespace();
        let known = |word: &str| word.len() > 1 && words().any(|known| known.starts_with(word));
        (query.contains(' ') && asked.all(known)).then(|| Self {
            score: 1,
            ..Self::exact(label.to_owned(), group, action())
        })
    }

    /// What matches the letters of a query, with a bonus over others; `None` where it does not.
    pub fn fuzzy(
        query: &str,
        label: &str,
        group: &'static str,
        bonus: i32,
        action: impl FnOnce() -> Action,
    ) -> Option<Self> {
        let (score, hits) = fuzzy::matches(query, label)?;
        Some(Self {
            label: label.to_owned(),
            group,
            score: score.saturating_add(bonus),
            hits,
            keys: String::new(),
            possible: true,
            action: action(),
        })
    }
}
