//! What will happen if the files over the window are let go.

use std::path::{Path, PathBuf};

use eframe::egui::{Align2, Id, LayerId, Order, Ui, pos2, vec2};

use super::folder::looks_like_a_map;
use crate::app::feature::Cx;
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{elided, paint_text};
use crate::app::model::looks_like_a_session;

/// Files named before "and 3 more".
const NAMED: usize = 8;

/// What one of the files is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Folder,
    Session,
    /// With its size in bytes, where that is known.
    Map(Option<u64>),
    Other,
}

impl What {
    fn of(path: &Path) -> Self {
        if looks_like_a_session(path) {
            Self::Session
        } else if path.is_dir() {
            Self::Folder
        } else if looks_like_a_map(path) {
            Self::Map(std::fs::metadata(path).map(|about| about.len()).ok())
        } else {
            Self::Other
        }
    }
}

/// What hangs over the window; files are looked at when they come, not every frame.
#[derive(Debug, Default)]
pub struct Hover {
    paths: Vec<PathBuf>,
    what: Vec<What>,
}

impl Hover {
    fn look_at(&mut self, paths: Vec<PathBuf>) {
        if self.paths != paths {
            self.what = paths.iter().map(|path| What::of(path)).collect();
            self.paths = paths;
        }
    }

    /// Dims the window while files hang over it.
    pub fn draw(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let hovered = ui.input(|input| input.raw.hovered_files.clone());
        let paths = hovered.iter().filter_map(|file| file.path.clone());
        self.look_at(paths.collect());
        if !hovered.is_empty() {
            overlay(self, ui, cx);
        }
    }
}

fn overlay(hover: &Hover, ui: &Ui, cx: &Cx<'_>) {
    let t = cx.t;
    let files: Vec<(&Path, What)> = hover
        .paths
        .iter()
        .zip(&hover.what)
        .map(|(path, what)| (path.as_path(), *what))
        .collect();
    let painter = ui
        .ctx()
        .layer_painter(LayerId::new(Order::Foreground, Id::unique("drop overlay")));
    let window = ui.ctx().content_rect();
    painter.rect_filled(window, 0.0, t.scrim);
    let is_welcome = |what: What| what != What::Other;
    let good = files.iter().filter(|(_, what)| is_welcome(*what)).count();
    let single = match files[..] {
        [(_, what)] => Some(what),
        _ => None,
    };
    let title = match (good, single) {
        _ if files.is_empty() => "Drop to open".to_owned(),
        (0, _) => "Gyrus cannot open this".to_owned(),
        (1, Some(What::Folder)) => "Drop to open the maps of this folder".to_owned(),
        (1, Some(What::Session)) => "Drop to open this session".to_owned(),
        (1, _) => "Drop to add a layer".to_owned(),
        (n, _) => format!("Drop to open {n} of them"),
    };
    let mut y = window.center().y - 14.0 * files.len().min(NAMED) as f32 - 10.0;
    let middle = window.center().x;
    let colour = if good == 0 && !files.is_empty() {
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
    for (path, what) in files.iter().take(NAMED) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (text, colour) = match what {
            What::Folder => (format!("{name}  folder"), t.text_2),
            What::Map(Some(bytes)) => {
                let mb = *bytes as f64 / 1e6;
                (format!("{name}  {mb:.1} MB"), t.text_2)
            }
            What::Map(None) | What::Session => (name.into_owned(), t.text_2),
            What::Other => (format!("{name} — not a brain map Gyrus knows"), t.error),
        };
        let galley = elided(&painter, &text, Type::Body, colour, window.width() - 80.0);
        let at = pos2(middle, y) - vec2(galley.size().x / 2.0, galley.size().y / 2.0);
        painter.galley(at, galley, colour);
        y += 22.0;
    }
    if files.len() > NAMED {
        let text = format!("and {} more", files.len() - NAMED);
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
