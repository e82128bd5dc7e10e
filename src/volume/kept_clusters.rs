//! The strongest of any number of clusters: no more are held than are listed.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::clusters::{Cluster, Clusters};

/// Collects clusters.
pub(super) struct KeptClusters {
    most: usize,
    /// The weakest at hand.
    kept: BinaryHeap<Reverse<Found>>,
    left_out: usize,
}

impl KeptClusters {
    /// Keeps at most so many.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            kept: BinaryHeap::new(),
            left_out: 0,
        }
    }

    /// Whether a cluster of this place is among the strongest so far; one that is not is counted, and
    /// need not be described.
    pub fn admits(&mut self, place: Place) -> bool {
        let weakest = self.kept.peek().map(|Reverse(found)| found.place);
        let admitted =
            self.kept.len() < self.most || weakest.is_some_and(|weakest| place > weakest);
        self.left_out += usize::from(!admitted);
        admitted
    }

    /// Takes a cluster that was admitted.
    pub fn push(&mut self, place: Place, cluster: Cluster) {
        self.kept.push(Reverse(Found { place, cluster }));
        if self.kept.len() > self.most {
            self.kept.pop();
            self.left_out += 1;
        }
    }

    /// Positive ones, then negative ones, each strongest first.
    pub fn finish(self) -> Clusters {
        let mut found: Vec<Found> = self.kept.into_iter().map(|Reverse(found)| found).collect();
        found.sort_by(|a, b| {
            let signs = b.cluster.positive.cmp(&a.cluster.positive);
            signs.then(b.place.cmp(&a.place))
        });
        Clusters {
            list: found.into_iter().map(|found| found.cluster).collect(),
            left_out: self.left_out,
        }
    }
}

/// Where a cluster stands among others: the strong before the weak, of equal ones the first in the
/// array that numpy reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Of its peak.
    pub strength: f32,
    /// Of its first voxel.
    pub rank: u32,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.strength
            .total_cmp(&other.strength)
            .then(other.rank.cmp(&self.rank))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}

struct Found {
    place: Place,
    cluster: Cluster,
}

impl Ord for Found {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place.cmp(&other.place)
    }
}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl Eq for Found {}
