//! Top bar: name, menus, the palette's field, the convention.

use std::path::PathBuf;

use eframe::egui::{
    Align, Align2, Button, CursorIcon, Layout, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo,
    containers::menu::{MenuButton, SubMenuButton},
    pos2, vec2,
};

use super::Cx;
use crate::app::command::{Command, MENUS, SessionCommand};
use crate::app::state::WindowState;
use crate::app::theme::{PAD, RADIUS, Type};
use crate::app::widgets::{elided, paint_text};
use crate::render::Convention;

/// The text in the field.
pub const PALETTE_HINT: &str = "Go to a task, a region, a coordinate…";

/// Draws the bar into its panel.
pub fn top_bar(ui: &mut Ui, cx: &mut Cx<'_>, state: &WindowState) {
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
                ui.spacing_mut().item_spacing.x = 0.0;
                ui.spacing_mut().button_padding = vec2(7.0, 3.0);
                for menu in MENUS {
                    let text = RichText::new(menu.label())
                        .font(Type::Body.font())
                        .color(t.text_2);
                    let button = Button::new(text).frame_when_inactive(false);
                    MenuButton::from_button(button).ui(ui, |ui| {
                        ui.set_min_width(210.0);
                        ui.spacing_mut().item_spacing.y = 1.0;
                        for item in menu.items() {
                            let after_open = matches!(item, Some(Command::OpenDialog));
                            menu_item(ui, cx, item);
                            if after_open {
                                recent(ui, cx, &state.recent);
                            }
                        }
                    });
                }
                ui.min_rect().right()
            },
        )
        .inner;
    let convention_left = convention(ui, cx, bar);
    let mut right = convention_left - 16.0;
    // The field needs some room too.
    if right - menus_end > super::views::WIDTH + 140.0 {
        right = super::views::views_row(ui, cx, state, bar, right) - 10.0;
    }
    field(ui, cx, bar, menus_end + 16.0, right);
}

fn menu_item(ui: &mut Ui, cx: &mut Cx<'_>, item: Option<Command>) {
    let t = cx.t;
    let Some(command) = item else {
        ui.add_space(2.0);
        ui.separator();
        ui.add_space(2.0);
        return;
    };
    let label = match &command {
        Command::Undo => match cx.doc.undo_label() {
            Some(what) => format!("Undo: {}", what.to_lowercase()),
            None => "Undo".to_owned(),
        },
        Command::Redo => match cx.doc.redo_label() {
            Some(what) => format!("Redo: {}", what.to_lowercase()),
            None => "Redo".to_owned(),
        },
        other => other.label().into_owned(),
    };
    let enabled = is_enabled(cx, &command);
    let colour = if enabled { t.text } else { t.text_3 };
    let mut button = Button::new(RichText::new(label).font(Type::Body.font()).color(colour))
        .frame_when_inactive(false)
        .min_size(vec2(0.0, 24.0));
    if let Some(shortcut) = command.shortcut() {
        let text = crate::app::words::keys(&shortcut);
        button = button.shortcut_text(RichText::new(text).font(Type::Small.font()).color(t.text_3));
    }
    let mut response = ui.add_enabled(enabled, button);
    if !command.tooltip().is_empty() {
        response = response.on_hover_text(command.tooltip());
    }
    if response.clicked() {
        cx.send(command);
        ui.close();
    }
}

/// The files opened last, by name; those of the same name are told apart by their folder.
fn recent(ui: &mut Ui, cx: &mut Cx<'_>, paths: &[PathBuf]) {
    let t = cx.t;
    let ink = if paths.is_empty() { t.text_3 } else { t.text };
    let words = |text: String, ink| RichText::new(text).font(Type::Body.font()).color(ink);
    let title = words("Open recent".to_owned(), ink);
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
                let button = Button::new(words(label, t.text)).frame_when_inactive(false);
                let response = ui.add(button).on_hover_text(path.display().to_string());
                if response.clicked() {
                    cx.send(SessionCommand::OpenRecent(path.clone()).into());
                    ui.close();
                }
            }
            ui.separator();
            menu_item(ui, cx, Some(SessionCommand::ClearRecent.into()));
        });
    });
}

fn is_enabled(cx: &Cx<'_>, command: &Command) -> bool {
    match command {
        Command::Undo => cx.doc.undo_label().is_some(),
        Command::Redo => cx.doc.redo_label().is_some(),
        Command::RemoveSelected
        | Command::ToggleSelected
        | Command::SaveMapDialog
        | Command::GoToPeak
        | Command::DecodeSelected => cx.doc.selected.is_some(),
        Command::CancelJobs => cx.busy.foremost().is_some(),
        Command::Read(command) => command.is_possible(cx.doc),
        _ => true,
    }
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
        cx.send(Command::ToggleConvention);
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
    let keys = Command::TogglePalette
        .shortcut()
        .map_or_else(String::new, |keys| crate::app::words::keys(&keys));
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
        cx.send(Command::TogglePalette);
    }
}
