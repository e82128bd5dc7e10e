//! Which places of a map carry its decoding as one task: what a change of every voxel does to the task's score.
//!
//! The score is the task's cosine with the map less the mean cosine of all tasks. Its gradient goes back through the
//! tower, the modes and the voxels the model reads; a voxel's contribution is its value (after threshold and root)
//! times the gradient there ("gradient × input"; Shrikumar et al. 2017). Only the shape of a map counts to the model,
//! not its height, so contributions sum to 0: places for the task against places for others.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::engine::{PreparedMap, side_of};
use super::provenance::provenance;
use super::{DecodeError, Tail, vocabulary};
use crate::atlas::RegionAtlas;
use crate::progress::Progress;
use crate::volume::{MapKind, Mask, Volume};

/// Regions and modes named on each side.
const NAMED: usize = 6;

/// What the record of a map of contributions says was made.
pub(super) const CARRIED: &str = "contributions to a task";

/// What carries the decoding of one side of a map as one task.
#[derive(Debug, Clone)]
pub struct Carried {
    /// Contribution of every voxel on the grid of the model's atlas, in units of the largest magnitude; NaN outside
    /// its mask. Positive speaks for the task.
    pub volume: Volume,
    /// Regions of the embedded atlas that speak for the task, strongest first: share of all that speaks for it.
    pub regions: Vec<Share>,
    /// Regions that speak against it, strongest first: share of all that speaks against it.
    pub against: Vec<Share>,
    /// Modes of the model that speak for it, strongest first: share of all modes that do.
    pub modes: Vec<Share>,
}

/// A part of a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    /// Name of the region or mode.
    pub name: String,
    /// Share, 0..=1.
    pub share: f32,
    /// Where in a region it is strongest, MNI mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_mm: Option<[f64; 3]>,
}

impl PreparedMap<'_> {
    /// What carries the decoding of one side as the task in this row of the model's table; of [`Tail::Both`] of the
    /// leading side.
    ///
    /// # Errors
    /// As [`PreparedMap::read`]; [`DecodeError::NoTask`] for a row there is none of.
    pub fn carried(
        &self,
        tail: Tail,
        row: usize,
        progress: &Progress,
    ) -> Result<Carried, DecodeError> {
        progress.stage("Finding what carries the decoding");
        let bundle = self.bundle();
        let name = bundle.tasks.names.get(row).ok_or(DecodeError::NoTask)?;
        let (tail, read) = side_of(self, tail)?;
        let vocabulary = vocabulary(bundle, bundle.ontology(), progress)?;
        let latents = vocabulary.latents();
        let mut toward = latents[row].clone();
        for (place, slot) in toward.iter_mut().enumerate() {
            let sum: f32 = latents.iter().map(|latent| latent[place]).sum();
            *slot -= sum / latents.len() as f32;
        }
        let down = bundle.image_tower.gradient(&read.features, &toward);
        let gradient = bundle
            .preprocess
            .gradient(&bundle.atlas, &read.values, &down);
        let contributions: Vec<f32> = read
            .values
            .iter()
            .zip(&gradient)
            .map(|(value, slope)| value * slope)
            .collect();
        progress.check()?;
        let mask = bundle.atlas.mask();
        let (regions, against) = by_region(&contributions, mask);
        let modes = by_mode(self, &read.values, &gradient);
        let most = contributions.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        let scale = if most > 0.0 { 1.0 / most } else { 0.0 };
        let scaled: Vec<f32> = contributions.iter().map(|v| v * scale).collect();
        let title = format!("{name} in {}", self.volume().name);
        let volume = mask
            .scatter(&scaled, f32::NAN)
            .and_then(|values| Volume::derived(mask.grid, values.into(), MapKind::Unknown, title));
        let mut volume = volume.ok_or(DecodeError::NoPattern)?;
        let mut record =
            provenance(bundle, self.ontology(), self.volume(), tail).option("task", name);
        record.made = CARRIED.to_owned();
        volume.provenance = Some(Arc::new(record));
        Ok(Carried {
            volume,
            regions,
            against,
            modes,
        })
    }
}

/// What one region adds on one side.
#[derive(Default, Clone, Copy)]
struct Part {
    sum: f64,
    most: f32,
    at_mm: Option<[f64; 3]>,
}

/// Sums by region, of what is positive and of what is negative.
fn by_region(contributions: &[f32], mask: &Mask) -> (Vec<Share>, Vec<Share>) {
    // Without the atlas nothing has a name; the picture is the same.
    let Ok(atlas) = RegionAtlas::embedded() else {
        return (Vec::new(), Vec::new());
    };
    let mut parts: BTreeMap<u32, [Part; 2]> = BTreeMap::new();
    for (&value, &voxel) in contributions.iter().zip(mask.voxels.iter()) {
        if value == 0.0 {
            continue;
        }
        let at_mm = mask.grid.world(mask.grid.voxel(voxel as usize));
        // White matter beside a region counts as that region: a cluster does not end at its border.
        let label = match atlas.label_at(at_mm) {
            0 => atlas.name_at(at_mm).map_or(0, |near| near.label),
            inside => inside,
        };
        let slots = parts.entry(label).or_default();
        let slot = &mut slots[usize::from(value < 0.0)];
        slot.sum += f64::from(value.abs());
        if value.abs() > slot.most {
            (slot.most, slot.at_mm) = (value.abs(), Some(at_mm));
        }
    }
    let side = |which: usize| {
        let named = parts.iter().map(|(&label, parts)| {
            let region = atlas.by_label(label);
            let name = region.map_or_else(|| "outside all regions".to_owned(), |r| r.name.clone());
            (name, parts[which])
        });
        shares(named.collect())
    };
    (side(0), side(1))
}

/// What each mode adds, by its part in the least-squares picture of the map.
fn by_mode(map: &PreparedMap<'_>, values: &[f32], gradient: &[f32]) -> Vec<Share> {
    let atlas = &map.bundle().atlas;
    let weights = atlas.project(values);
    let slopes = atlas.correlate(gradient);
    let parts = weights.iter().zip(slopes).map(|(&weight, slope)| Part {
        sum: (f64::from(weight) * slope).max(0.0),
        ..Part::default()
    });
    shares(atlas.names().iter().cloned().zip(parts).collect())
}

fn shares(mut parts: Vec<(String, Part)>) -> Vec<Share> {
    let all: f64 = parts.iter().map(|(_, part)| part.sum).sum();
    parts.retain(|(_, part)| part.sum > 0.0);
    parts.sort_by(|a, b| b.1.sum.total_cmp(&a.1.sum));
    parts.truncate(NAMED);
    let share = |(name, part): (String, Part)| Share {
        name,
        share: (part.sum / all) as f32,
        at_mm: part.at_mm,
    };
    parts.into_iter().map(share).collect()
}
