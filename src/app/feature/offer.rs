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
