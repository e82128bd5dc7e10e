//! The same cut of every map.

use eframe::egui::{Button, Rect, RichText, Ui, pos2, vec2};

use super::PaneView;
use crate::app::feature::Cx;
use crate::app::kit::theme::Type;
use crate::render::{MapsPage, PAGE_BUTTON, View};

pub(super) struct SideBySide;

impl PaneView for SideBySide {
    fn summary(&self, _: &Cx<'_>, drawn: &[&View]) -> String {
        format!("{} views of maps side by side", drawn.len())
    }

    fn has_several(&self) -> bool {
        true
    }
}

/// The buttons that turn the page, at both ends of the line that counts the maps.
pub(super) fn page_buttons(ui: &mut Ui, cx: &mut Cx<'_>, tile: Rect, maps: Option<MapsPage>) {
    let Some(page) = maps.filter(MapsPage::is_one_of_several) else {
        return;
    };
    let size = vec2(PAGE_BUTTON - 12.0, 20.0);
    let y = tile.bottom() - 3.0 - size.y;
    let mut button = |x: f32, word: &str, command: &'static str, possible: bool| {
        let place = Rect::from_min_size(pos2(x, y), size);
        let text = RichText::new(word).font(Type::Small.font());
        let keys = cx.keys(command);
        let response = ui
            .add_enabled_ui(possible, |ui| ui.put(place, Button::new(text)))
            .inner
            .accessible_name(cx.words(command));
        let tip = format!("{} ({keys})", cx.words(command));
        if response.on_hover_text(tip).clicked() {
            cx.run(command);
        }
    };
    let before = page.first > 0;
    button(tile.left() + 6.0, "‹ Previous", "previous-maps", before);
    let after = page.first + page.count < page.total;
    button(tile.right() - 6.0 - size.x, "Next ›", "next-maps", after);
}
