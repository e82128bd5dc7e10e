//! The road from a map to its ranking.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;

use crate::bundle::Bundle;
use crate::ontology::Ontology;
use crate::progress::{Cancelled, Progress};
use crate::space::{MaskedMap, on_mask};
use crate::volume::{MapKind, Volume, VolumeData};

use super::provenance::provenance;
use super::signal::{Signal, take_tail, warnings};
use super::{DecodeError, Decoding, Reading, Tail, Vocabulary};

/// Vocabularies kept ready: the embedded model's and a few the user switches between.
const KEPT_VOCABULARIES: usize = 4;

/// What identifies a prepared vocabulary: fingerprints of model and ontology.
type Key = (String, String);

/// Reads one tail of a map. With [`Tail::Both`] it is the tail of greater energy (Σ v²); the result says
/// which. [`decode_tails`] reads each on its own.
///
/// The scores do not depend on the map's scale. The first call for a model prepares its vocabulary (the text
/// tower runs over every task); later ones find it ready.
///
/// # Errors
/// [`DecodeError`] for a map that holds no statistic, no value in the brain, or nothing on the side asked for.
pub fn decode(
    bundle: &Bundle,
    ontology: &Ontology,
    volume: &Volume,
    tail: Tail,
    progress: &Progress,
) -> Result<Reading, DecodeError> {
    let start = Instant::now();
    let masked = masked(bundle, volume, progress)?;
    let tail = match tail {
        Tail::Both => leading(&masked),
        one => one,
    };
    read_tail(bundle, ontology, volume, &masked, tail, start, progress)
}

/// The tail of greater energy (Σ v²): [`Tail::Pos`] or [`Tail::Neg`].
///
/// # Errors
/// As [`decode`].
pub(crate) fn leading_tail(
    bundle: &Bundle,
    volume: &Volume,
    progress: &Progress,
) -> Result<Tail, DecodeError> {
    Ok(leading(&masked(bundle, volume, progress)?))
}

fn leading(masked: &MaskedMap) -> Tail {
    let energy = |tail| take_tail(&masked.values, tail).1.energy;
    if energy(Tail::Neg) > energy(Tail::Pos) {
        Tail::Neg
    } else {
        Tail::Pos
    }
}

/// Reads the tails asked for: one reading for [`Tail::Pos`] or [`Tail::Neg`], up to two for [`Tail::Both`],
/// positive first; an empty tail is left out and the other reading says so.
///
/// # Errors
/// As [`decode`]; with both tails asked for, only where neither can be read.
pub fn decode_tails(
    bundle: &Bundle,
    ontology: &Ontology,
    volume: &Volume,
    tail: Tail,
    progress: &Progress,
) -> Result<Vec<Reading>, DecodeError> {
    let start = Instant::now();
    let masked = masked(bundle, volume, progress)?;
    let read = |tail, start| read_tail(bundle, ontology, volume, &masked, tail, start, progress);
    if tail != Tail::Both {
        return Ok(vec![read(tail, start)?]);
    }
    match (read(Tail::Pos, start), read(Tail::Neg, Instant::now())) {
        (Ok(pos), Ok(neg)) => Ok(vec![pos, neg]),
        (Ok(mut one), Err(DecodeError::EmptyTail(_) | DecodeError::NoPattern))
        | (Err(DecodeError::EmptyTail(_) | DecodeError::NoPattern), Ok(mut one)) => {
            let other = if one.decoding.tail == Tail::Pos {
                "negative"
            } else {
                "positive"
            };
            one.decoding
                .warnings
                .push(format!("The map has no {other} side to decode"));
            Ok(vec![one])
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// The point of the shared space where one tail of a map lies: unit length. Of a map that is decoded it is
/// in the [`Reading`].
///
/// # Errors
/// As [`decode`].
pub fn latent(
    bundle: &Bundle,
    volume: &Volume,
    tail: Tail,
    progress: &Progress,
) -> Result<Vec<f32>, DecodeError> {
    let masked = masked(bundle, volume, progress)?;
    let (values, signal) = take_tail(&masked.values, tail);
    latent_of(bundle, &values, &signal, tail, masked.coverage)
}

/// The vocabulary of a model, prepared on first use.
///
/// # Errors
/// [`Cancelled`].
pub fn vocabulary(
    bundle: &Bundle,
    ontology: &Ontology,
    progress: &Progress,
) -> Result<Arc<Vocabulary>, Cancelled> {
    static READY: Mutex<Vec<(Key, Arc<Vocabulary>)>> = Mutex::new(Vec::new());
    let key = (
        bundle.fingerprint().to_owned(),
        ontology.fingerprint().to_owned(),
    );
    let find = || {
        // Entries are pushed whole: a list whose lock is poisoned is still sound.
        let ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
        ready
            .iter()
            .find(|(k, _)| *k == key)
            .map(|(_, v)| Arc::clone(v))
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    progress.stage("Preparing the tasks of this model");
    let latents: Vec<Vec<f32>> = (0..bundle.tasks.len())
        .into_par_iter()
        .map(|row| {
            progress.check()?;
            Ok(bundle.text_tower.forward(bundle.tasks.embedding(row)))
        })
        .collect::<Result<_, Cancelled>>()?;
    let made = Arc::new(Vocabulary::new(
        &bundle.tasks.ids,
        &bundle.tasks.names,
        latents,
        &bundle.tasks.prior,
        f64::from(bundle.decode_scale),
        ontology,
    ));
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    if ready.len() == KEPT_VOCABULARIES {
        ready.remove(0);
    }
    ready.push((key, Arc::clone(&made)));
    Ok(made)
}

fn masked(bundle: &Bundle, volume: &Volume, progress: &Progress) -> Result<MaskedMap, DecodeError> {
    progress.check()?;
    match (&volume.data, volume.kind) {
        (VolumeData::Label(_), _) | (_, MapKind::Label) => {
            return Err(DecodeError::NotAStatistic("labels"));
        }
        (VolumeData::Rgba(_), _) => return Err(DecodeError::NotAStatistic("colours")),
        (_, MapKind::Magnitude) => {
            return Err(DecodeError::NotAStatistic("magnitudes of complex numbers"));
        }
        (VolumeData::Scalar(_), _) => {}
    }
    progress.stage("Bringing the map onto the model's grid");
    let masked = on_mask(volume, bundle.atlas.mask(), progress)?;
    if masked.coverage <= 0.0 {
        return Err(DecodeError::NoData);
    }
    if masked.values.iter().all(|&v| v == 0.0) {
        return Err(DecodeError::AllZero);
    }
    Ok(masked)
}

fn latent_of(
    bundle: &Bundle,
    values: &[f32],
    signal: &Signal,
    tail: Tail,
    coverage: f32,
) -> Result<Vec<f32>, DecodeError> {
    if signal.voxels == 0 {
        return Err(DecodeError::EmptyTail(tail));
    }
    let features = bundle
        .preprocess
        .features_covering(&bundle.atlas, values, coverage);
    if features.iter().all(|&f| f == 0.0) {
        return Err(DecodeError::NoPattern);
    }
    Ok(bundle.image_tower.forward(&features))
}

fn read_tail(
    bundle: &Bundle,
    ontology: &Ontology,
    volume: &Volume,
    masked: &MaskedMap,
    tail: Tail,
    start: Instant,
    progress: &Progress,
) -> Result<Reading, DecodeError> {
    progress.check()?;
    let vocabulary = vocabulary(bundle, ontology, progress)?;
    progress.stage("Decoding");
    let (values, signal) = take_tail(&masked.values, tail);
    let latent = latent_of(bundle, &values, &signal, tail, masked.coverage)?;
    let (tasks, concepts, domains) = vocabulary.rank(&latent);
    let mut warnings = warnings(volume.kind, tail, &signal, masked.coverage, masked.nonzero);
    warnings.extend(vocabulary.notes().iter().cloned());
    let decoding = Decoding {
        tail,
        tasks,
        concepts,
        domains,
        coverage: masked.coverage,
        warnings,
        elapsed_ms: (start.elapsed().as_secs_f64() * 1e3) as f32,
    };
    let provenance = provenance(bundle, ontology, volume, tail);
    Ok(Reading {
        decoding,
        latent,
        provenance,
    })
}
