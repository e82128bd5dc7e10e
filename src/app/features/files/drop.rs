//! What will happen if the files over the window are let go.

use std::path::Path;

use eframe::egui::{Align2, Id, LayerId, Order, Ui, pos2, vec2};

use super::folder::looks_like_a_map;
use crate::app::feature::Cx;
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{elided, paint_text};
use crate::app::model::looks_like_a_session;

/// Files named before "and 3 more".
const NAMED: usize = 8;

/// Whether letting go will open it: a map, a session or a folder.
fn is_welcome(path: &Path) -> bool {
    looks_like_a_map(path) || looks_like_a_session(path) || path.is_dir()
}

/// Dims the window while files hang over it.
pub fn drop_overlay(ui: &Ui, cx: &Cx<'_>) {
    let t = cx.t;
    let hovered = ui.input(|input| input.raw.hovered_files.clone());
    if hovered.is_empty() {
        return;
    }
    let paths: Vec<_> = hovered
        .iter()
        .filter_map(|file| file.path.as_deref())
        .collect();
    let painter = ui
        .ctx()
        .layer_painter(LayerId::new(Order::Foreground, Id::unique("drop overlay")));
    let window = ui.ctx().content_rect();
    painter.rect_filled(window, 0.0, t.scrim);
    let good = paths.iter().filter(|path| is_welcome(path)).count();
    let single = paths.first().filter(|_| paths.len() == 1);
    let title = match (good, single) {
        _ if paths.is_empty() => "Drop to open".to_owned(),
        (0, _) => "Gyrus cannot open this".to_owned(),
        (1, Some(path)) if path.is_dir() => "Drop to open the maps of this folder".to_owned(),
        (1, Some(path)) if looks_like_a_session(path) => "Drop to open this session".to_owned(),
        (1, _) => "Drop to add a layer".to_owned(),
        (n, _) => format!("Drop to open {n} of them"),
    };
    let mut y = window.center().y - 14.0 * paths.len().min(NAMED) as f32 - 10.0;
    let middle = window.center().x;
    let colour = if good == 0 && !paths.is_empty() {
        t.error
    } else {
        t.text
    };
    paint_text(
        &painter,
        pos2(middle, y),
        Align2::CENTER_CENTER,
        title,
        Type::Title,
        colour,
    );
    y += 28.0;
    for path in paths.iter().take(NAMED) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (text, colour) = if path.is_dir() {
            (format!("{name}  folder"), t.text_2)
        } else if is_welcome(path) {
            let size = std::fs::metadata(path).map(|m| m.len() as f64 / 1e6).ok();
            let size = size.map_or_else(String::new, |mb| format!("  {mb:.1} MB"));
            (format!("{name}{size}"), t.text_2)
        } else {
            (format!("{name} — not a brain map Gyrus knows"), t.error)
        };
        let galley = elided(&painter, &text, Type::Body, colour, window.width() - 80.0);
        let at = pos2(middle, y) - vec2(galley.size().x / 2.0, galley.size().y / 2.0);
        painter.galley(at, galley, colour);
        y += 22.0;
    }
    if paths.len() > NAMED {
        let text = format!("and {} more", paths.len() - NAMED);
        paint_text(
            &painter,
            pos2(middle, y),
            Align2::CENTER_CENTER,
            text,
            Type::Body,
            t.text_2,
        );
    }
}
