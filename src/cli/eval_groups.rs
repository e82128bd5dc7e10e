//! The tables of `gyrus eval --groups` for people.

use std::fmt::Write as _;

use super::eval::spread;
use super::table::{Align, Table};
use crate::eval::{
    GroupRow, GroupScores, GroupTable, Interval, PartName, Robustness, TaskLists, TaskText,
};

/// Groups, then a table a kind of maps.
pub(super) fn describe(scores: &GroupScores, part: PartName) -> String {
    let studies = match part {
        PartName::Dev => "dev studies",
        PartName::Test => "test studies and those set aside for evaluation",
    };
    let mut out = format!(
        "Maps of groups of studies: {} of {} tasks are named by the titles of {} or more of {} {studies}\n",
        scores.groups.len(),
        scores.tasks,
        scores.least_studies,
        scores.studies,
    );
    let list = scores.groups.iter();
    let list: Vec<String> = list
        .map(|g| format!("{} ({})", g.name, g.studies))
        .collect();
    let _ = writeln!(out, "{}", list.join(", "));
    for table in &scores.tables {
        out += &format!("\n{}", figures(table));
    }
    if let Some(found) = &scores.lists {
        out += &format!("\n{}", lists(found));
    }
    out
}

/// Percent, strict, of the density maps whose task is in both lists.
fn lists(found: &TaskLists) -> String {
    let mut heads = vec![
        ("List", Align::Left),
        ("Tasks", Align::Right),
        ("Known by", Align::Left),
    ];
    heads.extend(["MRR", "R@1", "R@4", "R@10"].map(|head| (head, Align::Right)));
    let mut rows = Table::new(&heads);
    for row in &found.rows {
        let by = match row.by {
            TaskText::Names => "names",
            TaskText::Definitions => "definitions",
            TaskText::Both => "both",
        };
        let f = row.figures;
        let figures = [f.mrr, f.recall_1, f.recall_4, f.recall_10];
        let figures = figures.map(|s| spread(s).trim().to_owned());
        let cells = [row.list.clone(), row.tasks.to_string(), by.to_owned()];
        rows.row(cells.into_iter().chain(figures));
    }
    format!(
        "Gyrus among lists of tasks, no prior, {} density maps whose task is in both, percent\n{}",
        found.groups,
        rows.render()
    )
}

/// Percent, strict and lenient; then how far the first row is ahead.
fn figures(table: &GroupTable) -> String {
    let mut out = format!(
        "{}: strict | lenient (the task or one alike), percent\n",
        capital(&table.maps)
    );
    let mut heads = vec![("", Align::Left)];
    for _ in 0..2 {
        heads.extend(["MRR", "R@1", "R@4", "R@10"].map(|head| (head, Align::Right)));
    }
    let mut rows = Table::new(&heads);
    for row in &table.rows {
        let cells = [row.strict, row.lenient]
            .into_iter()
            .flat_map(|f| [f.mrr, f.recall_1, f.recall_4, f.recall_10])
            .map(|s| spread(s).trim().to_owned());
        rows.row(std::iter::once(row.name.clone()).chain(cells));
    }
    out += &rows.render();
    out.push_str("\nAhead of (95 % paired bootstrap interval over groups)\n");
    let mut rows = Table::new(&[
        ("", Align::Left),
        ("strict MRR", Align::Right),
        ("lenient MRR", Align::Right),
        ("lenient R@10", Align::Right),
    ]);
    for d in &table.differences {
        let cells = [d.strict_mrr, d.lenient_mrr, d.lenient_recall_10].map(interval);
        rows.row(std::iter::once(d.row.clone()).chain(cells));
    }
    out + &rows.render()
}

/// Lenient mean reciprocal rank of every method under every change.
pub(super) fn robustness(found: &Robustness) -> String {
    let mut out = format!(
        "\n{} after what maps go through: lenient MRR, percent; of the first row with its change\n",
        capital(&found.maps)
    );
    let mut heads = vec![("", Align::Left)];
    for (number, row) in found.unchanged.iter().enumerate() {
        heads.push((row.name.as_str(), Align::Right));
        if number == 0 {
            heads.push(("change", Align::Right));
        }
    }
    let mrr = |row: &GroupRow| spread(row.lenient.mrr).trim().to_owned();
    let mut rows = Table::new(&heads);
    let mut add = |what: &str, first: Option<Interval>, of: Vec<&GroupRow>| {
        let mut cells = vec![what.to_owned()];
        for (number, row) in of.into_iter().enumerate() {
            cells.push(mrr(row));
            if number == 0 {
                cells.push(first.map_or_else(String::new, interval));
            }
        }
        rows.row(cells);
    };
    add("unchanged", None, found.unchanged.iter().collect());
    for change in &found.changes {
        let first = change.rows.first().map(|row| row.change);
        add(
            &change.what,
            first,
            change.rows.iter().map(|row| &row.row).collect(),
        );
    }
    out += &rows.render();
    out
}

fn interval(i: Interval) -> String {
    format!("{:+.1} [{:+.1}, {:+.1}]", i.estimate, i.low, i.high)
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
