//! Keys of the whole window.

use eframe::egui::{Context, Event, Key, KeyboardShortcut, Modifiers};

use super::command::{Command, NUDGES};
use super::document::Document;
use super::state::WindowState;
use crate::render::Convention;

/// Commands of the keys pressed since the last frame.
pub fn pressed(ctx: &Context, document: &Document, state: &WindowState) -> Vec<Command> {
    let typing = ctx.text_edit_focused();
    let overlay = state.palette.is_some() || state.help;
    let mut commands = Vec::new();
    ctx.input_mut(|input| {
        let redo = KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
        if !typing && input.consume_shortcut(&redo) {
            commands.push(Command::Redo);
        }
        if input.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, Key::P)) {
            commands.push(Command::TogglePalette);
        }
        for command in Command::listed() {
            let Some(shortcut) = command.shortcut() else {
                continue;
            };
            let plain = !shortcut.modifiers.command;
            let editing = matches!(command, Command::Undo | Command::Redo);
            if (typing && (plain || editing))
                || (overlay && plain && command.label() != Command::ToggleHelp.label())
            {
                continue;
            }
            if input.consume_shortcut(&shortcut) {
                // The letter of the key comes as text too: a field that takes the keyboard now must
                // not get it.
                if plain {
                    let text = |event: &Event| matches!(event, Event::Text(_));
                    if let Some(at) = input.events.iter().position(text) {
                        input.events.remove(at);
                    }
                }
                commands.push(command);
            }
        }
    });
    let free = ctx
        .memory(|memory| memory.focused())
        .is_none_or(|id| state.views.contains(&id));
    if !typing && !overlay && free {
        ctx.input_mut(|input| {
            // Left and right of the screen, whichever side of the brain is there.
            let turn = match document.convention {
                Convention::Neurological => 1.0,
                Convention::Radiological => -1.0,
            };
            for (key, unit) in NUDGES {
                for (modifiers, length) in [(Modifiers::SHIFT, 10.0), (Modifiers::NONE, 1.0)] {
                    let count = input.count_and_consume_key(modifiers, key);
                    if count > 0 {
                        let step = length * count as f64;
                        commands.push(Command::Nudge([
                            unit[0] * step * turn,
                            unit[1] * step,
                            unit[2] * step,
                        ]));
                    }
                }
            }
        });
    }
    commands
}
