//! Every file of ../shared/formats and of tests/fixtures/formats does what the tables there say:
//! opens as told, with nibabel's values, or is explained in a message. The tables are made, and
//! nibabel asked, by tests/fixtures/formats/make_table.py.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gyrus::error::Explain as _;
use gyrus::progress::Progress;
use gyrus::volume::{self, MapFile, MapKind, Volume, VolumeData};

use crate::support::shared::shared;

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats")
}

/// One line of a table: its cells by the names in the first line.
struct Row {
    cells: Vec<(String, String)>,
}

impl Row {
    fn get(&self, column: &str) -> &str {
        &self
            .cells
            .iter()
            .find(|(name, _)| name == column)
            .unwrap()
            .1
    }

    fn number(&self, column: &str) -> f64 {
        self.get(column).parse().unwrap()
    }
}

fn table(name: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(fixtures().join(name)).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let names: Vec<String> = lines.next().unwrap().collect();
    lines
        .map(|cells| Row {
            cells: names.iter().cloned().zip(cells).collect(),
        })
        .collect()
}

fn files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut stack = vec![root.to_owned()];
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap();
                found.insert(name.to_str().unwrap().to_owned());
            }
        }
    }
    found
}

/// Bytes for colours, numbers for all else; no data is NaN.
fn numbers(volume: &Volume) -> Vec<f64> {
    match &volume.data {
        VolumeData::Scalar(v) => v.iter().map(|&x| f64::from(x)).collect(),
        VolumeData::Label(v) => v.iter().map(|&x| f64::from(x)).collect(),
        VolumeData::Rgba(v) => v.iter().flatten().map(|&x| f64::from(x)).collect(),
    }
}

fn class(volume: &Volume) -> &'static str {
    match (&volume.data, volume.kind) {
        (VolumeData::Scalar(_), MapKind::Magnitude) => "magnitude",
        (VolumeData::Scalar(_), _) => "scalar",
        (VolumeData::Label(_), _) => "label",
        (VolumeData::Rgba(_), _) => "rgb",
    }
}

fn close(got: f64, want: f64) -> bool {
    (got - want).abs() <= 2e-6 * want.abs().max(1e-9)
}

/// What differs from the row, if anything.
fn opened_as_told(path: &Path, row: &Row) -> Result<(), String> {
    let told = |what: &str, got: String| Err(format!("{what} is {got}, not {}", row.get(what)));
    let volume = volume::open(path, &Progress::new()).map_err(|e| e.to_string())?;
    let info = volume::read_header(path).map_err(|e| e.to_string())?;
    if info.format != row.get("format") {
        return told("format", info.format.to_owned());
    }
    let [x, y, z] = volume.grid.shape;
    let shape = format!("{x},{y},{z},{}", volume.frames);
    if shape != row.get("shape") || info.shape != volume.grid.shape || info.frames != volume.frames
    {
        return told("shape", shape);
    }
    if class(&volume) != row.get("data") {
        return told("data", class(&volume).to_owned());
    }
    let affine: Vec<f64> = row
        .get("affine")
        .split(' ')
        .map(|v| v.parse().unwrap())
        .collect();
    let got = volume.grid.affine.0;
    let largest = affine.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    for (n, want) in affine.iter().enumerate() {
        if (got[n / 4][n % 4] - want).abs() > 1e-6 * largest {
            return told("affine", format!("{got:?}"));
        }
    }
    let values = numbers(&volume);
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if finite.len().to_string() != row.get("finite") {
        return told("finite", finite.len().to_string());
    }
    let mean = finite.iter().sum::<f64>() / finite.len() as f64;
    let strongest = finite.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if (mean - row.number("mean")).abs() > 1e-6 * strongest {
        return told("mean", mean.to_string());
    }
    for (what, got) in [
        ("min", finite.iter().copied().fold(f64::INFINITY, f64::min)),
        (
            "max",
            finite.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ),
    ] {
        if !close(got, row.number(what)) {
            return told(what, got.to_string());
        }
    }
    for pick in row.get("picks").split(';') {
        let (at, want) = pick.split_once('=').unwrap();
        let at: usize = at.parse().unwrap();
        if let VolumeData::Rgba(colours) = &volume.data {
            let got = colours[at].map(|c| c.to_string()).join("/");
            if got != want {
                return told("picks", format!("{at}={got}"));
            }
            continue;
        }
        let want: f64 = want.parse().unwrap();
        if !(close(values[at], want) || values[at].is_nan() && want.is_nan()) {
            return told("picks", format!("{at}={}", values[at]));
        }
    }
    // The same file by the other road.
    let kept = MapFile::open(path, &Progress::new()).map_err(|e| e.to_string())?;
    if kept.hash() != volume.hash || kept.frames() != volume.frames {
        return Err("MapFile tells another file".to_owned());
    }
    let last = kept
        .frame(kept.frames() - 1, &Progress::new())
        .map_err(|e| e.to_string())?;
    if last.grid != volume.grid || last.frame + 1 != kept.frames() {
        return Err("the last frame lies elsewhere".to_owned());
    }
    Ok(())
}

fn explained_as_told(path: &Path, row: &Row) -> Result<(), String> {
    let error = match volume::open(path, &Progress::new()) {
        Ok(_) => return Err("opens".to_owned()),
        Err(error) => error,
    };
    let told = error.explain();
    if told.what.is_empty() || told.why.is_empty() || told.remedy.is_empty() {
        return Err(format!("an empty part: {told}"));
    }
    if !told.why.contains(row.get("word")) {
        return Err(format!("says “{}”, not “{}”", told.why, row.get("word")));
    }
    if told.path.as_deref() != Some(path) {
        return Err(format!("tells the path {:?}", told.path));
    }
    if MapFile::open(path, &Progress::new())
        .and_then(|file| file.frame(0, &Progress::new()))
        .is_ok()
    {
        return Err("opens as a MapFile".to_owned());
    }
    Ok(())
}

fn check(name: &str, root: &Path, ignored: &[&str]) {
    let rows = table(name);
    let mut told: BTreeSet<String> = rows.iter().map(|r| r.get("path").to_owned()).collect();
    told.extend(ignored.iter().map(|&name| name.to_owned()));
    assert_eq!(
        files(root),
        told,
        "files without a judgement, or judged and gone"
    );
    let mut wrong = Vec::new();
    for row in &rows {
        let path = root.join(row.get("path"));
        let outcome = match row.get("outcome") {
            "opens" => opened_as_told(&path, row),
            "message" => explained_as_told(&path, row),
            other => panic!("{other} is no outcome"),
        };
        if let Err(what) = outcome {
            wrong.push(format!("{}: {what}", row.get("path")));
        }
        let differs = (row.get("outcome") == "opens") != (row.get("nibabel") == "opens");
        assert!(
            !differs || !row.get("why").is_empty(),
            "{}: differs from nibabel without a reason",
            row.get("path")
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_shared_file_does_what_the_table_says() {
    if let Some(root) = shared("formats") {
        check("table.tsv", &root, &[]);
    }
}

#[test]
fn every_made_file_does_what_the_table_says() {
    let ours = ["make_missing.py", "make_table.py", "table.tsv", "made.tsv"];
    check("made.tsv", &fixtures(), &ours);
}
