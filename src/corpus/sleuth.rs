//! Sleuth text files, as GingerALE reads them: a line that names the space, then experiments of lines that start
//! with `//` (study and experiment, then the number of subjects) and lines of three coordinates.

use std::path::Path;

use crate::progress::Progress;

use super::drops::{At, DropReason};
use super::rows::parse_pmid;
use super::source::{Names, ReportedSpace, Source, parse_year};
use super::table::{read_bytes, tidy};
use super::{CorpusError, encoding};

/// The largest meta-analyses have some thousand experiments.
const MAX_BYTES: u64 = 64 << 20;

/// The lines before the coordinates of an experiment.
#[derive(Default)]
struct Head {
    line: usize,
    named: Vec<String>,
    pmid: Option<u32>,
    doi: Option<String>,
    year: Option<u16>,
}

/// Reads a file. A study is named by what stands before the first `;` or `:` (after its year, where it has one) of
/// its lines, or by its PubMed number where a line `// PubMedId=` gives it; experiments of one name are one study.
/// There are no titles: the first line that names the study stands for one.
pub(super) fn read(
    path: &Path,
    (names, list_drops): (&mut Names, bool),
    progress: &Progress,
) -> Result<Source, CorpusError> {
    let (text, note) = encoding::decode(path, read_bytes(path, MAX_BYTES)?)?;
    // Lines may end as they did on old Macintoshes.
    let text = match text.contains('\n') {
        true => text,
        false => text.replace('\r', "\n"),
    };
    let mut source = Source::new("Sleuth file", list_drops);
    source.notes.extend(note);
    let mut space = None;
    let mut head = Head::default();
    // The experiment whose coordinates are read: its study's number and name.
    let mut current: Option<(u32, String)> = None;
    for (n, line) in text.lines().enumerate() {
        progress.check()?;
        let at = At { path, line: n + 1 };
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let Some(said) = line.strip_prefix("//") else {
            if !head.named.is_empty() {
                current = Some(begin(&mut source, names, path, std::mem::take(&mut head))?);
            }
            let Some((number, name)) = &current else {
                let why = format!("{line:?} belongs to no experiment");
                source.drop_peak(at, "", DropReason::NoStudy, &why);
                continue;
            };
            let mut fields = line.split_whitespace();
            let mut next = || fields.next().and_then(|f| f.parse::<f32>().ok());
            let peak = [next(), next(), next()].map(|v| v.unwrap_or(f32::NAN));
            if fields.next().is_some() || !peak.iter().all(|v| v.is_finite()) {
                let why = format!("{line:?} is not three numbers");
                source.drop_peak(at, name, DropReason::NotNumbers, &why);
                continue;
            }
            let space = space.unwrap_or_default();
            source.peak(at, (*number, name), peak, space)?;
            continue;
        };
        let said = tidy(said);
        let (key, value) = said.split_once('=').unwrap_or((&said, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "reference" => space = Some(stated(value, at, &mut source)),
            "subjects" | "authors" | "publication" | "affiliations" => {}
            "pubmedid" | "pmid" => head.pmid = parse_pmid(value),
            "doi" => head.doi = Some(value.to_owned()),
            "year" => head.year = parse_year(value),
            _ if said.is_empty() => {}
            _ => {
                if head.named.is_empty() {
                    head.line = at.line;
                }
                head.named.push(said);
            }
        }
    }
    if !head.named.is_empty() {
        begin(&mut source, names, path, head)?;
    }
    if space.is_none() {
        source.notes.push(format!(
            "{} has no line // Reference=…: its space is not known",
            At { path, line: 0 }.file()
        ));
    }
    source.settle();
    if source.studies.is_empty() {
        return Err(CorpusError::Broken {
            path: path.to_owned(),
            format: "a Sleuth file",
            why: "no line // Study: experiment begins an experiment".to_owned(),
        });
    }
    Ok(source)
}

/// The space a line `// Reference=` names; said where it is none that is known.
fn stated(value: &str, at: At<'_>, source: &mut Source) -> ReportedSpace {
    let space = ReportedSpace::parse(value);
    if space == ReportedSpace::Unknown {
        let value: String = value.chars().take(40).collect();
        source.notes.push(format!(
            "{} names the space {value:?}: it is taken as not known (MNI and Talairach are)",
            at.file()
        ));
    }
    space
}

/// The study of an experiment, a new one where it is new.
fn begin(
    source: &mut Source,
    names: &mut Names,
    path: &Path,
    head: Head,
) -> Result<(u32, String), CorpusError> {
    let all = head.named.join(" ");
    let name = study_name(&all).to_owned();
    let number = head.pmid.unwrap_or_else(|| names.number(&name));
    let at = At {
        path,
        line: head.line,
    };
    let study = source.study(at, number, &name)?;
    if study.title.is_empty() {
        study.title = head.named.first().cloned().unwrap_or_default();
    }
    study.doi = study.doi.take().or(head.doi);
    study.year = study.year.or(head.year).or_else(|| year_in(&name));
    Ok((number, name))
}

/// What stands before the first `;` or `:` behind a year; before the first `;`, else the first `:`, where there is
/// no such; all of it where there is none (NiMARE's rule).
fn study_name(line: &str) -> &str {
    let before = |at: usize| line[..at].trim();
    let behind = year_at(line).map(|at| at + 4);
    let after_year = behind.and_then(|behind| Some(behind + line[behind..].find([';', ':'])?));
    let found = after_year
        .or_else(|| line.find(';'))
        .or_else(|| line.find(':'));
    match found.map(before) {
        Some(name) if !name.is_empty() => name,
        _ => line.trim(),
    }
}

/// Where four digits start that are a year of this or the last century.
fn year_at(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    bytes.windows(4).position(|w| {
        (w.starts_with(b"19") || w.starts_with(b"20")) && w.iter().all(u8::is_ascii_digit)
    })
}

fn year_in(text: &str) -> Option<u16> {
    let at = year_at(text)?;
    text.get(at..at + 4)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn studies_are_named_as_nimare_names_them() {
        for (line, name) in [
            ("Smith 2010: pain", "Smith 2010"),
            ("Smith: A., 2010; pain: left", "Smith: A., 2010"),
            ("Smith; A: b", "Smith"),
            ("Smith: a; b", "Smith: a"),
            ("Smith et al.", "Smith et al."),
            (": pain", ": pain"),
            ("Müller: x", "Müller"),
        ] {
            assert_eq!(study_name(line), name);
        }
        assert_eq!(
            (year_in("Smith 2010"), year_in("n = 2100")),
            (Some(2010), None)
        );
    }
}
