//! A decoding as a JSON document: what `gyrus decode --json` prints and the window saves.

use serde::Serialize;

use super::{Balance, BesideNulls, Decoding, GroupScore, Tail, TaskScore, Verdict, verdict};
use crate::provenance::{ModelRecord, Provenance};
use crate::volume::{MapInfo, Volume, WarningCode};

/// One decoded side of a map.
#[derive(Debug, Serialize)]
pub(crate) struct DecodeDocument<'a> {
    schema: u32,
    map: MapInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<BundleInfo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ontology: Option<&'a str>,
    version: &'static str,
    tail: Tail,
    /// Whether this is the stronger side of the map.
    leading: bool,
    coverage: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_side: Option<&'a OtherSide>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nulls: Option<BesideNulls>,
    tasks: &'a [TaskScore],
    concepts: &'a [GroupScore],
    domains: &'a [GroupScore],
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<f32>,
    provenance: &'a Provenance,
}

/// The side of which no table is given.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OtherSide {
    /// Which side.
    pub tail: Tail,
    /// Its strength over that of the leading side, 0..=1.
    pub strength_ratio: f64,
    /// "The negative side, weaker: no task stands out".
    pub sentence: String,
}

impl OtherSide {
    /// Of a side that says something, beside the leading one where that does.
    pub(crate) fn decoded(
        balance: &Balance,
        decoding: &Decoding,
        leading: Option<&Decoding>,
    ) -> Self {
        Self {
            tail: decoding.tail,
            strength_ratio: balance.ratio,
            sentence: balance.other_in_words(decoding, leading),
        }
    }

    /// Of a side that says nothing.
    pub(crate) fn empty(balance: &Balance, tail: Tail, why: &str) -> Self {
        Self {
            tail,
            strength_ratio: balance.ratio,
            sentence: format!("The {} side says nothing: {why}", tail.word()),
        }
    }
}

/// What was noticed about a map's file, without what decoding says itself.
pub(crate) fn file_notes(volume: &Volume) -> Vec<String> {
    let told_later = [WarningCode::LittleCoverage, WarningCode::Thresholded];
    let warnings = volume
        .warnings
        .iter()
        .filter(|w| !told_later.contains(&w.code));
    warnings.map(|w| w.message.clone()).collect()
}

/// Which model made it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct BundleInfo<'a> {
    name: &'a str,
    fingerprint: &'a str,
}

impl<'a> BundleInfo<'a> {
    /// Of what a result says of its model.
    pub(crate) fn of(model: &'a ModelRecord) -> Self {
        Self {
            name: &model.name,
            fingerprint: &model.fingerprint,
        }
    }
}

impl<'a> DecodeDocument<'a> {
    /// At most `top` tasks and concepts; `notes` are what was noticed about the map's file, `leading` is the
    /// map's stronger side.
    pub(crate) fn new(
        map: MapInfo,
        decoding: &'a Decoding,
        provenance: &'a Provenance,
        leading: Tail,
        notes: &[String],
        top: usize,
    ) -> Self {
        let model = provenance.model.as_ref();
        Self {
            schema: 1,
            map,
            bundle: model.map(BundleInfo::of),
            ontology: model.map(|model| model.ontology.as_str()),
            version: env!("CARGO_PKG_VERSION"),
            tail: decoding.tail,
            leading: decoding.tail == leading,
            coverage: decoding.coverage,
            verdict: verdict(decoding),
            other_side: None,
            nulls: decoding.nulls,
            tasks: &decoding.tasks[..top.min(decoding.tasks.len())],
            concepts: &decoding.concepts[..top.min(decoding.concepts.len())],
            domains: &decoding.domains,
            warnings: notes.iter().chain(&decoding.warnings).cloned().collect(),
            elapsed_ms: Some(decoding.elapsed_ms),
            provenance,
        }
    }

    /// Without the time it took, so that the same map gives the same document.
    pub(crate) fn without_time(mut self) -> Self {
        self.elapsed_ms = None;
        self
    }

    /// With a word on the side that is not shown.
    pub(crate) fn beside(mut self, other: Option<&'a OtherSide>) -> Self {
        self.other_side = other;
        self
    }
}
