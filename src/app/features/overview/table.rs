//! The numbers of the page: rows of what leads in any map, a column a map.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::app::model::LayerId;
use crate::decode::Decoding;
use crate::measure::csv_text;

/// What stands in the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Tasks,
    Concepts,
    Domains,
}

impl Level {
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Tasks, "Tasks"),
        (Self::Concepts, "Concepts"),
        (Self::Domains, "Domains"),
    ];
}

/// One score of one map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// Posterior of a task, score of a concept or domain, 0..=1.
    pub value: f32,
    /// Its place in the map's own list, from 1.
    pub rank: usize,
    /// Among noise for tasks, among deals for concepts and domains, 0..=1.
    pub percentile: Option<f32>,
}

/// A row: what it is and a cell a map, none where the map is not decoded.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub id: String,
    pub name: String,
    pub cells: Vec<Option<Cell>>,
}

/// The table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scores {
    /// Layer, name, and whether it is decoded.
    pub maps: Vec<(LayerId, String, bool)>,
    /// Those first that come first in some map.
    pub rows: Vec<Row>,
}

impl Scores {
    pub fn of<'a>(
        maps: impl Iterator<Item = (LayerId, String, Option<&'a Decoding>)>,
        level: Level,
    ) -> Self {
        let maps: Vec<_> = maps.collect();
        let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
        for (column, (_, _, decoding)) in maps.iter().enumerate() {
            let Some(decoding) = *decoding else { continue };
            let mut add = |id: &'a str, name: &str, cell: Cell| {
                let row = rows.entry(id).or_insert_with(|| Row {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    cells: vec![None; maps.len()],
                });
                row.cells[column] = Some(cell);
            };
            let groups = match level {
                Level::Tasks => {
                    for (place, task) in decoding.tasks.iter().enumerate() {
                        let cell = Cell {
                            value: task.posterior,
                            rank: place + 1,
                            percentile: task.percentile,
                        };
                        add(&task.id, &task.name, cell);
                    }
                    continue;
                }
                Level::Concepts => &decoding.concepts,
                Level::Domains => &decoding.domains,
            };
            for (place, group) in groups.iter().enumerate() {
                let cell = Cell {
                    value: group.score,
                    rank: place + 1,
                    percentile: Some(group.percentile),
                };
                add(&group.id, &group.name, cell);
            }
        }
        let mut rows: Vec<Row> = rows.into_values().collect();
        let best = |row: &Row| {
            let cells = row.cells.iter().flatten();
            let rank = cells
                .clone()
                .map(|cell| cell.rank)
                .min()
                .unwrap_or(usize::MAX);
            (rank, cells.map(|cell| cell.value).fold(0.0_f32, f32::max))
        };
        rows.sort_by(|a, b| {
            let ((rank_a, most_a), (rank_b, most_b)) = (best(a), best(b));
            rank_a
                .cmp(&rank_b)
                .then(most_b.total_cmp(&most_a))
                .then_with(|| a.name.cmp(&b.name))
        });
        Self {
            maps: maps
                .into_iter()
                .map(|(id, name, decoding)| (id, name, decoding.is_some()))
                .collect(),
            rows,
        }
    }

    /// First minus second, where there are two maps: of each row in points of a hundred.
    pub fn difference(&self, row: usize) -> Option<f32> {
        match self.rows.get(row)?.cells[..] {
            [Some(a), Some(b)] => Some(100.0 * (a.value - b.value)),
            _ => None,
        }
    }

    /// The largest value.
    pub fn most(&self) -> f32 {
        let cells = self.rows.iter().flat_map(|row| row.cells.iter().flatten());
        cells
            .map(|cell| cell.value)
            .fold(f32::MIN_POSITIVE, f32::max)
    }

    /// Everything, a line a row: value, rank and percentile of each map.
    pub fn csv(&self) -> String {
        let mut out = String::from("name,id");
        // Writing to a String cannot fail.
        for (_, map, _) in &self.maps {
            for what in ["value", "rank", "percentile"] {
                let _ = write!(out, ",{}", csv_text(&format!("{map} {what}")));
            }
        }
        out.push('\n');
        for row in &self.rows {
            let _ = write!(out, "{},{}", csv_text(&row.name), csv_text(&row.id));
            for cell in &row.cells {
                match cell {
                    None => out += ",,,",
                    Some(cell) => {
                        let percentile = cell.percentile;
                        let percentile = percentile.map_or_else(String::new, |p| p.to_string());
                        let _ = write!(out, ",{},{},{percentile}", cell.value, cell.rank);
                    }
                }
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Tail, TaskScore};

    fn decoding(tasks: &[(&str, f32)]) -> Decoding {
        let tasks = tasks.iter().map(|&(name, posterior)| TaskScore {
            name: name.to_owned(),
            id: format!("id_{name}"),
            similarity: 0.0,
            likelihood: posterior,
            prior: 0.0,
            posterior,
            bayes_factor: 1.0,
            percentile: Some(0.5),
        });
        Decoding {
            tail: Tail::Pos,
            tasks: tasks.collect(),
            concepts: Vec::new(),
            domains: Vec::new(),
            coverage: 1.0,
            nulls: None,
            warnings: Vec::new(),
            elapsed_ms: 0.0,
        }
    }

    #[test]
    fn what_leads_anywhere_stands_first_and_maps_are_columns() {
        let a = decoding(&[("pain", 0.6), ("touch", 0.3), ("rest", 0.1)]);
        let b = decoding(&[("reading", 0.5), ("pain", 0.3), ("touch", 0.2)]);
        let maps = [
            (LayerId(1), "a, b".to_owned(), Some(&a)),
            (LayerId(2), "other".to_owned(), Some(&b)),
        ];
        let scores = Scores::of(maps.into_iter(), Level::Tasks);
        let names: Vec<&str> = scores.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["pain", "reading", "touch", "rest"]);
        assert!((scores.difference(0).unwrap() - 30.0).abs() < 1e-4);
        assert_eq!(scores.difference(1), None, "one map does not rank it");
        assert_eq!(scores.most(), 0.6);
        let csv = scores.csv();
        let mut lines = csv.lines();
        assert_eq!(
            lines.next(),
            Some(
                "name,id,\"a, b value\",\"a, b rank\",\"a, b percentile\",other value,other rank,other percentile"
            )
        );
        assert_eq!(lines.next(), Some("pain,id_pain,0.6,1,0.5,0.3,2,0.5"));
        assert_eq!(lines.next(), Some("reading,id_reading,,,,0.5,1,0.5"));
        let waiting = [(LayerId(1), "a".to_owned(), None)];
        let scores = Scores::of(waiting.into_iter(), Level::Tasks);
        assert!(scores.rows.is_empty() && !scores.maps[0].2);
    }
}
