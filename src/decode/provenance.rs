//! How a decoding was made.

use super::Tail;
use crate::bundle::Bundle;
use crate::ontology::Ontology;
use crate::provenance::Provenance;
use crate::volume::Volume;

/// The record of one decoded side of a map.
pub(super) fn provenance(
    bundle: &Bundle,
    ontology: &Ontology,
    volume: &Volume,
    tail: Tail,
) -> Provenance {
    Provenance::new("decoding")
        .map(volume.record())
        .model(bundle.record(ontology.fingerprint()))
        .option("tail", tail)
        .option("decode_scale", bundle.decode_scale)
}
