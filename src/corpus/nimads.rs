//! NiMADS: a studyset (studies, their analyses, the analyses' points) and annotations of it, as NeuroStore serves
//! and NiMARE writes them.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::progress::Progress;

use super::drops::{At, DropReason};
use super::json::{self, Number, Word};
use super::rows::parse_pmid;
use super::source::{Names, RawStudy, ReportedSpace, Source, parse_year};
use super::table::tidy;
use super::{CorpusError, StudyTexts};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Studyset {
    id: Word,
    studies: Vec<Study>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Study {
    id: Word,
    name: Word,
    description: Word,
    doi: Word,
    pmid: Word,
    year: Word,
    metadata: Option<Metadata>,
    analyses: Option<Vec<Analysis>>,
}

/// Facts about a study or an analysis that either format keeps beside it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Metadata {
    pub(super) title: Word,
    pub(super) doi: Word,
    pub(super) pmid: Word,
    pub(super) year: Word,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Analysis {
    id: Word,
    points: Option<Vec<Point>>,
    texts: Option<BTreeMap<String, Word>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Point {
    coordinates: Option<Vec<Number>>,
    space: Word,
}

/// Notes on the analyses of a studyset.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Annotation {
    studyset: Word,
    notes: Vec<Note>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Note {
    analysis: Word,
    note: Option<Marks>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Marks {
    include: Word,
}

/// Analyses that annotations leave out, by the studyset's id and the analysis'.
#[derive(Default)]
pub(super) struct LeftOut(HashSet<(String, String)>);

impl LeftOut {
    /// Those whose note `include` is false in any of the annotations.
    pub(super) fn read(annotations: &[PathBuf]) -> Result<Self, CorpusError> {
        let mut out = HashSet::new();
        for path in annotations {
            let annotation: Annotation = json::read(path, "a NiMADS annotation")?;
            for Note { analysis, note } in annotation.notes {
                if note.is_some_and(|marks| marks.include.0 == "false") {
                    out.insert((annotation.studyset.0.clone(), analysis.0));
                }
            }
        }
        Ok(Self(out))
    }

    /// An annotation that names no studyset is of any.
    fn has(&self, studyset: &str, analysis: &str) -> bool {
        let of = |studyset: &str| (studyset.to_owned(), analysis.to_owned());
        self.0.contains(&of(studyset)) || self.0.contains(&of(""))
    }
}

/// Reads a studyset. A study is named by its PubMed number, where it or its identifier is one, else by its
/// identifier; its abstract is its description; the points of all its analyses are its peaks.
pub(super) fn read(
    path: &Path,
    left_out: &LeftOut,
    (names, list_drops): (&mut Names, bool),
    progress: &Progress,
) -> Result<Source, CorpusError> {
    let studyset: Studyset = json::read(path, "a NiMADS studyset with its studies in full")?;
    let mut source = Source::new("NiMADS studyset", list_drops);
    let at = At { path, line: 0 };
    let mut left = 0;
    for study in studyset.studies {
        progress.check()?;
        let metadata = study.metadata.unwrap_or_default();
        let id = study.id.0.trim();
        let pmid = [&study.pmid.0, &metadata.pmid.0, &study.id.0];
        let pmid = pmid.into_iter().find_map(|text| parse_pmid(text));
        if pmid.is_none() && id.is_empty() {
            let reason = DropReason::NoIdentifier;
            source.drop_study(at, &study.name.0, reason, "a study without id and pmid");
            continue;
        }
        let number = pmid.unwrap_or_else(|| names.number(id));
        let analyses = study.analyses.unwrap_or_default();
        let kept = source.study(at, number, id)?;
        add_facts(
            kept,
            [&study.name, &metadata.title],
            [&study.doi, &metadata.doi],
        );
        add_year(kept, [&study.year, &metadata.year]);
        fill(&mut kept.texts.abstract_text, &study.description.0);
        for analysis in &analyses {
            for (kind, text) in analysis.texts.iter().flatten() {
                add_text(kept, kind, &text.0);
            }
        }
        for analysis in analyses {
            if left_out.has(&studyset.id.0, &analysis.id.0) {
                left += 1;
                let why = format!("analysis {}", analysis.id.0);
                source.drop_study(at, id, DropReason::LeftOutByAnnotation, &why);
                continue;
            }
            for point in analysis.points.into_iter().flatten() {
                let xyz = point.coordinates.unwrap_or_default();
                let axis = |n: usize| xyz.get(n).map_or(f32::NAN, |v| v.0);
                let space = ReportedSpace::parse(&point.space.0);
                source.peak(at, (number, id), [axis(0), axis(1), axis(2)], space)?;
            }
        }
    }
    if source.studies.is_empty() {
        return Err(CorpusError::Broken {
            path: path.to_owned(),
            format: "a NiMADS studyset with its studies in full",
            why: "it lists no studies".to_owned(),
        });
    }
    if left > 0 {
        source.notes.push(format!(
            "{left} analyses are left out: the annotation says include = false of them"
        ));
    }
    source.settle();
    Ok(source)
}

/// Title and DOI, the first that is given.
pub(super) fn add_facts(study: &mut RawStudy, titles: [&Word; 2], dois: [&Word; 2]) {
    for title in titles {
        fill(&mut study.title, &title.0);
    }
    let doi = dois.into_iter().map(|doi| doi.0.trim());
    let mut doi = doi.filter(|doi| !doi.is_empty()).map(str::to_owned);
    study.doi = study.doi.take().or_else(|| doi.next());
}

/// The year, the first that is given.
pub(super) fn add_year(study: &mut RawStudy, years: [&Word; 2]) {
    let mut year = years.into_iter().filter_map(|year| parse_year(&year.0));
    study.year = study.year.or_else(|| year.next());
}

/// A text by the name NiMARE gives it; others are passed over.
pub(super) fn add_text(study: &mut RawStudy, kind: &str, text: &str) {
    let StudyTexts {
        keywords,
        abstract_text,
        body,
        words: _,
    } = &mut study.texts;
    match kind.to_ascii_lowercase().as_str() {
        "title" => fill(&mut study.title, text),
        "keywords" => fill(keywords, text),
        "abstract" => fill(abstract_text, text),
        "body" => fill(body, text),
        _ => {}
    }
}

/// Sets what is still blank.
pub(super) fn fill(kept: &mut String, text: &str) {
    if kept.is_empty() {
        *kept = tidy(text);
    }
}
