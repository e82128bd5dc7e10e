//! Colour bars, and in words which side is left and where the thresholds lie: in the glass brain's
//! cell where it is one of several, else in a strip of their own below the cells. Never over a brain.

use eframe::egui::{Align2, Rect, pos2, vec2};

use crate::render::cell::{CanvasOptions, Cell, CellKind};
use crate::render::colour::CanvasColours;
use crate::render::legend;
use crate::render::list::Item;
use crate::render::scene::{Convention, Scene};
use crate::render::text::{Text, Weight, decimals_for, number};
use crate::render::{LayerDisplay, Signs};

/// Height of a line of words, points.
const LINE: f32 = 17.0;

/// Width of a bar in a strip and the gap to the next, points.
const BAR: f32 = 300.0;
const GAP: f32 = 28.0;

/// A bar narrower than this has no room for its numbers.
const LEAST: f32 = 110.0;

/// Bars above each other at most.
const MAX_ROWS: usize = 3;

/// Room for "Neurological: left is left", points.
const WORDS: f32 = 160.0;

/// Where the bars and the words go.
pub(super) struct Footer {
    /// What the cells divide.
    pub(super) area: Rect,
    /// The cell they stand in; none where they have a strip of their own.
    pub(super) host: Option<usize>,
    /// Height they take, points.
    pub(super) height: f32,
    /// Bars drawn, points of room for them, and whether the words stand beside them.
    bars: usize,
    rows: usize,
    one_row: bool,
    words: &'static str,
    thresholds: String,
}

impl Footer {
    pub(super) fn plan(scene: &Scene, cells: &[Cell], rect: Rect, options: &CanvasOptions) -> Self {
        let marks = options.marks;
        let maps_only = cells
            .iter()
            .all(|cell| matches!(cell.kind, CellKind::Maps(_)));
        let bars = if marks.colour_bar && !maps_only {
            legend::count(scene)
        } else {
            0
        };
        let words = match scene.convention {
            _ if !marks.labels => "",
            Convention::Neurological => "Neurological: left is left",
            Convention::Radiological => "Radiological: left is right",
        };
        let thresholds = if marks.threshold {
            thresholds(scene)
        } else {
            String::new()
        };
        let lines = [!words.is_empty(), !thresholds.is_empty()]
            .into_iter()
            .filter(|there| *there)
            .count() as f32;
        // One above the other as long as they are few.
        let rows = bars.min(MAX_ROWS);
        let stacked = rows as f32 * legend::ROW;
        let mut footer = Self {
            area: rect,
            host: None,
            height: stacked + lines * LINE,
            bars,
            rows,
            one_row: false,
            words,
            thresholds,
        };
        footer.host = host(cells, rect, footer.height);
        if footer.host.is_none() {
            footer.as_strip(rect);
        }
        footer
    }

    /// Bars beside each other, words at their sides where there is room.
    fn as_strip(&mut self, rect: Rect) {
        let bars = self.bars as f32;
        let words = !self.words.is_empty() || !self.thresholds.is_empty();
        self.rows = usize::from(self.bars > 0);
        // What is too narrow for words and numbers gets a second row, or is counted.
        while self.bars > 0 && self.columns(rect.width()).1 < LEAST {
            if self.rows < 2 {
                self.rows += 1;
            } else {
                self.bars -= 1;
            }
        }
        self.one_row = self.rows == 1 && rect.width() >= bars * (BAR + GAP) + 2.0 * (WORDS + GAP);
        let line = if words && !self.one_row {
            LINE + 4.0
        } else {
            0.0
        };
        self.height = self.rows as f32 * legend::ROW + line;
        // A canvas too low for both shows brains.
        if self.height > 0.42 * rect.height() || rect.width() < 120.0 {
            self.bars = 0;
            self.rows = 0;
            self.height = 0.0;
            self.words = "";
            self.thresholds.clear();
        } else if self.height > 0.0 {
            self.height += 6.0;
            self.area.max.y -= self.height;
        }
    }

    /// The strip below the cells.
    pub(super) fn strip(&self, rect: Rect) -> Option<Rect> {
        (self.height > 0.0).then(|| Rect::from_min_max(pos2(rect.min.x, self.area.max.y), rect.max))
    }

    /// The part of the host's cell they stand in.
    pub(super) fn within(&self, cell: Rect) -> Rect {
        let bottom = cell.max.y - 8.0;
        Rect::from_min_max(
            pos2(cell.min.x, bottom - self.height),
            pos2(cell.max.x, bottom),
        )
    }

    pub(super) fn draw(
        &self,
        items: &mut Vec<Item>,
        scene: &Scene,
        block: Rect,
        colours: CanvasColours,
    ) {
        let hosted = self.host.is_some();
        let mut line = |x: f32, y: f32, align, text: &str, width: f32| {
            if !text.is_empty() {
                let line = Text::line(
                    pos2(x, y),
                    align,
                    text,
                    11.0,
                    Weight::Regular,
                    colours.muted,
                );
                items.push(Item::Text(Text {
                    max_width: width,
                    ..line
                }));
            }
        };
        let inner = (block.width() - 24.0).max(8.0);
        let (left, middle, right) = (block.min.x + 12.0, block.center().x, block.max.x - 12.0);
        if hosted {
            let mut y = block.max.y;
            for text in [self.words, &self.thresholds] {
                line(middle, y, Align2::CENTER_BOTTOM, text, inner);
                y -= if text.is_empty() { 0.0 } else { LINE };
            }
        } else if self.one_row {
            let y = block.min.y + 0.5 * (legend::ROW + 6.0);
            let room = 0.5 * (block.width() - self.bars as f32 * (BAR + GAP)) - 24.0;
            line(left, y, Align2::LEFT_CENTER, self.words, room);
            line(right, y, Align2::RIGHT_CENTER, &self.thresholds, room);
        } else {
            let y = block.max.y - 5.0;
            let both = !self.words.is_empty() && !self.thresholds.is_empty();
            let first = if both { WORDS } else { inner };
            line(left, y, Align2::LEFT_BOTTOM, self.words, first);
            let rest = (inner - if both { WORDS + 12.0 } else { 0.0 }).max(8.0);
            line(right, y, Align2::RIGHT_BOTTOM, &self.thresholds, rest);
        }
        let (columns, width) = self.columns(block.width());
        let whole = columns as f32 * (width + GAP) - GAP;
        let first = pos2(
            middle - 0.5 * whole,
            block.min.y + if hosted { 0.0 } else { 6.0 },
        );
        let places: Vec<_> = (0..self.bars)
            .map(|n| {
                let step = vec2((n % columns) as f32, (n / columns) as f32);
                first + step * vec2(width + GAP, legend::ROW)
            })
            .collect();
        legend::draw(items, scene, &places, width, colours);
    }

    /// Bars beside each other, and the width of each.
    fn columns(&self, room: f32) -> (usize, f32) {
        let columns = self.bars.div_ceil(self.rows.max(1)).max(1);
        let width = (room - 24.0 + GAP) / columns as f32 - GAP;
        (columns, width.min(BAR))
    }
}

/// The glass brain among other views, where the bars leave it room.
fn host(cells: &[Cell], rect: Rect, height: f32) -> Option<usize> {
    let is_glass = |cell: &Cell| matches!(cell.kind, CellKind::Glass(_));
    let mut glasses = cells.iter().enumerate().filter(|(_, cell)| is_glass(cell));
    let (n, cell) = glasses.next()?;
    let size = cell.unit.size() * rect.size();
    let roomy = size.x >= 140.0 && size.y >= height + 130.0;
    (roomy && glasses.next().is_none()).then_some(n)
}

/// "left vs right hand |z| ≥ 3.1". A map shown where another one passes says so in its colour bar.
fn thresholds(scene: &Scene) -> String {
    let layers = scene.layers.iter().rev();
    let shown = layers
        .filter(|l| l.display.visible && l.volume.data.scalar().is_some() && l.gate.is_none());
    let texts: Vec<_> = shown
        .filter_map(|layer| {
            let condition = condition(&layer.display, layer.volume.kind.label())?;
            Some(format!("{} {condition}", layer.volume.name))
        })
        .collect();
    texts.join("; ")
}

/// "|z| ≥ 3.1"; `None` where nothing is left out.
fn condition(display: &LayerDisplay, unit: &str) -> Option<String> {
    let threshold = |negative| display.range(negative).threshold;
    let (above, below) = (threshold(false), threshold(true));
    let words = |value: f32| number(f64::from(value), decimals_for(f64::from(value)));
    let positive = || format!("{unit} ≥ {}", words(above));
    let negative = || format!("{unit} ≤ −{}", words(below));
    match display.signs {
        Signs::Positive => (above > 0.0).then(positive),
        Signs::Negative => (below > 0.0).then(negative),
        Signs::Both if above == below => {
            (above > 0.0).then(|| format!("|{unit}| ≥ {}", words(above)))
        }
        Signs::Both => Some(format!("{} or {}", positive(), negative())),
    }
}
