//! What is typed while a field opens belongs to the field: letters that come in the same frame as the key that
//! opens it, or before it has the keyboard, would else be taken for keys of the window.

use eframe::egui::{Context, Event, InputState, KeyboardShortcut};

/// Frames a field may take to get the keyboard; then what was held is given up.
const PATIENCE: u8 = 12;

/// Letters and keys kept for a field.
#[derive(Debug, Default)]
pub(super) struct Held {
    events: Vec<Event>,
    /// Frames left to wait; 0 where nothing is awaited.
    rest: u8,
}

fn is_typed(event: &Event) -> bool {
    matches!(
        event,
        Event::Key { .. } | Event::Text(_) | Event::Ime(_) | Event::Paste(_)
    )
}

/// Where the key of a shortcut stands among the events.
fn place(input: &InputState, shortcut: KeyboardShortcut) -> Option<usize> {
    input.events.iter().position(|event| match event {
        Event::Key {
            key,
            pressed: true,
            modifiers,
            ..
        } => *key == shortcut.logical_key && modifiers.matches_logically(shortcut.modifiers),
        _ => false,
    })
}

impl Held {
    /// Takes everything typed after the key that opens a field, of the first of these that was pressed. The
    /// letter that comes with the key itself is no part of it.
    pub(super) fn take_after(&mut self, input: &mut InputState, opens: &[KeyboardShortcut]) {
        let pressed = opens
            .iter()
            .filter_map(|&key| Some((place(input, key)?, key)));
        let Some((at, key)) = pressed.min_by_key(|(at, _)| *at) else {
            return;
        };
        let later = input.events.split_off(at + 1);
        let mut later = later.into_iter().peekable();
        if !key.modifiers.command {
            later.next_if(|event| matches!(event, Event::Text(_)));
        }
        for event in later {
            if is_typed(&event) {
                self.events.push(event);
            } else {
                input.events.push(event);
            }
        }
        self.rest = PATIENCE;
    }

    /// While a field is awaited keeps what is typed, and gives all of it to the field once that has the keyboard;
    /// whether it is still awaited.
    pub(super) fn wait(&mut self, ctx: &Context) -> bool {
        if self.rest == 0 {
            return false;
        }
        let there = ctx.text_edit_focused();
        self.rest = if there { 0 } else { self.rest - 1 };
        ctx.input_mut(|input| {
            let (typed, others) = std::mem::take(&mut input.events)
                .into_iter()
                .partition(is_typed);
            input.events = others;
            self.events.extend::<Vec<Event>>(typed);
            if there {
                input.events.append(&mut self.events);
            }
        });
        if self.rest == 0 {
            self.events.clear();
        } else {
            ctx.request_repaint();
        }
        self.rest > 0
    }
}
