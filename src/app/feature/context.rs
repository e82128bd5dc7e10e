//! What features act on, and what they look at while they are drawn.

use std::sync::Arc;

use eframe::egui::Context;

use super::action::{Action, Call};
use super::command::CommandTable;
use crate::app::jobs::{Activity, Hub, JobError, Services};
use crate::app::kit::theme::Tokens;
use crate::app::kit::words;
use crate::app::model::{Desk, Document, Editor, RegionHit, TextToPredict};
use crate::error::Explanation;

/// What a feature, or the window, changes when it acts.
pub struct Act<'a> {
    /// The document: read freely, changed by its edits.
    pub doc: Editor<'a>,
    /// The state of the window that several parts look at.
    pub desk: &'a mut Desk,
    /// All background work.
    pub hub: &'a Hub,
    /// The rest of the program.
    pub services: &'a Arc<dyn Services>,
    /// The window.
    pub ctx: &'a Context,
    /// What else is to be done, after this.
    pub actions: Vec<Action>,
}

impl Act<'_> {
    /// Asks something of another feature.
    pub fn call(&mut self, call: Call) {
        self.actions.push(Action::Call(call));
    }

    /// Says a short thing.
    pub fn say(&mut self, text: impl Into<String>) {
        self.desk.messages.notice(text);
    }

    /// Shows a failure; nothing where it was stopped.
    pub fn fail(&mut self, error: JobError) {
        if let JobError::CutShort(why) = &error
            && let Some(path) = &why.path
        {
            self.desk.messages.cut_short.insert(path.clone());
        }
        if let Some(explanation) = error.explanation() {
            self.desk.messages.error(explanation);
        }
    }

    /// Shows a failure.
    pub fn explain(&mut self, explanation: Explanation) {
        self.desk.messages.error(explanation);
    }
}

/// What a part of the window looks at while it is drawn, and where what it wants done goes.
pub struct Cx<'a> {
    /// Colours.
    pub t: &'static Tokens,
    /// The document.
    pub doc: &'a Document,
    /// The state of the window that several parts look at.
    pub desk: &'a Desk,
    /// The rest of the program: fast questions only.
    pub services: &'a Arc<dyn Services>,
    /// The command table.
    pub commands: &'a CommandTable,
    /// What has been running longest.
    pub busy: Option<Activity>,
    /// Done after this frame.
    pub actions: Vec<Action>,
}

impl Cx<'_> {
    /// Changes the document after this frame.
    pub fn edit(&mut self, edit: impl FnOnce(&mut Editor<'_>) + 'static) {
        self.actions.push(Action::edit(edit));
    }

    /// Does what a row of the command table does.
    pub fn run(&mut self, name: &'static str) {
        self.actions.push(Action::Run(name));
    }

    /// Asks something of another feature.
    pub fn call(&mut self, call: Call) {
        self.actions.push(Action::Call(call));
    }

    /// Shows the map predicted for a text among the views, where a page may be in their place.
    pub fn glance(&mut self, wanted: TextToPredict) {
        let keep = false;
        self.call(Call::Predict { wanted, keep });
        self.call(Call::ShowPage(None));
    }

    /// The region a place lies in. The embedded atlas names places of the MNI brain: where only maps of another
    /// space are visible it has no names.
    pub fn region_at(&self, point_mm: [f64; 3]) -> Option<RegionHit> {
        let named = self.desk.atlas.choice.is_some() || !self.doc.is_elsewhere();
        named.then(|| self.services.region_at(point_mm))?
    }

    /// Words of a row of the command table.
    pub fn words(&self, name: &str) -> &'static str {
        self.commands.get(name).map_or("", |row| row.words)
    }

    /// The keys of a row of the command table, as they are written.
    pub fn keys(&self, name: &str) -> String {
        let row = self.commands.get(name);
        let key = row.and_then(|row| row.key);
        key.map_or_else(String::new, |key| words::keys(&key))
    }
}
