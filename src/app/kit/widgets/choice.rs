//! A list of choices that unfolds.

use eframe::egui::{ComboBox, RichText, Ui};

use crate::app::kit::theme::Type;

/// A named list of choices, as wide as said; returns the one clicked.
pub fn choice<T: PartialEq + Clone>(
    ui: &mut Ui,
    name: &str,
    options: &[(T, String)],
    now: &T,
    width: f32,
) -> Option<T> {
    let mut chosen = None;
    let text = options.iter().find(|(value, _)| value == now);
    let text = text.map_or_else(String::new, |(_, text)| text.clone());
    let response = ComboBox::from_id_salt(name)
        .width(width)
        .truncate()
        .selected_text(RichText::new(text).font(Type::Body.font()))
        .show_ui(ui, |ui| {
            for (value, text) in options {
                if ui.selectable_label(value == now, text.as_str()).clicked() {
                    chosen = Some(value.clone());
                }
            }
        })
        .response;
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(name));
    chosen
}
