//! The columns left and right of the views: what stands in them belongs to the features.

use std::ops::RangeInclusive;

use eframe::egui::{
    Align2, CursorIcon, Frame, Id, Margin, Panel, Rect, Role, ScrollArea, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::app::feature::{Call, Cx, Feature, tabs};
use crate::app::kit::theme::{
    HEADING, LEFT_RANGE, PAD, RIGHT_RANGE, STATUS, TOP_BAR, Tokens, Type, VIEWS_SHARE,
};
use crate::app::kit::widgets::{elided, slider_steps};
use crate::app::model::Panels;

/// How far beside its line a column can be taken hold of, points.
const GRIP: f32 = 3.0;

/// The columns of this frame.
pub(super) struct Columns {
    /// As they are wanted.
    pub panels: Panels,
    /// Width of the left one as there is room for it.
    pub left: f32,
    /// Width of the right one as there is room for it.
    pub right: f32,
}

impl Columns {
    /// As wide as they are wanted, less where the views of a window of this width would get too
    /// little.
    pub(super) fn new(panels: Panels, window: f32) -> Self {
        let (left, right) = (panels.left_width, panels.right_width);
        let shown = |on: bool, width: f32| if on { width } else { 0.0 };
        let both = shown(panels.left, left) + shown(panels.right, right);
        let room = (1.0 - VIEWS_SHARE) * window;
        let share = (room / both.max(1.0)).min(1.0);
        let fit = |width: f32, range: &RangeInclusive<f32>| {
            (share * width).clamp(*range.start(), *range.end())
        };
        Self {
            panels,
            left: fit(left, &LEFT_RANGE),
            right: fit(right, &RIGHT_RANGE),
        }
    }

    /// The lines between columns and views, which can be dragged; a double-click puts them back.
    pub(super) fn handles(&mut self, ui: &Ui, t: &Tokens) {
        let window = ui.ctx().content_rect();
        let height = window.top() + TOP_BAR..=window.bottom() - STATUS;
        let designed = Panels::default();
        let Panels {
            left,
            right,
            left_width,
            right_width,
            ..
        } = &mut self.panels;
        let sides = [
            (*left, "Left panel", left_width, designed.left_width, false),
            (
                *right,
                "Right panel",
                right_width,
                designed.right_width,
                true,
            ),
        ];
        for (shown, name, width, designed, from_right) in sides {
            if !shown {
                continue;
            }
            let (x, range) = if from_right {
                (window.right() - self.right, &RIGHT_RANGE)
            } else {
                (window.left() + self.left, &LEFT_RANGE)
            };
            let grip = Rect::from_x_y_ranges(x - GRIP..=x + GRIP, height.clone());
            let id = Id::unique(("column edge", name));
            let response = ui
                .interact(grip, id, Sense::click_and_drag())
                .on_hover_cursor(CursorIcon::ResizeHorizontal);
            let label = format!("Width of the {}", name.to_lowercase());
            response.widget_info(|| WidgetInfo::slider(true, f64::from(*width), label.as_str()));
            if response.hovered() || response.dragged() || response.has_focus() {
                let stroke = Stroke::new(2.0, t.accent);
                ui.painter().vline(x, height.clone(), stroke);
            }
            if let Some(at) = response.interact_pointer_pos()
                && (response.dragged() || response.drag_stopped())
            {
                let wanted = if from_right {
                    window.right() - at.x
                } else {
                    at.x - window.left()
                };
                *width = wanted.clamp(*range.start(), *range.end());
            }
            let steps = slider_steps(ui, &response) * if from_right { -8.0 } else { 8.0 };
            if steps != 0.0 {
                *width = (*width + steps).clamp(*range.start(), *range.end());
            }
            if response.double_clicked() {
                *width = designed;
            }
        }
    }
}

/// Draws the left column into its panel: the layers, then what belongs to the selected one.
pub(super) fn left_column(ui: &mut Ui, cx: &mut Cx<'_>, features: &mut [Box<dyn Feature>]) {
    ui.spacing_mut().item_spacing.y = 0.0;
    for feature in features.iter_mut() {
        feature.draw_left(ui, cx);
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let doc = cx.doc;
        if let Some(layer) = doc.selected_layer() {
            for feature in features.iter_mut() {
                feature.draw_section(ui, cx, layer);
            }
        }
    });
}

/// Draws the right column into its panel: tabs, their content, and the foot that is always there.
pub(super) fn right_column(ui: &mut Ui, cx: &mut Cx<'_>, features: &mut [Box<dyn Feature>]) {
    tab_bar(ui, cx, features);
    let margin = Margin {
        left: PAD as i8,
        right: PAD as i8,
        top: 8,
        bottom: 12,
    };
    for feature in features.iter_mut().filter(|feature| feature.has_foot()) {
        Panel::bottom(feature.name())
            .frame(Frame::new().inner_margin(margin))
            .show_separator_line(false)
            .resizable(false)
            .show(ui, |ui| feature.draw_foot(ui, cx));
    }
    let margin = Margin {
        top: 14,
        bottom: 8,
        ..margin
    };
    let open = cx.desk.tab;
    ScrollArea::vertical()
        .id_salt(open)
        .auto_shrink(false)
        .show(ui, |ui| {
            Frame::new().inner_margin(margin).show(ui, |ui| {
                let shown = |feature: &&mut Box<dyn Feature>| {
                    feature.tab().is_some_and(|tab| tab.label == open)
                };
                for feature in features.iter_mut().filter(shown) {
                    feature.draw_tab(ui, cx);
                }
            });
        });
}

fn tab_bar(ui: &mut Ui, cx: &mut Cx<'_>, features: &[Box<dyn Feature>]) {
    let t = cx.t;
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEADING), Sense::hover());
    let mut x = bar.left();
    let labels: Vec<_> = tabs(features)
        .into_iter()
        .map(|tab| {
            let chosen = cx.desk.tab == tab.label;
            let role = if chosen { Type::Strong } else { Type::Body };
            let colour = if chosen { t.text } else { t.text_2 };
            let galley = elided(ui.painter(), tab.label, role, colour, 120.0);
            (tab, chosen, colour, galley)
        })
        .collect();
    // In a narrow column they stand closer: the last one must not lie beyond its edge.
    let letters: f32 = labels.iter().map(|(.., galley)| galley.size().x).sum();
    let room = (bar.width() - letters) / (2 * labels.len().max(1)) as f32;
    let pad = room.clamp(3.0, PAD);
    for (tab, chosen, colour, galley) in labels {
        let rect = Rect::from_min_size(
            pos2(x, bar.top()),
            vec2(galley.size().x + 2.0 * pad, bar.height()),
        );
        let response = ui.interact(rect, ui.scope_id().with(tab.label), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, tab.label));
        if response.hovered() && !chosen {
            ui.painter()
                .rect_filled(rect.shrink2(vec2(2.0, 4.0)), 4.0, t.raised);
        }
        let at = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size());
        ui.painter().galley(at.min, galley, colour);
        if chosen || response.has_focus() {
            let y = bar.bottom() - 1.0;
            ui.painter()
                .hline(rect.x_range(), y, Stroke::new(2.0, t.accent));
        }
        if response.clicked() {
            cx.call(Call::ShowTab(tab.label));
        }
        x = rect.right();
    }
    ui.painter().hline(
        x..=bar.right(),
        bar.bottom() - 0.5,
        Stroke::new(1.0, t.line),
    );
    ui.add_space(-ui.spacing().item_spacing.y);
}
