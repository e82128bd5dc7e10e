//! Where the views of the window are: a tree of tiles whose dividers can be dragged, started from one
//! of the named arrangements.

use std::collections::BTreeSet;

use eframe::egui::Rect;
use egui_tiles::{Container, ContainerKind, Linear, LinearDir, Tile, TileId, Tiles, Tree};
use serde::ser::{Error as _, SerializeStruct as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::view::ViewSettings;
use crate::render::{Cell, CellKind, Plane, Preset};

/// Version written; trees of another one are not understood.
const VERSION: u32 = 1;

/// Tiles a tree has at most.
const MAX_TILES: usize = 64;

/// One view of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pane {
    /// x fixed.
    Sagittal,
    /// y fixed.
    Coronal,
    /// z fixed.
    Axial,
    /// Maximum projection from above.
    Glass,
    /// Maximum projection from the side.
    GlassSagittal,
    /// Maximum projection from behind.
    GlassCoronal,
    /// Many slices of one plane.
    Mosaic,
    /// The same cut of every map.
    Maps,
}

impl Pane {
    /// Its name; with "view" behind it, the name of its widget.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sagittal => "Sagittal",
            Self::Coronal => "Coronal",
            Self::Axial => "Axial",
            Self::Glass => "Glass brain",
            Self::GlassSagittal => "Sagittal glass brain",
            Self::GlassCoronal => "Coronal glass brain",
            Self::Mosaic => "Mosaic",
            Self::Maps => "Maps side by side",
        }
    }

    /// What is drawn in it.
    pub fn kind(self, view: &ViewSettings) -> CellKind {
        match self {
            Self::Sagittal => CellKind::Slice(Plane::Sagittal),
            Self::Coronal => CellKind::Slice(Plane::Coronal),
            Self::Axial => CellKind::Slice(Plane::Axial),
            Self::Glass => CellKind::Glass(Plane::Axial),
            Self::GlassSagittal => CellKind::Glass(Plane::Sagittal),
            Self::GlassCoronal => CellKind::Glass(Plane::Coronal),
            Self::Mosaic => CellKind::Mosaic(view.mosaic),
            Self::Maps => CellKind::Maps(view.maps),
        }
    }
}

/// An arrangement as it is now: a named one, perhaps changed by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrangement {
    version: u32,
    /// What it was started from.
    pub preset: Preset,
    /// The tiles.
    pub tree: Tree<Pane>,
}

impl Default for Arrangement {
    fn default() -> Self {
        Self::of(Preset::default())
    }
}

impl Arrangement {
    /// A named arrangement as it is designed.
    pub fn of(preset: Preset) -> Self {
        use Pane::{Axial, Coronal, Glass, GlassCoronal, GlassSagittal, Maps, Mosaic, Sagittal};
        let mut tiles = Tiles::default();
        let row = |tiles: &mut Tiles<Pane>, panes: &[Pane]| -> TileId {
            let children = panes.iter().map(|pane| tiles.insert_pane(*pane)).collect();
            tiles.insert_horizontal_tile(children)
        };
        let root = match preset {
            Preset::FourViews => {
                let rows = vec![
                    row(&mut tiles, &[Sagittal, Coronal]),
                    row(&mut tiles, &[Axial, Glass]),
                ];
                tiles.insert_vertical_tile(rows)
            }
            Preset::RowOfThree => row(&mut tiles, &[Sagittal, Coronal, Axial]),
            Preset::OneLarge => {
                let large = tiles.insert_pane(Axial);
                let small = [Coronal, Sagittal].map(|pane| tiles.insert_pane(pane));
                let column = tiles.insert_vertical_tile(small.to_vec());
                let mut linear = Linear::new(LinearDir::Horizontal, vec![large, column]);
                linear.shares.set_share(large, 0.64);
                linear.shares.set_share(column, 0.36);
                tiles.insert_container(Container::Linear(linear))
            }
            Preset::GlassThree => row(&mut tiles, &[GlassSagittal, GlassCoronal, Glass]),
            Preset::Mosaic => tiles.insert_pane(Mosaic),
            Preset::SideBySide => tiles.insert_pane(Maps),
        };
        Self {
            version: VERSION,
            preset,
            tree: Tree::new(eframe::egui::Id::unique("views"), root, tiles),
        }
    }

    /// The views in reading order.
    pub fn panes(&self) -> Vec<Pane> {
        let mut panes = Vec::new();
        if let Some(root) = self.tree.root() {
            self.walk(root, &mut |tile| {
                if let Tile::Pane(pane) = tile {
                    panes.push(*pane);
                }
            });
        }
        panes
    }

    fn walk(&self, id: TileId, visit: &mut impl FnMut(&Tile<Pane>)) {
        let Some(tile) = self.tree.tiles.get(id) else {
            return;
        };
        visit(tile);
        if let Tile::Container(container) = tile {
            for child in container.children() {
                self.walk(*child, visit);
            }
        }
    }

    /// Tiles dropped onto each other become neighbours: there are no tabs to hide one.
    pub fn without_tabs(mut self) -> Self {
        for tile in self.tree.tiles.tiles_mut() {
            if let Tile::Container(container) = tile
                && container.kind() == ContainerKind::Tabs
            {
                container.set_kind(ContainerKind::Horizontal);
            }
        }
        self
    }

    /// Whether every tile is there, once, and at least one of them is a view.
    fn is_sound(&self) -> bool {
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<TileId> = self.tree.root().into_iter().collect();
        let mut panes = 0;
        while let Some(id) = waiting.pop() {
            if !seen.insert(id.0) || seen.len() > MAX_TILES {
                return false;
            }
            match self.tree.tiles.get(id) {
                Some(Tile::Pane(_)) => panes += 1,
                Some(Tile::Container(container)) => waiting.extend(container.children()),
                None => return false,
            }
        }
        panes > 0 && self.version == VERSION
    }
}

impl Serialize for Arrangement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The tree keeps its tiles without order; a file that is written twice must not differ.
        let tree = serde_json::to_value(&self.tree).map_err(S::Error::custom)?;
        let mut written = serializer.serialize_struct("Arrangement", 3)?;
        written.serialize_field("version", &self.version)?;
        written.serialize_field("preset", &self.preset)?;
        written.serialize_field("tree", &tree)?;
        written.end()
    }
}

/// What was written by another version, or by hand and wrong, is the arrangement it was started from,
/// or the usual one.
impl<'de> Deserialize<'de> for Arrangement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let part = |name: &str| value.get(name).cloned().unwrap_or_default();
        let preset = serde_json::from_value(part("preset")).unwrap_or_default();
        let version = serde_json::from_value(part("version")).unwrap_or_default();
        let read = serde_json::from_value(part("tree")).map(|tree| Self {
            version,
            preset,
            tree,
        });
        Ok(match read {
            Ok(arrangement) if arrangement.is_sound() => arrangement.without_tabs(),
            _ => Self::of(preset),
        })
    }
}

/// Rectangles of views within an area, as fractions of it. `gap` is what lies between neighbours.
pub fn cells_of(placed: &[(Pane, Rect)], area: Rect, gap: f32, view: &ViewSettings) -> Vec<Cell> {
    let size = area.size().max(eframe::egui::Vec2::splat(1.0));
    let reach = 0.5 * gap;
    placed
        .iter()
        .map(|(pane, rect)| {
            // Neighbours meet in the middle of what lies between them.
            let low = (rect.min - area.min - eframe::egui::Vec2::splat(reach)) / size;
            let high = (rect.max - area.min + eframe::egui::Vec2::splat(reach)) / size;
            let unit = Rect::from_min_max(
                eframe::egui::pos2(low.x.max(0.0), low.y.max(0.0)),
                eframe::egui::pos2(high.x.min(1.0), high.y.min(1.0)),
            );
            Cell {
                kind: pane.kind(view),
                unit,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arrangement_is_written_and_read_again() {
        for preset in Preset::ALL {
            let arrangement = Arrangement::of(preset);
            assert!(!arrangement.panes().is_empty());
            let text = serde_json::to_string(&arrangement).unwrap();
            let back: Arrangement = serde_json::from_str(&text).unwrap();
            assert_eq!(back, arrangement);
            assert_eq!(serde_json::to_string(&back).unwrap(), text);
        }
    }

    #[test]
    fn nonsense_becomes_the_arrangement_it_was_started_from() {
        let written = serde_json::to_value(Arrangement::of(Preset::OneLarge)).unwrap();
        let read = |value: &serde_json::Value| -> Arrangement {
            serde_json::from_value(value.clone()).unwrap()
        };
        let mut later = written.clone();
        later["version"] = 2.into();
        assert_eq!(read(&later), Arrangement::of(Preset::OneLarge));
        let mut rootless = written.clone();
        rootless["tree"]["root"] = 99.into();
        assert_eq!(read(&rootless), Arrangement::of(Preset::OneLarge));
        let mut circle = written.clone();
        let root = circle["tree"]["root"].clone();
        let tiles = circle["tree"]["tiles"]["tiles"].as_object_mut().unwrap();
        for tile in tiles.values_mut() {
            if let Some(children) = tile.pointer_mut("/Container/Linear/children") {
                children.as_array_mut().unwrap()[0] = root.clone();
            }
        }
        assert_eq!(read(&circle), Arrangement::of(Preset::OneLarge));
        for nothing in ["7", "{}", "[]", r#"{"preset":"cubist"}"#] {
            let read: Arrangement = serde_json::from_str(nothing).unwrap();
            assert_eq!(read, Arrangement::default());
        }
    }
}
