//! How unusual the score of a concept or a domain is for its size.
//!
//! Noisy-OR adds up: a group of many tasks scores higher than one of few, whatever the map. So the posteriors are dealt
//! out anew among the tasks, many times, with the links between tasks, concepts and domains left as they are; the
//! percentile of a group is the share of those deals in which it scores lower than it does. A group with as many tasks
//! has then the same chances as any other.

use rand::seq::SliceRandom as _;

use super::vocabulary::Group;
use crate::seed::Seed;

/// Deals at most.
const DEALS: usize = 300;
/// Links from tasks to concepts and on to domains that are followed at most, over all deals: a millisecond or two.
const LINKS: usize = 1_000_000;

/// Percentiles of the concepts and of the domains, 0..=1, in their order; ties count half.
pub(super) fn percentiles(
    posteriors: &[f64],
    concepts: &[Group],
    domains: &[Group],
) -> (Vec<f32>, Vec<f32>) {
    // ln(1 − p), which noisy-OR sums; a score is higher the lower that sum is.
    let mut spared: Vec<f64> = posteriors
        .iter()
        .map(|p| (-p.clamp(0.0, 1.0)).ln_1p())
        .collect();
    let sums = |spared: &[f64]| {
        let concepts = level(concepts, spared);
        let domains = level(domains, &concepts);
        (concepts, domains)
    };
    let (own_concepts, own_domains) = sums(&spared);
    let links: usize = concepts
        .iter()
        .chain(domains)
        .map(|g| g.members.len())
        .sum();
    let deals = DEALS.min(LINKS / links.max(1)).max(1);
    let (mut below_concepts, mut below_domains) =
        (vec![0.0; concepts.len()], vec![0.0; domains.len()]);
    let mut rng = Seed(0).stream("posteriors dealt among the tasks", 0);
    for _ in 0..deals {
        spared.shuffle(&mut rng);
        let (concepts, domains) = sums(&spared);
        count(&mut below_concepts, &own_concepts, &concepts);
        count(&mut below_domains, &own_domains, &domains);
    }
    let share = |counts: Vec<f64>| counts.iter().map(|c| (c / deals as f64) as f32).collect();
    (share(below_concepts), share(below_domains))
}

fn level(groups: &[Group], below: &[f64]) -> Vec<f64> {
    let sum = |group: &Group| group.members.iter().map(|&member| below[member]).sum();
    groups.iter().map(sum).collect()
}

fn count(below: &mut [f64], own: &[f64], dealt: &[f64]) {
    for ((below, own), dealt) in below.iter_mut().zip(own).zip(dealt) {
        // Sums of the same numbers in another order differ in their last digits.
        let tie = (dealt - own).abs() <= 1e-12 * own.abs();
        *below += if tie {
            0.5
        } else {
            f64::from(u8::from(dealt > own))
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(members: &[usize]) -> Group {
        Group {
            id: String::new(),
            name: String::new(),
            members: members.to_vec(),
        }
    }

    #[test]
    fn a_group_is_held_against_groups_of_its_size() {
        // Twenty tasks, one of which has nearly everything.
        let mut posteriors = vec![0.005; 20];
        posteriors[3] = 0.905;
        let all: Vec<usize> = (0..20).collect();
        let concepts = [group(&[3]), group(&[7]), group(&all), group(&[1, 2, 3, 4])];
        let domains = [group(&[0]), group(&[1]), group(&[2, 3])];
        let (concepts, domains) = percentiles(&posteriors, &concepts, &domains);
        // The one task is dealt the large share in 1 of 20 deals, a tie; four tasks in 4 of 20.
        assert!((concepts[0] - 0.975).abs() < 0.05, "{concepts:?}");
        assert!((concepts[3] - 0.9).abs() < 0.07, "{concepts:?}");
        // A small share: ties with 19 of 20 deals.
        assert!((concepts[1] - 0.475).abs() < 0.05, "{concepts:?}");
        // All tasks always score the same.
        assert_eq!(concepts[2], 0.5);
        assert!((domains[0] - 0.975).abs() < 0.05 && (domains[1] - 0.475).abs() < 0.05);
        assert!((domains[2] - 0.9).abs() < 0.07, "{domains:?}");
        assert_eq!(percentiles(&[], &[], &[]), (vec![], vec![]));
    }

    #[test]
    fn even_posteriors_make_nothing_unusual() {
        let (concepts, _) = percentiles(&[0.1; 10], &[group(&[1]), group(&[2, 5])], &[]);
        assert_eq!(concepts, [0.5, 0.5]);
    }
}
