//! The order in which the maps of a matrix stand: alike ones beside each other.

/// Order of `count` maps by average linkage over 1 − r: the two groups most alike are joined again and
/// again, each kept together. Pairs without a correlation count as uncorrelated.
pub(super) fn alike_together(count: usize, r: impl Fn(usize, usize) -> Option<f64>) -> Vec<usize> {
    let between = |a: &[usize], b: &[usize]| -> f64 {
        let all = a.iter().flat_map(|x| b.iter().map(move |y| (*x, *y)));
        let sum: f64 = all.map(|(x, y)| r(x, y).unwrap_or(0.0)).sum();
        sum / (a.len() * b.len()) as f64
    };
    let mut groups: Vec<Vec<usize>> = (0..count).map(|n| vec![n]).collect();
    while groups.len() > 1 {
        let mut best = (f64::NEG_INFINITY, 0, 1);
        for b in 1..groups.len() {
            for a in 0..b {
                let mean = between(&groups[a], &groups[b]);
                if mean > best.0 {
                    best = (mean, a, b);
                }
            }
        }
        let (_, a, b) = best;
        let mut second = groups.remove(b);
        let first = &mut groups[a];
        // The ends that are most alike meet.
        let end =
            |group: &[usize], last: bool| if last { group.last() } else { group.first() }.copied();
        let alike = |x: Option<usize>, y: Option<usize>| match (x, y) {
            (Some(x), Some(y)) => r(x, y).unwrap_or(0.0),
            _ => 0.0,
        };
        let ways = [(true, false), (true, true), (false, false), (false, true)];
        let meet = |&(of_first, of_second): &(bool, bool)| {
            alike(end(first, of_first), end(&second, of_second))
        };
        let way = ways.iter().max_by(|a, b| meet(a).total_cmp(&meet(b)));
        let (of_first, of_second) = way.copied().unwrap_or((true, false));
        if !of_first {
            first.reverse();
        }
        if of_second {
            second.reverse();
        }
        first.append(&mut second);
    }
    groups.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_like_maps_stand_together() {
        // 0, 2, 4 are alike, and 1, 3.
        let r = |a: usize, b: usize| Some(if a % 2 == b % 2 { 0.9 } else { -0.2 });
        let order = alike_together(5, r);
        let odd: Vec<usize> = (0..5).filter(|n| order[*n] % 2 == 1).collect();
        assert!(odd == [0, 1] || odd == [3, 4], "{order:?}");
        let mut all = order.clone();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4]);
        assert_eq!(alike_together(1, |_, _| None), [0]);
        assert!(alike_together(0, |_, _| None).is_empty());
        assert_eq!(alike_together(3, |_, _| None).len(), 3);
    }
}
