//! What a decoding says, in one sentence, and how sure it is.
//!
//! Told first by noise: where more than one map of noise in twenty, as smooth and as large, has a task that stands out as
//! far, none does here; and a single task is named only where fewer than one in a hundred do. Then by the posterior of
//! the first task and by how many tasks remain plausible (exp of the entropy of the posterior). Both are of a ranking
//! over a closed list and no chances that a task was performed. Measured with the embedded model and its 154 tasks, by
//! the map alone, sides:
//!
//! | maps | looks like | probably | one of several | perhaps | none |
//! |---|---|---|---|---|---|
//! | maps predicted for the 154 tasks | 5 | 54 | 84 | 6 | 5 |
//! | their negative sides, of the 121 that say anything | 0 | 9 | 21 | 25 | 66 |
//! | real maps with phases drawn anew (benches/null_maps.py) | 0 | 1 | 5 | 4 | 194 |
//! | densities of peaks at random places | 0 | 0 | 0 | 1 | 99 |
//!
//! First posterior and tasks remaining of real maps: pain 32 % and 6, intact − degraded speech 27 % and 13
//! (probably); left − right hand 19 % and 22, semantic cognition 17 % and 25 (one of several); losses in a gamble
//! 9 % and 79 (none: 6 in 100 maps of noise do as well).

use serde::Serialize;

use super::{BesideNulls, Decoding, Tail};

/// From this posterior of the first task, with fewer tasks remaining than this, one task stands out.
const CLEAR: (f32, f64) = (0.5, 10.0);
/// From this posterior of the first task, with less than this share of all tasks remaining, it is likely.
const LIKELY: (f32, f64) = (0.25, 0.18);
/// With less than this share of all tasks remaining it is one of several.
const SEVERAL: f64 = 0.25;
/// From this share of maps of noise on that stand out less, a map is not taken for noise.
const NOT_NOISE: f32 = 0.95;
/// The same where one task is named.
const SURELY_NOT_NOISE: f32 = 0.99;
/// Below this share of single studies that lie farther from the literature, a map is like nothing in it.
const FAR_FROM_LITERATURE: f32 = 0.01;
/// Of fewer tasks than this none is singled out: one of them always leads.
const FEW_TASKS: usize = 5;
/// Fewer maps of noise than this do not tell one in a hundred.
const FEW_MAPS: u32 = 100;
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
    /// The map is not noise, but much remains possible.
    Perhaps,
    /// Noise does as well, or much remains possible and noise was not tried.
    Unsure,
}

impl Certainty {
    /// "Clear", "Likely", "Several", "Perhaps", "Unsure".
    pub fn label(self) -> &'static str {
        match self {
            Self::Clear => "Clear",
            Self::Likely => "Likely",
            Self::Several => "Several",
            Self::Perhaps => "Perhaps",
            Self::Unsure => "Unsure",
        }
    }

    /// Of `all` tasks so many remain, and the first has the posterior `first`. Of a short list a few tasks
    /// are a large share. `noise` is the share of maps of noise in which no task stands out as far, where that is
    /// known: what noise does as often as one time in twenty says nothing, and what it does more often than one time in
    /// a hundred does not single out a task.
    fn of(first: f32, remaining: f64, all: usize, noise: Option<f32>) -> Self {
        if noise.is_some_and(|below| below < NOT_NOISE) {
            return Self::Unsure;
        }
        let all = all as f64;
        let by_posterior = if first >= CLEAR.0 && remaining < CLEAR.1.min((LIKELY.1 * all).max(2.0))
        {
            Self::Clear
        } else if first >= LIKELY.0 && remaining < (LIKELY.1 * all).max(3.0) {
            Self::Likely
        } else if remaining < (SEVERAL * all).max(4.0) {
            Self::Several
        } else {
            Self::Unsure
        };
        match (by_posterior, noise) {
            (one, None) => one,
            (Self::Unsure, Some(_)) => Self::Perhaps,
            (Self::Clear | Self::Likely, Some(below)) if below < SURELY_NOT_NOISE => Self::Several,
            (one, Some(_)) => one,
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

/// A task's name without what stands behind it in brackets: "touch" of "touch (tactile stimulation)".
fn short(name: &str) -> &str {
    match name.split_once(" (") {
        Some((short, _)) if !short.is_empty() => short,
        _ => name,
    }
}

/// "stands out more than 99.7 % of noise".
fn beside_noise(nulls: &BesideNulls) -> String {
    match nulls.noise_percentile {
        None => "smoother or rougher than all noise that was tried".to_owned(),
        Some(all) if all >= 1.0 => format!(
            "none of {} maps of noise like it stands out as far",
            nulls.noise_maps
        ),
        Some(most) if most >= 0.99 => "stands out more than 99 % of noise".to_owned(),
        // Rounded up it would say what is not so.
        Some(most) => format!(
            "stands out more than {:.0} % of noise",
            (100.0 * most).floor()
        ),
    }
}

impl BesideNulls {
    /// Whether noise like the map was not tried, or too little of it.
    fn knows_little(&self) -> bool {
        self.noise_percentile.is_none() || self.noise_maps < FEW_MAPS
    }

    /// Whether nearly all single studies are nearer to the literature than this map.
    pub fn is_unlike_literature(&self) -> bool {
        let share = self.literature_percentile;
        share.is_some_and(|share| share < FAR_FROM_LITERATURE)
    }
}

/// What a decoding says, in plain words; `None` where it ranks nothing. Of a decoding whole: a list cut
/// short has another entropy.
pub fn verdict(decoding: &Decoding) -> Option<Verdict> {
    let first = decoding.tasks.first()?;
    let remaining = effective_tasks(decoding.tasks.iter().map(|task| task.posterior));
    let all = decoding.tasks.len();
    let nulls = decoding.nulls.as_ref();
    let noise = nulls.and_then(|nulls| nulls.noise_percentile);
    let certainty = match Certainty::of(first.posterior, remaining, all, noise) {
        // A task is singled out among others, and from noise where the model was tried on any.
        Certainty::Clear | Certainty::Likely
            if all < FEW_TASKS || nulls.is_some_and(BesideNulls::knows_little) =>
        {
            Certainty::Several
        }
        certainty => certainty,
    };
    let name = short(&first.name);
    let sentence = match certainty {
        Certainty::Clear => format!("Looks like {name}"),
        Certainty::Likely => format!("Probably {name}, or a task like it"),
        Certainty::Several => {
            let names = decoding.tasks.iter().take(NAMED);
            let names: Vec<&str> = names.map(|task| short(&task.name)).collect();
            format!("One of several: {}", names.join(", "))
        }
        Certainty::Perhaps => format!("Perhaps {name}, but much else fits"),
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
    if let Some(nulls) = &decoding.nulls {
        because += " · ";
        because += &beside_noise(nulls);
        if nulls.is_unlike_literature() {
            because += " · farther from the literature than 99 % of single studies";
        }
    }
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
                percentile: None,
            };
            verdict(&Decoding {
                tail,
                tasks: posteriors.iter().map(task).collect(),
                concepts: Vec::new(),
                domains: Vec::new(),
                coverage,
                nulls: None,
                warnings: Vec::new(),
                elapsed_ms: 0.0,
            })
        };
        let few = of(&[1.0, 0.0], Tail::Pos, 1.0).unwrap();
        assert_eq!(few.certainty, Certainty::Several, "one of two always leads");
        let one = of(&[1.0, 0.0, 0.0, 0.0, 0.0], Tail::Pos, 1.0).unwrap();
        assert_eq!(one.certainty, Certainty::Clear);
        assert_eq!(one.sentence, "Looks like task 1");
        assert_eq!(
            one.because,
            "the first task has 100 % of the posterior, one of 5 stands out"
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
    fn what_noise_does_as_well_is_not_said() {
        let of = |first, remaining, noise| Certainty::of(first, remaining, 121, Some(noise));
        assert_eq!(of(0.9, 2.0, 0.94), Certainty::Unsure);
        assert_eq!(of(0.9, 2.0, 0.96), Certainty::Several);
        assert_eq!(of(0.9, 2.0, 0.995), Certainty::Clear);
        assert_eq!(of(0.3, 12.0, 0.98), Certainty::Several);
        assert_eq!(of(0.3, 12.0, 1.0), Certainty::Likely);
        assert_eq!(of(0.1, 70.0, 1.0), Certainty::Perhaps);
        let nulls = |noise_percentile, literature_percentile| BesideNulls {
            noise_percentile: Some(noise_percentile),
            noise_maps: 1300,
            literature_percentile,
        };
        assert_eq!(
            beside_noise(&nulls(0.9998, None)),
            "stands out more than 99 % of noise"
        );
        assert_eq!(
            beside_noise(&nulls(1.0, None)),
            "none of 1300 maps of noise like it stands out as far"
        );
        assert!(nulls(1.0, Some(0.005)).is_unlike_literature());
        assert!(!nulls(1.0, Some(0.3)).is_unlike_literature());
        assert!(!nulls(1.0, None).is_unlike_literature());
        assert_eq!(short("touch (tactile stimulation)"), "touch");
        assert_eq!(
            (short("n-back task"), short(" (odd)")),
            ("n-back task", " (odd)")
        );
    }

    #[test]
    fn the_real_maps_fall_where_the_head_says() {
        let of = |first, remaining| Certainty::of(first, remaining, 121, None);
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
