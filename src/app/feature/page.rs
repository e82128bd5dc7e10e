//! The frame that all pages share.

use eframe::egui::{Rect, Ui, UiBuilder, pos2, vec2};

use super::{Call, Cx};
use crate::app::kit::widgets::{Icon, icon_button};

/// Free around a page, points.
const MARGIN: f32 = 18.0;

/// Fills the place of the views, puts the cross that brings them back into its corner, and gives what lies within the
/// margins.
pub fn page_frame(ui: &mut Ui, cx: &mut Cx<'_>) -> Ui {
    let t = cx.t;
    let all = ui.max_rect().shrink(MARGIN);
    ui.painter().rect_filled(ui.max_rect(), 0.0, t.background);
    let close = Rect::from_min_size(pos2(all.right() - 24.0, all.top() - 4.0), vec2(24.0, 24.0));
    if icon_button(ui, t, close, Icon::Cross, "Back to the views").clicked() {
        cx.call(Call::ShowPage(None));
    }
    ui.new_child(UiBuilder::new().max_rect(all))
}
