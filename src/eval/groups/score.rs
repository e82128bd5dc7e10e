//! From scores of tasks to figures: strictly the group's own task, or leniently one that is alike.

use serde::Serialize;

use super::super::bootstrap::{Interval, paired_interval};
use super::super::table::Spread;
use crate::align::Rows;
use crate::seed::Seed;

/// The tasks that count as right for a group: rows of the model's tasks.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub task: usize,
    /// The task and those alike.
    pub lenient: Vec<usize>,
}

impl Wanted {
    /// One task alone.
    pub fn only(task: usize) -> Self {
        Self {
            task,
            lenient: vec![task],
        }
    }
}

/// Percent of one map: reciprocal rank, rank 1, ≤ 4, ≤ 10.
type Marks = [f64; 4];

/// A method's marks: model → map → strict and lenient.
#[derive(Debug, Clone)]
pub(super) struct Marked {
    pub name: String,
    pub models: Vec<Vec<[Marks; 2]>>,
}

/// Means over maps, percent; mean and standard deviation over models.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TaskFigures {
    /// Mean reciprocal rank.
    pub mrr: Spread,
    /// Rank 1.
    pub recall_1: Spread,
    /// Rank 4 or better.
    pub recall_4: Spread,
    /// Rank 10 or better.
    pub recall_10: Spread,
}

/// One method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupRow {
    /// Its name.
    pub name: String,
    /// Of the group's own task.
    pub strict: TaskFigures,
    /// Of the best one of that task and those alike.
    pub lenient: TaskFigures,
}

/// How far the first row is ahead of another, points over the same maps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupDifference {
    /// The other row.
    pub row: String,
    /// Difference of the mean reciprocal rank, strict.
    pub strict_mrr: Interval,
    /// The same, lenient.
    pub lenient_mrr: Interval,
    /// Difference of Recall@10, lenient.
    pub lenient_recall_10: Interval,
}

/// The rank of a task (from 1); ties and what is no number count against it.
fn rank(scores: &[f32], task: usize) -> usize {
    let own = scores.get(task).copied().unwrap_or(f32::NAN);
    // NaN compares false: a broken score never counts as beaten, nor beats.
    scores.len()
        - scores
            .iter()
            .filter(|&&other| other < own || (other.is_nan() && !own.is_nan()))
            .count()
}

fn marks(rank: usize) -> Marks {
    let within = |k: usize| if rank <= k { 100.0 } else { 0.0 };
    [100.0 / rank.max(1) as f64, within(1), within(4), within(10)]
}

/// Marks of one map's scores.
pub(super) fn marks_of(scores: &[f32], wanted: &Wanted) -> [Marks; 2] {
    let best = wanted.lenient.iter().map(|&task| rank(scores, task)).min();
    [
        marks(rank(scores, wanted.task)),
        marks(best.unwrap_or(scores.len())),
    ]
}

impl Marked {
    /// From a table a model, row i of each belonging to group i.
    pub fn of(name: &str, tables: &[Rows], wanted: &[Wanted]) -> Self {
        let one = |table: &Rows| {
            let rows = table.iter().zip(wanted);
            rows.map(|(scores, wanted)| marks_of(scores, wanted))
                .collect()
        };
        Self {
            name: name.to_owned(),
            models: tables.iter().map(one).collect(),
        }
    }

    /// What the same scores give where the groups' labels are dealt to the maps at random: the mean over all
    /// dealings, in which every map gets every label equally often.
    pub fn dealt(name: &str, tables: &[Rows], wanted: &[Wanted]) -> Self {
        let one = |table: &Rows| {
            let of =
                |scores: &[f32]| mean_marks(wanted.iter().map(|wanted| marks_of(scores, wanted)));
            table.iter().map(of).collect()
        };
        Self {
            name: name.to_owned(),
            models: tables.iter().map(one).collect(),
        }
    }

    /// Several maps a group, as many of each: the mean of each group's.
    pub fn of_several(name: &str, tables: &[Rows], wanted: &[Wanted], each: usize) -> Self {
        let one = |table: &Rows| {
            let rows: Vec<&[f32]> = table.iter().collect();
            let groups = rows.chunks(each).zip(wanted);
            let of = |(rows, wanted): (&[&[f32]], &Wanted)| {
                mean_marks(rows.iter().map(|scores| marks_of(scores, wanted)))
            };
            groups.map(of).collect()
        };
        Self {
            name: name.to_owned(),
            models: tables.iter().map(one).collect(),
        }
    }

    pub fn row(&self) -> GroupRow {
        let figures = |which: usize| {
            let spread = |mark: usize| {
                let mean = |maps: &Vec<[Marks; 2]>| {
                    maps.iter().map(|m| m[which][mark]).sum::<f64>() / maps.len().max(1) as f64
                };
                Spread::of(&self.models.iter().map(mean).collect::<Vec<_>>())
            };
            TaskFigures {
                mrr: spread(0),
                recall_1: spread(1),
                recall_4: spread(2),
                recall_10: spread(3),
            }
        };
        GroupRow {
            name: self.name.clone(),
            strict: figures(0),
            lenient: figures(1),
        }
    }

    /// A mark of each map, averaged over models.
    fn each(&self, which: usize, mark: usize) -> Vec<f64> {
        let maps = self.models.first().map_or(0, Vec::len);
        let models = self.models.len().max(1) as f64;
        let mean =
            |map: usize| self.models.iter().map(|m| m[map][which][mark]).sum::<f64>() / models;
        (0..maps).map(mean).collect()
    }

    /// Lenient reciprocal rank of each map, percent.
    pub fn lenient(&self) -> Vec<f64> {
        self.each(1, 0)
    }

    pub fn minus(&self, other: &Self, seed: Seed) -> GroupDifference {
        let interval =
            |which, mark| paired_interval(&self.each(which, mark), &other.each(which, mark), seed);
        GroupDifference {
            row: other.name.clone(),
            strict_mrr: interval(0, 0),
            lenient_mrr: interval(1, 0),
            lenient_recall_10: interval(1, 3),
        }
    }
}

fn mean_marks(all: impl Iterator<Item = [Marks; 2]>) -> [Marks; 2] {
    let (mut sum, mut n) = ([[0.0; 4]; 2], 0.0_f64);
    for marks in all {
        n += 1.0;
        for (sum, marks) in sum.iter_mut().zip(marks) {
            sum.iter_mut().zip(marks).for_each(|(s, m)| *s += m);
        }
    }
    sum.map(|marks| marks.map(|m| m / n.max(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_and_broken_scores_count_against() {
        let scores = [0.5, 0.9, 0.5, f32::NAN];
        let ranks: Vec<usize> = (0..4).map(|task| rank(&scores, task)).collect();
        assert_eq!(ranks, [3, 1, 3, 4]);
        assert_eq!(rank(&[f32::NAN; 5], 2), 5);
        assert_eq!(rank(&[], 0), 0);
    }

    fn wanted(task: usize, lenient: &[usize]) -> Wanted {
        Wanted {
            task,
            lenient: lenient.to_vec(),
        }
    }

    #[test]
    fn strict_is_the_task_and_lenient_the_best_of_those_alike() {
        let table = Rows {
            values: vec![3.0, 2.0, 1.0, 0.0, 0.0, 1.0, 2.0, 3.0],
            width: 4,
        };
        let wanted = [wanted(1, &[1, 0]), wanted(3, &[3])];
        let tables = [table];
        let row = Marked::of("a", &tables, &wanted).row();
        assert_eq!((row.strict.mrr.mean, row.lenient.mrr.mean), (75.0, 100.0));
        assert_eq!(
            (row.strict.recall_1.mean, row.strict.recall_4.mean),
            (50.0, 100.0)
        );
        assert_eq!(row.strict.mrr.sd, None);
        // Labels the other way round: ranks 4 and 3 strictly, 4 and 3 leniently.
        let dealt = Marked::dealt("dealt", &tables, &wanted).row();
        let mean = (50.0 + 25.0 + 100.0 / 3.0 + 100.0) / 4.0;
        assert!((dealt.strict.mrr.mean - mean).abs() < 1e-9, "{dealt:?}");
        let ours = Marked::of("a", &tables, &wanted);
        let difference = ours.minus(&ours, Seed(1));
        assert_eq!(difference.lenient_mrr.high, 0.0);
        // Both maps are of the first group.
        let several = Marked::of_several("s", &tables, &wanted[..1], 2).row();
        assert!((several.strict.mrr.mean - (50.0 + 100.0 / 3.0) / 2.0).abs() < 1e-9);
    }
}
