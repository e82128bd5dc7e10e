//! What is found about groups of studies.

use serde::Serialize;

use super::super::bootstrap::Interval;
use super::lists::TaskLists;
use super::score::{GroupDifference, GroupRow};

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupInfo {
    /// Id of its task.
    pub task: String,
    /// Name of its task.
    pub name: String,
    /// Studies whose titles name it.
    pub studies: usize,
    /// Other tasks that count as right leniently.
    pub alike: Vec<String>,
}

/// Every method on one kind of maps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupTable {
    /// What the maps are.
    pub maps: String,
    /// The model first.
    pub rows: Vec<GroupRow>,
    /// Model minus another row with 95 % paired bootstrap intervals over the groups.
    pub differences: Vec<GroupDifference>,
}

/// How early methods rank the tasks of groups of studies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupScores {
    /// Tasks ranked.
    pub tasks: usize,
    /// Studies a group has at least.
    pub least_studies: usize,
    /// Studies looked at.
    pub studies: usize,
    /// The groups: tasks named by enough titles.
    pub groups: Vec<GroupInfo>,
    /// By kind of map.
    pub tables: Vec<GroupTable>,
    /// The same tasks by their names, definitions and both, among two lists, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lists: Option<TaskLists>,
}

/// One method under one change of the maps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DisturbedRow {
    /// Its figures.
    #[serde(flatten)]
    pub row: GroupRow,
    /// Lenient mean reciprocal rank less that on the unchanged maps, with its 95 % paired bootstrap interval.
    pub change: Interval,
}

/// Every method under one change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disturbed {
    /// What was done.
    pub what: String,
    /// In the order of the table.
    pub rows: Vec<DisturbedRow>,
}

/// The measures after what maps go through.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Robustness {
    /// What is changed.
    pub maps: String,
    /// The unchanged maps.
    pub unchanged: Vec<GroupRow>,
    /// One a change.
    pub changes: Vec<Disturbed>,
}
