//! Colour bars, and in words which side is left and where the thresholds lie: in a strip of their own
//! below the cells. Never over a brain, and never so high that the brains shrink with every map.

use eframe::egui::{Align2, Rect, pos2, vec2};

use crate::render::cell::{CanvasOptions, Cell, CellKind};
use crate::render::colour::CanvasColours;
use crate::render::legend;
use crate::render::list::DisplayList;
use crate::render::list::Item;
use crate::render::scene::{Convention, Scene};
use crate::render::text::{Text, Weight, decimals_for, number};
use crate::render::{LayerDisplay, Signs};

/// Height of a line of words, points.
const LINE: f32 = 17.0;

/// Widest bar and the gap to the next, points.
const BAR: f32 = 300.0;
const GAP: f32 = 24.0;

/// A bar narrower than this has no room for its numbers.
const LEAST: f32 = 110.0;

/// A bar narrower than this leaves the words to a line of their own.
const BESIDE_WORDS: f32 = 200.0;

/// Free at the sides of the strip, points.
const SIDE: f32 = 12.0;

/// Room for "Neurological: left is left", points.
const WORDS: f32 = 160.0;

/// What is shown of the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bars {
    /// Nothing.
    None,
    /// So many bars beside each other.
    Whole(usize),
    /// More than fit: one line of swatches and names.
    Swatches,
}

/// Where the bars and the words go.
pub(super) struct Footer {
    /// What the cells divide.
    pub(super) area: Rect,
    /// Height of the strip, points.
    height: f32,
    bars: Bars,
    /// Whether the words stand beside the bars.
    beside: bool,
    words: &'static str,
    thresholds: String,
}

impl Footer {
    pub(super) fn plan(scene: &Scene, cells: &[Cell], rect: Rect, options: &CanvasOptions) -> Self {
        let marks = options.marks;
        let maps_only = cells
            .iter()
            .all(|cell| matches!(cell.kind, CellKind::Maps(_)));
        let count = if marks.colour_bar && !maps_only {
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
        let room = rect.width() - 2.0 * SIDE;
        let bars = match count {
            0 => Bars::None,
            n if bar_width(n, room) >= LEAST => Bars::Whole(n),
            _ => Bars::Swatches,
        };
        let has_words = !words.is_empty() || !thresholds.is_empty();
        let between = room - 2.0 * (WORDS + GAP);
        let beside = match bars {
            Bars::None => true,
            Bars::Whole(n) => bar_width(n, between) >= BESIDE_WORDS,
            Bars::Swatches => false,
        };
        let bars_height = match bars {
            Bars::None => 0.0,
            Bars::Whole(_) => legend::ROW + 6.0,
            Bars::Swatches => legend::SWATCH_ROW + 6.0,
        };
        let line = if has_words { LINE + 8.0 } else { 0.0 };
        let height = match beside {
            true => bars_height.max(line),
            false => bars_height + line,
        };
        let mut footer = Self {
            area: rect,
            height,
            bars,
            beside,
            words,
            thresholds,
        };
        // A canvas too low for both shows brains.
        if height > 0.42 * rect.height() || rect.width() < 120.0 {
            footer.height = 0.0;
            footer.bars = Bars::None;
            footer.words = "";
            footer.thresholds.clear();
        }
        footer.area.max.y -= footer.height;
        footer
    }

    /// The strip below the cells.
    pub(super) fn strip(&self, rect: Rect) -> Option<Rect> {
        (self.height > 0.0).then(|| Rect::from_min_max(pos2(rect.min.x, self.area.max.y), rect.max))
    }

    pub(super) fn draw(
        &self,
        list: &mut DisplayList,
        scene: &Scene,
        strip: Rect,
        colours: CanvasColours,
    ) {
        self.draw_words(&mut list.items, strip, colours);
        let room = strip.width() - 2.0 * SIDE;
        let top = strip.min.y + 6.0;
        match self.bars {
            Bars::None => {}
            Bars::Whole(count) => {
                let room = match self.beside && self.has_words() {
                    true => room - 2.0 * (WORDS + GAP),
                    false => room,
                };
                let width = bar_width(count, room);
                let whole = count as f32 * (width + GAP) - GAP;
                let first = pos2(strip.center().x - 0.5 * whole, top);
                let places: Vec<_> = (0..count)
                    .map(|n| first + vec2(n as f32 * (width + GAP), 0.0))
                    .collect();
                legend::draw(list, scene, &places, width, colours);
            }
            Bars::Swatches => {
                let line = Rect::from_min_size(
                    pos2(strip.min.x + SIDE, top),
                    vec2(room, legend::SWATCH_ROW),
                );
                legend::swatches(list, scene, line, colours);
            }
        }
    }

    fn has_words(&self) -> bool {
        !self.words.is_empty() || !self.thresholds.is_empty()
    }

    /// At the sides of the bars where there is room, else in a line below them.
    fn draw_words(&self, items: &mut Vec<Item>, strip: Rect, colours: CanvasColours) {
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
        let inner = (strip.width() - 2.0 * SIDE).max(8.0);
        let (left, right) = (strip.min.x + SIDE, strip.max.x - SIDE);
        if self.beside && self.bars != Bars::None {
            let y = strip.center().y;
            line(left, y, Align2::LEFT_CENTER, self.words, WORDS);
            line(right, y, Align2::RIGHT_CENTER, &self.thresholds, WORDS);
            return;
        }
        let y = strip.max.y - 5.0;
        let both = !self.words.is_empty() && !self.thresholds.is_empty();
        let first = if both { WORDS } else { inner };
        line(left, y, Align2::LEFT_BOTTOM, self.words, first);
        let rest = (inner - if both { WORDS + 12.0 } else { 0.0 }).max(8.0);
        line(right, y, Align2::RIGHT_BOTTOM, &self.thresholds, rest);
    }
}

/// Width of each of so many bars in some room.
fn bar_width(count: usize, room: f32) -> f32 {
    ((room + GAP) / count.max(1) as f32 - GAP).min(BAR)
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
