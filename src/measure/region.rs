//! Regions as maps: a ball around a point, a region of the embedded atlas, a cluster of a map. Voxels of the
//! region are 1, all others 0.

use std::sync::Arc;

use super::MeasureError;
use crate::atlas::RegionAtlas;
use crate::progress::Progress;
use crate::space::{grid_2mm, mask_2mm};
use crate::volume::{Fault, Grid, Volume, VolumeError, cluster_at};

/// What the record of a map says was made, where it is a region.
pub(crate) const REGION: &str = "region";
/// Radius of a ball for which none is given, mm.
pub const DEFAULT_RADIUS_MM: f64 = 8.0;
/// A larger ball holds the whole brain.
pub const MAX_RADIUS_MM: f64 = 100.0;

/// A ball on the 2 mm MNI grid: the voxels whose centre lies within the radius, and the one nearest to the
/// ball's centre, however small the radius.
pub(super) fn sphere(
    centre_mm: [f64; 3],
    radius_mm: f64,
) -> Result<(Grid, Arc<[f32]>), MeasureError> {
    if !(radius_mm > 0.0 && radius_mm <= MAX_RADIUS_MM) {
        return Err(MeasureError::Radius(radius_mm));
    }
    let grid = grid_2mm();
    let squared = |index: usize| -> f64 {
        let at = grid.world(grid.voxel(index));
        (0..3).map(|a| (at[a] - centre_mm[a]).powi(2)).sum()
    };
    let mut values: Vec<f32> = (0..grid.len())
        .map(|index| f32::from(squared(index) <= radius_mm * radius_mm))
        .collect();
    let nearest = (0..grid.len()).min_by(|&a, &b| squared(a).total_cmp(&squared(b)));
    // A ball within the grid has a voxel within half a diagonal of its centre.
    if let Some(nearest) = nearest.filter(|&n| squared(n) <= 3.0) {
        values[nearest] = 1.0;
    }
    in_brain(&values, || {
        let [x, y, z] = centre_mm;
        format!("the sphere of {radius_mm} mm around {x} {y} {z}")
    })?;
    Ok((grid, values.into()))
}

/// A region of the embedded atlas on the 2 mm MNI grid: the voxels whose centre lies in it.
pub(super) fn atlas_region(
    label: u32,
    progress: &Progress,
) -> Result<(Grid, Arc<[f32]>), MeasureError> {
    let atlas = RegionAtlas::embedded().map_err(|why| MeasureError::Atlas(why.to_string()))?;
    let name = atlas.by_label(label).map(|region| region.name.clone());
    let name = name.ok_or(MeasureError::NoRegion(label))?;
    progress.check()?;
    let grid = grid_2mm();
    let inside = |index| atlas.label_at(grid.world(grid.voxel(index))) == label;
    let values: Vec<f32> = (0..grid.len())
        .map(|index| f32::from(inside(index)))
        .collect();
    in_brain(&values, || name)?;
    Ok((grid, values.into()))
}

/// What the region of the embedded atlas with this code is called.
pub(super) fn region_name(label: u32) -> String {
    let atlas = RegionAtlas::embedded().ok();
    let region = atlas.and_then(|atlas| atlas.by_label(label));
    region.map_or_else(|| format!("region {label}"), |region| region.name.clone())
}

/// The cluster of a map that holds a point, on the map's own grid: voxels that touch by faces and are beyond
/// the threshold on the side of the value at the point.
pub(super) fn cluster(
    map: &Volume,
    at_mm: [f64; 3],
    threshold: f32,
    progress: &Progress,
) -> Result<(Grid, Arc<[f32]>), MeasureError> {
    let not_scalar = || VolumeError::from(Fault::NotScalar("labels or colours"));
    let values = map.data.scalar().ok_or_else(not_scalar)?;
    let voxel = map.voxel_at_world(at_mm);
    let value = voxel.map(|voxel| values[map.grid.index(voxel)]);
    let nothing = || MeasureError::NoCluster {
        at_mm,
        value: value.filter(|v| v.is_finite()),
        threshold,
    };
    let members = match voxel {
        Some(voxel) => cluster_at(map, voxel, threshold, progress)?,
        None => None,
    };
    let mut made = vec![0.0; values.len()];
    for index in members.ok_or_else(nothing)? {
        made[index as usize] = 1.0;
    }
    Ok((map.grid, made.into()))
}

/// Whether any of the values on the 2 mm grid lies in the brain.
fn in_brain(values: &[f32], what: impl FnOnce() -> String) -> Result<(), MeasureError> {
    let inside = mask_2mm().voxels.iter().any(|&v| values[v as usize] > 0.0);
    if inside {
        Ok(())
    } else {
        Err(MeasureError::OutsideBrain(what()))
    }
}

/// Whether a map is a region that Gyrus made: its values say where, not how strongly.
pub(crate) fn is_region(map: &Volume) -> bool {
    map.provenance
        .as_deref()
        .is_some_and(|made| made.made == REGION)
}

/// Several regions as one, on the 2 mm MNI grid.
///
/// # Errors
/// [`MeasureError::Maps`] for none, [`MeasureError::Map`] where one lies on another grid.
pub fn union(regions: &[Volume]) -> Result<Volume, MeasureError> {
    let first = regions
        .first()
        .ok_or(MeasureError::Maps { wanted: 1, got: 0 })?;
    let not_scalar = || VolumeError::from(Fault::NotScalar("labels or colours"));
    let mut values = vec![0.0_f32; first.grid.len()];
    let mut record = crate::provenance::Provenance::new(REGION).option("make", "union");
    for region in regions {
        let own = region.data.scalar().ok_or_else(not_scalar)?;
        if region.grid != first.grid {
            return Err(MeasureError::Maps {
                wanted: 1,
                got: regions.len(),
            });
        }
        values
            .iter_mut()
            .zip(own.iter())
            .for_each(|(v, own)| *v = v.max(*own));
        record = record.map(region.record());
    }
    let names: Vec<&str> = regions.iter().map(|region| region.name.as_str()).collect();
    let made = Volume::derived(first.grid, values.into(), first.kind, names.join(" and "));
    let mut made = made.ok_or_else(not_scalar)?;
    made.provenance = Some(Arc::new(record));
    Ok(made)
}
