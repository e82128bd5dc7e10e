//! The tables of `gyrus eval --reconstruction`: for people, and study by study as CSV.

use std::fmt::Write as _;

use super::table::{Align, Table};
use crate::eval::{Interval, QueryText, Reconstruction, ReconstructionTable, Spread};
use crate::measure::csv_text;

/// Percentiles a terminal has room for; the document and the CSV have all.
const SHOWN: [f64; 5] = [80.0, 90.0, 95.0, 99.0, 99.8];

/// A table a text.
pub(super) fn describe(found: &Reconstruction) -> String {
    let shown: Vec<usize> = (0..found.percentiles.len())
        .filter(|&p| SHOWN.contains(&found.percentiles[p]))
        .collect();
    let tables = found.tables.iter();
    let tables: Vec<String> = tables
        .map(|table| one(table, &found.percentiles, &shown))
        .collect();
    tables.join("\n")
}

fn one(table: &ReconstructionTable, percentiles: &[f64], shown: &[usize]) -> String {
    let mut out = format!(
        "Maps predicted from {}, beside the density of the studies' own peaks: {} studies{}\n",
        table.query.in_words(),
        table.studies,
        match table.models {
            1 => String::new(),
            n => format!("; {n} models, mean ± sd"),
        }
    );
    let names: Vec<String> = shown
        .iter()
        .map(|&p| format!("Dice@{}", percentiles[p]))
        .collect();
    let mut heads = vec![("", Align::Left)];
    heads.extend(["Pearson", "after the chain"].map(|head| (head, Align::Right)));
    heads.extend(names.iter().map(|name| (name.as_str(), Align::Right)));
    let mut rows = Table::new(&heads);
    for row in &table.rows {
        let dice = shown.iter().map(|&p| figure(row.dice[p]));
        let pearson = [row.pearson, row.pearson_chain].map(figure);
        let cells = std::iter::once(row.name.clone()).chain(pearson);
        rows.row(cells.chain(dice));
    }
    out += &rows.render();
    out.push_str("\nAhead of (95 % paired bootstrap interval over studies)\n");
    let mut rows = Table::new(&heads);
    for d in &table.differences {
        let dice = shown.iter().map(|&p| interval(d.dice[p]));
        let pearson = [d.pearson, d.pearson_chain].map(interval);
        let cells = std::iter::once(d.row.clone()).chain(pearson);
        rows.row(cells.chain(dice));
    }
    out + &rows.render()
}

fn figure(s: Spread) -> String {
    match s.sd {
        Some(sd) => format!("{:.3} ± {sd:.3}", s.mean),
        None => format!("{:.3}", s.mean),
    }
}

fn interval(i: Interval) -> String {
    format!("{:+.3} [{:+.3}, {:+.3}]", i.estimate, i.low, i.high)
}

/// One line a text, row and study, the figures averaged over models.
pub(super) fn csv(found: &Reconstruction) -> String {
    let mut out = "text,row,study,pearson,pearson_chain".to_owned();
    for percentile in &found.percentiles {
        // Writing to a String cannot fail.
        let _ = write!(out, ",dice_{percentile}");
    }
    out.push('\n');
    for table in &found.tables {
        let text = match table.query {
            QueryText::Title => "title",
            QueryText::Long => "long",
            QueryText::Words => "words",
        };
        for line in &table.by_study {
            let (row, study) = (csv_text(&line.row), csv_text(&line.study));
            let pearson = [line.pearson, line.pearson_chain].map(|r| format!("{r:.6}"));
            let _ = write!(out, "{text},{row},{study},{}", pearson.join(","));
            for dice in &line.dice {
                let _ = write!(out, ",{dice:.6}");
            }
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{ReconstructedStudy, ReconstructionRow};

    #[test]
    fn the_csv_has_a_line_a_study_and_names_are_quoted() {
        let spread = Spread {
            mean: 0.25,
            sd: None,
        };
        let table = ReconstructionTable {
            query: QueryText::Title,
            studies: 1,
            models: 1,
            rows: vec![ReconstructionRow {
                name: "Gyrus, shuffled".into(),
                pearson: spread,
                pearson_chain: spread,
                dice: vec![spread, spread],
            }],
            differences: Vec::new(),
            by_study: vec![ReconstructedStudy {
                study: "17".into(),
                row: "Gyrus, shuffled".into(),
                pearson: 0.25,
                pearson_chain: 0.75,
                dice: vec![0.5, 0.125],
            }],
        };
        let found = Reconstruction {
            percentiles: vec![80.0, 99.5],
            tables: vec![table],
        };
        assert_eq!(
            csv(&found),
            "text,row,study,pearson,pearson_chain,dice_80,dice_99.5\n\
             title,\"Gyrus, shuffled\",17,0.250000,0.750000,0.500000,0.125000\n"
        );
        let told = describe(&found);
        assert!(told.contains("Dice@80") && told.contains("0.250"), "{told}");
    }
}
