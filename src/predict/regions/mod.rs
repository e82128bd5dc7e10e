//! Regions that an article names, beside those in which it reports peaks and those that the model predicts for it: what
//! is named, predicted and not reported may be missing from its table of coordinates (Ghayem et al. 2024).

mod named;
mod table;

pub use table::regions_csv;

use std::sync::Arc;

use rayon::prelude::*;

use super::kept::Kept;
use super::reading::Encoder;
use super::scale::Unit;
use super::titles::title_latents;
use super::{PredictError, decoder};
use crate::atlas::RegionAtlas;
use crate::bundle::Bundle;
use crate::error::Explain;
use crate::progress::{Cancelled, Progress};
use crate::volume::Volume;

/// With a larger share of the model's tasks predicting less there a region counts as predicted.
const PREDICTED: f32 = 0.8;

/// One region of the embedded atlas.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RegionRow {
    /// "Left hippocampus".
    pub region: String,
    /// A voxel of it, RAS mm.
    pub at_mm: [f64; 3],
    /// How often the text names it.
    pub named: u32,
    /// Peaks reported in it, or nearest to it within 5 mm; absent where no peaks were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peaks: Option<u32>,
    /// Mean of the predicted map in it.
    pub predicted: f32,
    /// Share of the model's tasks that predict less there, 0..=1.
    pub percentile: f32,
    /// Whether it is predicted more than by four of five tasks.
    pub is_predicted: bool,
    /// Whether the text names it and no peak is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_missing: Option<bool>,
}

/// What a text names, reports and predicts.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RegionReport {
    /// Regions that are named, reported or predicted: named ones first, most often named first, then by percentile.
    pub regions: Vec<RegionRow>,
    /// Peaks given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peaks: Option<usize>,
    /// Of those, outside all regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peaks_outside: Option<usize>,
    /// Regions named without a peak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<usize>,
    /// Of those, predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_and_predicted: Option<usize>,
    /// Share of the model's tasks whose maps predict as much or more in the missing regions, on average: how likely
    /// another task would have been to restore them. Absent where none is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_of_tasks: Option<f32>,
    /// The same among titles of studies the model did not learn from, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_of_titles: Option<f32>,
}

/// Compares what a text names with the peaks of its article (MNI mm), where they are given, and with its predicted map.
/// With an `encoder` missing regions are held against 1,000 titles of new studies too, which takes some seconds.
///
/// # Errors
/// A model that predicts no maps, a damaged atlas, or a stop.
pub fn region_report(
    bundle: &Bundle,
    text: &str,
    predicted: &Volume,
    (peaks_mm, encoder): (Option<&[[f32; 3]]>, Option<Encoder<'_>>),
    progress: &Progress,
) -> Result<RegionReport, PredictError> {
    let atlas = embedded()?;
    let regions = atlas.regions();
    let others = OtherTexts::of(bundle, progress)?;
    let values = predicted.data.scalar().ok_or(PredictError::NoMap)?;
    let masked = bundle
        .atlas
        .mask()
        .gather(values)
        .ok_or(PredictError::NoMap)?;
    let predicted = others.means(&masked);
    let named = named::named(text, regions.len());
    let mut outside = 0;
    let reported = peaks_mm.map(|peaks| {
        let mut counts = vec![0_u32; regions.len()];
        for peak in peaks {
            let found = atlas.name_at(peak.map(f64::from));
            let row = found.and_then(|found| regions.iter().position(|r| r.label == found.label));
            match row {
                Some(row) => counts[row] += 1,
                None => outside += 1,
            }
        }
        counts
    });
    let mut rows: Vec<(usize, RegionRow)> = Vec::new();
    for (at, region) in regions.iter().enumerate() {
        let percentile = others.percentile(at, predicted[at]);
        let peaks = reported.as_ref().map(|counts| counts[at]);
        let is_predicted = percentile >= PREDICTED;
        if named[at] == 0 && peaks.unwrap_or(0) == 0 && !is_predicted {
            continue;
        }
        rows.push((
            at,
            RegionRow {
                region: region.name.clone(),
                at_mm: region.inside_mm,
                named: named[at],
                peaks,
                predicted: predicted[at],
                percentile,
                is_predicted,
                is_missing: peaks.map(|peaks| named[at] > 0 && peaks == 0),
            },
        ));
    }
    let missing: Vec<usize> = rows
        .iter()
        .filter(|(_, row)| row.is_missing == Some(true))
        .map(|(at, _)| *at)
        .collect();
    let restored = rows
        .iter()
        .filter(|(_, row)| row.is_missing == Some(true) && row.is_predicted);
    let titles = match encoder.filter(|_| !missing.is_empty()) {
        Some(encoder) => title_latents(bundle, encoder, progress)?,
        None => None,
    };
    let p_of_titles = match titles {
        Some(titles) => {
            progress.stage("Looking at regions of other titles");
            let means = others.means_of(bundle, &titles, progress)?;
            Some(others.p_of(&missing, &predicted, &means))
        }
        None => None,
    };
    let report = RegionReport {
        peaks: peaks_mm.map(<[_]>::len),
        peaks_outside: peaks_mm.map(|_| outside),
        missing: peaks_mm.map(|_| missing.len()),
        missing_and_predicted: peaks_mm.map(|_| restored.count()),
        p_of_tasks: (!missing.is_empty()).then(|| others.p_of(&missing, &predicted, &others.means)),
        p_of_titles,
        regions: Vec::new(),
    };
    rows.sort_by(|(_, a), (_, b)| {
        let order = b.named.cmp(&a.named);
        order.then(b.percentile.total_cmp(&a.percentile))
    });
    Ok(RegionReport {
        regions: rows.into_iter().map(|(_, row)| row).collect(),
        ..report
    })
}

/// The predicted map within the regions that are named without a peak, 0 elsewhere: what the article's table may lack.
///
/// # Errors
/// As [`region_report`].
pub fn missing_map(
    bundle: &Bundle,
    predicted: &Volume,
    report: &RegionReport,
    progress: &Progress,
) -> Result<Volume, PredictError> {
    let atlas = embedded()?;
    let others = OtherTexts::of(bundle, progress)?;
    let missing = |name: &str| {
        let mut rows = report.regions.iter();
        rows.any(|row| row.region == name && row.is_missing == Some(true))
    };
    let kept: Vec<bool> = atlas.regions().iter().map(|r| missing(&r.name)).collect();
    let mask = bundle.atlas.mask();
    let values = predicted.data.scalar().ok_or(PredictError::NoMap)?;
    let mut masked = mask.gather(values).ok_or(PredictError::NoMap)?;
    for (value, region) in masked.iter_mut().zip(&others.region_of) {
        if !kept.get(usize::from(*region)).copied().unwrap_or(false) {
            *value = 0.0;
        }
    }
    let values = mask.scatter(&masked, f32::NAN).ok_or(PredictError::NoMap)?;
    let name = format!("{}, regions without a peak", predicted.name);
    let mut map = Volume::derived(mask.grid, values.into(), predicted.kind, name)
        .ok_or(PredictError::NoMap)?;
    let made = predicted.provenance.as_deref().cloned();
    map.provenance =
        made.map(|made| Arc::new(made.option("within", "regions named without a peak")));
    Ok(map)
}

/// The embedded atlas.
fn embedded() -> Result<&'static RegionAtlas, PredictError> {
    RegionAtlas::embedded().map_err(|error| PredictError::Atlas(error.explain().why))
}

/// What the model predicts in each region for its tasks: other texts to hold a text against.
struct OtherTexts {
    /// Region of each voxel of the model's mask; `u16::MAX` outside all.
    region_of: Vec<u16>,
    regions: usize,
    /// A row a task, a number a region.
    means: Vec<Vec<f32>>,
}

impl OtherTexts {
    /// Worked out once a model.
    fn of(bundle: &Bundle, progress: &Progress) -> Result<Arc<Self>, PredictError> {
        static KNOWN: Kept<Arc<OtherTexts>> = Kept::new(2);
        KNOWN.get(bundle.fingerprint(), || {
            progress.stage("Looking at regions of other texts");
            Ok(Arc::new(Self::work_out(bundle, progress)?))
        })
    }

    fn work_out(bundle: &Bundle, progress: &Progress) -> Result<Self, PredictError> {
        let atlas = embedded()?;
        let mask = bundle.atlas.mask();
        let region = |&voxel: &u32| {
            let centre = mask.grid.world(mask.grid.voxel(voxel as usize));
            let label = atlas.label_at(centre);
            let row = atlas.regions().binary_search_by_key(&label, |r| r.label);
            row.map_or(u16::MAX, |row| row as u16)
        };
        let mut out = Self {
            region_of: mask.voxels.par_iter().map(region).collect(),
            regions: atlas.regions().len(),
            means: Vec::new(),
        };
        let tasks: Vec<Vec<f32>> = (0..bundle.tasks.len())
            .into_par_iter()
            .map(|row| bundle.task_latent(row))
            .collect();
        out.means = out.means_of(bundle, &tasks, progress)?;
        Ok(out)
    }

    /// Mean in each region of the maps predicted at these places of the model's space.
    fn means_of(
        &self,
        bundle: &Bundle,
        latents: &[Vec<f32>],
        progress: &Progress,
    ) -> Result<Vec<Vec<f32>>, PredictError> {
        let decoder = decoder(bundle)?;
        let unit = Unit::of(bundle, decoder, progress)?;
        let means = latents.par_iter().map(|latent| {
            progress.check()?;
            // What has no map predicts nothing anywhere.
            let map = unit.map(bundle, &decoder.forward(latent));
            Ok(self.means(&map.unwrap_or_default()))
        });
        Ok(means.collect::<Result<_, Cancelled>>()?)
    }

    /// Mean of a masked map in each region; 0 in one that the mask does not reach.
    fn means(&self, masked: &[f32]) -> Vec<f32> {
        let mut sums = vec![(0.0_f64, 0_u32); self.regions];
        for (&region, &value) in self.region_of.iter().zip(masked) {
            if let Some((sum, count)) = sums.get_mut(usize::from(region))
                && value.is_finite()
            {
                *sum += f64::from(value);
                *count += 1;
            }
        }
        let mean = |(sum, count): (f64, u32)| (sum / f64::from(count.max(1))) as f32;
        sums.into_iter().map(mean).collect()
    }

    /// Share of tasks that predict less in a region.
    fn percentile(&self, region: usize, value: f32) -> f32 {
        let less = self.means.iter().filter(|means| means[region] < value);
        less.count() as f32 / self.means.len().max(1) as f32
    }

    /// Share of other texts, whose means these are, with a mean percentile (among the tasks) over some regions of that of
    /// these values or more, itself counted in.
    fn p_of(&self, regions: &[usize], values: &[f32], means: &[Vec<f32>]) -> f32 {
        let score = |values: &[f32]| -> f32 {
            let sum: f32 = regions.iter().map(|&r| self.percentile(r, values[r])).sum();
            sum / regions.len() as f32
        };
        let own = score(values);
        let others = means.par_iter().filter(|means| score(means) >= own).count();
        (others + 1) as f32 / (means.len() + 1) as f32
    }
}
