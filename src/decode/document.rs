//! A decoding as a JSON document: what `gyrus decode --json` prints and the window saves.

use serde::Serialize;

use super::{Decoding, GroupScore, Tail, TaskScore, Verdict, verdict};
use crate::provenance::{ModelRecord, Provenance};
use crate::volume::MapInfo;

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
    coverage: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    tasks: &'a [TaskScore],
    concepts: &'a [GroupScore],
    domains: &'a [GroupScore],
    warnings: Vec<String>,
    elapsed_ms: f32,
    provenance: &'a Provenance,
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
    /// At most `top` tasks and concepts; `notes` are what was noticed about the map's file.
    pub(crate) fn new(
        map: MapInfo,
        decoding: &'a Decoding,
        provenance: &'a Provenance,
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
            coverage: decoding.coverage,
            verdict: verdict(decoding),
            tasks: &decoding.tasks[..top.min(decoding.tasks.len())],
            concepts: &decoding.concepts[..top.min(decoding.concepts.len())],
            domains: &decoding.domains,
            warnings: notes.iter().chain(&decoding.warnings).cloned().collect(),
            elapsed_ms: decoding.elapsed_ms,
            provenance,
        }
    }
}
