//! An atlas of the user's choice: a map of labels or of probabilities, and a table of names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::label_table::{LabelTable, beside};
use super::probable::ProbableAtlas;
use super::{AtlasError, RegionAtlas, RegionName};
use crate::progress::Progress;
use crate::volume::{MapFile, Volume, VolumeData};

/// Regions named for one point at most.
const MAX_NAMES: usize = 3;

/// The name of a place.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedRegion {
    /// As the table has it; "label 17" without one.
    pub name: String,
    /// The label, or the number of the map from 1.
    pub label: u32,
    /// Whether the point lies in the region rather than within 5 mm of it.
    pub inside: bool,
    /// Probability, percent, where the atlas has one.
    pub percent: Option<u8>,
}

impl std::fmt::Display for NamedRegion {
    /// "Insula", "≈ Insula", "Insula 43 %".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.inside {
            f.write_str("≈ ")?;
        }
        f.write_str(&self.name)?;
        match self.percent {
            Some(percent) => write!(f, " {percent} %"),
            None => Ok(()),
        }
    }
}

/// A map whose places have names.
#[derive(Debug)]
pub struct LabelledAtlas {
    name: String,
    path: PathBuf,
    table: Option<PathBuf>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Labels(RegionAtlas),
    Probable(ProbableAtlas),
}

impl LabelledAtlas {
    /// Opens an atlas: a 3-D map of whole numbers, or a 4-D map with one region a frame. Names come
    /// from `table`, else from a table of the same name beside the map, else labels stay numbers.
    ///
    /// # Errors
    /// [`AtlasError::Map`] and [`AtlasError::Io`] for files that cannot be read,
    /// [`AtlasError::Table`] for a table without names, [`AtlasError::NoRegions`] for a map that is
    /// no atlas.
    pub fn open(
        path: &Path,
        table: Option<&Path>,
        progress: &Progress,
    ) -> Result<Self, AtlasError> {
        let found = match table {
            Some(table) => Some((table.to_owned(), LabelTable::read(table)?)),
            None => beside(path),
        };
        let (table, names) = found.map_or((None, None), |(path, names)| (Some(path), Some(names)));
        let file = MapFile::open(path, progress)?;
        let no_regions = |why: String| AtlasError::NoRegions {
            why,
            path: path.to_owned(),
        };
        let (name, body) = if file.frames() > 1 {
            // Before names are looked up for as many frames as the header cares to declare.
            ProbableAtlas::check_maps(file.frames()).map_err(no_regions)?;
            let names = names.map_or_else(Vec::new, |names| names.for_maps(file.frames()));
            let name = |map: usize| {
                let known = names.get(map).cloned().flatten();
                known.unwrap_or_else(|| unnamed(map as u32 + 1, !names.is_empty()))
            };
            let probable = ProbableAtlas::read(&file, name, progress);
            progress.check()?;
            (stem(path), Body::Probable(probable.map_err(no_regions)?))
        } else {
            let volume = file.frame(0, progress)?;
            let names = names.map(LabelTable::for_labels);
            let name = |label: u32| {
                let known = names.as_ref().and_then(|names| names.name(label));
                Some(known.map_or_else(|| unnamed(label, names.is_some()), str::to_owned))
            };
            let labels = whole_numbers(&volume).map_err(no_regions)?;
            let regions = RegionAtlas::named(volume.grid, &labels, name).map_err(no_regions)?;
            if regions.regions().is_empty() {
                return Err(no_regions("every voxel is 0".to_owned()));
            }
            (volume.name, Body::Labels(regions))
        };
        Ok(Self {
            name,
            path: path.to_owned(),
            table,
            body,
        })
    }

    /// Name of the atlas: its file's without endings.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The map's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The table its names are from.
    pub fn table(&self) -> Option<&Path> {
        self.table.as_deref()
    }

    /// The names of a point, RAS mm: the region it lies in, else the nearest within 5 mm; of a
    /// probabilistic atlas the three most probable.
    pub fn names_at(&self, point_mm: [f64; 3]) -> Vec<NamedRegion> {
        match &self.body {
            Body::Labels(regions) => {
                let place = regions.name_at(point_mm).map(NamedRegion::from);
                place.into_iter().collect()
            }
            Body::Probable(regions) => regions
                .at(point_mm)
                .into_iter()
                .take(MAX_NAMES)
                .map(|(name, map, percent)| NamedRegion {
                    name: name.to_owned(),
                    label: u32::from(map) + 1,
                    inside: true,
                    percent: Some(percent),
                })
                .collect(),
        }
    }

    /// All regions: name and a point to go to, RAS mm.
    pub fn regions(&self) -> Vec<(String, [f64; 3])> {
        match &self.body {
            Body::Labels(atlas) => atlas
                .regions()
                .iter()
                .map(|region| (region.name.clone(), region.inside_mm))
                .collect(),
            Body::Probable(atlas) => atlas
                .regions()
                .map(|(name, at)| (name.to_owned(), at))
                .collect(),
        }
    }
}

/// What a label without a name is called.
fn unnamed(label: u32, has_table: bool) -> String {
    if has_table {
        format!("label {label} (no name)")
    } else {
        format!("label {label}")
    }
}

fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.')
        .map_or(name, |(stem, _)| stem)
        .to_owned()
}

/// The labels of a map: by value, never by rank.
fn whole_numbers(volume: &Volume) -> Result<Vec<u32>, String> {
    match &volume.data {
        VolumeData::Label(labels) => Ok(labels.to_vec()),
        VolumeData::Scalar(values) => values
            .iter()
            .map(|&v| {
                // No data is no region. Beyond 2²⁴ a 32-bit float no longer tells labels apart.
                if v.is_nan() {
                    Ok(0)
                } else if v >= 0.0 && v.fract() == 0.0 && v <= 16_777_216.0 {
                    Ok(v as u32)
                } else {
                    Err(format!("it holds {v}, which is no label"))
                }
            })
            .collect(),
        VolumeData::Rgba(_) => Err("it holds colours".to_owned()),
    }
}

/// The atlas places are named by: the embedded one or one of the user's choice.
#[derive(Debug, Clone)]
pub enum RegionNamer {
    /// Desikan–Killiany and subcortical labels.
    Embedded(&'static RegionAtlas),
    /// A file.
    Chosen(Arc<LabelledAtlas>),
}

/// What the embedded atlas is called.
pub(crate) const EMBEDDED_NAME: &str = "Desikan–Killiany";

impl RegionNamer {
    /// The embedded atlas.
    ///
    /// # Errors
    /// As [`RegionAtlas::embedded`].
    pub fn embedded() -> Result<Self, AtlasError> {
        RegionAtlas::embedded().map(Self::Embedded)
    }

    /// An atlas from a file, as [`LabelledAtlas::open`].
    ///
    /// # Errors
    /// As [`LabelledAtlas::open`].
    pub fn open(
        path: &Path,
        table: Option<&Path>,
        progress: &Progress,
    ) -> Result<Self, AtlasError> {
        LabelledAtlas::open(path, table, progress).map(|atlas| Self::Chosen(Arc::new(atlas)))
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Embedded(_) => EMBEDDED_NAME,
            Self::Chosen(atlas) => atlas.name(),
        }
    }

    /// The names of a point, RAS mm, as [`LabelledAtlas::names_at`].
    pub fn names_at(&self, point_mm: [f64; 3]) -> Vec<NamedRegion> {
        match self {
            Self::Embedded(atlas) => {
                let place = atlas.name_at(point_mm).map(NamedRegion::from);
                place.into_iter().collect()
            }
            Self::Chosen(atlas) => atlas.names_at(point_mm),
        }
    }

    /// The names of a point in one line: "Insula", "≈ Insula", "Insula 43 %, Putamen 12 %".
    pub(crate) fn line_at(&self, point_mm: [f64; 3]) -> Option<String> {
        let names: Vec<String> = self
            .names_at(point_mm)
            .iter()
            .map(ToString::to_string)
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// All regions: name and a point to go to, RAS mm.
    pub fn regions(&self) -> Vec<(String, [f64; 3])> {
        match self {
            Self::Embedded(atlas) => atlas
                .regions()
                .iter()
                .map(|region| (region.name.clone(), region.inside_mm))
                .collect(),
            Self::Chosen(atlas) => atlas.regions(),
        }
    }
}

impl From<RegionName> for NamedRegion {
    fn from(hit: RegionName) -> Self {
        Self {
            name: hit.name,
            label: hit.label,
            inside: hit.inside,
            percent: None,
        }
    }
}
