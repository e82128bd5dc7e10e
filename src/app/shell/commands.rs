//! What can be done with the window itself.

use eframe::egui::{Key, Modifiers, ViewportCommand};

use crate::app::feature::{Command, Feature, Menu};
use crate::app::kit::theme;
use crate::app::model::Overlay;

/// The window's own rows of the command table.
pub(super) struct WindowCommands;

impl Feature for WindowCommands {
    fn name(&self) -> &'static str {
        "window"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("quit", "Quit", |_, act| {
                act.ctx.send_viewport_cmd(ViewportCommand::Close);
            })
            .key(Modifiers::COMMAND, Key::Q)
            .menu(Menu::File, 90),
            row("stop", "Stop computing", |_, act| act.hub.cancel())
                .menu(Menu::Decode, 30)
                .when(|cx| cx.busy.is_some()),
            row("motion", "Reduce motion, or allow it", |_, act| {
                let settings = &mut act.desk.settings;
                settings.reduced_motion = !settings.reduced_motion;
                let reduced = settings.reduced_motion;
                theme::set_motion(act.ctx, !reduced);
                let text = if reduced {
                    "Motion is reduced"
                } else {
                    "Motion is allowed"
                };
                act.say(text);
            })
            .tip("Without gliding panels and scrolling")
            .menu(Menu::View, 60),
            row("palette", "Find…", |_, act| {
                act.desk.toggle(Overlay::Palette)
            })
            .tip("Commands, tasks, regions and coordinates")
            .key(Modifiers::COMMAND, Key::K)
            .menu(Menu::Help, 10),
            row("help", "Keys and mouse", |_, act| {
                act.desk.toggle(Overlay::Help);
            })
            .key(Modifiers::NONE, Key::Questionmark)
            .menu(Menu::Help, 11),
            row("messages", "Earlier messages", |_, act| {
                act.desk.messages.toggle_log();
            })
            .menu(Menu::Help, 20),
            row("close-messages", "Close messages", |_, act| {
                act.desk.messages.list.clear();
            })
            .menu(Menu::Help, 21),
        ]
    }
}
