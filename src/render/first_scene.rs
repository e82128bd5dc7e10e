//! A scene before anyone has changed anything: the window's with the same maps opened one after the
//! other.

use std::sync::Arc;

use super::content::cropped;
use super::first_colours::{default_display, next_colours};
use super::first_look::first_look;
use super::scene::{Convention, Scene, SceneLayer};
use crate::space;
use crate::volume::{Grid, MapKind, Volume, VolumeError, WarningCode};

/// The cut point stays within this distance of the origin, mm.
const WORLD_LIMIT_MM: f64 = 200.0;

/// Voxels of air left around the head: its edge is smoothed over its neighbours.
const AIR_VOXELS: usize = 2;

/// The anatomy drawn under maps: the T1 template without the air around it.
///
/// # Errors
/// As [`space::template_t1`].
pub fn anatomy() -> Result<Arc<Volume>, VolumeError> {
    Ok(cropped(&space::template_t1()?, AIR_VOXELS))
}

/// The point of the grids, together as a box along the axes, that is nearest to this one. RAS mm. The
/// point itself where there are no grids.
pub(crate) fn nearest_in_grids<'a>(
    grids: impl IntoIterator<Item = &'a Grid>,
    point_mm: [f64; 3],
) -> [f64; 3] {
    let mut low = [f64::INFINITY; 3];
    let mut high = [f64::NEG_INFINITY; 3];
    for grid in grids {
        for corner in 0..8_usize {
            let voxel = std::array::from_fn(|axis| {
                (corner >> axis & 1) * grid.shape[axis].saturating_sub(1)
            });
            let at_mm = grid.world(voxel);
            for axis in 0..3 {
                low[axis] = low[axis].min(at_mm[axis]);
                high[axis] = high[axis].max(at_mm[axis]);
            }
        }
    }
    if low[0] > high[0] {
        return point_mm;
    }
    // Not `clamp`: a broken affine may give bounds that are no numbers.
    std::array::from_fn(|axis| point_mm[axis].min(high[axis]).max(low[axis]))
}

/// Where a scene whose first map this is, is cut: at the map's [`super::first_look_mm`], inside the
/// anatomy and the map. RAS mm.
fn first_cut_mm(map: &Volume, anatomy: Option<&Volume>) -> [f64; 3] {
    let Some(point) = first_look(map).point_mm(map) else {
        return [0.0; 3];
    };
    let inside = match anatomy {
        Some(anatomy) => nearest_in_grids([&map.grid, &anatomy.grid], point),
        None => point,
    };
    inside.map(|x| x.clamp(-WORLD_LIMIT_MM, WORLD_LIMIT_MM))
}

impl Scene {
    /// A scene of maps opened from files, bottom first: each at its first look in colours of its own,
    /// cut where the first of them is looked at. Pictures of anatomy lie under the maps. Under a first
    /// map that does not seem to be in MNI space there is no `underlay`.
    pub fn of(underlay: Option<Arc<Volume>>, volumes: Vec<Arc<Volume>>, dark: bool) -> Self {
        let first = volumes.first().map(Arc::clone);
        let mut layers: Vec<SceneLayer> = Vec::with_capacity(volumes.len());
        for volume in volumes {
            let shown = layers.iter().map(|layer| layer.display.positive);
            let display = default_display(&volume, next_colours(shown, false));
            let is_anatomy = |layer: &&SceneLayer| layer.volume.kind == MapKind::Anatomy;
            let at = if volume.kind == MapKind::Anatomy {
                layers.iter().take_while(is_anatomy).count()
            } else {
                layers.len()
            };
            layers.insert(at, SceneLayer::new(volume, display));
        }
        let elsewhere = |map: &Arc<Volume>| map.has_warning(WarningCode::OtherSpace);
        Self {
            cut_mm: first
                .as_ref()
                .map_or([0.0; 3], |map| first_cut_mm(map, underlay.as_deref())),
            underlay: underlay.filter(|_| !first.as_ref().is_some_and(elsewhere)),
            layers,
            convention: Convention::default(),
            dark,
            crosshair: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::volume;

    #[test]
    fn the_nearest_point_lies_in_the_box_of_all_grids() {
        let small = volume([3, 3, 3], 1.0, vec![1.0; 27]).grid;
        let corner = small.world([2, 2, 2]);
        let beyond = corner.map(|x| x + 50.0);
        assert_eq!(nearest_in_grids([&small], beyond), corner);
        let mut other = small;
        other.shape = [11, 3, 3];
        let [x, y, z] = nearest_in_grids([&small, &other], beyond);
        assert_eq!(
            [x, y, z],
            [other.world([10, 0, 0])[0], corner[1], corner[2]]
        );
        assert_eq!(nearest_in_grids([], beyond), beyond);
    }

    #[test]
    fn colours_differ_and_anatomy_lies_below() {
        let of = |kind| {
            let mut map = volume([3, 3, 3], 1.0, (0..27).map(|n| n as f32).collect());
            map.kind = kind;
            map.hash = format!("{kind:?}");
            Arc::new(map)
        };
        let maps = vec![of(MapKind::Z), of(MapKind::Anatomy), of(MapKind::T)];
        let scene = Scene::of(None, maps, true);
        let kinds: Vec<MapKind> = scene.layers.iter().map(|l| l.volume.kind).collect();
        assert_eq!(kinds, [MapKind::Anatomy, MapKind::Z, MapKind::T]);
        let colours = scene.layers.iter().map(|l| l.display.positive.name());
        assert_eq!(colours.collect::<Vec<_>>(), ["gray", "warm", "plain-green"]);
    }
}
