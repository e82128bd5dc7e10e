//! Stand-ins for the slow and large parts of the program, so that tests of the window are about the
//! window. Files are opened by the real reader.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gyrus::app::{
    AtlasChoice, AtlasInUse, Beside, Catalogue, Decoded, Opened, PlacedTask, Predicted,
    RegionEntry, RegionHit, Side, Source, StudiesBy, StudyFilter, StudyHit, StudyList, StudyPlan,
    Support, TaskEntry, TaskPlane, TextToPredict, TrainRequest, WordEffect,
};
use gyrus::app::{JobError, ModelFacts, ModelInUse, Services};
use gyrus::decode::{
    Balance, Carried, Decoding, GroupScore, Plane, PriorWeight, Reading, Share, Tail, TaskScore,
    Vocabulary,
};
use gyrus::error::{Explain, Explanation};
use gyrus::measure::{SCATTER_CELLS, Scatter};
use gyrus::predict::{AmongTitles, DiceAt, NearPeaks, RegionReport, RegionRow};
use gyrus::progress::Progress;
use gyrus::provenance::Provenance;
use gyrus::train::{
    Control, DevFigures, Event as TrainEvent, Projection, Retrieval, Seen, Trained,
};
use gyrus::volume::{Affine, Grid, MapKind, OpenOptions, Volume, VolumeData};

/// Names with falling posteriors.
pub const TASKS: [&str; 14] = [
    "finger tapping",
    "overt movement",
    "grasping",
    "motor imagery",
    "saccades",
    "visual search",
    "Stroop",
    "flanker",
    "n-back",
    "theory of mind",
    "verbal fluency",
    "rhyme verification",
    "pain stimulation",
    "gambling",
];

/// What a test holds of a gate in the middle of every decoding.
pub struct Gate {
    /// A decoding is there.
    pub reached: Receiver<()>,
    /// Lets one through.
    pub open: Sender<()>,
}

/// The stand-in.
#[derive(Default)]
pub struct Fake {
    /// Decodings say that they begin, and wait to be let through, whether they were stopped or not.
    pub gate: Option<(Sender<()>, Mutex<Receiver<()>>)>,
    /// Every decoding takes this long.
    pub decode_ms: u64,
    /// Decodings begun.
    pub decodes: AtomicUsize,
    /// Models used before this one.
    pub models: AtomicUsize,
    /// File of the model in use.
    pub model_path: Mutex<Option<std::path::PathBuf>>,
    /// Whether every map is one-sided, and the other side is asked for.
    pub unreadable: bool,
    /// The atlas chosen.
    pub atlas: Mutex<Option<gyrus::atlas::RegionNamer>>,
    /// How many predictions fail from now on.
    pub failing: AtomicUsize,
    /// While set, an atlas is read and studies are looked for until that is stopped.
    pub holds: AtomicBool,
    /// Texts for which predicting panics.
    pub panics_on: Option<&'static str>,
}

impl Fake {
    /// Goes on while it is wanted.
    fn hold(&self, progress: &Progress) -> Result<(), JobError> {
        while self.holds.load(Ordering::SeqCst) {
            progress.check()?;
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// A stand-in whose decodings wait at a gate.
    pub fn gated() -> (Self, Gate) {
        let ((say, reached), (open, opened)) = (channel(), channel());
        let fake = Self {
            gate: Some((say, Mutex::new(opened))),
            ..Self::default()
        };
        (fake, Gate { reached, open })
    }
}

/// A map as it comes from nowhere.
pub fn opened(volume: Volume) -> Opened {
    let name = volume.name.clone();
    Opened {
        source: Source::Embedded {
            name: name.clone(),
            hash: volume.hash.clone(),
        },
        volume: Arc::new(volume),
        name,
    }
}

fn failed(error: &impl Explain) -> JobError {
    JobError::Failed(Box::new(error.explain()))
}

/// The id of the ontology's concept or domain of this name.
fn ontology_id(name: &str) -> Option<String> {
    let ontology = gyrus::ontology::Ontology::embedded();
    let concept = ontology.concepts.iter().find(|c| c.name == name);
    let domain = ontology.domains.iter().find(|d| d.name == name);
    let concept = concept.map(|c| c.id.0.clone());
    concept.or_else(|| domain.map(|d| d.id.0.clone()))
}

fn file_name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

/// A ball of values around a point, on a 4 mm grid.
pub fn ball(name: &str, centre: [f64; 3], height: f32) -> Volume {
    let grid = Grid {
        shape: [46, 55, 46],
        affine: Affine::scale_translate([4.0; 3], [-90.0, -126.0, -72.0]),
    };
    let value = |n: usize| {
        let p = grid.world(grid.voxel(n));
        let d: f64 = (0..3).map(|a| (p[a] - centre[a]).powi(2)).sum::<f64>() / 400.0;
        height * (-d).exp() as f32
    };
    let values: Arc<[f32]> = (0..grid.len()).map(value).collect();
    Volume {
        grid,
        data: VolumeData::Scalar(values),
        kind: MapKind::Z,
        name: name.to_owned(),
        frames: 1,
        frame: 0,
        hash: format!("{name}{centre:?}{height}"),
        warnings: Vec::new(),
        provenance: None,
    }
}

fn open_file(
    path: &Path,
    frame: usize,
    partial: bool,
    progress: &Progress,
) -> Result<Opened, JobError> {
    let options = OpenOptions {
        frame,
        partial,
        ..OpenOptions::default()
    };
    let volume = gyrus::volume::open_with(path, &options, progress).map_err(|error| {
        let why = Box::new(error.explain());
        if error.is_cut_short() {
            JobError::CutShort(why)
        } else {
            JobError::Failed(why)
        }
    })?;
    let source = Source::File {
        path: path.to_owned(),
        hash: volume.hash.clone(),
        frame: volume.frame,
    };
    Ok(Opened {
        name: volume.name.clone(),
        source,
        volume: Arc::new(volume),
    })
}

impl Services for Fake {
    fn underlay(&self, _: &Progress) -> Result<Arc<Volume>, JobError> {
        gyrus::space::template_t1().map_err(|e| failed(&e))
    }

    fn demo(&self, progress: &Progress) -> Result<Opened, JobError> {
        let volume = gyrus::space::demo_map(progress).map_err(|e| failed(&e))?;
        let source = Source::Embedded {
            name: "demo".into(),
            hash: volume.hash.clone(),
        };
        Ok(Opened {
            name: "left vs right hand".into(),
            source,
            volume: Arc::new(volume),
        })
    }

    fn open(&self, path: &Path, frame: usize, progress: &Progress) -> Result<Opened, JobError> {
        open_file(path, frame, false, progress)
    }

    fn open_partial(
        &self,
        path: &Path,
        frame: usize,
        progress: &Progress,
    ) -> Result<Opened, JobError> {
        open_file(path, frame, true, progress)
    }

    fn decode(
        &self,
        volume: &Volume,
        _: bool,
        prior: PriorWeight,
        progress: &Progress,
    ) -> Result<Decoded, JobError> {
        self.decodes.fetch_add(1, Ordering::SeqCst);
        if let Some((reached, open)) = &self.gate {
            reached.send(()).ok();
            open.lock().unwrap().recv().ok();
        }
        for step in 0..self.decode_ms / 5 {
            progress.set_fraction(5.0 * step as f32 / self.decode_ms as f32);
            progress.check()?;
            std::thread::sleep(Duration::from_millis(5));
        }
        let weight = |n: usize| 0.7_f32.powi(n as i32);
        let total: f32 = (0..TASKS.len()).map(weight).sum();
        let tasks = TASKS.iter().enumerate().map(move |(n, name)| TaskScore {
            name: (*name).to_owned(),
            // One the ontology knows: its antisaccade task, which measures response inhibition.
            id: match *name {
                "saccades" => "tsk_4a57abb949869".to_owned(),
                _ => format!("trm_{n}"),
            },
            similarity: 0.4 - 0.02 * n as f32,
            likelihood: weight(n) / total,
            prior: 1.0 / TASKS.len() as f32,
            posterior: weight(n) / total,
            bayes_factor: 14.0 * weight(n),
            percentile: Some(0.999 - 0.04 * n as f32),
        });
        let group = |names: &[&str]| -> Vec<GroupScore> {
            names
                .iter()
                .enumerate()
                .map(|(n, name)| GroupScore {
                    name: (*name).to_owned(),
                    id: ontology_id(name).unwrap_or_else(|| format!("g{n}")),
                    score: 0.95 * 0.75_f32.powi(n as i32),
                    percentile: 0.99 - 0.1 * n as f32,
                })
                .collect()
        };
        let decoding = |tail| Decoding {
            tail,
            tasks: tasks.clone().collect(),
            concepts: group(&[
                "movement",
                "motor control",
                "motor planning",
                "response execution",
                "imagery",
                "visual attention",
                "response inhibition",
            ]),
            domains: group(&[
                "Action",
                "Perception",
                "Attention",
                "Language",
                "Emotion",
                "Reasoning",
            ]),
            coverage: 0.98,
            nulls: None,
            warnings: Vec::new(),
            elapsed_ms: self.decode_ms as f32,
        };
        let side = |tail| {
            if self.unreadable && tail == Tail::Pos {
                let empty = gyrus::decode::DecodeError::EmptyTail(tail);
                return Side::Refused(empty.explain());
            }
            Side::Decoded(Box::new(Reading {
                decoding: decoding(tail),
                latent: vec![1.0],
                provenance: Provenance::new("decoding")
                    .map(volume.record())
                    .option("tail", tail)
                    .option("prior_weight", prior.or(1.0)),
            }))
        };
        Ok(Decoded::Sides {
            positive: side(Tail::Pos),
            negative: side(Tail::Neg),
            balance: Balance {
                leading: Tail::Pos,
                ratio: 0.4,
            },
        })
    }

    fn studies(
        &self,
        by: &StudiesBy,
        filter: &StudyFilter,
        progress: &Progress,
    ) -> Result<Option<StudyList>, JobError> {
        self.hold(progress)?;
        let late = |n: &u32| filter.from_year.is_none_or(|from| 2000 + *n as u16 >= from);
        let stays = |n: &u32| !filter.without.contains(&(10_000_000 + n));
        // What is asked for by tells where the list begins.
        let (first, near) = match by {
            StudiesBy::Latent(_) => (0, None),
            StudiesBy::Text(_) => (20, None),
            StudiesBy::Peaks(_) => (
                40,
                Some(NearPeaks {
                    peaks: 2,
                    distance_mm: 3.2,
                }),
            ),
        };
        let hits = (first..first + 12)
            .filter(late)
            .filter(stays)
            .map(|n: u32| StudyHit {
                pmid: 10_000_000 + n,
                year: Some(2000 + n as u16),
                title: None,
                tasks: vec![
                    TASKS[n as usize % 14].into(),
                    TASKS[(n as usize + 3) % 14].into(),
                ],
                similarity: near.is_none().then_some(0.8 - 0.03 * (n - first) as f32),
                near,
                peaks: Some(n as usize),
                details: None,
                row: n as usize,
            })
            .collect();
        Ok(Some(StudyList {
            hits,
            ..StudyList::default()
        }))
    }

    fn study_map(&self, plan: &StudyPlan, progress: &Progress) -> Result<Opened, JobError> {
        if plan.keep.needs_chance() {
            self.hold(progress)?;
        }
        let name = format!("{} of {} studies", plan.method.label(), plan.pmids.len());
        let mut made = opened(ball(&name, [20.0, 0.0, 10.0], 5.0));
        made.source = Source::Studies {
            plan: plan.clone(),
            bundle: String::new(),
        };
        Ok(made)
    }

    fn predict(&self, wanted: &TextToPredict, _: &Progress) -> Result<Predicted, JobError> {
        let text = wanted.text.as_str();
        assert!(Some(text) != self.panics_on, "asked to panic on {text}");
        if self.failing.load(Ordering::Relaxed) > 0 {
            self.failing.fetch_sub(1, Ordering::Relaxed);
            return Err(JobError::Failed(Box::new(Explanation {
                what: "Could not predict".to_owned(),
                why: "the test wants it so".to_owned(),
                remedy: "Try again".to_owned(),
                path: None,
            })));
        }
        let mut volume = ball(text, [-40.0, -22.0, 54.0], 6.0);
        volume.kind = MapKind::Predicted;
        let support = |text: &str| Support {
            words: Some(gyrus::predict::familiarity(text)),
            similarity: Some(0.7),
            title_percentile: Some(0.62),
            parts: 1,
            parts_read: 1,
            unread: Vec::new(),
        };
        let second = wanted.second.as_ref().map(|second| support(&second.text));
        Ok(Predicted {
            opened: Opened {
                volume: Arc::new(volume),
                source: Source::Predicted {
                    wanted: wanted.clone(),
                    bundle: "fake".into(),
                },
                name: wanted.name(),
            },
            supports: [support(text)].into_iter().chain(second).collect(),
            latent: vec![1.0],
            nearest_task: Some("trm_1".to_owned()),
        })
    }

    fn word_effects(
        &self,
        text: &str,
        _: [f64; 3],
        _: &Progress,
    ) -> Result<Option<Vec<WordEffect>>, JobError> {
        let effect = |(n, word): (usize, &str)| WordEffect {
            word: word.to_owned(),
            effect: 0.4 - 0.3 * n as f32,
        };
        Ok(Some(
            text.split_whitespace().enumerate().map(effect).collect(),
        ))
    }

    fn regions_of_text(
        &self,
        text: &str,
        _: &Volume,
        _: &Progress,
    ) -> Result<RegionReport, JobError> {
        Ok(RegionReport {
            regions: vec![RegionRow {
                region: "Left amygdala".to_owned(),
                at_mm: [-22.0, -4.0, -18.0],
                named: text.matches("amygdala").count() as u32,
                peaks: None,
                predicted: 0.4,
                percentile: 0.9,
                is_predicted: true,
                is_missing: None,
            }],
            peaks: None,
            peaks_outside: None,
            missing: None,
            missing_and_predicted: None,
            p_of_tasks: None,
            p_of_titles: None,
        })
    }

    fn beside(
        &self,
        _: &Volume,
        _: (&Volume, bool),
        latents: Option<(&[f32], &[f32])>,
        _: &Progress,
    ) -> Result<Beside, JobError> {
        Ok(Beside {
            pearson: 0.41,
            dice: vec![DiceAt {
                percentile: 90.0,
                dice: 0.36,
            }],
            rank: latents.map(|_| 3),
            tasks: TASKS.len(),
            tenth: [0.5, 0.5],
            scatter: Scatter::of(&[0.0, 1.0], &[0.0, 4.0]),
            cells_mm: vec![[12.0, -8.0, 30.0]; SCATTER_CELLS * SCATTER_CELLS],
        })
    }

    fn train(
        &self,
        request: &TrainRequest,
        control: &Control,
        emit: &mut dyn FnMut(TrainEvent),
        progress: &Progress,
    ) -> Result<Trained, JobError> {
        // A run of as many passes as asked for, each of which waits while a test holds it.
        let figures = |n: usize| Retrieval {
            recall_10: n as f64,
            recall_100: 2.0 * n as f64,
            mix_match: 3.0 * n as f64,
        };
        let epochs = request.plan.config.epochs;
        emit(TrainEvent::Config {
            config: request.plan.config.clone(),
            studies: [48, 6],
        });
        let mut kept = 0;
        for epoch in 1..=epochs {
            self.hold(progress)?;
            while control.is_paused() && !control.is_ended() {
                progress.check()?;
                std::thread::sleep(Duration::from_millis(2));
            }
            std::thread::sleep(Duration::from_millis(5));
            emit(TrainEvent::Step {
                step: epoch as u64,
                steps: epochs as u64,
                epoch,
                loss: 3.0 / epoch as f32,
                learning_rate: 1e-3,
                pairs_per_s: 100.0,
            });
            let projection = Projection {
                size: [4, 5],
                values: (0..20)
                    .map(|v| if v == 0 { f32::NAN } else { v as f32 })
                    .collect(),
            };
            let n = 3;
            emit(TrainEvent::Seen(Box::new(Seen {
                epoch,
                diagonal: 0.1 * epoch as f32,
                off_diagonal: 0.05,
                pairs: n,
                similarities: std::array::from_fn(|_| vec![0.5; n * n]),
                plane: vec![([0.1, 0.2], Some(0)), ([-0.1, 0.3], None)],
                maps: request
                    .watch
                    .prompts
                    .iter()
                    .map(|_| [projection.clone(), projection.clone()])
                    .collect(),
                tasks: vec![("tones".to_owned(), 0.4)],
            })));
            emit(TrainEvent::Epoch {
                epoch,
                train_loss: 3.0 / epoch as f32,
                dev_loss: 3.5 / epoch as f32,
                text_to_map: figures(epoch),
                map_to_text: figures(epoch),
                logit_scale: 10.0,
                best: true,
                elapsed_ms: 10.0 * epoch as f32,
            });
            kept = epoch;
            if control.is_ended() {
                break;
            }
        }
        Ok(Trained {
            bundle: request.plan.output.clone(),
            fingerprint: "fake".to_owned(),
            bytes: 1_000_000,
            dev: DevFigures {
                text_to_map: figures(kept),
                map_to_text: figures(kept),
                best_epoch: kept,
                decoder_cosine: 0.3,
                decode_scale: 20.0,
                index_recall: None,
            },
            card: "# A card".to_owned(),
        })
    }

    fn among_titles(
        &self,
        _: &[f32],
        _: &[f32],
        progress: &Progress,
    ) -> Result<Option<AmongTitles>, JobError> {
        self.hold(progress)?;
        Ok(Some(AmongTitles {
            before: 12,
            titles: 1000,
        }))
    }

    fn carried(
        &self,
        volume: &Volume,
        _: Tail,
        task_id: &str,
        _: &Progress,
    ) -> Result<Carried, JobError> {
        let share = |name: &str, share: f32| Share {
            name: name.to_owned(),
            share,
            at_mm: Some([-40.0, -22.0, 54.0]),
        };
        let mut made = ball("contributions", [-40.0, -22.0, 54.0], 6.0);
        made.name = format!("{task_id} in {}", volume.name);
        Ok(Carried {
            volume: made,
            regions: vec![
                share("Left precentral", 0.6),
                share("Left postcentral", 0.3),
            ],
            against: vec![share("Right insula", 0.4)],
            modes: vec![share("Left precentral / postcentral", 0.5)],
        })
    }

    fn plane(&self, progress: &Progress) -> Result<TaskPlane, JobError> {
        let ids: Vec<String> = (0..TASKS.len()).map(|n| format!("trm_{n}")).collect();
        let names = TASKS.map(str::to_owned);
        let at = |n: usize| vec![(n as f32).sin(), (n as f32).cos(), 0.1 * n as f32];
        let latents: Vec<Vec<f32>> = (0..TASKS.len()).map(at).collect();
        let ontology = gyrus::ontology::Ontology::embedded();
        let prior = [1.0; TASKS.len()];
        let vocabulary = Vocabulary::new(&ids, &names, latents, &prior, 1.0, ontology);
        let plane = Plane::of(&vocabulary, progress).map_err(|_| JobError::Cancelled)?;
        let tasks = ids.iter().zip(TASKS).enumerate();
        Ok(TaskPlane {
            tasks: tasks
                .map(|(n, (id, name))| PlacedTask {
                    id: id.clone(),
                    name: name.to_owned(),
                    domain: Some(n % 3),
                })
                .collect(),
            domains: vec!["Action".into(), "Attention".into(), "Language".into()],
            concepts: vec![("movement".into(), [0.1, 0.2])],
            plane,
        })
    }

    fn save_map(&self, volume: &Volume, path: &Path) -> Result<(), JobError> {
        gyrus::volume::write_nifti(volume, path).map_err(|e| failed(&e))
    }

    fn catalogue(&self) -> Catalogue {
        let task = |(n, name): (usize, &&str)| TaskEntry {
            id: format!("trm_{n}"),
            name: (*name).to_owned(),
            definition: format!("What {name} asks for."),
        };
        Catalogue {
            tasks: TASKS.iter().enumerate().map(task).collect(),
            regions: vec![RegionEntry {
                name: "Left hippocampus".into(),
                centre_mm: [-26.0, -20.0, -16.0],
            }],
        }
    }

    fn use_atlas(
        &self,
        choice: Option<&AtlasChoice>,
        progress: &Progress,
    ) -> Result<AtlasInUse, JobError> {
        self.hold(progress)?;
        let Some(choice) = choice else {
            return Ok(AtlasInUse::default());
        };
        let places =
            gyrus::atlas::RegionNamer::open(&choice.path, choice.table.as_deref(), progress)
                .map_err(|e| failed(&e))?;
        let in_use = AtlasInUse {
            name: places.name().to_owned(),
            choice: Some(choice.clone()),
            ..AtlasInUse::default()
        };
        *self.atlas.lock().unwrap() = Some(places);
        Ok(in_use)
    }

    fn region_at(&self, at @ [x, ..]: [f64; 3]) -> Option<RegionHit> {
        if let Some(places) = &*self.atlas.lock().unwrap() {
            let hit = places.names_at(at).into_iter().next()?;
            return Some(RegionHit {
                name: hit.name,
                inside: hit.inside,
            });
        }
        let side = if x < 0.0 { "Left" } else { "Right" };
        Some(RegionHit {
            name: format!("{side} precentral"),
            inside: x.abs() > 20.0,
        })
    }

    fn model(&self) -> ModelInUse {
        let path = self.model_path.lock().unwrap().clone();
        ModelInUse {
            number: self.models.load(Ordering::SeqCst) as u64,
            name: "a stand-in for tests".into(),
            facts: path
                .as_ref()
                .map(|path| ModelFacts {
                    name: "another stand-in".into(),
                    fingerprint: format!("{} fingerprint", file_name(path)),
                    prior_percent: 100,
                    tasks: TASKS.len(),
                    modes: 3,
                    studies: None,
                    predicts: true,
                    signed: false,
                    ontology: None,
                })
                .or_else(|| {
                    Some(ModelFacts {
                        name: "a stand-in".into(),
                        fingerprint: "fake".into(),
                        prior_percent: 100,
                        tasks: TASKS.len(),
                        modes: 3,
                        studies: Some(12),
                        predicts: true,
                        signed: false,
                        ontology: None,
                    })
                }),
            path,
        }
    }

    fn use_model(&self, path: Option<&Path>, _: &Progress) -> Result<ModelInUse, JobError> {
        if let Some(path) = path.filter(|path| !path.exists()) {
            return Err(JobError::Failed(Box::new(Explanation {
                what: "Could not open the model".into(),
                why: "there is no such file".into(),
                remedy: "Choose another".into(),
                path: Some(path.to_owned()),
            })));
        }
        *self.model_path.lock().unwrap() = path.map(Path::to_owned);
        self.models.fetch_add(1, Ordering::SeqCst);
        Ok(self.model())
    }
}
