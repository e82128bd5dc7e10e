//! The clusters of a layer, found on a thread of their own.

use crate::app::jobs::{JobError, Services};
use crate::app::kit::words;
use crate::app::model::{AnalysisSettings, Content, Layer};
use crate::measure::{PeakRow, peak_rows};
use crate::progress::Progress;
use crate::provenance::Provenance;
use crate::render::Signs;
use crate::volume::{
    ClusterOptions, Clusters, MapKind, Volume, VolumeError, WarningCode, clusters,
};

/// Which clusters are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PeaksKey {
    /// Of which values.
    pub of: Content,
    /// Beyond which strength, on the positive and on the negative side.
    pub thresholds: [f32; 2],
    /// Of which signs.
    pub signs: Signs,
    /// Of at least this many voxels.
    pub extent_voxels: usize,
    /// Counts changes of the atlas that names them.
    pub atlas: u64,
    /// Whether the atlas names places of the map's space.
    pub named: bool,
}

impl PeaksKey {
    /// Those of a layer as it is shown.
    pub(super) fn of(layer: &Layer, settings: &AnalysisSettings, atlas: u64) -> Self {
        let volume = layer.volume.as_ref();
        let elsewhere = volume.is_some_and(|v| v.has_warning(WarningCode::OtherSpace));
        Self {
            named: settings.atlas.is_some() || !elsewhere,
            of: layer.content(),
            thresholds: layer.display.thresholds(),
            signs: layer.display.signs,
            extent_voxels: settings.extent_voxels,
            atlas,
        }
    }
}

impl PeaksKey {
    /// How the table of the layer was made.
    pub(super) fn provenance(&self, layer: &Layer) -> Provenance {
        let [above, below] = self.thresholds;
        let made = Provenance::new("peak table")
            .option("threshold", above)
            .option("negative_threshold", below)
            .option("signs", self.signs)
            .option("extent_voxels", self.extent_voxels);
        match &layer.volume {
            Some(volume) => made.map(volume.record()),
            None => made,
        }
    }
}

/// Clusters of a layer: positive ones, then negative ones, each strongest first.
#[derive(Debug, Clone)]
pub(super) struct Peaks {
    /// How many are listed; none of labels and colours.
    pub clusters: usize,
    /// How many weaker ones there are besides.
    pub left_out: usize,
    /// They and their further peaks, named.
    pub rows: Vec<PeakRow>,
    /// The longest text of a value and of a size: they decide how wide the table's columns are.
    pub longest: [String; 2],
}

/// Why a list is empty.
pub(super) fn nothing(layer: &Layer, peaks: &Peaks) -> Option<&'static str> {
    (peaks.clusters == 0).then_some(match (layer.kind, layer.scalar()) {
        (MapKind::Anatomy, _) => "A picture of the head has no peaks",
        (_, None) => "Labels and colours have no peaks",
        (_, Some(_)) => "No voxel passes the threshold",
    })
}

/// Volume of a cluster, mm³.
pub(super) fn size_text(row: &PeakRow) -> Option<String> {
    row.volume_mm3.map(|v| format!("{v:.0}"))
}

/// The longest of some texts; the last of equally long ones.
fn longest(texts: impl Iterator<Item = String>) -> String {
    texts
        .max_by_key(|text| text.chars().count())
        .unwrap_or_default()
}

pub(super) fn peaks(
    services: &dyn Services,
    key: &PeaksKey,
    volume: &Volume,
    progress: &Progress,
) -> Result<Peaks, JobError> {
    // A picture of the head is one cluster of millions of voxels, and means nothing.
    let found = if volume.kind == MapKind::Anatomy {
        Ok(Clusters::default())
    } else {
        clusters_of(key, volume, progress)
    };
    let Clusters { list, left_out } = match found {
        Ok(found) => found,
        Err(_) if progress.is_cancelled() => return Err(JobError::Cancelled),
        // Labels and colours have no peaks: an empty list says so.
        Err(_) => Clusters::default(),
    };
    let rows = peak_rows(&list, |at_mm| {
        let hit = key.named.then(|| services.region_at(at_mm))?;
        hit.map(|hit| hit.to_string())
    });
    Ok(Peaks {
        clusters: list.len(),
        left_out,
        longest: [
            longest(rows.iter().map(|row| words::value(row.value))),
            longest(rows.iter().filter_map(size_text)),
        ],
        rows,
    })
}

/// The clusters of the signs wanted, positive ones first: in one pass where both signs share a
/// threshold, else in one a sign.
fn clusters_of(
    key: &PeaksKey,
    volume: &Volume,
    progress: &Progress,
) -> Result<Clusters, VolumeError> {
    let beyond = |threshold: f32, positive: bool, two_sided: bool| {
        let options = ClusterOptions {
            positive,
            two_sided,
            min_voxels: key.extent_voxels,
            ..ClusterOptions::at(threshold)
        };
        clusters(volume, &options, progress)
    };
    let [above, below] = key.thresholds;
    match key.signs {
        Signs::Positive => beyond(above, true, false),
        Signs::Negative => beyond(below, false, true),
        Signs::Both if above.to_bits() == below.to_bits() => beyond(above, true, true),
        Signs::Both => {
            let mut found = beyond(above, true, false)?;
            let below = beyond(below, false, true)?;
            found.list.extend(below.list);
            found.left_out += below.left_out;
            Ok(found)
        }
    }
}
