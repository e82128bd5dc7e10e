//! The JSON of a NiMARE `Dataset`: studies, their contrasts, the contrasts' coordinates by axis.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::progress::Progress;

use super::CorpusError;
use super::drops::At;
use super::json::{self, Number, Word};
use super::nimads::{Metadata, add_facts, add_text, add_year};
use super::rows::parse_pmid;
use super::source::{Names, ReportedSpace, Source};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Study {
    title: Word,
    doi: Word,
    pmid: Word,
    year: Word,
    metadata: Option<Metadata>,
    contrasts: BTreeMap<String, Contrast>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Contrast {
    coords: Option<Coordinates>,
    metadata: Option<Metadata>,
    text: Option<BTreeMap<String, Word>>,
    images: Option<BTreeMap<String, Word>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Coordinates {
    space: Word,
    x: Option<Vec<Number>>,
    y: Option<Vec<Number>>,
    z: Option<Vec<Number>>,
}

/// Reads a dataset. A study is named by its PubMed number, where its key is one, else by its key; the coordinates
/// of all its contrasts are its peaks.
pub(super) fn read(
    path: &Path,
    (names, list_drops): (&mut Names, bool),
    progress: &Progress,
) -> Result<Source, CorpusError> {
    let studies: BTreeMap<String, Study> = json::read(path, "a NiMARE dataset")?;
    let mut source = Source::new("NiMARE dataset", list_drops);
    let at = At { path, line: 0 };
    let mut only_images = 0;
    for (key, study) in studies {
        progress.check()?;
        let key = key.trim();
        let metadata = study.metadata.unwrap_or_default();
        let pmid = [key, &study.pmid.0, &metadata.pmid.0];
        let pmid = pmid.into_iter().find_map(parse_pmid);
        let number = pmid.unwrap_or_else(|| names.number(key));
        let kept = source.study(at, number, key)?;
        add_facts(
            kept,
            [&study.title, &metadata.title],
            [&study.doi, &metadata.doi],
        );
        add_year(kept, [&study.year, &metadata.year]);
        for contrast in study.contrasts.values() {
            if let Some(facts) = &contrast.metadata {
                add_facts(kept, [&facts.title, &facts.title], [&facts.doi, &facts.doi]);
                add_year(kept, [&facts.year, &facts.year]);
            }
            for (kind, text) in contrast.text.iter().flatten() {
                add_text(kept, kind, &text.0);
            }
        }
        let mut peaks = 0;
        let mut images = false;
        for contrast in study.contrasts.into_values() {
            images |= contrast.images.is_some_and(|images| !images.is_empty());
            let coordinates = contrast.coords.unwrap_or_default();
            let space = ReportedSpace::parse(&coordinates.space.0);
            let [x, y, z] =
                [coordinates.x, coordinates.y, coordinates.z].map(Option::unwrap_or_default);
            for row in 0..x.len().max(y.len()).max(z.len()) {
                let peak = [&x, &y, &z].map(|axis| axis.get(row).map_or(f32::NAN, |v| v.0));
                // A contrast without peaks may hold one that is nothing.
                if peak.iter().all(|v| v.is_nan()) {
                    continue;
                }
                source.peak(at, (number, key), peak, space)?;
                peaks += 1;
            }
        }
        only_images += usize::from(peaks == 0 && images);
    }
    if only_images > 0 {
        source.notes.push(format!(
            "{only_images} studies have images and no coordinates: their images are not read"
        ));
    }
    source.settle();
    Ok(source)
}
