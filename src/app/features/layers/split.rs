//! The line below the list of layers: the list has a height of its own, so that what can be set about
//! the selected map stays in sight however many maps there are.

use eframe::egui::{CursorIcon, Rect, Sense, Stroke, Ui, WidgetInfo};

use super::row::ROW;
use crate::app::feature::Cx;
use crate::app::kit::widgets::slider_steps;

/// How far above and below the line it can be taken hold of, points.
const GRIP: f32 = 3.0;

/// Rows the list has room for at least.
const MIN_ROWS: f32 = 3.0;

/// What is left below the list however it is dragged, points.
const REST: f32 = 120.0;

/// Where the list ends.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// Height of all rows in the last frame, points.
    pub content: f32,
    /// The height asked for in this frame; `None` within for the usual one.
    pub dragged: Option<Option<f32>>,
}

impl Split {
    /// Height of the list where `room` points are left in the column: half of it at most, or as it was
    /// dragged; never more than the rows need.
    pub(super) fn height(&self, wanted: Option<f32>, room: f32) -> f32 {
        let least = MIN_ROWS * ROW;
        let most = (room - REST).max(least);
        let height = wanted.unwrap_or(0.5 * room).clamp(least, most);
        height.min(self.content.max(ROW))
    }

    /// The line at the foot of the list, where there are more rows than fit without it.
    pub(super) fn handle(&mut self, ui: &Ui, cx: &Cx<'_>, list: Rect, room: f32) {
        let wanted = cx.desk.settings.panels.list_height;
        if self.content <= MIN_ROWS * ROW {
            return;
        }
        let y = list.bottom();
        let grip = Rect::from_x_y_ranges(list.x_range(), y - GRIP..=y + GRIP);
        let response = ui
            .interact(grip, ui.scope_id().with("split"), Sense::click_and_drag())
            .on_hover_cursor(CursorIcon::ResizeVertical);
        let height = list.height();
        response.widget_info(|| {
            WidgetInfo::slider(true, f64::from(height), "Height of the list of layers")
        });
        ui.painter()
            .hline(list.x_range(), y - 0.5, Stroke::new(1.0, cx.t.line));
        if response.hovered() || response.dragged() || response.has_focus() {
            ui.painter()
                .hline(list.x_range(), y, Stroke::new(2.0, cx.t.accent));
        }
        if let Some(at) = response.interact_pointer_pos()
            && response.dragged()
        {
            self.dragged = Some(Some(self.within(at.y - list.top(), room)));
        }
        let steps = slider_steps(ui, &response);
        if steps != 0.0 {
            self.dragged = Some(Some(self.within(height + 8.0 * steps, room)));
        }
        if response.double_clicked() && wanted.is_some() {
            self.dragged = Some(None);
        }
    }

    fn within(&self, height: f32, room: f32) -> f32 {
        let least = MIN_ROWS * ROW;
        height.clamp(least, (room - REST).max(least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_takes_half_the_column_or_what_it_needs_or_what_was_asked_for() {
        let split = |content: f32| Split {
            content,
            dragged: None,
        };
        assert_eq!(split(120.0).height(None, 700.0), 120.0, "as few rows need");
        assert_eq!(split(1250.0).height(None, 700.0), 350.0, "half the column");
        assert_eq!(split(1250.0).height(Some(500.0), 700.0), 500.0);
        assert_eq!(split(1250.0).height(Some(690.0), 700.0), 580.0, "the rest");
        assert_eq!(split(1250.0).height(None, 200.0), 3.0 * ROW, "three rows");
    }
}
