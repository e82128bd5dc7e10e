//! The window, floor by floor.
//!
//! ```text
//! kit       theme, widgets, words                      knows nothing of maps
//! model     document, edits (its only writer), desk    what the window works on
//! jobs      query, queue, hub, services                work off the window's thread
//! feature   what a feature is, actions, commands
//! features  open, look, decode, predict, …  · views    never import each other
//! shell     window, menus, keys, palette, columns      carries out and draws around them
//! ```
//!
//! A part of the window reads the [`model::Document`] and says what it wants done as an
//! [`feature::Action`]; the shell does it before the next frame.

mod engine;
mod feature;
mod features;
mod jobs;
mod kit;
mod model;
mod shell;
mod views;

pub use engine::Engine;
pub use feature::{Action, Call};
pub use jobs::{JobError, ModelFacts, ModelInUse, Services};
pub use kit::theme;
pub use model::{
    Arrangement, AtlasChoice, AtlasInUse, Beside, Catalogue, Decoded, Document, Edge, Editor,
    Layer, LayerId, Mix, Opened, Pane, Panels, PlacedTask, Predicted, RegionEntry, RegionHit,
    Second, Side, Source, StudiesBy, StudyFilter, StudyHit, StudyList, StudyPlan, Support,
    TaskEntry, TaskPlane, TextToPredict, ViewSettings, WordEffect, read_session,
};
pub use shell::{
    AppError, Clipboard, Copied, FileDialogs, GyrusApp, MemoryClipboard, Options, run, run_with,
};
