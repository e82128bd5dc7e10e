//! Workers that read numbers off maps: atlases, derived maps, comparison, frames, headers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::tasks::looked_at;
use crate::app::document::{Document, Layer, LayerId, Origin, Source};
use crate::app::jobs::{JobError, Policy, Worker};
use crate::app::panels::Activities;
use crate::app::services::{AtlasChoice, AtlasInUse, Opened, Services};
use crate::error::Explain;
use crate::measure::{self, Comparison, Measured, Operation, Over};
use crate::progress::Progress;
use crate::space;
use crate::volume::{HeaderInfo, MapFile, Stats, Volume, read_header};

/// More maps than this are not compared: the matrix would be too small to read.
pub const MAX_COMPARED: usize = 8;

/// A map to be made from maps.
#[derive(Debug, Clone)]
pub struct DeriveRequest {
    /// How.
    pub operation: Operation,
    /// From what, in order.
    pub from: Vec<(Origin, Arc<Volume>)>,
}

/// A map that was made from maps.
#[derive(Debug)]
pub struct DerivedMap {
    /// The map.
    pub opened: Opened,
    /// Whether one of the maps was brought to the other's grid.
    pub resampled: bool,
}

/// One map of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompareKey {
    /// The layer.
    pub layer: LayerId,
    /// What its values are.
    pub content_revision: u64,
    /// Its thresholds, of the positive and of the negative side.
    pub thresholds: [f32; 2],
}

impl CompareKey {
    /// What is to be compared in a document as it is shown now.
    pub fn wanted(document: &Document, over: Over) -> (Vec<Self>, Over) {
        let of = |(layer, _): (&Layer, &Arc<Volume>)| Self {
            layer: layer.id,
            content_revision: layer.content_revision,
            thresholds: layer.display.thresholds(),
        };
        let keys = comparable(document).take(MAX_COMPARED).map(of);
        (keys.collect(), over)
    }
}

/// The layers that can be compared, lowest first: visible ones that hold numbers.
pub fn comparable(document: &Document) -> impl Iterator<Item = (&Layer, &Arc<Volume>)> {
    document.layers.iter().filter_map(|layer| {
        let volume = layer.volume.as_ref().filter(|v| v.data.scalar().is_some());
        volume
            .filter(|_| layer.display.visible)
            .map(|volume| (layer, volume))
    })
}

/// Maps to be compared, every pair.
#[derive(Debug, Clone)]
pub struct CompareRequest {
    /// Which.
    pub key: (Vec<CompareKey>, Over),
    /// Their values.
    pub volumes: Vec<Arc<Volume>>,
}

/// What every pair of maps has in common.
#[derive(Debug)]
pub struct Compared {
    /// Of what.
    pub key: (Vec<CompareKey>, Over),
    /// By the positions of both in the key, the first below the second.
    pub pairs: Vec<([usize; 2], Comparison)>,
}

/// The values of one voxel in all frames.
#[derive(Debug, Clone)]
pub struct Course {
    /// Of which layer.
    pub layer: LayerId,
    /// Of which file.
    pub path: PathBuf,
    /// The voxel.
    pub voxel: [usize; 3],
    /// One a frame; NaN where there is none.
    pub values: Vec<f32>,
    /// Seconds from one frame to the next, where the file says so.
    pub step_s: Option<f64>,
}

/// A layer whose facts are wanted.
#[derive(Debug, Clone)]
pub struct FactsRequest {
    /// The layer and what its values are.
    pub key: (LayerId, u64),
    /// Its file, where it has one.
    pub path: Option<PathBuf>,
    /// Its values.
    pub volume: Arc<Volume>,
}

/// What is told of a layer.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The layer and what its values were.
    pub key: (LayerId, u64),
    /// Its file's header, where it has one that can be read.
    pub header: Option<HeaderInfo>,
    /// Range and counts.
    pub stats: Stats,
}

/// One worker a kind.
pub struct Readers {
    /// Names of places.
    pub atlas: Worker<Option<AtlasChoice>, AtlasInUse>,
    /// Maps from maps.
    pub derive: Worker<DeriveRequest, DerivedMap>,
    /// Pairs of maps.
    pub compare: Worker<CompareRequest, Compared>,
    /// Another frame of a file.
    pub frame: Worker<(PathBuf, usize), Opened>,
    /// All frames of a voxel.
    pub course: Worker<(LayerId, PathBuf, [usize; 3]), Course>,
    /// Header and range of a map.
    pub facts: Worker<FactsRequest, Facts>,
}

impl Readers {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn start(
        services: &Arc<dyn Services>,
        wake: impl Fn() + Send + Clone + 'static,
    ) -> std::io::Result<Self> {
        let at_hand = Arc::new(AtHand::default());
        let s = Arc::clone(services);
        let atlas = Worker::spawn(
            "atlas",
            Policy::LatestWins,
            move |choice: Option<AtlasChoice>, progress: &Progress| {
                progress.stage("Opening the atlas");
                s.use_atlas(choice.as_ref(), progress)
            },
            wake.clone(),
        )?;
        let derive = Worker::spawn("derive", Policy::KeepAll, derive, wake.clone())?;
        let compare = Worker::spawn("compare", Policy::LatestWins, compare, wake.clone())?;
        let files = Arc::clone(&at_hand);
        let frame = Worker::spawn(
            "frame",
            Policy::LatestWins,
            move |(path, frame): (PathBuf, usize), progress: &Progress| {
                files.frame(&path, frame, progress)
            },
            wake.clone(),
        )?;
        let course = Worker::spawn(
            "time course",
            Policy::LatestWins,
            move |(layer, path, voxel): (LayerId, PathBuf, [usize; 3]), progress: &Progress| {
                let file = at_hand.file(&path, progress)?;
                let values = file.time_course(voxel, progress);
                Ok(Course {
                    layer,
                    path,
                    voxel,
                    values: values.map_err(|error| told(progress, &error))?,
                    step_s: file.info().frame_step_s,
                })
            },
            wake.clone(),
        )?;
        let facts = Worker::spawn(
            "facts",
            Policy::LatestWins,
            |request: FactsRequest, _: &Progress| {
                Ok(Facts {
                    key: request.key,
                    // A file that is gone by now has no header to show.
                    header: request.path.and_then(|path| read_header(&path).ok()),
                    stats: request.volume.stats(),
                })
            },
            wake,
        )?;
        Ok(Self {
            atlas,
            derive,
            compare,
            frame,
            course,
            facts,
        })
    }

    /// Adds what runs to what the other workers do.
    pub fn activities(&self, all: &mut Activities) {
        all.atlas = self.atlas.activity();
        all.derive = self.derive.activity();
        all.compare = self.compare.activity();
        all.frame = self.frame.activity();
        all.course = self.course.activity();
    }

    /// Stops everything.
    pub fn cancel(&self) {
        self.atlas.cancel();
        self.derive.cancel();
        self.compare.cancel();
        self.frame.cancel();
        self.course.cancel();
    }
}

/// The file whose frames were looked at last: its header is read and its bytes hashed once, and again
/// when it was written anew.
#[derive(Default)]
struct AtHand {
    last: Mutex<Option<(PathBuf, Arc<MapFile>)>>,
}

impl AtHand {
    fn file(&self, path: &Path, progress: &Progress) -> Result<Arc<MapFile>, JobError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, file)) = &*last
            && known == path
            && file.is_current()
        {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(MapFile::open(path, progress).map_err(|error| told(progress, &error))?);
        *last = Some((path.to_owned(), Arc::clone(&file)));
        Ok(file)
    }

    fn frame(&self, path: &Path, frame: usize, progress: &Progress) -> Result<Opened, JobError> {
        let file = self.file(path, progress)?;
        progress.stage(format!("Reading frame {} of {}", frame + 1, file.frames()));
        let volume = file
            .frame(frame, progress)
            .and_then(|volume| space::with_space(volume, progress))
            .map_err(|error| told(progress, &error))?;
        Ok(looked_at(Opened {
            name: volume.name.clone(),
            source: Source::File {
                path: path.to_owned(),
                hash: volume.hash.clone(),
                frame,
            },
            volume: Arc::new(volume),
        }))
    }
}

/// A failure in the user's words; a stop stays a stop.
fn told(progress: &Progress, error: &impl Explain) -> JobError {
    if progress.is_cancelled() {
        JobError::Cancelled
    } else {
        JobError::Failed(Box::new(error.explain()))
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a worker gives its request away"
)]
fn derive(request: DeriveRequest, progress: &Progress) -> Result<DerivedMap, JobError> {
    progress.stage("Making the layer");
    let maps: Vec<&Volume> = request.from.iter().map(|(_, map)| map.as_ref()).collect();
    let made = measure::derive(request.operation, &maps, progress);
    let made = made.map_err(|error| told(progress, &error))?;
    let names: Vec<&str> = request.from.iter().map(|(o, _)| o.name.as_str()).collect();
    Ok(DerivedMap {
        opened: looked_at(Opened {
            name: request.operation.name(&names),
            source: Source::Derived {
                operation: request.operation,
                origins: request.from.iter().map(|(o, _)| o.clone()).collect(),
            },
            volume: Arc::new(made.volume),
        }),
        resampled: made.resampled,
    })
}

fn compare(request: CompareRequest, progress: &Progress) -> Result<Compared, JobError> {
    progress.stage("Comparing the maps");
    let (maps, over) = &request.key;
    let of = |n: usize| Measured {
        volume: &request.volumes[n],
        threshold: maps[n].thresholds[0],
        negative_threshold: maps[n].thresholds[1],
    };
    let mut pairs = Vec::new();
    for b in 1..request.volumes.len() {
        for a in 0..b {
            let found = measure::compare(of(a), of(b), *over, progress);
            pairs.push(([a, b], found.map_err(|error| told(progress, &error))?));
        }
    }
    Ok(Compared {
        key: request.key,
        pairs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_file_written_again_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.nii");
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats/nifti");
        let at_hand = AtHand::default();
        let progress = Progress::new();
        let open = |name: &str| {
            std::fs::write(&path, std::fs::read(fixtures.join(name)).unwrap()).unwrap();
            at_hand.file(&path, &progress).unwrap()
        };
        let first = open("float32_le.nii");
        let same = at_hand.file(&path, &progress).unwrap();
        assert!(Arc::ptr_eq(&first, &same));
        let second = open("uint8_le.nii");
        assert!(first.hash() != second.hash() && second.is_current());
    }
}
