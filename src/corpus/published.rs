//! Neurosynth and NeuroQuery as published.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::progress::Progress;

use super::CorpusError;
use super::drops::DropReason;
use super::load::file_name;
use super::rows::{check_studies, parse_pmid, read_peaks};
use super::source::{RawStudy, ReportedSpace, Source};
use super::split::SplitLists;
use super::table::{Table, optional, tidy};
use super::words::WordCounts;

/// The files of one published data set, all in one folder.
pub(super) struct Published {
    /// The table of studies.
    pub(super) metadata: PathBuf,
    coordinates: PathBuf,
    /// Everything in that folder whose name starts as the data set's files do.
    all: Vec<PathBuf>,
}

impl Published {
    /// The first folder that holds the data set's metadata and coordinates.
    pub(super) fn find(files: &[PathBuf], prefix: &str) -> Option<Self> {
        let table = |files: &[PathBuf], part: &str| {
            [".tsv.gz", ".tsv"].iter().find_map(|ending| {
                let ending = format!("_{part}{ending}");
                files
                    .iter()
                    .find(|p| file_name(p).ends_with(&ending))
                    .cloned()
            })
        };
        let named: Vec<PathBuf> = files
            .iter()
            .filter(|p| file_name(p).starts_with(prefix))
            .cloned()
            .collect();
        named.iter().find_map(|first| {
            let all: Vec<PathBuf> = named
                .iter()
                .filter(|p| p.parent() == first.parent())
                .cloned()
                .collect();
            let (metadata, coordinates) = (table(&all, "metadata")?, table(&all, "coordinates")?);
            Some(Self {
                metadata,
                coordinates,
                all,
            })
        })
    }

    /// The word counts, where vocabulary and both matrices are there.
    pub(super) fn word_counts(&self, studies: usize) -> Result<Option<WordCounts>, CorpusError> {
        let with = |fits: &dyn Fn(&str) -> bool| self.all.iter().find(|p| fits(&file_name(p)));
        let npz = |part: &str| with(&|n| n.contains(part) && n.ends_with(".npz"));
        let vocabulary = with(&|n| n.ends_with("_vocabulary.txt"));
        match (
            vocabulary,
            npz("source-keywords_type-count"),
            npz("source-abstract_type-count"),
        ) {
            (Some(vocabulary), Some(keywords), Some(abstracts)) => {
                WordCounts::read(vocabulary, keywords, abstracts, studies).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// Neurosynth: titles, years, spaces and peaks.
pub(super) fn neurosynth(
    files: &Published,
    list_drops: bool,
    progress: &Progress,
) -> Result<Source, CorpusError> {
    let table = Table::read(&files.metadata)?;
    let id = table.need(&["id", "pmid"], "id")?;
    let title = table.need(&["title"], "title")?;
    let space = table.need(&["space"], "space")?;
    let (doi, year) = (table.column(&["doi"]), table.column(&["year"]));
    let mut source = Source::new("Neurosynth v7", list_drops);
    for row in table.rows() {
        let Some(pmid) = parse_pmid(row.get(id)) else {
            let reason = DropReason::NoIdentifier;
            source.drop_study(table.at(&row), row.get(id), reason, "no PMID");
            continue;
        };
        if source.studies.contains_key(&pmid) {
            let (at, name) = (table.at(&row), row.get(id));
            source.drop_study(
                at,
                name,
                DropReason::IdentifierAgain,
                &format!("{pmid} again"),
            );
            continue;
        }
        check_studies(table.path(), source.studies.len())?;
        let doi = optional(&row, doi);
        source.studies.insert(
            pmid,
            RawStudy {
                doi: (!doi.is_empty()).then(|| doi.to_owned()),
                title: tidy(row.get(title)),
                year: optional(&row, year).parse().ok(),
                space: ReportedSpace::parse(row.get(space)),
                ..RawStudy::default()
            },
        );
    }
    source.count.studies = source.studies.len();
    let table = Table::read(&files.coordinates)?;
    read_peaks(
        &table,
        &["id", "pmid"],
        &mut source,
        parse_pmid,
        |_, s, p, _| s.peaks.push(p),
        progress,
    )?;
    Ok(source)
}

/// NeuroQuery: titles, peaks and, where its word counts are there (the second answer), texts.
pub(super) fn neuroquery(
    files: &Published,
    evaluation: &[u32],
    list_drops: bool,
    progress: &Progress,
) -> Result<(Source, bool), CorpusError> {
    let table = Table::read(&files.metadata)?;
    let id = table.need(&["id", "pmid"], "id")?;
    let title = table.need(&["title"], "title")?;
    let mut source = Source::new("NeuroQuery", list_drops);
    // The word counts' rows follow the metadata's.
    let mut order = Vec::new();
    for row in table.rows() {
        check_studies(table.path(), order.len())?;
        let pmid = parse_pmid(row.get(id));
        let fresh = pmid.filter(|p| !source.studies.contains_key(p));
        order.push(fresh);
        match fresh {
            Some(pmid) => {
                let study = RawStudy {
                    title: tidy(row.get(title)),
                    ..RawStudy::default()
                };
                source.studies.insert(pmid, study);
            }
            None => {
                let reason = match pmid {
                    Some(_) => DropReason::IdentifierAgain,
                    None => DropReason::NoIdentifier,
                };
                source.drop_study(table.at(&row), row.get(id), reason, "no PMID, or one again");
            }
        }
    }
    source.count.studies = source.studies.len();
    let table = Table::read(&files.coordinates)?;
    read_peaks(
        &table,
        &["id", "pmid"],
        &mut source,
        parse_pmid,
        |_, s, p, _| s.peaks.push(p),
        progress,
    )?;
    let counts = files.word_counts(order.len())?;
    if let Some(counts) = &counts {
        add_texts(&mut source, &order, counts, evaluation);
    }
    Ok((source, counts.is_some()))
}

fn add_texts(source: &mut Source, order: &[Option<u32>], counts: &WordCounts, evaluation: &[u32]) {
    let test: HashSet<u32> = SplitLists::committed().test.into_iter().collect();
    let hide = |pmid: u32| test.contains(&pmid) || evaluation.binary_search(&pmid).is_ok();
    let hidden = order
        .iter()
        .enumerate()
        .filter(|(_, pmid)| pmid.is_some_and(hide))
        .map(|(row, _)| row)
        .collect();
    for (pmid, texts) in order.iter().zip(counts.texts(&hidden)) {
        if let Some(study) = pmid.and_then(|p| source.studies.get_mut(&p)) {
            study.texts = texts;
        }
    }
}
