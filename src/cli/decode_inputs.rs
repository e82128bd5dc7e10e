//! What `gyrus decode` reads besides the first frame of a map: frames, a cluster, spheres, named regions, lists
//! of peaks.

use std::path::{Path, PathBuf};

use crate::atlas::RegionAtlas;
use crate::bundle::Bundle;
use crate::corpus::Coordinates;
use crate::decode::peaks_map;
use crate::error::{Explain as _, Explanation};
use crate::measure::{DEFAULT_RADIUS_MM, Operation, derive, union};
use crate::progress::Progress;
use crate::space::with_space;
use crate::volume::{MapFile, Volume};

use super::Failure;
use super::frame::FrameArgs;

/// Inputs beyond a map.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct InputArgs {
    #[command(flatten)]
    frame: FrameArgs,
    /// Decode several frames of each map, one ranking a frame: "all", or a range as in 2-5
    #[arg(long, value_name = "all|A-B", value_parser = frames, conflicts_with = "number")]
    frames: Option<Frames>,
    /// Decode the cluster of each map that holds this place (mm) instead of the map
    #[arg(long, value_name = "X,Y,Z", value_parser = super::render::parse_cut, allow_hyphen_values = true, requires = "threshold", requires = "maps")]
    cluster: Option<[f64; 3]>,
    /// Voxels strictly beyond this strength belong to the cluster
    #[arg(long, value_name = "T", requires = "cluster", value_parser = threshold)]
    threshold: Option<f32>,
    /// Decode a sphere around a place in MNI mm; the radius is 8 mm where none is given
    #[arg(long, value_name = "X,Y,Z[,MM]", value_parser = sphere, allow_hyphen_values = true)]
    sphere: Vec<Operation>,
    /// Decode a region of the embedded atlas, as in "Left hippocampus"
    #[arg(long, value_name = "NAME")]
    region: Vec<String>,
    /// Decode the density of a list of peaks: a table with the columns x, y, z in MNI mm, and perhaps value
    #[arg(long, value_name = "CSV")]
    peaks: Vec<PathBuf>,
    /// Decode all spheres and regions together, as one region
    #[arg(long)]
    together: bool,
}

/// Which frames, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frames {
    All,
    Range(usize, usize),
}

/// Something to be decoded, not opened yet.
#[derive(Debug, Clone)]
pub(super) enum Input<'a> {
    /// Frames of a map file.
    Map(&'a Path),
    /// A region made from no map.
    Regions(Vec<Operation>),
    /// A list of peaks.
    Peaks(&'a Path),
}

/// A map to be decoded.
pub(super) struct Opened<'a> {
    /// Its file; none of a region or a cluster.
    pub path: Option<&'a Path>,
    /// Its values.
    pub volume: Volume,
    /// What to tell.
    pub notes: Vec<String>,
}

impl InputArgs {
    /// All that is to be decoded, in order: maps, spheres, regions, lists of peaks.
    ///
    /// # Errors
    /// [`Failure::Input`] for a region the atlas does not have.
    pub fn list<'a>(&'a self, maps: &'a [PathBuf]) -> Result<Vec<Input<'a>>, Failure> {
        let mut regions = self.sphere.clone();
        for name in &self.region {
            regions.push(region(name)?);
        }
        let regions = match (self.together, regions.is_empty()) {
            (true, false) => vec![Input::Regions(regions)],
            _ => regions
                .into_iter()
                .map(|one| Input::Regions(vec![one]))
                .collect(),
        };
        let maps = maps.iter().map(|path| Input::Map(path));
        let peaks = self.peaks.iter().map(|path| Input::Peaks(path));
        Ok(maps.chain(regions).chain(peaks).collect())
    }

    /// Whether anything but a map is asked for.
    pub fn are_given(&self) -> bool {
        !(self.sphere.is_empty() && self.region.is_empty() && self.peaks.is_empty())
    }

    /// Whether a map may give more than one ranking.
    pub fn several_frames(&self) -> bool {
        self.frames.is_some()
    }

    /// Files that are read besides maps.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.peaks.iter()
    }

    /// Opens an input and hands over each map of it; only one is held at a time.
    ///
    /// # Errors
    /// [`Failure::Input`] with the file, and those of `take`.
    pub fn open<'a>(
        &self,
        input: &Input<'a>,
        bundle: &Bundle,
        progress: &Progress,
        mut take: impl FnMut(Opened<'a>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match input {
            Input::Map(path) => self.open_map(path, progress, take),
            Input::Regions(regions) => {
                let one =
                    |region: &Operation| derive(*region, &[], progress).map(|made| made.volume);
                let mut made: Vec<Volume> = regions.iter().map(one).collect::<Result<_, _>>()?;
                let volume = match made.len() {
                    1 => made.remove(0),
                    _ => union(&made)?,
                };
                take(Opened {
                    path: None,
                    volume,
                    notes: Vec::new(),
                })
            }
            Input::Peaks(path) => {
                let peaks = Coordinates::read(path)?;
                let name = crate::files::path_text(path);
                let volume = peaks_map(bundle, &peaks, &format!("Peaks of {name}"))
                    .map_err(|error| at_path(error.explain(), path))?;
                let mut notes = vec![format!(
                    "This is the density of {} peaks, not a statistic",
                    peaks.len()
                )];
                if peaks.not_read > 0 {
                    notes.push(format!(
                        "{} lines of the table are not three numbers in millimetres",
                        peaks.not_read
                    ));
                }
                take(Opened {
                    path: Some(path),
                    volume,
                    notes,
                })
            }
        }
    }

    fn open_map<'a>(
        &self,
        path: &'a Path,
        progress: &Progress,
        mut take: impl FnMut(Opened<'a>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut give = |volume: Volume| {
            let (path, volume) = match (self.cluster, self.threshold) {
                (Some(at_mm), Some(threshold)) => {
                    let operation = Operation::Cluster { at_mm, threshold };
                    let made = derive(operation, &[&volume], progress);
                    let made = made.map_err(|error| at_path(error.explain(), path))?;
                    (None, made.volume)
                }
                _ => (Some(path), volume),
            };
            take(Opened {
                path,
                volume,
                notes: Vec::new(),
            })
        };
        let Some(frames) = self.frames else {
            return give(self.frame.open(path, progress)?);
        };
        let file = MapFile::open(path, progress)?;
        let (first, last) = match frames {
            Frames::All => (1, file.frames()),
            Frames::Range(first, last) => (first, last),
        };
        for frame in first..=last {
            // One beyond the last frame is refused with the number there are.
            let volume = file.frame(frame - 1, progress)?;
            let volume =
                with_space(volume, progress).map_err(|error| at_path(error.explain(), path))?;
            give(volume)?;
        }
        Ok(())
    }
}

fn at_path(mut explanation: Explanation, path: &Path) -> Failure {
    explanation.path.get_or_insert_with(|| path.to_owned());
    Failure::Input(Box::new(explanation))
}

/// A region of the embedded atlas by its name.
fn region(name: &str) -> Result<Operation, Failure> {
    let atlas = RegionAtlas::embedded()?;
    if let Some(region) = atlas.region(name) {
        return Ok(Operation::Region {
            label: region.label,
        });
    }
    let near = atlas.names_like(name);
    let quoted: Vec<String> = near.iter().map(|name| format!("\"{name}\"")).collect();
    Err(Failure::Input(Box::new(Explanation {
        what: "The region was not made".to_owned(),
        why: format!("the embedded atlas has no region “{name}”"),
        remedy: format!("Name one as the atlas does: {}", quoted.join(", ")),
        path: None,
    })))
}

/// "X,Y,Z" or "X,Y,Z,RADIUS".
fn sphere(text: &str) -> Result<Operation, String> {
    let (centre_mm, radius_mm) = ball(text, DEFAULT_RADIUS_MM)?;
    Ok(Operation::Sphere {
        centre_mm,
        radius_mm,
    })
}

/// A place and how far around it, mm.
///
/// # Errors
/// What is expected.
pub(super) fn ball(text: &str, default_radius_mm: f64) -> Result<([f64; 3], f64), String> {
    let number = |part: &str| part.trim().replace('−', "-").parse::<f64>().ok();
    let numbers: Option<Vec<f64>> = text.split(',').map(number).collect();
    let (centre_mm, radius_mm) = match numbers.as_deref() {
        Some(&[x, y, z]) => ([x, y, z], default_radius_mm),
        Some(&[x, y, z, radius]) => ([x, y, z], radius),
        _ => ([f64::NAN; 3], f64::NAN),
    };
    if centre_mm.iter().all(|x| x.is_finite()) && radius_mm > 0.0 && radius_mm.is_finite() {
        Ok((centre_mm, radius_mm))
    } else {
        Err(
            "give three coordinates in mm, and perhaps a radius above 0, as in -42,22,8,10"
                .to_owned(),
        )
    }
}

/// A strength.
fn threshold(text: &str) -> Result<f32, String> {
    let number = text.parse().ok();
    number
        .filter(|t: &f32| t.is_finite() && *t >= 0.0)
        .ok_or_else(|| {
            "it is a number from 0 up; the value at the place says which side is meant".to_owned()
        })
}

/// "all", "3", "2-5".
fn frames(text: &str) -> Result<Frames, String> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("all") {
        return Ok(Frames::All);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |part: &str| part.trim().parse::<usize>().ok().filter(|&n| n >= 1);
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok(Frames::Range(first, last)),
        _ => Err("it is all, or a range of frames counted from 1, as in 2-5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spheres_and_frames_are_read_as_people_write_them() {
        let read = sphere("-42, 22,8").unwrap();
        let (centre_mm, radius_mm) = ([-42.0, 22.0, 8.0], 8.0);
        assert_eq!(
            read,
            Operation::Sphere {
                centre_mm,
                radius_mm
            }
        );
        let radius_mm = 5.5;
        assert_eq!(
            sphere("−42,22,8,5.5").unwrap(),
            Operation::Sphere {
                centre_mm,
                radius_mm
            }
        );
        for wrong in [
            "",
            "1,2",
            "1,2,3,0",
            "1,2,3,-1",
            "1,2,3,4,5",
            "1,2,x",
            "1,2,inf",
        ] {
            assert!(sphere(wrong).is_err(), "{wrong}");
        }
        assert_eq!(frames("ALL"), Ok(Frames::All));
        assert_eq!(frames("2-5"), Ok(Frames::Range(2, 5)));
        assert_eq!(frames("3"), Ok(Frames::Range(3, 3)));
        for wrong in ["", "0-2", "5-2", "-3", "a-b"] {
            assert!(frames(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_the_atlas_does_not_have_is_answered_with_names_like_it() {
        let told = |name: &str| match region(name) {
            Err(Failure::Input(told)) => told.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(region("left HIPPOCAMPUS").is_ok());
        let both = told("hippocampus");
        assert!(
            both.contains("\"Left hippocampus\", \"Right hippocampus\""),
            "{both}"
        );
        assert!(told("Left hipocampus").contains("\"Left hippocampus\""));
        assert!(told("amygdala left").contains("\"Left amygdala\""));
    }
}
