//! The colour bars: range, threshold, sign and unit of every visible layer.

use eframe::egui::{Align2, Color32, Pos2, Rect, pos2, vec2};

use super::colour::CanvasColours;
use super::list::{DisplayList, Item};
use super::look::{BarStart, LayerDisplay, RangeStart, SideRange, Signs, ThresholdMode};
use super::scene::{Scene, SceneLayer};
use super::text::{Span, Text, Weight, decimals_for, number};
use crate::volume::VolumeData;

/// Height of a bar with its words, points.
pub(super) const ROW: f32 = 48.0;
const BAR_HEIGHT: f32 = 10.0;
const BAR_WIDTH: f32 = 300.0;
/// Height of a line of swatches, points.
pub(super) const SWATCH_ROW: f32 = 18.0;
/// Width of a swatch, points.
const SWATCH: f32 = 28.0;
/// A swatch and its name take at least and at most so much, and so much lies between two, points.
const ENTRY: (f32, f32) = (96.0, 200.0);
const ENTRY_GAP: f32 = 14.0;
/// Room for "and 12 more", points.
const MORE: f32 = 76.0;
/// Room for "predicted", the longest unit.
const UNIT_WIDTH: f32 = 60.0;
/// Colours along a bar: a stop every few pixels is smoother than the eye.
const STOPS: usize = 33;

/// The scalar layers a legend names, top layer first.
fn shown(scene: &Scene) -> Vec<&SceneLayer> {
    scene
        .layers
        .iter()
        .rev()
        .filter(|l| l.display.visible && matches!(l.volume.data, VolumeData::Scalar(_)))
        .collect()
}

/// Layers of a scene that have a colour bar.
pub(super) fn count(scene: &Scene) -> usize {
    shown(scene).len()
}

/// Draws the bars of a scene, each `width` wide and [`ROW`] high, top layer first.
pub(super) fn draw(
    list: &mut DisplayList,
    scene: &Scene,
    places: &[Pos2],
    width: f32,
    colours: CanvasColours,
) {
    for (layer, at) in shown(scene).into_iter().zip(places) {
        bar(&mut list.items, layer, *at, width, colours);
        let place = Rect::from_min_size(*at, vec2(width, ROW));
        list.names.push((place, layer.volume.name.clone()));
    }
}

/// Draws a line of swatches and names in place of bars, top layer first; it counts what finds no room.
pub(super) fn swatches(list: &mut DisplayList, scene: &Scene, line: Rect, colours: CanvasColours) {
    let layers = shown(scene);
    let fit = |room: f32| {
        ((room + ENTRY_GAP) / (ENTRY.0 + ENTRY_GAP))
            .floor()
            .max(1.0) as usize
    };
    let with_more = line.width() - MORE - ENTRY_GAP;
    let (count, room) = match layers.len() <= fit(line.width()) {
        true => (layers.len(), line.width()),
        false => (fit(with_more), with_more),
    };
    let step = (room + ENTRY_GAP) / count.max(1) as f32;
    let width = (step - ENTRY_GAP).clamp(SWATCH, ENTRY.1);
    let y = line.center().y;
    let label = |at: Pos2, text: String, colour, max_width: f32| {
        let text = Text::line(at, Align2::LEFT_CENTER, text, 11.5, Weight::Regular, colour);
        Item::Text(Text { max_width, ..text })
    };
    let mut x = line.min.x;
    for layer in layers.iter().take(count) {
        let strip = Rect::from_min_size(pos2(x, y - 4.0), vec2(SWATCH, 8.0));
        list.items.push(Item::Gradient {
            rect: strip,
            stops: swatch_stops(&layer.display),
        });
        let at = pos2(strip.max.x + 6.0, y);
        let room = (width - SWATCH - 6.0).max(8.0);
        let name = layer.volume.name.clone();
        list.items.push(label(at, name.clone(), colours.text, room));
        let place = Rect::from_min_size(pos2(x, line.min.y), vec2(width, line.height()));
        list.names.push((place, name));
        x += width + ENTRY_GAP;
    }
    if layers.len() > count {
        let text = format!("and {} more", layers.len() - count);
        list.items
            .push(label(pos2(x, y), text, colours.muted, MORE));
        let rest: Vec<_> = layers[count..]
            .iter()
            .map(|layer| layer.volume.name.as_str())
            .collect();
        let place = Rect::from_min_size(pos2(x, line.min.y), vec2(MORE, line.height()));
        list.names.push((place, rest.join("\n")));
    }
}

/// The colours of a map from its most negative to its most positive.
fn swatch_stops(display: &LayerDisplay) -> Vec<Color32> {
    let colour = |s: f32| match display.signs {
        Signs::Positive => display.positive.colour(false, s),
        Signs::Negative => display.negative.colour(true, 1.0 - s),
        Signs::Both if s < 0.5 => display.negative.colour(true, 1.0 - 2.0 * s),
        Signs::Both => display.positive.colour(false, 2.0 * s - 1.0),
    };
    (0..STOPS)
        .map(|n| colour(n as f32 / (STOPS - 1) as f32))
        .collect()
}

/// Draws the bar of one layer at the bottom of a cell, where it has one and there is room.
pub(super) fn under(items: &mut Vec<Item>, layer: &SceneLayer, cell: Rect, colours: CanvasColours) {
    let width = BAR_WIDTH.min(cell.width() - 48.0);
    let scalar = matches!(layer.volume.data, VolumeData::Scalar(_));
    if scalar && width >= 80.0 && cell.height() >= ROW + 60.0 {
        let at = pos2(cell.center().x - 0.5 * width, cell.max.y - 10.0 - ROW);
        bar(items, layer, at, width, colours);
    }
}

/// One bar: name and unit above, values below.
fn bar(items: &mut Vec<Item>, layer: &SceneLayer, at: Pos2, width: f32, colours: CanvasColours) {
    let display = &layer.display;
    let span = |text: String, weight, colour| Span {
        text,
        weight,
        size: 11.5,
        colour,
    };
    let mut name = vec![span(
        layer.volume.name.clone(),
        Weight::Medium,
        colours.text,
    )];
    let notes = layer.gate.as_ref().map(condition);
    name.extend(
        notes
            .into_iter()
            .map(|n| span(format!("  {n}"), Weight::Regular, colours.muted)),
    );
    // The unit stands apart: a long name must not push it out.
    items.push(Item::Text(Text {
        anchor: at,
        align: Align2::LEFT_TOP,
        spans: name,
        max_width: (width - UNIT_WIDTH).max(8.0),
    }));
    let unit = span(
        layer.volume.kind.label().to_owned(),
        Weight::Regular,
        colours.muted,
    );
    items.push(Item::Text(Text {
        anchor: at + vec2(width, 0.0),
        align: Align2::RIGHT_TOP,
        spans: vec![unit],
        max_width: UNIT_WIDTH,
    }));
    let strip = Rect::from_min_size(at + vec2(0.0, 18.0), vec2(width, BAR_HEIGHT));
    let sides = sides(display, layer.gate.is_some(), strip);
    for side in &sides {
        side.paint(items, display, colours);
    }
    marks(items, &sides, strip, colours);
}

/// "where cope1 ≥ 3.1": which other map decides where this one is shown.
fn condition(gate: &super::look::Gate) -> String {
    let name = &gate.volume.name;
    let words = |negative: bool| {
        let threshold = f64::from(gate.thresholds[usize::from(negative)]);
        number(threshold, decimals_for(threshold))
    };
    match gate.signs {
        Signs::Positive => format!("where {name} ≥ {}", words(false)),
        Signs::Negative => format!("where {name} ≤ −{}", words(true)),
        Signs::Both if gate.thresholds[0] == gate.thresholds[1] => {
            format!("where |{name}| ≥ {}", words(false))
        }
        Signs::Both => {
            format!("where {name} ≥ {} or ≤ −{}", words(false), words(true))
        }
    }
}

/// The part of a bar that holds one sign: absolute values `low..=high` over `strip`, growing to the
/// left where they are negative.
struct Side {
    negative: bool,
    range: SideRange,
    /// Where nothing is hidden there is no threshold.
    threshold: Option<f32>,
    low: f32,
    high: f32,
    strip: Rect,
}

/// The parts of a layer's bar, from left to right.
fn sides(display: &LayerDisplay, gated: bool, strip: Rect) -> Vec<Side> {
    let sound = |v: f32, otherwise: f32| {
        if v.is_finite() && v > 0.0 {
            v
        } else {
            otherwise
        }
    };
    let side = |negative: bool| {
        let mut range = display.range(negative);
        if gated && range.minimum == RangeStart::Threshold {
            range.minimum = RangeStart::Zero;
        }
        let threshold = if gated {
            0.0
        } else {
            sound(range.threshold, 0.0)
        };
        // A maximum at or below the threshold paints everything in the last colour: a sliver shows it.
        let high = sound(range.maximum, 1.0)
            .max(threshold * 1.05)
            .max(f32::MIN_POSITIVE);
        let low = match display.bar {
            BarStart::Zero => 0.0,
            BarStart::Threshold => threshold,
        };
        Side {
            negative,
            range,
            threshold: (threshold > 0.0).then_some(threshold),
            low,
            high,
            strip,
        }
    };
    let mut sides: Vec<_> = [true, false]
        .into_iter()
        .filter(|negative| display.signs.shows(*negative))
        .map(side)
        .collect();
    if let [negative, positive] = &mut sides[..] {
        // One scale for both; what is left out between two thresholds is a gap.
        let gap = if negative.low > 0.0 || positive.low > 0.0 {
            8.0
        } else {
            0.0
        };
        let (a, b) = (negative.high - negative.low, positive.high - positive.low);
        let share = (a / (a + b)).clamp(0.1, 0.9);
        let middle = strip.min.x + (strip.width() - gap) * share;
        negative.strip.max.x = middle;
        positive.strip.min.x = middle + gap;
    }
    sides
}

impl Side {
    fn x(&self, magnitude: f32) -> f32 {
        let part = (magnitude - self.low) / (self.high - self.low);
        if self.negative {
            self.strip.max.x - part * self.strip.width()
        } else {
            self.strip.min.x + part * self.strip.width()
        }
    }

    fn sign(&self) -> f32 {
        if self.negative { -1.0 } else { 1.0 }
    }

    fn span(&self, from: f32, to: f32) -> Rect {
        let (a, b) = (self.x(from), self.x(to));
        Rect::from_min_max(
            pos2(a.min(b), self.strip.min.y),
            pos2(a.max(b), self.strip.max.y),
        )
    }

    /// Colours from the threshold outwards, and what is below as it is drawn in the slices.
    fn paint(&self, items: &mut Vec<Item>, display: &LayerDisplay, colours: CanvasColours) {
        let map = display.map(self.negative);
        let threshold = self.threshold.unwrap_or(self.low).max(self.low);
        let mut piece = |from: f32, to: f32, faint: bool| {
            let stops = (0..STOPS).map(|n| {
                let mut t = n as f32 / (STOPS - 1) as f32;
                if self.negative {
                    t = 1.0 - t;
                }
                let magnitude = from + t * (to - from);
                let ratio = if faint { magnitude / threshold } else { 1.0 };
                let colour = map.colour(self.negative, self.range.place(magnitude));
                over(colour, display.opacity * ratio * ratio, colours.background)
            });
            items.push(Item::Gradient {
                rect: self.span(from, to),
                stops: stops.collect(),
            });
        };
        if threshold > self.low && display.mode != ThresholdMode::Hide {
            piece(self.low, threshold, true);
        }
        piece(threshold, self.high, false);
        if threshold > self.low && display.mode == ThresholdMode::Hide {
            items.push(Item::Fill {
                rect: self.span(self.low, threshold),
                colour: colours.hidden,
            });
        }
    }
}

/// A colour at some opacity over an opaque one.
fn over(colour: Color32, opacity: f32, below: Color32) -> Color32 {
    let part = opacity.clamp(0.0, 1.0);
    let mix = |a: u8, b: u8| (f32::from(a) * part + f32::from(b) * (1.0 - part)).round() as u8;
    Color32::from_rgb(
        mix(colour.r(), below.r()),
        mix(colour.g(), below.g()),
        mix(colour.b(), below.b()),
    )
}

/// A number under a bar.
struct Mark {
    x: f32,
    text: String,
    colour: Color32,
}

impl Mark {
    /// Room it needs, within the bar's ends; digits of this size are about 6.4 points wide.
    fn extent(&self, strip: Rect) -> [f32; 2] {
        let width = 6.4 * self.text.chars().count() as f32;
        let left =
            (self.x - 0.5 * width).clamp(strip.min.x, (strip.max.x - width).max(strip.min.x));
        [left, left + width]
    }
}

impl Mark {
    /// Where it finds room among what is there; one that `may_move` also beside what is in its way.
    fn place(&self, strip: Rect, taken: &[[f32; 2]], may_move: bool) -> Option<[f32; 2]> {
        const GAP: f32 = 6.0;
        let free = |[left, right]: [f32; 2]| {
            let touches = |t: &[f32; 2]| left < t[1] + GAP && t[0] < right + GAP;
            (!taken.iter().any(touches)).then_some([left, right])
        };
        let [left, right] = self.extent(strip);
        let width = right - left;
        let beside = taken
            .iter()
            .flat_map(|t| [t[0] - GAP - width - 0.1, t[1] + GAP + 0.1]);
        let beside = beside.filter(|x| *x >= strip.min.x && x + width <= strip.max.x);
        let mut others: Vec<f32> = beside.filter(|_| may_move).collect();
        others.sort_by(|a, b| (a - left).abs().total_cmp(&(b - left).abs()));
        let rest = others.into_iter().map(|x| [x, x + width]);
        std::iter::once([left, right]).chain(rest).find_map(free)
    }
}

/// Ticks at the thresholds and values beneath: the ends, the thresholds, where the colours begin, zero;
/// what finds no room is left out, in this order. The sign stands in the number, not in the hue alone.
fn marks(items: &mut Vec<Item>, sides: &[Side], strip: Rect, colours: CanvasColours) {
    let largest = sides.iter().map(|side| side.high).fold(0.0, f32::max);
    let decimals = decimals_for(f64::from(largest));
    let plain = |v: f32| number(f64::from(v), decimals);
    let value = |v: f32| {
        if v > 0.0 {
            format!("+{}", plain(v))
        } else {
            plain(v)
        }
    };
    let mut wanted = Vec::new();
    let mut want = |x, text, colour| wanted.push(Mark { x, text, colour });
    for side in sides {
        want(
            side.x(side.high),
            value(side.sign() * side.high),
            colours.muted,
        );
    }
    let thresholds: Vec<_> = sides
        .iter()
        .filter_map(|side| Some((side, side.threshold?)))
        .collect();
    match thresholds[..] {
        // Numbers that would touch share one "±" where they are the same.
        [(a, t), (b, u)] if t == u && a.low == 0.0 && b.x(u) - a.x(t) < 44.0 => {
            want(b.x(0.0), format!("±{}", plain(t)), colours.text);
        }
        _ => {
            for (side, t) in &thresholds {
                want(side.x(*t), value(side.sign() * t), colours.text);
            }
        }
    }
    for side in sides {
        let start = side.range.start();
        if side.range.minimum != RangeStart::Threshold && start > side.low && start < side.high {
            want(side.x(start), value(side.sign() * start), colours.muted);
        }
        if side.low == 0.0 {
            want(side.x(0.0), "0".to_owned(), colours.muted);
        }
    }
    let y = strip.max.y + 4.0;
    let mut taken: Vec<[f32; 2]> = Vec::new();
    for mark in wanted {
        let Some([left, right]) = mark.place(strip, &taken, mark.colour == colours.text) else {
            continue;
        };
        taken.push([left, right]);
        let (x, align) = if left <= strip.min.x {
            (strip.min.x, Align2::LEFT_TOP)
        } else if right >= strip.max.x {
            (strip.max.x, Align2::RIGHT_TOP)
        } else {
            (0.5 * (left + right), Align2::CENTER_TOP)
        };
        let line = Text::line(
            pos2(x, y),
            align,
            mark.text,
            11.0,
            Weight::Regular,
            mark.colour,
        );
        items.push(Item::Text(line));
    }
    for (side, t) in thresholds {
        let x = side.x(t);
        items.push(Item::Line {
            from: pos2(x, strip.min.y - 2.0),
            to: pos2(x, strip.max.y + 2.0),
            width: 1.5,
            colour: colours.text,
        });
    }
}

#[cfg(test)]
#[path = "legend_tests.rs"]
mod tests;
