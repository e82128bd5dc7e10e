//! What a decoding says, in one sentence, and how sure it is.

use serde::Serialize;

use super::{Decoding, Tail};

/// Fewer tasks than this remaining is a clear answer.
const FEW_TASKS: f64 = 4.0;
/// Less than this share of all tasks remaining is a likely answer.
const LIKELY_SHARE: f64 = 0.35;
/// Below this share of the brain in view the verdict says so.
const LITTLE_IN_VIEW: f32 = 0.9;

/// How sure a decoding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Few tasks remain.
    Clear,
    /// A family of tasks remains.
    Likely,
    /// Much remains possible.
    Unsure,
}

impl Certainty {
    /// "Clear", "Likely", "Unsure".
    pub fn label(self) -> &'static str {
        match self {
            Self::Clear => "Clear",
            Self::Likely => "Likely",
            Self::Unsure => "Unsure",
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
    let share = remaining / all as f64;
    let certainty = if remaining < FEW_TASKS {
        Certainty::Clear
    } else if share < LIKELY_SHARE {
        Certainty::Likely
    } else {
        Certainty::Unsure
    };
    let name = &first.name;
    let sentence = match certainty {
        Certainty::Clear | Certainty::Likely => format!("Looks like {name}"),
        Certainty::Unsure => format!("Perhaps {name}"),
    };
    let mut because = if remaining < 1.5 {
        format!("one of {all} tasks stands out")
    } else {
        format!("about {remaining:.0} of {all} tasks remain plausible")
    };
    if let Some(domain) = decoding.domains.first() {
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
    fn the_fewer_tasks_remain_the_surer_the_verdict() {
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
        assert_eq!(one.because, "one of 2 tasks stands out");
        let mut some = [0.0; 20];
        some[..5].fill(0.2);
        let some = of(&some, Tail::Neg, 0.5).unwrap();
        assert_eq!(some.certainty, Certainty::Likely);
        assert_eq!(
            some.because,
            "about 5 of 20 tasks remain plausible · negative values · 50 % of the brain in view"
        );
        let all = of(&[0.1; 10], Tail::Pos, 1.0).unwrap();
        assert_eq!(all.certainty, Certainty::Unsure);
        assert_eq!(all.sentence, "Perhaps task 0.1");
        assert_eq!(of(&[], Tail::Pos, 1.0), None);
    }
}
