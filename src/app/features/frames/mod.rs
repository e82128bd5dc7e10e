//! Frames of a 4-D map, and the course of a voxel over them.

mod course;
mod map_file;
mod panel;
mod plot;

use std::path::PathBuf;

use eframe::egui::{Key, Modifiers, Ui};

use self::course::Course;
use self::map_file::LastFile;
use crate::app::feature::{Act, Call, Command, Cx, Feature, Menu, Tab};
use crate::app::jobs::{Hub, Query};
use crate::app::model::{Layer, LayerId, Opened};
use crate::volume::MapKind;

/// A frame of a layer's file, from 0.
type FrameKey = (LayerId, usize);
/// A voxel of a layer's file.
type CourseKey = (LayerId, PathBuf, [usize; 3]);

/// The feature.
pub struct Frames {
    frame: Query<FrameKey, (PathBuf, usize, MapKind), Opened>,
    course: Query<CourseKey, (PathBuf, [usize; 3]), Course>,
}

impl Frames {
    /// Sets its threads going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let last = LastFile::default();
        let same = last.clone();
        Ok(Self {
            frame: hub.query("Reading the frame", move |_, (path, frame, kind), job| {
                let path: PathBuf = path;
                let read = last.frame(&path, frame, job.progress);
                read.map(|opened| opened.with_kind(kind))
            })?,
            course: hub.query("Reading the time course", move |_, (path, voxel), job| {
                let path: PathBuf = path;
                course::read(&same, &path, voxel, job.progress)
            })?,
        })
    }

    /// The frame that is on its way for a layer.
    fn wanted(&self, layer: LayerId) -> Option<usize> {
        let (of, frame) = self.frame.asked().filter(|_| self.frame.is_waiting())?;
        (*of == layer).then_some(*frame)
    }

    fn set_frame(&mut self, id: LayerId, frame: usize, act: &mut Act<'_>) {
        let layer = act.doc.layer(id);
        let framed =
            layer.and_then(|layer| Some((layer.source.path()?, layer.framed()?, layer.kind)));
        let Some((path, volume, kind)) = framed else {
            return act.say("This layer has one frame");
        };
        if frame >= volume.frames {
            return act.say("There is no such frame");
        }
        if volume.frame == frame {
            // What is on its way for this layer is given up; another layer's is not.
            if self.wanted(id).is_some() {
                self.frame.forget();
            }
            return;
        }
        // One frame is read at a time, the latest asked for: others are given up.
        self.frame.ask((id, frame), (path.clone(), frame, kind));
    }

    /// From the frame asked for last, whether it is there already or not.
    fn step(&mut self, step: isize, act: &mut Act<'_>) {
        let Some(layer) = act.doc.selected_layer() else {
            return act.say("No layer is selected");
        };
        let Some(volume) = layer.framed() else {
            return act.say("The selected layer has one frame");
        };
        let now = self.wanted(layer.id).unwrap_or(volume.frame);
        let (id, frames) = (layer.id, volume.frames);
        let next = now.checked_add_signed(step);
        if let Some(next) = next.filter(|&next| next < frames) {
            self.set_frame(id, next, act);
        }
    }

    fn read_course(&mut self, act: &mut Act<'_>) {
        let layer = act.doc.selected_layer();
        let framed = layer.and_then(|l| Some((l.id, l.source.path()?, l.framed()?)));
        let Some((id, path, volume)) = framed else {
            return act.say("The selected layer has one frame");
        };
        match volume.voxel_at_world(act.doc.cut_mm) {
            Some(voxel) => {
                let key = (id, path.clone(), voxel);
                self.course.ask(key, (path.clone(), voxel));
            }
            None => act.say("The crosshair is outside the selected layer"),
        }
    }
}

fn has_frames(cx: &Cx<'_>) -> bool {
    let layer = cx.doc.selected_layer();
    layer.is_some_and(|layer| layer.framed().is_some())
}

impl Feature for Frames {
    fn name(&self) -> &'static str {
        "frames"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("next-frame", "Next frame", |frames, act| {
                frames.step(1, act)
            })
            .tip("Frames are counted from 1")
            .key(Modifiers::NONE, Key::Period)
            .menu(Menu::Analyse, 41)
            .when(has_frames),
            row("previous-frame", "Previous frame", |frames, act| {
                frames.step(-1, act);
            })
            .tip("Frames are counted from 1")
            .key(Modifiers::NONE, Key::Comma)
            .menu(Menu::Analyse, 42)
            .when(has_frames),
            row("time-course", "Plot the time course here", |frames, act| {
                frames.read_course(act);
            })
            .tip("The selected layer's values at the crosshair in all its frames")
            .menu(Menu::Analyse, 43)
            .when(has_frames),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        if self.frame.poll() {
            match (self.frame.take(), self.frame.take_failure()) {
                (Some(((layer, _), opened)), _) => act.doc.show_frame(layer, opened),
                (None, Some(explanation)) => act.explain(explanation),
                (None, None) => {}
            }
            self.frame.forget();
        }
        if self.course.poll()
            && let Some(explanation) = self.course.take_failure()
        {
            act.explain(explanation);
        }
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        match call {
            Call::SetFrame(layer, frame) => self.set_frame(layer, frame, act),
            other => return Some(other),
        }
        None
    }

    fn draw_section(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
        panel::frames_section(self, ui, cx, layer);
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab {
            label: "Values",
            words: "Show values tab",
            order: 40,
        })
    }

    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        panel::course_section(self, ui, cx);
    }
}
