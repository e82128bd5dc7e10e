//! What can be done with the window itself.

use eframe::egui::{Key, Modifiers, ViewportCommand};

use crate::app::feature::{Act, Command, Feature, Menu};
use crate::app::kit::theme;
use crate::app::model::Overlay;

/// Makes all text a step larger (+1) or smaller (−1), or as designed (0).
fn scale(act: &mut Act<'_>, step: i32) {
    const STEP: f32 = 1.1;
    let zoom = match step {
        0 => 1.0,
        step => act.desk.settings.zoom * STEP.powi(step),
    };
    // Beyond, the window has no room for its parts.
    let zoom = zoom.clamp(0.6, 2.5);
    act.desk.settings.zoom = zoom;
    act.ctx.set_zoom_factor(zoom);
}

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
            .tip("No animated panels and scrolling")
            .menu(Menu::View, 58),
            row("larger", "Larger text", |_, act| scale(act, 1))
                .key(Modifiers::COMMAND, Key::Plus)
                .menu(Menu::View, 54)
                .under("Text size"),
            row("smaller", "Smaller text", |_, act| scale(act, -1))
                .key(Modifiers::COMMAND, Key::Minus)
                .menu(Menu::View, 55)
                .under("Text size"),
            row("normal-size", "Normal text size", |_, act| scale(act, 0))
                .key(Modifiers::COMMAND, Key::Num0)
                .menu(Menu::View, 56)
                .under("Text size"),
            row("full-screen", "Full screen", |_, act| {
                let now = act.ctx.input(|input| input.viewport().fullscreen);
                let change = ViewportCommand::Fullscreen(!now.unwrap_or(false));
                act.ctx.send_viewport_cmd(change);
            })
            .key(Modifiers::NONE, Key::F11)
            .menu(Menu::View, 60),
            row("left-panel", "Show or hide the left panel", |_, act| {
                let panels = &mut act.desk.settings.panels;
                panels.left = !panels.left;
            })
            .tip("Layers and their display")
            .key(Modifiers::COMMAND, Key::B)
            .menu(Menu::View, 61),
            row("right-panel", "Show or hide the right panel", |_, act| {
                let panels = &mut act.desk.settings.panels;
                panels.right = !panels.right;
            })
            .tip("Decoding, studies, peaks, values")
            .key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::B)
            .menu(Menu::View, 62),
            row("palette", "Find…", |_, act| {
                act.desk.toggle(Overlay::Palette)
            })
            .tip("Commands, tasks, regions and coordinates")
            .key(Modifiers::COMMAND, Key::K)
            .field()
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
