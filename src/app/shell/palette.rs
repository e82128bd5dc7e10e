//! The command palette: commands, tasks, regions and coordinates behind one field.

use eframe::egui::{
    Align2, Area, Frame, Id, Key, Margin, Modifiers, Order, Rect, Role, ScrollArea, Sense,
    TextEdit, Ui, WidgetInfo, pos2,
    text::{LayoutJob, TextFormat},
    vec2,
};

use super::top::PALETTE_HINT;
use crate::app::feature::{Action, Cx, Feature, Offer};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{paint_elided, paint_text};
use crate::app::kit::words;

const WIDTH: f32 = 520.0;
const ROW: f32 = 30.0;

/// Rows at most.
const MAX_ROWS: usize = 60;

/// What the palette holds.
#[derive(Debug, Default)]
pub(super) struct Palette {
    /// Typed so far.
    query: String,
    /// Row under the keyboard.
    row: usize,
    /// The field has had the keyboard.
    begun: bool,
}

/// Everything that matches, best first. With nothing typed: the commands.
fn find(query: &str, features: &[Box<dyn Feature>], cx: &Cx<'_>) -> Vec<Offer> {
    let query = query.trim();
    let mut found = Vec::new();
    for row in cx.commands.rows() {
        let action = || Action::Run(row.name);
        let offer = Offer::fuzzy(query, row.words, "Command", 2, action)
            .or_else(|| Offer::by_words(query, row.words, row.tip, "Command", action));
        if let Some(offer) = offer {
            let keys = row.key.map(|key| words::keys(&key)).unwrap_or_default();
            let possible = row.is_possible(cx);
            found.push(Offer {
                keys,
                possible,
                ..offer
            });
        }
    }
    for feature in features {
        feature.find(query, cx, &mut found);
    }
    if found.iter().any(|offer| offer.score == i32::MAX) {
        found.retain(|offer| offer.score == i32::MAX);
    }
    // Stable: equal scores keep the order of the tables.
    found.sort_by_key(|offer| (!offer.possible, std::cmp::Reverse(offer.score)));
    let last = found.pop_if(|offer| offer.score == i32::MIN);
    found.truncate(MAX_ROWS);
    // What begins like a command or a place is meant as that, not as a text to predict a map of.
    let is_known = found.iter().any(|offer| begins_like(offer, query));
    found.extend(last.filter(|_| !is_known));
    found
}

/// Whether a word of a command or of a region begins with what was typed.
fn begins_like(offer: &Offer, query: &str) -> bool {
    let label = offer.label.to_lowercase();
    let query = query.to_lowercase();
    let starts_word = |at: usize| {
        let before = label[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric())
    };
    matches!(offer.group, "Command" | "Region")
        && label.match_indices(&query).any(|(at, _)| starts_word(at))
}

/// Draws the palette; what was chosen, and whether it is over.
pub(super) fn palette(
    palette: &mut Palette,
    features: &[Box<dyn Feature>],
    ui: &Ui,
    cx: &mut Cx<'_>,
) -> bool {
    let t = cx.t;
    let id = Id::unique("palette query");
    let (up, down, enter, escape) = ui.input_mut(|input| {
        (
            input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp),
            input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown),
            input.consume_key(Modifiers::NONE, Key::Enter),
            input.consume_key(Modifiers::NONE, Key::Escape),
        )
    });
    let window = ui.ctx().content_rect();
    let width = WIDTH.min(window.width() - 32.0);
    let mut chosen = None;
    let shown = Area::new(Id::unique("palette"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_TOP, vec2(0.0, 3.0))
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style())
                .inner_margin(Margin::same(6))
                .show(ui, |ui| {
                    ui.set_width(width);
                    ui.spacing_mut().item_spacing.y = 0.0;
                    let field = Frame::new()
                        .inner_margin(Margin::symmetric(8, 7))
                        .show(ui, |ui| {
                            let response = ui.add(
                                TextEdit::singleline(&mut palette.query)
                                    .id(id)
                                    .frame(Frame::NONE)
                                    .desired_width(f32::INFINITY)
                                    .font(Type::Body.font())
                                    .text_color(t.text),
                            );
                            if palette.query.is_empty() {
                                let at = response.rect.left_center();
                                let width = response.rect.width();
                                paint_elided(
                                    ui.painter(),
                                    at,
                                    PALETTE_HINT,
                                    Type::Body,
                                    t.text_3,
                                    width,
                                );
                            }
                            response.accessible_name("Find a command, task, region or coordinate")
                        });
                    if !std::mem::replace(&mut palette.begun, true) {
                        field.inner.request_focus();
                    }
                    if field.inner.changed() {
                        palette.row = 0;
                    }
                    ui.separator();
                    // After the field: what was typed in this frame counts in this frame.
                    let mut found = find(&palette.query, features, cx);
                    let last = found.len().saturating_sub(1);
                    palette.row = (palette.row + down).saturating_sub(up).min(last);
                    let mut clicked = enter.then_some(palette.row);
                    let height = (window.height() - 160.0).clamp(ROW, 11.0 * ROW);
                    ScrollArea::vertical()
                        .max_height(height)
                        // The area keeps the size of its last frame: with two rows, else, for ever.
                        .min_scrolled_height(height)
                        .auto_shrink([false, true])
                        .show(ui, |ui| {
                            if found.is_empty() {
                                let (rect, _) = ui.allocate_exact_size(
                                    vec2(ui.available_width(), ROW),
                                    Sense::hover(),
                                );
                                let at = rect.left_center() + vec2(8.0, 0.0);
                                let text = "Nothing of that name";
                                paint_elided(ui.painter(), at, text, Type::Body, t.text_2, width);
                            }
                            for (n, entry) in found.iter().enumerate() {
                                if n > 0 && entry.score == i32::MIN {
                                    ui.add_space(3.0);
                                    ui.separator();
                                    ui.add_space(3.0);
                                }
                                if row(ui, cx, entry, n == palette.row, up + down > 0) {
                                    clicked = Some(n);
                                }
                            }
                        });
                    if let Some(n) = clicked.filter(|n| *n < found.len()) {
                        chosen = Some(found.swap_remove(n).action);
                    }
                });
        });
    let outside = ui.input(|input| {
        input.pointer.any_pressed()
            && input
                .pointer
                .interact_pos()
                .is_some_and(|at| !shown.response.rect.contains(at))
    });
    let over = chosen.is_some() || escape || outside;
    cx.actions.extend(chosen);
    over
}

fn row(ui: &mut Ui, cx: &Cx<'_>, entry: &Offer, chosen: bool, follow: bool) -> bool {
    let t = cx.t;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::ListBoxOption,
            true,
            chosen,
            format!("{}: {}", entry.group, entry.label),
        )
    });
    if chosen {
        ui.painter().rect_filled(rect, 5.0, t.accent_soft);
        if follow {
            response.scroll_to_me(None);
        }
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 5.0, t.raised);
    }
    let painter = ui.painter();
    let middle = rect.center().y;
    let right = if entry.keys.is_empty() {
        entry.group
    } else {
        &entry.keys
    };
    let at = pos2(rect.right() - 8.0, middle);
    let right = paint_text(
        painter,
        at,
        Align2::RIGHT_CENTER,
        right,
        Type::Small,
        t.text_3,
    );
    let mut job = LayoutJob::default();
    for (n, letter) in entry.label.chars().enumerate() {
        let hit = entry.hits.contains(&n);
        let (role, colour) = match (entry.possible, hit) {
            (true, true) => (Type::Strong, t.accent),
            (true, false) => (Type::Body, t.text),
            (false, _) => (Type::Body, t.text_3),
        };
        job.append(
            letter.encode_utf8(&mut [0; 4]),
            0.0,
            TextFormat::simple(role.font(), colour),
        );
    }
    job.wrap.max_rows = 1;
    job.wrap.max_width = right.left() - rect.left() - 20.0;
    job.wrap.break_anywhere = true;
    let galley = painter.layout_job(job);
    let place: Rect =
        Align2::LEFT_CENTER.anchor_size(pos2(rect.left() + 8.0, middle), galley.size());
    painter.galley(place.min, galley, t.text);
    response.clicked()
}
