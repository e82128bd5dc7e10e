//! How much the literature supports the map predicted for a text. The model answers any text with a map; this says
//! where it means little: words the literature does not have, a place in the model's space where no studies are, and
//! what the model cannot read (negations, contrasts).

use super::familiarity::{Familiarity, familiarity};
use crate::bundle::Bundle;
use crate::text::words;
use crate::volume::{LoadWarning, WarningCode};

/// A text that lies farther from its nearest studies than all but this share of titles of new studies is warned of
/// (docs/MODEL_CARD.md says what lies there, and what lies there wrongly).
const FAR: f32 = 0.05;
/// Below this share few studies are near.
const THIN: f32 = 0.15;
/// Unread words that are named.
const MAX_NAMED: usize = 4;

/// Words that take away what follows them.
const NEGATIONS: &[&str] = &[
    "not",
    "no",
    "never",
    "without",
    "absence",
    "absent",
    "lack",
    "lacking",
    "except",
    "excluding",
    "neither",
    "nor",
    "cannot",
    "minus",
    "nothing",
];
/// Words and signs between the two sides of a contrast.
const CONTRASTS: &[&str] = &[
    "vs",
    "versus",
    ">",
    "<",
    "compared",
    "relative",
    "contrasted",
];

/// How much the literature supports what is predicted for one text.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Support {
    /// What the literature knows of its words; absent where the text is a task of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Familiarity>,
    /// Mean similarity (cosine) to the ten nearest studies, where the model has an index of studies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f32>,
    /// Share of titles of studies the model did not learn from that lie farther from their nearest studies, 0..=1;
    /// absent where the model was not tried on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_percentile: Option<f32>,
    /// Parts of the text that fit the encoder.
    pub parts: usize,
    /// Parts that were read.
    pub parts_read: usize,
    /// Words of it that take away or set against, which the model reads like any other.
    pub unread: Vec<String>,
}

/// How sure a prediction is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SupportLevel {
    /// Its words or its place say that it means little.
    None,
    /// Little is published that is like it.
    Little,
    /// As much as of the titles of new studies, or nothing is known against it.
    Good,
}

impl Support {
    /// Of a text at a place in the model's space. `text` is `None` for a task of the model.
    pub(super) fn of(
        bundle: &Bundle,
        text: Option<&str>,
        latent: &[f32],
        (parts, parts_read): (usize, usize),
    ) -> Self {
        let index = bundle.index.as_ref();
        let near = index.map(|index| index.nearness(latent, None));
        let nulls = bundle.nulls.as_ref();
        Self {
            words: text.map(familiarity),
            similarity: near,
            title_percentile: near.and_then(|near| nulls?.text_nearness(near)),
            parts,
            parts_read,
            unread: text.map(unread).unwrap_or_default(),
        }
    }

    /// How sure it is.
    pub fn level(&self) -> SupportLevel {
        let unknown = self.words.as_ref().is_some_and(|w| w.warning().is_some());
        match self.title_percentile {
            _ if unknown => SupportLevel::None,
            _ if self.is_far() => SupportLevel::None,
            Some(share) if share < THIN => SupportLevel::Little,
            _ => SupportLevel::Good,
        }
    }

    /// One line for the person who typed the text.
    pub fn line(&self) -> String {
        let share = self.title_percentile;
        let percent = share.map(|share| (100.0 * share).round().clamp(1.0, 99.0));
        match (self.level(), percent) {
            (SupportLevel::None, Some(percent)) if self.is_far() => format!(
                "Far from all studies: farther than {} % of new titles",
                100.0 - percent
            ),
            (SupportLevel::None, _) => "These are not words of the literature".to_owned(),
            (SupportLevel::Little, Some(percent)) => {
                format!("Few studies are near: closer than {percent} % of new titles")
            }
            (_, Some(percent)) => {
                format!("Supported: closer to published studies than {percent} % of new titles")
            }
            (_, None) => "How many studies are near is not known for this model".to_owned(),
        }
    }

    /// Whether it lies farther from the literature than nearly all new titles.
    fn is_far(&self) -> bool {
        self.title_percentile.is_some_and(|share| share < FAR)
    }

    /// What to tell of a map predicted for the text.
    pub fn warnings(&self) -> Vec<LoadWarning> {
        let mut out = Vec::new();
        let mut tell = |code, message| out.push(LoadWarning::new(code, message));
        if let Some(words) = self.words.as_ref().and_then(Familiarity::warning) {
            tell(WarningCode::UnknownWords, words);
        } else if self.level() == SupportLevel::None {
            let message = "The model places this text farther from all studies than 95 % of titles of new studies lie: its \
                           map is a guess that means little";
            tell(WarningCode::NoSupport, message.to_owned());
        }
        if !self.unread.is_empty() {
            let named = self.unread.iter().take(MAX_NAMED);
            let mut quoted: Vec<String> = named.map(|w| format!("“{w}”")).collect();
            if self.unread.len() > MAX_NAMED {
                quoted.push("…".to_owned());
            }
            let message = format!(
                "The model makes nothing of {}: the map is of everything the text names. To take something away, \
                 predict the difference of two texts",
                quoted.join(", ")
            );
            tell(WarningCode::PartlyRead, message);
        }
        if self.parts_read < self.parts {
            let message = format!(
                "The text has {} parts of the length the encoder reads; {} of them, evenly spaced, were read",
                self.parts, self.parts_read
            );
            tell(WarningCode::PartlyRead, message);
        }
        out
    }
}

/// Words of a text that take away or set against, each once.
fn unread(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut found: Vec<String> = Vec::new();
    let mut add = |word: &str| {
        if !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    };
    let list: Vec<String> = words(text).collect();
    for (n, word) in list.iter().enumerate() {
        // The name of a task: go/no-go.
        let task = word == "no" && list.get(n + 1).is_some_and(|next| next == "go");
        // "compared" and "relative" set against only with what follows.
        let next = list.get(n + 1).map_or("", String::as_str);
        let sets = match word.as_str() {
            "compared" => matches!(next, "with" | "to"),
            "relative" => next == "to",
            other => CONTRASTS.contains(&other),
        };
        if (NEGATIONS.contains(&word.as_str()) && !task) || sets {
            add(word);
        }
        // don't, isn't: the apostrophe ends a word.
        if word == "t" && n > 0 && list[n - 1].ends_with('n') && lower.contains(['\'', '’']) {
            add(&format!("{}'t", list[n - 1]));
        }
    }
    for sign in ['>', '<'] {
        // p < 0.001 sets nothing against anything.
        let number = |rest: &str| {
            let next = rest.trim_start_matches(['=', ' ']).chars().next();
            next.is_some_and(|c| c.is_ascii_digit() || c == '.')
        };
        let after = text.match_indices(sign).map(|(at, _)| &text[at + 1..]);
        // 2-back > 0-back begins with a digit, too.
        let contrast = |rest: &str| {
            !number(rest)
                || rest.trim_start().starts_with(|c: char| {
                    c.is_ascii_digit() && rest.trim_start().chars().nth(1) == Some('-')
                })
        };
        if after.into_iter().any(contrast) {
            add(&sign.to_string());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn support(text: &str, share: Option<f32>) -> Support {
        Support {
            words: Some(familiarity(text)),
            similarity: share,
            title_percentile: share,
            parts: 1,
            parts_read: 1,
            unread: unread(text),
        }
    }

    #[test]
    fn what_takes_away_is_found_and_what_only_looks_like_it_is_not() {
        for (text, found) in [
            ("memory without attention", vec!["without"]),
            ("2-back > 0-back", vec![">"]),
            ("significant at p < 0.001 and t>3.1", vec![]),
            ("faces versus houses", vec!["versus"]),
            ("faces compared with houses", vec!["compared"]),
            ("people who don't feel pain", vec!["don't"]),
            ("not pain, not touch", vec!["not"]),
            ("go/no-go task", vec![]),
            ("numbers compared by size", vec![]),
            ("relatives of patients", vec![]),
            ("a note on notation", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(unread(text), found, "{text}");
        }
    }

    #[test]
    fn far_from_all_studies_or_of_unknown_words_is_no_support() {
        assert_eq!(
            support("finger tapping", Some(0.6)).level(),
            SupportLevel::Good
        );
        assert_eq!(support("finger tapping", None).level(), SupportLevel::Good);
        assert_eq!(
            support("finger tapping", Some(0.1)).level(),
            SupportLevel::Little
        );
        let far = support("finger tapping", Some(0.001));
        assert_eq!(far.level(), SupportLevel::None);
        assert_eq!(far.warnings()[0].code, WarningCode::NoSupport);
        let unknown = support("asdf qwer zxcv", Some(0.6));
        assert_eq!(unknown.level(), SupportLevel::None);
        let codes: Vec<_> = unknown.warnings().iter().map(|w| w.code).collect();
        assert_eq!(codes, [WarningCode::UnknownWords]);
        assert!(support("finger tapping", Some(0.6)).warnings().is_empty());
    }

    #[test]
    fn parts_that_were_not_read_are_counted() {
        let long = Support {
            parts: 900,
            parts_read: 64,
            ..support("finger tapping", Some(0.6))
        };
        let told = &long.warnings()[0].message;
        assert!(told.contains("900") && told.contains("64"), "{told}");
    }
}
