//! Texts shown one after the other, in front of a class: a click, the arrow keys on the list, or Ctrl with an arrow from
//! anywhere shows the next one.

use eframe::egui::{
    Align2, Button, EventFilter, Id, Key, Modifiers, Response, Role, Sense, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::app::feature::Cx;
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{focus_ring, paint_name, paint_text, paragraph};
use crate::predict::short_line;

/// Texts a list holds.
const MAX_PROMPTS: usize = 200;
/// Letters of a text of the list: they are remembered with the settings.
const MAX_LETTERS: usize = 2000;
/// Height of a row, points.
const ROW: f32 = 23.0;

/// One text a line, cut where it is long; empty lines are left out.
pub(super) fn prompts_of(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let cut = |line: &str| line.chars().take(MAX_LETTERS).collect();
    lines.take(MAX_PROMPTS).map(cut).collect()
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Lecture {
    texts: Vec<String>,
    /// They changed and are to be remembered.
    changed: bool,
    /// The one that is shown.
    at: Option<usize>,
    /// The row that takes the keyboard next.
    focus: Option<usize>,
    /// Whether they were taken from what is remembered.
    remembered: bool,
}

impl Lecture {
    /// These texts from now on.
    pub(super) fn replace(&mut self, texts: Vec<String>) {
        (self.texts, self.at, self.changed) = (texts, None, true);
    }

    /// Puts a text at the end of the list, once.
    fn add(&mut self, text: String) {
        let text: String = text.chars().take(MAX_LETTERS).collect();
        if self.texts.len() < MAX_PROMPTS && !self.texts.contains(&text) {
            self.texts.push(text);
            self.changed = true;
        }
    }

    /// Goes to a text of the list.
    pub(super) fn show(&mut self, at: usize) -> Option<String> {
        let text = self.texts.get(at)?;
        self.at = Some(at);
        Some(text.clone())
    }

    /// Goes to the next text of the list, or the one before; the ends stay where they are.
    pub(super) fn step(&mut self, by: isize) -> Option<String> {
        let last = self.texts.len().checked_sub(1)?;
        let at = self
            .at
            .map_or(0, |at| at.saturating_add_signed(by).min(last));
        self.show(at)
    }

    /// Takes the list from what is remembered, once, and has it remembered.
    pub(super) fn remember(&mut self, settings: &mut Vec<String>) {
        if !std::mem::replace(&mut self.remembered, true) && !self.changed {
            self.texts.clone_from(settings);
        }
        if std::mem::take(&mut self.changed) {
            settings.clone_from(&self.texts);
        }
    }

    /// Draws the list; the text to be shown. `typed`: what can be added to it.
    pub(super) fn draw(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, typed: &str) -> Option<String> {
        let t = cx.t;
        ui.add_space(10.0);
        paragraph(ui, "Texts to show", Type::Strong, t.text);
        ui.add_space(2.0);
        if self.texts.is_empty() {
            let text = "For a lecture: add texts here, or open a file with one a line, and step through their maps with \
                        Ctrl and the arrow keys.";
            paragraph(ui, text, Type::Small, t.text_3);
        }
        let shown = self.rows(ui, cx);
        ui.add_space(6.0);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            let can_add = !typed.is_empty() && !self.texts.iter().any(|text| text == typed);
            if ui
                .add_enabled(can_add, Button::new("Add the text"))
                .clicked()
            {
                self.add(typed.to_owned());
            }
            for (words, command) in [
                ("Open a list…", "open-prompts"),
                ("Previous", "previous-prompt"),
                ("Next", "next-prompt"),
            ] {
                if ui.button(words).clicked() {
                    cx.run(command);
                }
            }
            if !self.texts.is_empty() && ui.button("Clear").clicked() {
                self.replace(Vec::new());
            }
        });
        self.focus = shown;
        shown.and_then(|at| self.show(at))
    }

    /// The rows; the one that is to be shown.
    fn rows(&mut self, ui: &mut Ui, cx: &Cx<'_>) -> Option<usize> {
        let t = cx.t;
        let (mut shown, mut removed) = (None, None);
        for (n, text) in self.texts.iter().enumerate() {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
            // What stands above the list comes and goes, and a number by place would lose the keyboard with it.
            let response = ui.interact(rect, Id::unique(("text to show", n)), Sense::click());
            let chosen = self.at == Some(n);
            let label = format!("Show “{}”", short_line(text, 80));
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &label));
            let painter = ui.painter();
            if chosen {
                painter.rect_filled(rect, 4.0, t.accent_soft);
            } else if response.hovered() {
                painter.rect_filled(rect, 4.0, t.raised);
            }
            let middle = rect.center().y;
            let number = pos2(rect.left() + 22.0, middle);
            let right = Align2::RIGHT_CENTER;
            paint_text(painter, number, right, n + 1, Type::Small, t.text_3);
            let at = pos2(rect.left() + 30.0, middle);
            let ink = if chosen { t.accent } else { t.text };
            let width = rect.width() - 38.0;
            let line = short_line(text, 120);
            paint_name(painter, at, &line, Type::Body, ink, width, &response);
            focus_ring(ui, t, &response, rect);
            if n > 0 {
                painter.hline(rect.x_range(), rect.top(), Stroke::new(1.0, t.line));
            }
            if response.clicked() {
                shown = Some(n);
                response.request_focus();
            }
            if response.has_focus() {
                let by = arrows(ui, &response);
                if by != 0 {
                    shown = Some(n.saturating_add_signed(by).min(self.texts.len() - 1));
                }
            }
            // The row that is shown by an arrow has the keyboard next.
            if self.focus == Some(n) {
                response.request_focus();
            }
            response.context_menu(|ui| {
                if ui.button("Remove from the list").clicked() {
                    removed = Some(n);
                    ui.close();
                }
            });
        }
        if let Some(n) = removed {
            self.texts.remove(n);
            (self.at, self.changed) = (None, true);
        }
        shown
    }
}

/// How far the arrow keys go while a row has the keyboard.
fn arrows(ui: &Ui, response: &Response) -> isize {
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let count = |key: Key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    count(Key::ArrowDown) as isize - count(Key::ArrowUp) as isize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_list_stay_where_they_are() {
        let mut list = Lecture::default();
        assert_eq!(list.step(1), None);
        list.replace(vec!["a".into(), "b".into()]);
        let steps = [1, 1, 1, -1, -1].map(|by| list.step(by).unwrap());
        assert_eq!(steps, ["a", "b", "b", "a", "a"]);
        let mut settings = vec!["old".to_owned()];
        list.remember(&mut settings);
        assert_eq!(settings, ["a", "b"]);
        let mut other = Lecture::default();
        other.remember(&mut settings);
        assert_eq!(other.step(0).as_deref(), Some("a"));
    }

    #[test]
    fn a_file_gives_a_text_a_line() {
        assert_eq!(
            prompts_of("n-back task\r\n\n  viewing faces \n"),
            ["n-back task", "viewing faces"]
        );
        assert_eq!(prompts_of(&"a\n".repeat(1000)).len(), MAX_PROMPTS);
        assert_eq!(
            prompts_of(&"ü".repeat(9000))[0].chars().count(),
            MAX_LETTERS
        );
    }
}
