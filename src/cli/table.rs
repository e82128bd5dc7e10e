//! Aligned tables with bars, for people.

use unicode_width::UnicodeWidthStr as _;

use super::say::one_line;

/// Widest bar, in characters.
const BAR_CELLS: usize = 20;

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table under construction: every row has as many cells as there are columns.
#[derive(Debug, Clone)]
pub struct Table {
    heads: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these columns.
    pub fn new(heads: &[(&str, Align)]) -> Self {
        Self {
            heads: heads
                .iter()
                .map(|&(name, align)| (name.to_owned(), align))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; missing cells stay empty, extra ones are dropped. Cells are one line each.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut cells: Vec<String> = cells
            .into_iter()
            .map(|cell| one_line(&cell).into_owned())
            .collect();
        cells.resize(self.heads.len(), String::new());
        self.rows.push(cells);
    }

    /// The table as text, two spaces between columns, no trailing blanks.
    pub fn render(&self) -> String {
        let mut widths: Vec<usize> = self.heads.iter().map(|(name, _)| cells(name)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cells(cell));
            }
        }
        let heads: Vec<String> = self.heads.iter().map(|(name, _)| name.clone()).collect();
        let mut out = String::new();
        for row in std::iter::once(&heads).chain(&self.rows) {
            let mut line = String::new();
            for ((cell, &width), (_, align)) in row.iter().zip(&widths).zip(&self.heads) {
                let blanks = " ".repeat(width - cells(cell));
                match align {
                    Align::Left => line.extend([cell.as_str(), &blanks]),
                    Align::Right => line.extend([blanks.as_str(), cell]),
                }
                line.push_str("  ");
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

/// A bar of a share of the whole width, in eighths of a character.
pub fn bar(share: f32) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let eighths = (share * (BAR_CELLS * 8) as f32).round() as usize;
    let full = "█".repeat(eighths / 8);
    format!("{full}{}", EIGHTHS[eighths % 8])
}

/// A share as "12.3 %".
pub fn percent(share: f32) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A Bayes factor with two figures that matter: "0.04", "1.3", "17", "> 9999".
pub fn factor(value: f32) -> String {
    match value {
        v if v >= 10_000.0 => "> 9999".into(),
        v if v >= 10.0 => format!("{v:.0}"),
        v if v >= 1.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// Columns on screen: wide characters take two.
fn cells(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_nothing_trails() {
        let mut table = Table::new(&[
            ("task", Align::Left),
            ("score", Align::Right),
            ("", Align::Left),
        ]);
        table.row(["naïve test".into(), "5.0 %".into(), bar(0.1)]);
        table.row(["n-back".into(), "17.3 %".into(), String::new()]);
        assert_eq!(
            table.render(),
            "task         score\nnaïve test   5.0 %  ██\nn-back      17.3 %\n"
        );
    }

    #[test]
    fn bars_grow_by_eighths() {
        assert_eq!(bar(0.0), "");
        assert_eq!(bar(1.0).chars().count(), BAR_CELLS);
        assert_eq!(bar(0.5 / BAR_CELLS as f32), "▌");
        assert_eq!(bar(f32::NAN), "");
        assert_eq!(bar(7.0), bar(1.0));
    }

    #[test]
    fn numbers_keep_what_matters() {
        assert_eq!(
            [factor(0.04), factor(1.26), factor(17.4), factor(f32::MAX)],
            ["0.04", "1.3", "17", "> 9999"]
        );
        assert_eq!(percent(0.173), "17.3 %");
    }

    #[test]
    fn wide_characters_and_control_characters_keep_columns_in_line() {
        let mut table = Table::new(&[("map", Align::Left), ("r", Align::Right)]);
        table.row(["脑图.nii".into(), "0.5".into()]);
        table.row(["a\x1b[2J\nb".into(), "0.25".into()]);
        assert_eq!(
            table.render(),
            "map               r\n脑图.nii        0.5\na\\x1b[2J\\x0ab  0.25\n"
        );
    }
}
