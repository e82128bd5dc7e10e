//! The road from a map to its ranking.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::atlas::Noise;
use crate::bundle::Bundle;
use crate::ontology::Ontology;
use crate::progress::{Cancelled, Progress};
use crate::space::{MaskedMap, on_mask, on_mask_continuous};
use crate::volume::{MapKind, Volume, VolumeData};

use super::decline::{decline, is_made_here};
use super::nulls;
use super::provenance::provenance;
use super::sides::Balance;
use super::signal::{Signal, take_tail, warnings};
use super::{DecodeError, Decoding, PriorWeight, Reading, Tail, Vocabulary};

/// Vocabularies kept ready: the embedded model's and a few the user switches between.
const KEPT_VOCABULARIES: usize = 4;

/// Least share of the brain in view of a map that is held against noise, which fills all of it.
const COVERED: f32 = 0.8;

/// What one side says, or why it says nothing.
type SideRead = Result<Reading, DecodeError>;

/// What identifies a prepared vocabulary: fingerprints of model and ontology.
type Key = (String, String);

/// Reads one tail of a map. With [`Tail::Both`] it is the stronger side; the result says which.
/// [`PreparedMap`] reads several of one map. Maps that should not be decoded are decoded:
/// [`PreparedMap::check`] declines them.
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
    PreparedMap::new(bundle, ontology, volume, progress)?.read(tail, progress)
}

/// A map on the model's grid, its sides weighed.
#[derive(Debug)]
pub struct PreparedMap<'a> {
    bundle: &'a Bundle,
    ontology: &'a Ontology,
    volume: &'a Volume,
    masked: MaskedMap,
    balance: Balance,
    noise: Noise,
    prior: PriorWeight,
    /// Rows of the model's tasks that are ranked; all where none are named.
    only: Vec<usize>,
    took: Duration,
}

impl<'a> PreparedMap<'a> {
    /// Brings a map onto the grid of a model.
    ///
    /// # Errors
    /// [`DecodeError`] for a map that holds no statistic or no value in the brain.
    pub fn new(
        bundle: &'a Bundle,
        ontology: &'a Ontology,
        volume: &'a Volume,
        progress: &Progress,
    ) -> Result<Self, DecodeError> {
        let start = Instant::now();
        let masked = masked(bundle, volume, progress)?;
        let mut balance = Balance::of(&masked.values, masked.coverage);
        if bundle.preprocess.is_signed() {
            balance.leading = Tail::Both;
        }
        Ok(Self {
            bundle,
            ontology,
            volume,
            noise: Noise::of(&masked.values, masked.coverage),
            masked,
            balance,
            prior: PriorWeight::default(),
            only: Vec::new(),
            took: start.elapsed(),
        })
    }

    /// With so much of the literature prior.
    #[must_use]
    pub fn weigh_prior(mut self, weight: PriorWeight) -> Self {
        self.prior = weight;
        self
    }

    /// With these tasks of the model only, by their rows: posteriors and prior are shared among them. All where none
    /// are named; rows there are none of are left out.
    #[must_use]
    pub fn only(mut self, rows: &[usize]) -> Self {
        let count = self.bundle.tasks.len();
        self.only = rows.iter().copied().filter(|&row| row < count).collect();
        self
    }

    /// Whether the map should be decoded.
    ///
    /// # Errors
    /// [`DecodeError::Declined`] with the reason.
    pub fn check(&self) -> Result<(), DecodeError> {
        let mask = self.bundle.atlas.mask();
        decline(self.volume, &self.masked, mask).map_or(Ok(()), |why| Err(why.into()))
    }

    pub(super) fn bundle(&self) -> &Bundle {
        self.bundle
    }

    pub(super) fn ontology(&self) -> &Ontology {
        self.ontology
    }

    pub(super) fn volume(&self) -> &Volume {
        self.volume
    }

    /// Whether the model reads a map once, with both its signs: then [`Tail::Both`] is one reading.
    pub fn is_signed(&self) -> bool {
        self.bundle.preprocess.is_signed()
    }

    /// Which side is the stronger one, and by how much; [`Tail::Both`] where the model reads the signed map.
    pub fn balance(&self) -> Balance {
        self.balance
    }

    /// Reads one side; of [`Tail::Both`] the stronger, or the signed map where the model takes it so.
    ///
    /// # Errors
    /// [`DecodeError::EmptyTail`] or [`DecodeError::NoPattern`] where that side says nothing, or a stop.
    pub fn read(&self, tail: Tail, progress: &Progress) -> Result<Reading, DecodeError> {
        let start = Instant::now();
        progress.check()?;
        let tail = match tail {
            Tail::Both => self.balance.leading,
            one => one,
        };
        let vocabulary = vocabulary(self.bundle, self.ontology, progress)?;
        progress.stage("Decoding");
        let masked = &self.masked;
        let (values, signal) = take_tail(&masked.values, tail);
        let side = (&values[..], &signal, tail);
        let read = read_side(self.bundle, side, masked.coverage, self.noise)?;
        let latent = self.bundle.image_tower.forward(&read.features);
        let weight = self.prior.or(self.bundle.manifest.prior_weight);
        let cosines = vocabulary.cosines(&latent);
        let beside = match masked.coverage {
            enough if enough >= COVERED => nulls::beside(self.bundle, &read, &latent, &cosines),
            _ => None,
        };
        let percentiles = beside.as_ref().and_then(|beside| beside.tasks.as_deref());
        let prior = PriorWeight::new(weight);
        let (tasks, concepts, domains) = match self.only.is_empty() {
            true => vocabulary.rank_cosines(&cosines, prior, percentiles),
            false => {
                let some = vocabulary.only(&self.only);
                let cosines: Vec<f64> = self.only.iter().map(|&row| cosines[row]).collect();
                let own = percentiles
                    .map(|all| -> Vec<f32> { self.only.iter().map(|&row| all[row]).collect() });
                some.rank_cosines(&cosines, prior, own.as_deref())
            }
        };
        let kind = self.volume.kind;
        let made_here = is_made_here(self.volume);
        let mut warnings = warnings(
            kind,
            tail,
            &signal,
            masked.coverage,
            masked.nonzero,
            made_here,
        );
        warnings.extend(vocabulary.notes().iter().cloned());
        if !self.only.is_empty() {
            warnings.push(format!(
                "Of the model's {} tasks only {} were ranked: shares are among those",
                self.bundle.tasks.len(),
                self.only.len()
            ));
        }
        let decoding = Decoding {
            tail,
            tasks,
            concepts,
            domains,
            coverage: masked.coverage,
            // The best of all tasks says nothing of the best of some.
            nulls: beside
                .map(|beside| beside.whole)
                .filter(|_| self.only.is_empty()),
            warnings,
            elapsed_ms: ((self.took + start.elapsed()).as_secs_f64() * 1e3) as f32,
        };
        let mut provenance = provenance(self.bundle, self.ontology, self.volume, tail)
            .option("prior_weight", weight);
        if !self.only.is_empty() {
            let ids = self
                .only
                .iter()
                .map(|&row| self.bundle.tasks.ids[row].as_str());
            provenance = provenance.option("only_tasks", ids.collect::<Vec<_>>());
        }
        Ok(Reading {
            decoding,
            latent,
            provenance,
        })
    }

    /// Reads both sides, the positive first.
    ///
    /// # Errors
    /// Where neither says anything, or a stop.
    pub fn read_both(&self, progress: &Progress) -> Result<[SideRead; 2], DecodeError> {
        let side = |tail| match self.read(tail, progress) {
            Err(error @ DecodeError::Cancelled(_)) => Err(error),
            read => Ok(read),
        };
        match [side(Tail::Pos)?, side(Tail::Neg)?] {
            [Err(positive), Err(negative)] => Err(match self.balance.leading {
                Tail::Neg => negative,
                Tail::Pos | Tail::Both => positive,
            }),
            sides => Ok(sides),
        }
    }
}

/// One side of a map as its model reads it; of [`Tail::Both`] the leading one, which is said.
pub(super) fn side_of(map: &PreparedMap<'_>, tail: Tail) -> Result<(Tail, ReadSide), DecodeError> {
    let tail = match tail {
        Tail::Both => map.balance.leading,
        one => one,
    };
    let (values, signal) = take_tail(&map.masked.values, tail);
    let side = (&values[..], &signal, tail);
    Ok((
        tail,
        read_side(map.bundle, side, map.masked.coverage, map.noise)?,
    ))
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
    let tail = match tail {
        Tail::Both if !bundle.preprocess.is_signed() => Tail::Pos,
        tail => tail,
    };
    let (values, signal) = take_tail(&masked.values, tail);
    let noise = Noise::of(&masked.values, masked.coverage);
    latent_of(bundle, (&values, &signal, tail), masked.coverage, noise)
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
            Ok(bundle.task_latent(row))
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
    let mask = bundle.atlas.mask();
    let masked = match bundle.preprocess.is_signed() {
        true => on_mask_continuous(volume, mask, progress)?,
        false => on_mask(volume, mask, progress)?,
    };
    if masked.coverage <= 0.0 {
        return Err(DecodeError::NoData);
    }
    if masked.values.iter().all(|&v| v == 0.0) {
        return Err(DecodeError::AllZero);
    }
    Ok(masked)
}

/// The features of one tail of a masked map, as decoding reads it: what methods beside the model are given, too. Of
/// a map known at the voxels `seen` alone the modes can be fitted there.
///
/// # Errors
/// Where that side says nothing.
pub(crate) fn tail_features(
    bundle: &Bundle,
    masked: &[f32],
    tail: Tail,
    coverage: f32,
    seen: Option<&[bool]>,
) -> Result<Vec<f32>, DecodeError> {
    let (values, signal) = take_tail(masked, tail);
    let noise = Noise::of(masked, coverage);
    match seen {
        Some(seen) if signal.voxels > 0 => Ok(bundle.preprocess.features_seen(
            &bundle.atlas,
            &values,
            seen,
            signal.floor(noise, tail),
        )),
        _ => Ok(read_side(bundle, (&values, &signal, tail), coverage, noise)?.features),
    }
}

/// One side of a map as [`take_tail`] gives it.
pub(super) type OneSide<'a> = (&'a [f32], &'a Signal, Tail);

fn latent_of(
    bundle: &Bundle,
    side: OneSide<'_>,
    coverage: f32,
    noise: Noise,
) -> Result<Vec<f32>, DecodeError> {
    let read = read_side(bundle, side, coverage, noise)?;
    Ok(bundle.image_tower.forward(&read.features))
}

/// One side of a map as a model reads it.
pub(super) struct ReadSide {
    /// After threshold and root, over the atlas's mask.
    pub values: Vec<f32>,
    /// What the image tower takes.
    pub features: Vec<f32>,
}

pub(super) fn read_side(
    bundle: &Bundle,
    (values, signal, tail): OneSide<'_>,
    coverage: f32,
    noise: Noise,
) -> Result<ReadSide, DecodeError> {
    if signal.voxels == 0 {
        return Err(DecodeError::EmptyTail(tail));
    }
    let floor = signal.floor(noise, tail);
    let values = bundle.preprocess.values_above(values, coverage, floor);
    let features = bundle.preprocess.features_of(&bundle.atlas, &values);
    if features.iter().all(|&f| f == 0.0) {
        return Err(DecodeError::NoPattern);
    }
    Ok(ReadSide { values, features })
}
