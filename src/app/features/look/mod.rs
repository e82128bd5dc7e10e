//! How the selected layer looks: threshold, range, colours, opacity.

mod map_picker;
mod panel;
mod range_bar;

use eframe::egui::{Key, Modifiers, Ui};

use crate::app::feature::{Command, Cx, Feature, Menu};
use crate::app::model::Layer;

/// The feature.
#[derive(Default)]
pub struct Look;

impl Feature for Look {
    fn name(&self) -> &'static str {
        "look"
    }

    fn commands() -> Vec<Command<Self>> {
        vec![
            Command::<Self>::new("next-mode", "Next threshold mode", |_, act| {
                act.doc.next_mode();
            })
            .tip("Hide, fade or outline voxels below the threshold")
            .key(Modifiers::NONE, Key::T)
            .menu(Menu::Edit, 30),
            Command::<Self>::new("next-interpolation", "Next interpolation", |_, act| {
                act.doc.next_interpolation();
            })
            .tip("Nearest neighbour, linear or cubic")
            .key(Modifiers::NONE, Key::I)
            .menu(Menu::Edit, 31),
        ]
    }

    fn draw_section(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
        ui.push_id(layer.id.0, |ui| panel::display_section(ui, cx, layer));
    }
}
