//! What a decoding says, in a sentence.

use crate::decode::{Decoding, Tail};

/// How sure a decoding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Few tasks remain.
    Clear,
    /// A family of tasks remains.
    Likely,
    /// Much remains possible.
    Unsure,
}

/// The sentence on top of the right column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// "Looks like finger tapping".
    pub sentence: String,
    /// Its verdict.
    pub certainty: Certainty,
    /// "Clear", "Likely", "Unsure".
    pub verdict: &'static str,
    /// What the verdict rests on.
    pub because: String,
}

/// Number of tasks that remain plausible: exp of the entropy of the posterior.
pub fn effective_tasks(posteriors: impl Iterator<Item = f32>) -> f64 {
    let entropy: f64 = posteriors
        .map(f64::from)
        .filter(|p| *p > 0.0)
        .map(|p| -p * p.ln())
        .sum();
    entropy.exp()
}

/// What a decoding says, in plain words; `None` where it ranks nothing.
pub fn headline(decoding: &Decoding) -> Option<Headline> {
    let first = decoding.tasks.first()?;
    let remaining = effective_tasks(decoding.tasks.iter().map(|task| task.posterior));
    let all = decoding.tasks.len();
    let share = remaining / all as f64;
    let (certainty, verdict) = if remaining < 4.0 {
        (Certainty::Clear, "Clear")
    } else if share < 0.35 {
        (Certainty::Likely, "Likely")
    } else {
        (Certainty::Unsure, "Unsure")
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
    if decoding.coverage < 0.9 {
        because += &format!(" · {:.0} % of the brain in view", 100.0 * decoding.coverage);
    }
    Some(Headline {
        sentence,
        certainty,
        verdict,
        because,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_counts_what_remains() {
        assert!((effective_tasks([0.25_f32; 4].into_iter()) - 4.0).abs() < 1e-6);
        assert!((effective_tasks([1.0, 0.0].into_iter()) - 1.0).abs() < 1e-9);
    }
}
