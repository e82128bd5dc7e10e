//! What can be done with files, in menus and by keys.

use eframe::egui::{Key, Modifiers};

use super::load::LoadRequest;
use super::save::SaveRequest;
use super::{Files, Wanted};
use crate::app::feature::{Act, Action, Call, Command, FileRequest, Menu, Purpose};
use crate::app::kit::words::file_name;
use crate::app::model::SESSION_ENDING;
use crate::volume::ENDINGS;

const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

pub(super) fn commands() -> Vec<Command<Files>> {
    vec![
        Command::new("open", "Open a map…", open)
            .tip("NIfTI, Analyze, MGH or AFNI files; dropping them on the window works too")
            .key(Modifiers::COMMAND, Key::O)
            .menu(Menu::File, 10),
        Command::<Files>::new("open-example", "Open the example map", |files, _| {
            files.load.ask(Wanted::New, LoadRequest::Demo);
        })
        .tip("Left against right hand movement, NeuroVault image 10426")
        .menu(Menu::File, 12)
        .under("Examples"),
        Command::new("reopen-session", "Reopen the last session", reopen)
            .tip("The layers and views when Gyrus was last closed")
            .menu(Menu::File, 13),
        Command::new("open-session", "Open a session…", |_, act| {
            act.call(Call::Choose(FileRequest {
                title: "Open a session",
                purpose: Purpose::Open,
                filters: vec![("Gyrus session", vec![SESSION_ENDING.to_owned()])],
                then: Box::new(|paths| Action::Call(Call::Open(paths))),
            }));
        })
        .key(COMMAND_SHIFT, Key::O)
        .menu(Menu::File, 20),
        Command::new("save-session", "Save session…", save_session)
            .tip("Layers, their display and the crosshair, as a small readable file that names the maps")
            .key(COMMAND_SHIFT, Key::S)
            .menu(Menu::File, 21),
        Command::new("save-map", "Save layer as NIfTI…", save_map)
            .tip("The map of the selected layer, for other programs")
            .menu(Menu::File, 32)
            .when(|cx| cx.doc.selected_layer().is_some_and(|l| l.volume.is_some())),
        Command::new("clear-recent", "Clear recent files", |_, act| {
            act.desk.settings.recent.clear();
        }),
    ]
}

fn open(_: &mut Files, act: &mut Act<'_>) {
    act.call(Call::Choose(FileRequest {
        title: "Open brain maps",
        purpose: Purpose::OpenMany,
        filters: vec![("Maps and sessions", endings()), all()],
        then: Box::new(|paths| Action::Call(Call::Open(paths))),
    }));
}

fn reopen(files: &mut Files, act: &mut Act<'_>) {
    match act.desk.last_session.clone() {
        Some(text) => files.load.ask(Wanted::New, LoadRequest::Kept(text)),
        None => act.say("No session is kept from the last time"),
    }
}

fn save_session(_: &mut Files, act: &mut Act<'_>) {
    act.call(Call::Choose(FileRequest {
        title: "Save session",
        purpose: Purpose::Save {
            name: format!("session.{SESSION_ENDING}"),
            ending: SESSION_ENDING,
        },
        filters: vec![("Gyrus session", vec![SESSION_ENDING.to_owned()])],
        then: Box::new(|mut paths| Action::Call(Call::SaveSession(paths.remove(0)))),
    }));
}

fn save_map(_: &mut Files, act: &mut Act<'_>) {
    let Some(layer) = act.doc.selected_layer() else {
        return act.say("No layer is selected");
    };
    let name = format!("{}.nii.gz", file_name(&layer.name));
    act.call(Call::Choose(FileRequest {
        title: "Save layer",
        purpose: Purpose::Save {
            name,
            ending: "nii.gz",
        },
        filters: vec![("NIfTI map", vec!["nii".to_owned(), "gz".to_owned()])],
        then: Box::new(|mut paths| Action::Call(Call::SaveMap(paths.remove(0)))),
    }));
}

impl Files {
    /// Saves the session.
    pub(super) fn save_session(&mut self, path: std::path::PathBuf, act: &mut Act<'_>) {
        act.doc.say_orphans("save it as NIfTI too");
        let document = Box::new(act.doc.clone());
        self.save.ask((), SaveRequest::Session(path, document));
    }

    /// Saves the selected layer.
    pub(super) fn save_map(&mut self, path: std::path::PathBuf, act: &mut Act<'_>) {
        match act.doc.selected_layer().and_then(|l| l.volume.clone()) {
            Some(volume) => self.save.ask((), SaveRequest::Map(path, volume)),
            None => act.say("No layer is selected"),
        }
    }
}

fn all() -> (&'static str, Vec<String>) {
    ("All files", vec!["*".to_owned()])
}

/// Endings of maps, as they are and in capitals (AFNI's are), for dialogs that mind.
fn endings() -> Vec<String> {
    let small = ENDINGS.iter().chain(&["gz", SESSION_ENDING]).copied();
    small
        .flat_map(|ending| [ending.to_owned(), ending.to_uppercase()])
        .collect()
}
