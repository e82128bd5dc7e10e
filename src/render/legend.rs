//! The colour bars: range, threshold, sign and unit of every visible layer.

use eframe::egui::{Align2, Color32, Pos2, Rect, pos2, vec2};

use super::colour::CanvasColours;
use super::list::Item;
use super::scene::{ColourMap, LayerDisplay, Scene, SceneLayer, Signs};
use super::text::{Span, Text, Weight, decimals_for, number};
use crate::volume::VolumeData;

/// Bars shown at most; further layers are counted.
const MOST_BARS: usize = 3;
const ROW: f32 = 48.0;
const BAR_HEIGHT: f32 = 10.0;
const BAR_WIDTH: f32 = 300.0;
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

/// Height the legend takes from its cell, points.
pub(super) fn height(scene: &Scene) -> f32 {
    shown(scene).len().min(MOST_BARS) as f32 * ROW
}

/// Draws the bars at the bottom of a cell.
pub(super) fn draw(items: &mut Vec<Item>, scene: &Scene, cell: Rect, colours: CanvasColours) {
    let layers = shown(scene);
    let count = layers.len().min(MOST_BARS);
    let width = BAR_WIDTH.min(cell.width() - 48.0);
    if width < 80.0 || cell.height() < height(scene) + 60.0 {
        return;
    }
    let left = cell.center().x - 0.5 * width;
    for (n, layer) in layers.iter().take(count).enumerate() {
        let top = cell.max.y - 12.0 - (count - n) as f32 * ROW;
        let more = layers.len() - count;
        let note = (n + 1 == count && more > 0).then(|| format!("and {more} more"));
        bar(items, layer, pos2(left, top), width, note, colours);
    }
}

/// One bar: name and unit above, values below.
fn bar(
    items: &mut Vec<Item>,
    layer: &SceneLayer,
    at: Pos2,
    width: f32,
    note: Option<String>,
    colours: CanvasColours,
) {
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
    name.extend(note.map(|n| span(format!("  {n}"), Weight::Regular, colours.muted)));
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
    let scale = Scale::new(display, strip);
    items.push(Item::Fill {
        rect: strip,
        colour: colours.hidden,
    });
    if display.signs != Signs::Positive {
        let part = scale.span(-scale.maximum, -scale.threshold);
        items.push(gradient(
            part,
            display.negative,
            true,
            display.opacity,
            colours,
        ));
    }
    if display.signs != Signs::Negative {
        let part = scale.span(scale.threshold, scale.maximum);
        items.push(gradient(
            part,
            display.positive,
            false,
            display.opacity,
            colours,
        ));
    }
    marks(items, &scale, display.signs, colours);
}

/// Value → position along a bar.
struct Scale {
    threshold: f32,
    maximum: f32,
    low: f32,
    strip: Rect,
    high: f32,
}

impl Scale {
    fn new(display: &LayerDisplay, strip: Rect) -> Self {
        let sound = |v: f32, otherwise: f32| {
            if v.is_finite() && v > 0.0 {
                v
            } else {
                otherwise
            }
        };
        let threshold = sound(display.threshold, 0.0);
        // A maximum at or below the threshold paints everything in the last colour: a sliver shows it.
        let maximum = sound(display.maximum, 1.0)
            .max(threshold * 1.05)
            .max(f32::MIN_POSITIVE);
        let (low, high) = match display.signs {
            Signs::Both => (-maximum, maximum),
            Signs::Positive => (0.0, maximum),
            Signs::Negative => (-maximum, 0.0),
        };
        Self {
            threshold,
            maximum,
            low,
            high,
            strip,
        }
    }

    fn x(&self, value: f32) -> f32 {
        self.strip.min.x + (value - self.low) / (self.high - self.low) * self.strip.width()
    }

    fn span(&self, from: f32, to: f32) -> Rect {
        Rect::from_min_max(
            pos2(self.x(from), self.strip.min.y),
            pos2(self.x(to), self.strip.max.y),
        )
    }
}

fn gradient(
    rect: Rect,
    map: ColourMap,
    falling: bool,
    opacity: f32,
    colours: CanvasColours,
) -> Item {
    let stops = (0..STOPS)
        .map(|n| {
            let t = n as f32 / (STOPS - 1) as f32;
            let colour = map.colour(if falling { 1.0 - t } else { t });
            over(colour, opacity, colours.background)
        })
        .collect();
    Item::Gradient { rect, stops }
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

/// Ticks at the threshold and values beneath. The sign stands in the number, not in the hue alone.
fn marks(items: &mut Vec<Item>, scale: &Scale, signs: Signs, colours: CanvasColours) {
    let decimals = decimals_for(f64::from(scale.maximum));
    let value = |v: f32| {
        let text = number(f64::from(v), decimals);
        if v > 0.0 { format!("+{text}") } else { text }
    };
    let y = scale.strip.max.y + 4.0;
    let mut label = |x: f32, align, text: String, colour| {
        let line = Text::line(pos2(x, y), align, text, 11.0, Weight::Regular, colour);
        items.push(Item::Text(line));
    };
    if signs != Signs::Positive {
        label(
            scale.strip.min.x,
            Align2::LEFT_TOP,
            value(-scale.maximum),
            colours.muted,
        );
    }
    if signs != Signs::Negative {
        label(
            scale.strip.max.x,
            Align2::RIGHT_TOP,
            value(scale.maximum),
            colours.muted,
        );
    }
    let thresholds: &[f32] = match signs {
        Signs::Both => &[-scale.threshold, scale.threshold],
        Signs::Positive => &[scale.threshold],
        Signs::Negative => &[-scale.threshold],
    };
    // Numbers need about 34 points each: where two would touch, both signs share one "±".
    let apart = scale.x(scale.threshold) - scale.x(-scale.threshold);
    let beside_end = scale.x(scale.maximum) - scale.x(scale.threshold);
    let both = signs == Signs::Both;
    if scale.threshold > 0.0 && both && (apart < 44.0 || beside_end < 40.0) {
        if scale.strip.width() > 130.0 {
            let text = format!("±{}", number(f64::from(scale.threshold), decimals));
            label(scale.x(0.0), Align2::CENTER_TOP, text, colours.text);
        }
    } else if scale.threshold > 0.0 && beside_end >= 40.0 {
        for &t in thresholds {
            let align = match scale.x(t) {
                x if x - scale.strip.min.x < 17.0 => Align2::LEFT_TOP,
                x if scale.strip.max.x - x < 17.0 => Align2::RIGHT_TOP,
                _ => Align2::CENTER_TOP,
            };
            label(scale.x(t), align, value(t), colours.text);
        }
    } else if !both && scale.threshold == 0.0 {
        let (x, align) = match signs {
            Signs::Positive => (scale.strip.min.x, Align2::LEFT_TOP),
            _ => (scale.strip.max.x, Align2::RIGHT_TOP),
        };
        label(x, align, "0".to_owned(), colours.muted);
    }
    if scale.threshold > 0.0 {
        for &t in thresholds {
            let x = scale.x(t);
            items.push(Item::Line {
                from: pos2(x, scale.strip.min.y - 2.0),
                to: pos2(x, scale.strip.max.y + 2.0),
                width: 1.5,
                colour: colours.text,
            });
        }
    }
}
