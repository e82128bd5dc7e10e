//! The box plots of `gyrus eval --reconstruction`, as SVG: how the figures of a method spread over studies.

use std::fmt::Write as _;

use crate::eval::{ReconstructedStudy, Reconstruction, ReconstructionTable};

/// Percentiles whose Dice is drawn.
const DICE: [f64; 3] = [90.0, 95.0, 99.0];
/// Sizes, pixels.
const LABELS: f64 = 190.0;
const PANEL: f64 = 230.0;
const BETWEEN: f64 = 24.0;
const ROW: f64 = 22.0;
const HEAD: f64 = 64.0;
const FOOT: f64 = 40.0;

/// What is drawn of a list of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Quartiles {
    /// 5th, 25th, 50th, 75th and 95th percentile.
    at: [f64; 5],
    mean: f64,
}

impl Quartiles {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.retain(|v| v.is_finite());
        let last = values.len().checked_sub(1)?;
        values.sort_by(f64::total_cmp);
        let quantile = |share: f64| {
            let rank = share * last as f64;
            let (low, high) = (values[rank.floor() as usize], values[rank.ceil() as usize]);
            low + (high - low) * rank.fract()
        };
        Some(Self {
            at: [0.05, 0.25, 0.5, 0.75, 0.95].map(quantile),
            mean: values.iter().sum::<f64>() / values.len() as f64,
        })
    }
}

/// A figure with a row of panels a text; in each panel a box a method.
pub(super) fn svg(found: &Reconstruction) -> String {
    let mut panels: Vec<(String, Measure)> = vec![
        ("Pearson".to_owned(), Measure::Pearson),
        ("Pearson after the chain".to_owned(), Measure::Chain),
    ];
    for (at, percentile) in found.percentiles.iter().enumerate() {
        if DICE.contains(percentile) {
            panels.push((format!("Dice above {percentile} %"), Measure::Dice(at)));
        }
    }
    let width = LABELS + (PANEL + BETWEEN) * panels.len() as f64;
    let height_of = |table: &ReconstructionTable| HEAD + ROW * table.rows.len() as f64 + FOOT;
    let height: f64 = found.tables.iter().map(height_of).sum();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let mut top = 0.0;
    for table in &found.tables {
        let title = format!(
            "Maps predicted from {}: {} studies; box: quartiles, line: median, dot: mean, whiskers: 5 % to 95 %",
            table.query.in_words(),
            table.studies
        );
        text(&mut out, [8.0, top + 18.0], "start", &title);
        for (n, row) in table.rows.iter().enumerate() {
            let at = [LABELS - 10.0, top + HEAD + ROW * (n as f64 + 0.5) + 4.0];
            text(&mut out, at, "end", &row.name);
        }
        for (n, (name, measure)) in panels.iter().enumerate() {
            let left = LABELS + (PANEL + BETWEEN) * n as f64;
            panel(&mut out, table, (name, *measure), [left, top]);
        }
        top += height_of(table);
    }
    out + "</svg>\n"
}

/// What a panel shows.
#[derive(Debug, Clone, Copy)]
enum Measure {
    Pearson,
    Chain,
    Dice(usize),
}

impl Measure {
    fn of(self, study: &ReconstructedStudy) -> f64 {
        match self {
            Self::Pearson => study.pearson,
            Self::Chain => study.pearson_chain,
            Self::Dice(at) => study.dice.get(at).copied().unwrap_or(f64::NAN),
        }
    }
}

fn panel(
    out: &mut String,
    table: &ReconstructionTable,
    (name, measure): (&str, Measure),
    [left, top]: [f64; 2],
) {
    let values = |row: &str| {
        let own = table.by_study.iter().filter(|study| study.row == row);
        Quartiles::of(own.map(|study| measure.of(study)).collect())
    };
    let boxes: Vec<Option<Quartiles>> = table.rows.iter().map(|row| values(&row.name)).collect();
    let ends = boxes.iter().flatten().flat_map(|b| b.at);
    let low = ends.clone().fold(0.0, f64::min);
    let high = ends.fold(0.1, f64::max);
    let x = |value: f64| left + PANEL * (value - low) / (high - low);
    let (first, last) = (top + HEAD, top + HEAD + ROW * boxes.len() as f64);
    text(out, [left + PANEL / 2.0, top + 44.0], "middle", name);
    let mut tick = (low * 10.0).ceil() / 10.0;
    while tick <= high + 1e-9 {
        let at = x(tick);
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "<line x1=\"{at:.1}\" y1=\"{first}\" x2=\"{at:.1}\" y2=\"{last}\" stroke=\"#ddd\"/>"
        );
        text(
            out,
            [at, last + 16.0],
            "middle",
            &format!("{:.1}", tick + 0.0),
        );
        tick += if high - low > 0.8 { 0.2 } else { 0.1 };
    }
    for (n, found) in boxes.iter().enumerate() {
        let Some(Quartiles { at, mean }) = found else {
            continue;
        };
        let middle = first + ROW * (n as f64 + 0.5);
        let [a, b, c, d, e] = at.map(x);
        let _ = writeln!(
            out,
            "<line x1=\"{a:.1}\" y1=\"{middle}\" x2=\"{e:.1}\" y2=\"{middle}\" stroke=\"#444\"/>\
             <rect x=\"{b:.1}\" y=\"{y}\" width=\"{w:.1}\" height=\"12\" fill=\"#9ec5e8\" stroke=\"#1f4e79\"/>\
             <line x1=\"{c:.1}\" y1=\"{y}\" x2=\"{c:.1}\" y2=\"{y2}\" stroke=\"#1f4e79\" stroke-width=\"2\"/>\
             <circle cx=\"{m:.1}\" cy=\"{middle}\" r=\"2.5\" fill=\"#c0392b\"/>",
            y = middle - 6.0,
            y2 = middle + 6.0,
            w = (d - b).max(0.5),
            m = x(*mean),
        );
    }
}

fn text(out: &mut String, [x, y]: [f64; 2], anchor: &str, words: &str) {
    let words = words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{QueryText, ReconstructionRow, Spread};

    #[test]
    fn boxes_are_the_quantiles_of_the_studies() {
        let found = Quartiles::of((0..=100).map(f64::from).collect()).unwrap();
        assert_eq!(found.at, [5.0, 25.0, 50.0, 75.0, 95.0]);
        assert_eq!(found.mean, 50.0);
        assert_eq!(Quartiles::of(vec![f64::NAN]), None);
        assert_eq!(Quartiles::of(vec![3.0]).unwrap().at, [3.0; 5]);
    }

    #[test]
    fn the_drawing_has_a_box_a_method_and_panel() {
        let spread = Spread {
            mean: 0.2,
            sd: None,
        };
        let row = |name: &str| ReconstructionRow {
            name: name.into(),
            pearson: spread,
            pearson_chain: spread,
            dice: vec![spread; 2],
        };
        let study = |row: &str, r: f64| ReconstructedStudy {
            study: "1".into(),
            row: row.into(),
            pearson: r,
            pearson_chain: r,
            dice: vec![r, r],
        };
        let found = Reconstruction {
            percentiles: vec![80.0, 90.0],
            tables: vec![ReconstructionTable {
                query: QueryText::Title,
                studies: 2,
                models: 1,
                rows: vec![row("a < b"), row("c")],
                differences: Vec::new(),
                by_study: vec![study("a < b", 0.1), study("a < b", 0.4), study("c", -0.1)],
            }],
        };
        let drawn = svg(&found);
        // Two methods in three panels: two correlations and Dice above 90 %.
        assert_eq!(drawn.matches("<circle").count(), 6);
        assert!(
            drawn.contains("a &lt; b") && !drawn.contains("NaN"),
            "{drawn}"
        );
    }
}
