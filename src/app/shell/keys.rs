//! Keys of the whole window.

use eframe::egui::{Context, Event, Key, KeyboardShortcut, Modifiers};

use super::application::GyrusApp;
use crate::app::feature::Action;
use crate::app::model::Overlay;
use crate::render::Convention;

/// Arrow keys and page keys move along the axes; with Shift ten times as far.
const NUDGES: [(Key, [f64; 3]); 6] = [
    (Key::ArrowLeft, [-1.0, 0.0, 0.0]),
    (Key::ArrowRight, [1.0, 0.0, 0.0]),
    (Key::ArrowDown, [0.0, -1.0, 0.0]),
    (Key::ArrowUp, [0.0, 1.0, 0.0]),
    (Key::PageDown, [0.0, 0.0, -1.0]),
    (Key::PageUp, [0.0, 0.0, 1.0]),
];

/// Opens the palette too, as in other programs.
const PALETTE_TOO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::P);

impl GyrusApp {
    /// Asks for what the keys pressed since the last frame do.
    pub(super) fn take_keys(&mut self, ctx: &Context) {
        if self.held.wait(ctx) {
            return;
        }
        let actions = pressed(ctx, self);
        self.queue.extend(actions);
    }
}

/// What the keys pressed since the last frame do. With a sheet or a menu open the keys are its own.
fn pressed(ctx: &Context, app: &mut GyrusApp) -> Vec<Action> {
    let typing = ctx.text_edit_focused();
    let overlay = app.desk.overlay;
    let sheet = app.registry.features().any(|feature| feature.has_keys())
        || app.chooser.sheet.is_some()
        || app.desk.messages.log_open;
    let mut actions = Vec::new();
    if sheet {
        let quit = app.registry.commands.get("quit").and_then(|row| row.key);
        if quit.is_some_and(|key| ctx.input_mut(|input| input.consume_shortcut(&key))) {
            actions.push(Action::Run("quit"));
        }
        return actions;
    }
    let popup = eframe::egui::Popup::is_any_open(ctx);
    let free = overlay.is_none() && !popup;
    let opens: Vec<_> = app
        .registry
        .commands
        .rows()
        .iter()
        .filter(|row| row.field && (free || (row.name == "palette" && overlay.is_none())))
        .filter_map(|row| row.key)
        .chain(overlay.is_none().then_some(PALETTE_TOO))
        .filter(|key| !typing || key.modifiers.command)
        .collect();
    ctx.input_mut(|input| {
        app.held.take_after(input, &opens);
        let shift = Modifiers::COMMAND | Modifiers::SHIFT;
        for (modifiers, key, name) in [
            (shift, Key::Z, "redo"),
            (PALETTE_TOO.modifiers, PALETTE_TOO.logical_key, "palette"),
        ] {
            let possible = name == "palette" || (!typing && free);
            if possible && input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)) {
                actions.push(Action::Run(name));
            }
        }
        // A key with Shift held is the key too, as egui sees it: the longer shortcut goes first.
        let mut rows: Vec<_> = app.registry.commands.rows().iter().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.key.map_or(0, modifiers_of)));
        for row in rows {
            let Some(shortcut) = row.key else {
                continue;
            };
            let plain = !shortcut.modifiers.command;
            let editing = matches!(row.name, "undo" | "redo");
            let closes = match row.name {
                "help" => overlay == Some(Overlay::Help),
                "palette" | "quit" => true,
                _ => false,
            };
            if (typing && (plain || editing)) || !(free || closes) {
                continue;
            }
            // Pressed twice before a frame it is done twice.
            let times = input.count_and_consume_key(shortcut.modifiers, shortcut.logical_key);
            if times > 0 {
                // The letter of the key comes as text too: a field that takes the keyboard now must
                // not get it.
                if plain {
                    let text = |event: &Event| matches!(event, Event::Text(_));
                    if let Some(at) = input.events.iter().position(text) {
                        input.events.remove(at);
                    }
                }
                actions.extend((0..times).map(|_| Action::Run(row.name)));
            }
        }
    });
    let on_views = ctx
        .memory(|memory| memory.focused())
        .is_none_or(|id| app.desk.canvas.widgets.contains(&id));
    if !typing && free && on_views {
        nudges(ctx, app.document.convention, &mut actions);
    }
    actions
}

/// How many modifiers a shortcut has.
fn modifiers_of(shortcut: KeyboardShortcut) -> usize {
    let Modifiers {
        alt,
        ctrl,
        shift,
        command,
        ..
    } = shortcut.modifiers;
    [alt, ctrl || command, shift]
        .into_iter()
        .filter(|on| *on)
        .count()
}

fn nudges(ctx: &Context, convention: Convention, actions: &mut Vec<Action>) {
    // Left and right of the screen, whichever side of the brain is there.
    let turn = match convention {
        Convention::Neurological => 1.0,
        Convention::Radiological => -1.0,
    };
    ctx.input_mut(|input| {
        for (key, unit) in NUDGES {
            for (modifiers, length) in [(Modifiers::SHIFT, 10.0), (Modifiers::NONE, 1.0)] {
                let count = input.count_and_consume_key(modifiers, key);
                if count > 0 {
                    let step = length * count as f64;
                    let by = [unit[0] * step * turn, unit[1] * step, unit[2] * step];
                    actions.push(Action::edit(move |doc| doc.nudge(by)));
                }
            }
        }
    });
}
