//! Does a text speak the language of the literature? The model answers any text with a map; of words
//! it has never met that map means nothing.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::ontology::Ontology;
use crate::text::words;

/// Words of NeuroQuery's vocabulary and titles, one a line (assets/LICENSES.md).
const LITERATURE: &str = include_str!("../../assets/vocabulary/literature_words.txt");

/// Words of any English text, which say nothing about what it is on.
const FUNCTION_WORDS: &str = "\
    about above after again against all also although am an and any are as at be because been before \
    being below between both but by can could did do does doing don down during each either else even \
    ever every few for from further get gets got had has have having he her here hers herself him \
    himself his how however if in into is it its itself just ll made make makes many may me might more \
    most much must my myself neither no nor not now of off on once one only or other others our ours out \
    over own per rather re same shall she should since so some someone something such than that the \
    their theirs them themselves then there these they this those though through to too under until up \
    upon us ve very versus via vs was we were what when where whether which while who whom whose why \
    will with within without would yet you your yours yourself";

/// Endings that a word may have where the literature has it without.
const ENDINGS: &[&str] = &[
    "s", "es", "ed", "d", "ing", "er", "ers", "r", "rs", "ly", "ness",
];
/// Unknown words that are listed, and letters of each.
const MAX_LISTED: usize = 5;
const MAX_LETTERS: usize = 30;
/// With no larger a share of known words a text is warned of.
const FEW_KNOWN: f32 = 0.5;

static IGNORED: LazyLock<HashSet<&str>> =
    LazyLock::new(|| FUNCTION_WORDS.split_whitespace().collect());

static KNOWN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let ontology = Ontology::embedded();
    let tasks = ontology.tasks.iter().flat_map(|task| {
        [task.name.as_str(), task.definition.as_str()]
            .into_iter()
            .chain(task.atlas_name.as_deref())
    });
    let concepts = ontology
        .concepts
        .iter()
        .map(|concept| concept.name.as_str());
    let own = tasks.chain(concepts).flat_map(words);
    LITERATURE.lines().map(str::to_owned).chain(own).collect()
});

/// How much of a text the literature knows.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Familiarity {
    /// Words that say something: no function words, numbers or single letters.
    pub words: usize,
    /// Share of them (0..=1) that the literature has; 0 where there are none.
    pub known_share: f32,
    /// The others, each once, in their order; the first few, long ones cut.
    pub unknown_words: Vec<String>,
}

impl Familiarity {
    /// What to tell the person who typed the text; `None` where enough of it is known.
    pub fn warning(&self) -> Option<String> {
        const MEANS: &str = "the map is a guess that means little";
        if self.words == 0 {
            return Some(format!(
                "There is no word in this text that the literature could know: {MEANS}. Describe a task or a mental \
                 process in English"
            ));
        }
        if self.known_share > FEW_KNOWN {
            return None;
        }
        let unknown: Vec<String> = self
            .unknown_words
            .iter()
            .map(|word| format!("“{word}”"))
            .collect();
        let known = (self.known_share * self.words as f32).round() as usize;
        let known = match known {
            0 => "None of the words".to_owned(),
            1 => format!("Only one of the {} words", self.words),
            known => format!("Only {known} of the {} words", self.words),
        };
        Some(format!(
            "{known} of this text {} met in the literature the model was trained on (not {}): {MEANS}. Describe a task \
             or a mental process in English",
            if known.starts_with("Only one") {
                "is"
            } else {
                "are"
            },
            unknown.join(", "),
        ))
    }
}

/// Looks up the words of a text.
pub fn familiarity(text: &str) -> Familiarity {
    let (mut count, mut known) = (0, 0);
    let mut unknown_words: Vec<String> = Vec::new();
    for word in words(text) {
        // One letter says something only in scripts that write words with one.
        let says_nothing = word.len() == 1
            || word.bytes().all(|b| b.is_ascii_digit())
            || IGNORED.contains(word.as_str());
        if says_nothing {
            continue;
        }
        count += 1;
        if is_known(&word) {
            known += 1;
            continue;
        }
        let mut shown: String = word.chars().take(MAX_LETTERS).collect();
        if shown.len() < word.len() {
            shown.push('…');
        }
        if unknown_words.len() < MAX_LISTED && !unknown_words.contains(&shown) {
            unknown_words.push(shown);
        }
    }
    Familiarity {
        words: count,
        known_share: if count == 0 {
            0.0
        } else {
            known as f32 / count as f32
        },
        unknown_words,
    }
}

/// Whether the literature has a word, or a form of it: musician(s), read(ing), stud(y|ies), mov(e|ing).
fn is_known(word: &str) -> bool {
    // No form of a longer word is looked up.
    if word.len() > 40 {
        return false;
    }
    let has = |word: &str| KNOWN.contains(word);
    if has(word) {
        return true;
    }
    if ["s", "es", "ing", "ed", "e"]
        .iter()
        .any(|ending| has(&format!("{word}{ending}")))
    {
        return true;
    }
    if let Some(stem) = word.strip_suffix("ies")
        && has(&format!("{stem}y"))
    {
        return true;
    }
    ENDINGS.iter().any(|ending| {
        let Some(stem) = word
            .strip_suffix(ending)
            .filter(|stem| stem.chars().count() > 2)
        else {
            return false;
        };
        let undoubled = || {
            let mut letters = stem.chars().rev();
            let (last, before) = (letters.next(), letters.next());
            last == before
                && last.is_some_and(|c| {
                    has(stem.trim_end_matches(c)) || has(&stem[..stem.len() - c.len_utf8()])
                })
        };
        has(stem)
            || has(&format!("{stem}e"))
            || has(&format!("{stem}ing"))
            || has(&format!("{stem}s"))
            || undoubled()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_literature_are_known() {
        for text in [
            "finger tapping",
            "n-back working memory task",
            "reading words aloud",
            "pain",
            "Participants listened to a musician playing the piano and pressed a button",
            "2-back > 0-back",
            "viewing fearful faces, compared with neutral ones",
            "Alzheimer's disease",
            "stop-signal task",
            "the amygdala",
            "autobiographical memories",
            "swallowing water",
            "subjects judged whether two shapes were the same",
            "left hand movements",
            "speaking a second language",
        ] {
            let found = familiarity(text);
            assert_eq!(found.warning(), None, "{text}: {found:?}");
        }
    }

    #[test]
    fn other_texts_are_warned_of() {
        for text in [
            "asdf qwer zxcv",
            "the price of wheat in 1854",
            "🧠🔥😀",
            "疼痛",
            "脑",
            "!!!",
            "the of and in",
            "1854",
            "",
            "douleur chronique du genou",
        ] {
            let found = familiarity(text);
            assert!(found.warning().is_some(), "{text}: {found:?}");
        }
        let long = familiarity(&"x".repeat(100_000));
        assert_eq!((long.words, long.known_share), (1, 0.0));
        assert!(long.warning().is_some_and(|told| told.len() < 400));
    }

    #[test]
    fn what_is_unknown_is_named_once_and_not_at_length() {
        let found = familiarity("pain asdf qwer asdf zxcv tyui ghjk vbnm");
        assert_eq!(found.words, 8);
        assert_eq!(
            found.unknown_words,
            ["asdf", "qwer", "zxcv", "tyui", "ghjk"]
        );
        let told = found.warning().unwrap();
        assert!(
            told.starts_with("Only one of the 8 words of this text is met"),
            "{told}"
        );
        assert_eq!(familiarity("pain").unknown_words, [""; 0]);
    }

    #[test]
    fn the_vocabulary_is_sorted_lower_case_words() {
        let words: Vec<&str> = LITERATURE.lines().collect();
        assert!(words.len() > 7000);
        assert!(words.windows(2).all(|two| two[0] < two[1]));
        assert!(
            words
                .iter()
                .all(|word| word.to_lowercase() == *word && word.len() > 1)
        );
    }
}
