//! What stands in the middle when no layer is open: three things to do, and examples.

use eframe::egui::{
    Align, Align2, Layout, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use crate::app::feature::Cx;
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{elided, paint_text, say};

const CARD: [f32; 2] = [164.0, 84.0];

/// How the words of an example end that is predicted.
const EXAMPLE_SUFFIX: &str = " (predicted from the literature)";

/// Draws the invitation over the canvas.
pub(super) fn empty_state(ui: &mut Ui, cx: &mut Cx<'_>, canvas: Rect) {
    let t = cx.t;
    let cards = [
        ("open", "Open a map…", "or drop one here"),
        ("open-example", "Try the example", "left against right hand"),
        ("type-text", "Type a task", "and see its map"),
    ];
    let gap = 12.0;
    let width = CARD[0] * 3.0 + gap * 2.0 + 48.0;
    let box_rect = Rect::from_center_size(
        canvas.center(),
        vec2(width.min(canvas.width() - 8.0), 246.0),
    );
    let painter = ui.painter();
    painter.rect(
        box_rect,
        10.0,
        t.panel,
        Stroke::new(1.0, t.line),
        StrokeKind::Inside,
    );
    let title = pos2(box_rect.center().x, box_rect.top() + 36.0);
    paint_text(
        painter,
        title,
        Align2::CENTER_CENTER,
        "See a brain map, read what it means",
        Type::Title,
        t.text,
    );
    let card_width = CARD[0].min((box_rect.width() - 2.0 * gap - 24.0) / 3.0);
    let left = box_rect.center().x - (3.0 * card_width + 2.0 * gap) / 2.0;
    for (n, (command, name, more)) in cards.into_iter().enumerate() {
        let min = pos2(left + n as f32 * (card_width + gap), box_rect.top() + 72.0);
        let rect = Rect::from_min_size(min, vec2(card_width, CARD[1]));
        let response = ui.interact(rect, ui.scope_id().with(("empty", n)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        let hot = response.hovered() || response.has_focus();
        let (fill, edge) = if hot {
            (t.accent_soft, t.accent)
        } else {
            (t.raised, t.line)
        };
        let painter = ui.painter();
        painter.rect(rect, 7.0, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
        let at = rect.center() - vec2(0.0, 9.0);
        paint_text(
            painter,
            at,
            Align2::CENTER_CENTER,
            name,
            Type::Strong,
            t.text,
        );
        let small = elided(painter, more, Type::Body, t.text_2, rect.width() - 12.0);
        let at = rect.center() + vec2(-small.size().x / 2.0, 3.0);
        painter.galley(at, small, t.text_2);
        if response.clicked() {
            cx.run(command);
        }
    }
    let under = Rect::from_min_max(
        pos2(box_rect.left() + 24.0, box_rect.top() + 172.0),
        box_rect.max - vec2(24.0, 8.0),
    );
    predicted(ui, cx, under);
}

/// Tasks whose maps can be looked at at once: more than the one measured map there is.
fn predicted(ui: &mut Ui, cx: &mut Cx<'_>, place: Rect) {
    let layout = Layout::top_down(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(place).layout(layout), |ui| {
        let text = "Or see a map predicted from the literature";
        say(ui, text, Type::Small, cx.t.text_2);
        let rows = cx.commands.rows().iter();
        let rows: Vec<_> = rows
            .filter_map(|row| Some((row.name, row.words.strip_suffix(EXAMPLE_SUFFIX)?)))
            .collect();
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(10.0, 2.0);
            for (command, task) in rows {
                let text = RichText::new(task).font(Type::Small.font());
                if ui.link(text).clicked() {
                    cx.run(command);
                }
            }
        });
    });
}
