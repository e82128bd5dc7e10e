//! What a decoding says, in one sentence, and how sure it is.
//!
//! Four cases, told by the posterior of the first task and by how many tasks remain plausible (exp of the
//! entropy of the posterior). Both are of a ranking over a closed list and no chances that a task was
//! performed. Measured with the embedded model and its 121 tasks, by the map alone:
//!
//! | maps | looks like | probably | one of several | none |
//! |---|---|---|---|---|
//! | maps predicted for the 121 tasks | 8 | 55 | 48 | 10 |
//! | their negative sides, of the 10 that say anything | 0 | 5 | 4 | 1 |
//! | smooth Gaussian noise, 6 to 20 mm wide, both sides (96) | 0 | 0 | 0 | 96 |
//!
//! First posterior and tasks remaining of real maps: pain 40 % and 4, intact − degraded speech 34 % and 9
//! (probably); left − right hand 22 % and 15, semantic cognition 21 % and 20 (one of several); gains in a gamble
//! 11 % and 60 (none). The first task of noise has 12 % at most.

use serde::Serialize;

use super::{Decoding, Tail};

/// From this posterior of the first task, with fewer tasks remaining than this, one task stands out.
const CLEAR: (f32, f64) = (0.5, 10.0);
/// From this posterior of the first task, with less than this share of all tasks remaining, it is likely.
const LIKELY: (f32, f64) = (0.25, 0.18);
/// With less than this share of all tasks remaining it is one of several.
const SEVERAL: f64 = 0.25;
/// Tasks named where several are likely.
const NAMED: usize = 3;
/// Below this share of the brain in view the verdict says so.
const LITTLE_IN_VIEW: f32 = 0.9;

/// How sure a decoding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// One task stands out.
    Clear,
    /// One task leads a few like it.
    Likely,
    /// A family of tasks remains, none of which leads.
    Several,
    /// Much remains possible.
    Unsure,
}

impl Certainty {
    /// "Clear", "Likely", "Several", "Unsure".
    pub fn label(self) -> &'static str {
        match self {
            Self::Clear => "Clear",
            Self::Likely => "Likely",
            Self::Several => "Several",
            Self::Unsure => "Unsure",
        }
    }

    /// Of `all` tasks so many remain, and the first has the posterior `first`. Of a short list a few tasks
    /// are a large share.
    fn of(first: f32, remaining: f64, all: usize) -> Self {
        let all = all as f64;
        if first >= CLEAR.0 && remaining < CLEAR.1.min((LIKELY.1 * all).max(2.0)) {
            Self::Clear
        } else if first >= LIKELY.0 && remaining < (LIKELY.1 * all).max(3.0) {
            Self::Likely
        } else if remaining < (SEVERAL * all).max(4.0) {
            Self::Several
        } else {
            Self::Unsure
        }
    }
}

/// A decoding in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// How sure it is.
    pub certainty: Certainty,
    /// "Looks like finger tapping".
    pub sentence: String,
    /// What the certainty rests on.
    pub because: String,
}

/// Number of tasks that remain plausible: exp of the entropy of the posterior.
fn effective_tasks(posteriors: impl Iterator<Item = f32>) -> f64 {
    let entropy: f64 = posteriors
        .map(f64::from)
        .filter(|p| *p > 0.0)
        .map(|p| -p * p.ln())
        .sum();
    entropy.exp()
}

/// What a decoding says, in plain words; `None` where it ranks nothing. Of a decoding whole: a list cut
/// short has another entropy.
pub fn verdict(decoding: &Decoding) -> Option<Verdict> {
    let first = decoding.tasks.first()?;
    let remaining = effective_tasks(decoding.tasks.iter().map(|task| task.posterior));
    let all = decoding.tasks.len();
    let certainty = Certainty::of(first.posterior, remaining, all);
    let name = &first.name;
    let sentence = match certainty {
        Certainty::Clear => format!("Looks like {name}"),
        Certainty::Likely => format!("Probably {name}, or a task like it"),
        Certainty::Several => {
            let names = decoding.tasks.iter().take(NAMED);
            let names: Vec<&str> = names.map(|task| task.name.as_str()).collect();
            format!("One of several: {}", names.join(", "))
        }
        Certainty::Unsure => "No task stands out".to_owned(),
    };
    let mut because = format!(
        "the first task has {:.0} % of the posterior, {}",
        100.0 * first.posterior,
        match remaining {
            one if one < 1.5 => format!("one of {all} stands out"),
            some => format!("about {some:.0} of {all} remain plausible"),
        }
    );
    // The largest domain leads where nothing is known.
    let domain = decoding.domains.first();
    if let Some(domain) = domain.filter(|_| certainty != Certainty::Unsure) {
        because += &format!(" · mostly {}", domain.name);
    }
    if decoding.tail == Tail::Neg {
        because += " · negative values";
    }
    if decoding.coverage < LITTLE_IN_VIEW {
        because += &format!(" · {:.0} % of the brain in view", 100.0 * decoding.coverage);
    }
    Some(Verdict {
        certainty,
        sentence,
        because,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::TaskScore;

    #[test]
    fn entropy_counts_what_remains() {
        assert!((effective_tasks([0.25_f32; 4].into_iter()) - 4.0).abs() < 1e-6);
        assert!((effective_tasks([1.0, 0.0].into_iter()) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn each_case_reads_differently() {
        let of = |posteriors: &[f32], tail, coverage| {
            let task = |&posterior: &f32| TaskScore {
                name: format!("task {posterior}"),
                id: String::new(),
                similarity: 0.0,
                likelihood: 0.0,
                prior: 0.0,
                posterior,
                bayes_factor: 1.0,
            };
            verdict(&Decoding {
                tail,
                tasks: posteriors.iter().map(task).collect(),
                concepts: Vec::new(),
                domains: Vec::new(),
                coverage,
                warnings: Vec::new(),
                elapsed_ms: 0.0,
            })
        };
        let one = of(&[1.0, 0.0], Tail::Pos, 1.0).unwrap();
        assert_eq!(one.certainty, Certainty::Clear);
        assert_eq!(one.sentence, "Looks like task 1");
        assert_eq!(
            one.because,
            "the first task has 100 % of the posterior, one of 2 stands out"
        );
        let mut some = [0.0; 20];
        some[..3].fill(1.0 / 3.0);
        let likely = of(&some, Tail::Pos, 1.0).unwrap();
        assert_eq!(likely.certainty, Certainty::Likely);
        assert!(likely.sentence.starts_with("Probably task 0.33"));
        some[..4].copy_from_slice(&[0.28, 0.26, 0.24, 0.22]);
        let several = of(&some, Tail::Neg, 0.5).unwrap();
        assert_eq!(several.certainty, Certainty::Several);
        assert_eq!(
            several.sentence,
            "One of several: task 0.28, task 0.26, task 0.24"
        );
        assert_eq!(
            several.because,
            "the first task has 28 % of the posterior, about 4 of 20 remain plausible · negative values · \
             50 % of the brain in view"
        );
        let all = of(&[0.1; 10], Tail::Pos, 1.0).unwrap();
        assert_eq!(all.certainty, Certainty::Unsure);
        assert_eq!(all.sentence, "No task stands out");
        assert_eq!(of(&[], Tail::Pos, 1.0), None);
    }

    #[test]
    fn the_real_maps_fall_where_the_head_says() {
        let of = |first, remaining| Certainty::of(first, remaining, 121);
        assert_eq!(of(0.58, 6.9), Certainty::Clear);
        assert_eq!(of(0.265, 12.7), Certainty::Likely);
        assert_eq!(of(0.323, 20.0), Certainty::Likely);
        assert_eq!(of(0.121, 26.6), Certainty::Several);
        assert_eq!(
            of(0.298, 26.8),
            Certainty::Several,
            "the surest of 96 sides of noise"
        );
        assert_eq!(of(0.202, 39.5), Certainty::Unsure);
        assert_eq!(of(0.106, 54.3), Certainty::Unsure);
    }
}
