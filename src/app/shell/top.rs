//! Top bar: name, menus, the palette's field, the convention.

use std::path::PathBuf;

use eframe::egui::{
    Align, Align2, Button, CursorIcon, Layout, Popup, Rect, RichText, Role, Sense, Stroke,
    StrokeKind, Ui, UiBuilder, WidgetInfo,
    containers::menu::{MenuBar, MenuButton, SubMenuButton},
    pos2,
    style::StyleModifier,
    vec2,
};

use super::views_row;
use crate::app::feature::{Call, Cx, Menu, Row};
use crate::app::kit::theme::{PAD, RADIUS, Type};
use crate::app::kit::widgets::{elided, paint_text};
use crate::app::kit::words;
use crate::render::Convention;

/// The text in the field.
pub(super) const PALETTE_HINT: &str = "Go to a task, a region, a coordinate…";

/// Draws the bar into its panel.
pub(super) fn top_bar(ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let bar = ui.max_rect();
    let brand = paint_text(
        ui.painter(),
        pos2(bar.left() + PAD, bar.center().y),
        Align2::LEFT_CENTER,
        "Gyrus",
        Type::Brand,
        t.text,
    );
    let menus = Rect::from_min_max(pos2(brand.right() + 8.0, bar.top()), bar.max);
    let menus_end = ui
        .scope_builder(
            UiBuilder::new()
                .max_rect(menus)
                .layout(Layout::left_to_right(Align::Center)),
            |ui| {
                // A bar of menus: with one open, pointing at another opens that one.
                let bar = MenuBar::new().style(StyleModifier::default());
                bar.ui(ui, |ui| {
                    // The bar itself takes all the room there is.
                    let mut end = menus.left();
                    ui.spacing_mut().item_spacing.x = 0.0;
                    ui.spacing_mut().button_padding = vec2(7.0, 3.0);
                    for menu in Menu::ALL {
                        let text = RichText::new(menu.label())
                            .font(Type::Body.font())
                            .color(t.text_2);
                        let button = Button::new(text).frame_when_inactive(false);
                        let (response, open) = MenuButton::from_button(button).ui(ui, |ui| {
                            ui.set_min_width(210.0);
                            ui.spacing_mut().item_spacing.y = 1.0;
                            items(ui, cx, menu);
                        });
                        // Pointed at with another one open, it opens in the next frame.
                        if response.hovered() && open.is_none() && Popup::is_any_open(ui.ctx()) {
                            ui.ctx().request_repaint();
                        }
                        end = response.rect.right();
                    }
                    end
                })
                .inner
            },
        )
        .inner;
    let convention_left = convention(ui, cx, bar);
    let mut right = convention_left - 16.0;
    // The field needs some room too.
    if right - menus_end > views_row::WIDTH + 140.0 {
        right = views_row::views_row(ui, cx, bar, right) - 10.0;
    }
    field(ui, cx, bar, menus_end + 16.0, right);
}

/// The rows of a menu; a line stands between tens, and rows of one submenu stand in it.
fn items(ui: &mut Ui, cx: &mut Cx<'_>, menu: Menu) {
    let commands = cx.commands;
    let rows = commands.menu(menu);
    let mut before = None;
    let mut rest = &rows[..];
    while let [row, ..] = rest {
        let tens = row.menu.map(|(_, at)| at / 10);
        if before.is_some_and(|before| before != tens) {
            ui.add_space(2.0);
            ui.separator();
            ui.add_space(2.0);
        }
        before = Some(tens);
        let together = |other: &&Row| other.submenu == row.submenu;
        let count = match row.submenu {
            Some(_) => rest.iter().copied().take_while(together).count(),
            None => 1,
        };
        let (now, later) = rest.split_at(count);
        rest = later;
        if let Some(name) = row.submenu {
            submenu(ui, cx, name, now);
            continue;
        }
        item(ui, cx, row);
        if row.name == "open" {
            recent(ui, cx);
        }
    }
}

fn submenu(ui: &mut Ui, cx: &mut Cx<'_>, name: &str, rows: &[&Row]) {
    let text = RichText::new(name).font(Type::Body.font()).color(cx.t.text);
    let button = Button::new(text)
        .frame_when_inactive(false)
        .min_size(vec2(0.0, 24.0))
        .right_text(SubMenuButton::arrow_atom(None));
    SubMenuButton::from_button(button).ui(ui, |ui| {
        ui.set_min_width(180.0);
        ui.spacing_mut().item_spacing.y = 1.0;
        for row in rows {
            item(ui, cx, row);
        }
    });
}

fn item(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row) {
    let t = cx.t;
    let label = (row.titled)(cx.doc).unwrap_or_else(|| row.words.to_owned());
    let hindrance = (row.hindrance)(cx);
    let enabled = row.is_possible(cx);
    let colour = if enabled { t.text } else { t.text_3 };
    let mut button = Button::new(RichText::new(label).font(Type::Body.font()).color(colour))
        .frame_when_inactive(false)
        .min_size(vec2(0.0, 24.0));
    if let Some(key) = row.key {
        let text = RichText::new(words::keys(&key));
        button = button.shortcut_text(text.font(Type::Small.font()).color(t.text_3));
    }
    let mut response = ui.add_enabled(enabled, button);
    if !row.tip.is_empty() {
        response = response.on_hover_text(row.tip);
    }
    if let Some(why) = hindrance {
        response = response.on_disabled_hover_text(why);
    }
    if response.clicked() {
        cx.run(row.name);
        ui.close();
    }
}

/// The files opened last, by name; those of the same name are told apart by their folder.
fn recent(ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let paths: &[PathBuf] = &cx.desk.settings.recent;
    let ink = if paths.is_empty() { t.text_3 } else { t.text };
    let inked = |text: String, ink| RichText::new(text).font(Type::Body.font()).color(ink);
    let title = inked("Open recent".to_owned(), ink);
    let button = Button::new(title)
        .frame_when_inactive(false)
        .min_size(vec2(0.0, 24.0))
        .right_text(SubMenuButton::arrow_atom(None));
    ui.add_enabled_ui(!paths.is_empty(), |ui| {
        SubMenuButton::from_button(button).ui(ui, |ui| {
            ui.set_max_width(360.0);
            for path in paths {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let twin = paths
                    .iter()
                    .any(|other| other != path && other.file_name() == path.file_name());
                let folder = path.parent().and_then(|f| f.file_name()).filter(|_| twin);
                let label = match folder {
                    Some(folder) => format!("{name} — {}", folder.to_string_lossy()),
                    None => name.into_owned(),
                };
                let button = Button::new(inked(label, t.text)).frame_when_inactive(false);
                let response = ui.add(button).on_hover_text(path.display().to_string());
                if response.clicked() {
                    cx.call(Call::Open(vec![path.clone()]));
                    ui.close();
                }
            }
            ui.separator();
            if let Some(row) = cx.commands.get("clear-recent") {
                item(ui, cx, row);
            }
        });
    });
}

/// Draws the word at the right end; returns its left edge.
fn convention(ui: &mut Ui, cx: &mut Cx<'_>, bar: Rect) -> f32 {
    let t = cx.t;
    let word = match cx.doc.convention {
        Convention::Neurological => "neurological",
        Convention::Radiological => "radiological",
    };
    let galley = elided(ui.painter(), word, Type::Body, t.text_2, 120.0);
    let at = pos2(bar.right() - PAD, bar.center().y);
    let rect = Align2::RIGHT_CENTER.anchor_size(at, galley.size());
    let response = ui
        .interact(
            rect.expand2(vec2(6.0, 6.0)),
            ui.scope_id().with("convention"),
            Sense::click(),
        )
        .on_hover_cursor(CursorIcon::PointingHand);
    let label = format!("Convention: {word}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let colour = if response.hovered() || response.has_focus() {
        t.text
    } else {
        t.text_2
    };
    ui.painter()
        .galley_with_override_text_color(rect.min, galley, colour);
    let response = response.on_hover_text(match cx.doc.convention {
        Convention::Neurological => "Left is left. Click for radiological (R)",
        Convention::Radiological => "Left is right. Click for neurological (R)",
    });
    if response.clicked() {
        cx.edit(|doc| doc.toggle_convention());
    }
    rect.left()
}

/// The palette's field, in the middle of the window where there is room.
fn field(ui: &mut Ui, cx: &mut Cx<'_>, bar: Rect, left: f32, right: f32) {
    let t = cx.t;
    let width = (right - left).min(420.0);
    if width < 90.0 {
        return;
    }
    let middle = bar
        .center()
        .x
        .clamp(left + width / 2.0, right - width / 2.0);
    let rect = Rect::from_center_size(pos2(middle, bar.center().y), vec2(width, 24.0));
    let response = ui
        .interact(rect, ui.scope_id().with("palette field"), Sense::click())
        .on_hover_cursor(CursorIcon::Text);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Find"));
    let strong = response.hovered() || response.has_focus();
    let edge = if response.has_focus() {
        t.accent
    } else {
        t.line
    };
    let painter = ui.painter();
    painter.rect(
        rect,
        RADIUS,
        t.raised,
        Stroke::new(1.0, edge),
        StrokeKind::Inside,
    );
    let keys = cx.keys("palette");
    let key = painter.layout_no_wrap(keys, Type::Small.font(), t.text_3);
    let key_at = pos2(rect.right() - 10.0, rect.center().y);
    let key_rect = Align2::RIGHT_CENTER.anchor_size(key_at, key.size());
    painter.galley(key_rect.min, key, t.text_3);
    let text_width = key_rect.left() - rect.left() - 20.0;
    let colour = if strong { t.text_2 } else { t.text_3 };
    let hint = elided(painter, PALETTE_HINT, Type::Body, colour, text_width);
    let hint_at = pos2(rect.left() + 10.0, rect.center().y);
    painter.galley(
        Align2::LEFT_CENTER.anchor_size(hint_at, hint.size()).min,
        hint,
        colour,
    );
    if response.clicked() {
        cx.run("palette");
    }
}
