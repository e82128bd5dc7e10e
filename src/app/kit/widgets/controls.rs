//! Headings, segmented controls, sliders, chips and badges.

use eframe::egui::{
    Align2, Color32, EventFilter, Frame, Key, Margin, Mesh, Modifiers, Painter, Rect, Response,
    Role, Sense, Shape, Stroke, StrokeKind, TextEdit, Ui, WidgetInfo, accesskit, pos2, vec2,
};

use super::text::paint_text;
use crate::app::kit::theme::{HEADING, PAD, RADIUS, Tokens, Type};

/// A section's heading over the whole width: a line below, the title left, a quiet word right.
/// Returns the rectangle at its right end for a button.
pub fn heading(ui: &mut Ui, t: &Tokens, title: &str, right: &str) -> Rect {
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEADING), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
    let painter = ui.painter();
    let middle = rect.center().y;
    paint_text(
        painter,
        pos2(rect.left() + PAD, middle),
        Align2::LEFT_CENTER,
        title,
        Type::Body,
        t.text_2,
    );
    let at = pos2(rect.right() - PAD, middle);
    let word = paint_text(
        painter,
        at,
        Align2::RIGHT_CENTER,
        right,
        Type::Body,
        t.text_2,
    );
    let y = rect.bottom() - 0.5;
    painter.hline(rect.x_range(), y, Stroke::new(1.0, t.line));
    Rect::from_min_max(pos2(word.left() - 6.0, rect.top()), rect.right_bottom())
}

/// A word that does something.
pub fn link(ui: &mut Ui, t: &Tokens, rect: Rect, text: &str, label: &str) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(("link", label)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), label));
    let painter = ui.painter();
    let at = pos2(rect.right() - PAD, rect.center().y);
    let word = paint_text(
        painter,
        at,
        Align2::RIGHT_CENTER,
        text,
        Type::Strong,
        t.accent,
    );
    if response.hovered() || response.has_focus() {
        painter.hline(
            word.x_range(),
            word.bottom() + 0.5,
            Stroke::new(1.0, t.accent),
        );
    }
    response
}

/// A row of words of which one is chosen; returns the one clicked.
pub fn segmented<T: Copy + PartialEq>(
    ui: &mut Ui,
    t: &Tokens,
    name: &str,
    options: &[(T, &str)],
    chosen: T,
) -> Option<T> {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    ui.painter()
        .rect_stroke(rect, RADIUS, Stroke::new(1.0, t.line), StrokeKind::Inside);
    let width = rect.width() / options.len() as f32;
    let mut clicked = None;
    for (n, &(value, label)) in options.iter().enumerate() {
        let min = pos2(rect.left() + width * n as f32, rect.top());
        let part = Rect::from_min_size(min, vec2(width, rect.height()));
        let id = ui.scope_id().with((name, n));
        let response = ui.interact(part, id, Sense::click());
        let is_chosen = value == chosen;
        response.widget_info(|| {
            let label = format!("{name}: {label}");
            WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_chosen, label)
        });
        let inner = part.shrink(2.0);
        if is_chosen {
            ui.painter().rect_filled(inner, RADIUS - 2, t.accent_soft);
        } else if response.hovered() {
            ui.painter().rect_filled(inner, RADIUS - 2, t.raised);
        }
        focus_ring(ui, t, &response, inner);
        let colour = if is_chosen { t.accent } else { t.text_2 };
        let role = if is_chosen { Type::Strong } else { Type::Body };
        paint_text(
            ui.painter(),
            part.center(),
            Align2::CENTER_CENTER,
            label,
            role,
            colour,
        );
        if response.clicked() && !is_chosen {
            clicked = Some(value);
        }
    }
    clicked
}

/// A ring around what has the keyboard.
pub fn focus_ring(ui: &Ui, t: &Tokens, response: &Response, rect: Rect) {
    if response.has_focus() {
        ui.painter()
            .rect_stroke(rect, RADIUS, Stroke::new(1.5, t.accent), StrokeKind::Inside);
    }
}

/// How far the keyboard and assistive technology want a focused slider moved, in steps.
pub fn slider_steps(ui: &Ui, response: &Response) -> f32 {
    let mut steps = 0.0;
    if response.has_focus() {
        let filter = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        ui.input_mut(|input| {
            for (modifiers, factor) in [(Modifiers::SHIFT, 10.0), (Modifiers::NONE, 1.0)] {
                steps += factor * input.count_and_consume_key(modifiers, Key::ArrowRight) as f32;
                steps -= factor * input.count_and_consume_key(modifiers, Key::ArrowLeft) as f32;
            }
        });
    }
    ui.input(|input| {
        steps +=
            input.num_accesskit_action_requests(response.id, accesskit::Action::Increment) as f32;
        steps -=
            input.num_accesskit_action_requests(response.id, accesskit::Action::Decrement) as f32;
    });
    steps
}

/// A slider over 0..=1; returns the new value where it moved.
pub fn slider(ui: &mut Ui, t: &Tokens, name: &str, value: f32) -> (Response, Option<f32>) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), f64::from(value), name));
    let rail = Rect::from_center_size(rect.center(), vec2(rect.width() - 10.0, 3.0));
    let mut new = None;
    if let Some(at) = response.interact_pointer_pos()
        && (response.dragged()
            || response.drag_stopped()
            || response.clicked()
            || response.is_pointer_button_down_on())
    {
        new = Some(((at.x - rail.left()) / rail.width()).clamp(0.0, 1.0));
    }
    let steps = slider_steps(ui, &response);
    if steps != 0.0 {
        new = Some((value + 0.01 * steps).clamp(0.0, 1.0));
    }
    let shown = new.unwrap_or(value);
    let x = rail.left() + rail.width() * shown;
    let painter = ui.painter();
    painter.rect_filled(rail, 1.5, t.track);
    painter.rect_filled(
        Rect::from_min_max(rail.min, pos2(x, rail.bottom())),
        1.5,
        t.accent,
    );
    let radius = if response.hovered() || response.has_focus() {
        6.0
    } else {
        5.0
    };
    painter.circle_filled(pos2(x, rail.center().y), radius, t.handle);
    if response.has_focus() {
        painter.circle_stroke(pos2(x, rail.center().y), 7.5, Stroke::new(1.5, t.accent));
    }
    (response, new.filter(|new| *new != value))
}

/// A small outlined word; click it for more.
pub fn badge(
    ui: &mut Ui,
    t: &Tokens,
    right_middle: eframe::egui::Pos2,
    text: &str,
    label: &str,
) -> Response {
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), Type::Small.font(), t.warning);
    let size = galley.size() + vec2(10.0, 3.0);
    let rect = Align2::RIGHT_CENTER.anchor_size(right_middle, size);
    let response = ui.interact(rect, ui.scope_id().with(("badge", label)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), label));
    let width = if response.hovered() || response.has_focus() {
        1.5
    } else {
        1.0
    };
    ui.painter()
        .rect_stroke(rect, 3.0, Stroke::new(width, t.warning), StrokeKind::Inside);
    ui.painter()
        .galley(rect.min + vec2(5.0, 1.5), galley, t.warning);
    response
}

/// A rounded word in a flowing row.
pub fn chip(ui: &mut Ui, t: &Tokens, text: &str, strength: f32) -> Response {
    let width = ui
        .available_width()
        .max(40.0)
        .min(ui.max_rect().width() - 2.0 * 9.0);
    let galley = super::text::elided(ui.painter(), text, Type::Body, t.text, width);
    let size = galley.size() + vec2(18.0, 7.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text));
    if galley.elided {
        response.clone().on_hover_text(text);
    }
    let fill = t.accent_soft.gamma_multiply(strength.clamp(0.0, 1.0));
    let edge = if response.hovered() { t.accent } else { t.line };
    ui.painter().rect(
        rect.shrink(0.5),
        rect.height() / 2.0,
        fill,
        Stroke::new(1.0, edge),
        StrokeKind::Inside,
    );
    ui.painter()
        .galley(rect.min + vec2(9.0, 3.5), galley, t.text);
    focus_ring(ui, t, &response, rect);
    response
}

/// The frame around text fields.
pub fn field_frame(t: &Tokens, focused: bool) -> Frame {
    Frame::new()
        .fill(t.raised)
        .stroke(Stroke::new(1.0, if focused { t.accent } else { t.line }))
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(10, 6))
}

/// A field over the whole width in which one looks for something; `hint` is its name too.
pub fn search_field(ui: &mut Ui, t: &Tokens, text: &mut String, hint: &str) -> Response {
    const LETTERS: usize = 200;
    let field = TextEdit::singleline(text)
        .hint_text(hint)
        .frame(Frame::NONE)
        .desired_width(f32::INFINITY)
        .char_limit(LETTERS)
        .font(Type::Body.font());
    let framed = field_frame(t, false).show(ui, |ui| ui.add(field).accessible_name(hint));
    framed.inner
}

/// Stripes of colour from left to right.
pub fn gradient(painter: &Painter, rect: Rect, stripes: usize, colour: impl Fn(f32) -> Color32) {
    let mut mesh = Mesh::default();
    let last = stripes.max(2) - 1;
    for n in 0..=last {
        let s = n as f32 / last as f32;
        let x = rect.left() + rect.width() * s;
        mesh.colored_vertex(pos2(x, rect.top()), colour(s));
        mesh.colored_vertex(pos2(x, rect.bottom()), colour(s));
        if n > 0 {
            let base = 2 * n as u32 - 2;
            mesh.add_triangle(base, base + 1, base + 2);
            mesh.add_triangle(base + 1, base + 3, base + 2);
        }
    }
    painter.add(Shape::mesh(mesh));
}

/// A small word left of something, on its own width.
pub fn field_name(ui: &mut Ui, t: &Tokens, text: &str, width: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(width, 24.0), Sense::hover());
    let at = pos2(rect.left(), rect.center().y);
    paint_text(
        ui.painter(),
        at,
        Align2::LEFT_CENTER,
        text,
        Type::Body,
        t.text_2,
    );
}
