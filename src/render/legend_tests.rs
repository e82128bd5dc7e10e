//! Tests of [`super`].

use super::*;
use crate::render::fixtures::{layer, scene, volume};
use crate::render::look::Gate;

fn ones() -> crate::volume::Volume {
    volume([2, 2, 2], 1.0, vec![1.0; 8])
}

fn empty() -> DisplayList {
    DisplayList {
        rect: Rect::from_min_size(Pos2::ZERO, vec2(400.0, 400.0)),
        pixels_per_point: 1.0,
        items: Vec::new(),
        views: Vec::new(),
        frames: Vec::new(),
        names: Vec::new(),
        maps: None,
    }
}

fn drawn(layers: Vec<SceneLayer>) -> Vec<Item> {
    let mut list = empty();
    let places: Vec<_> = (0..layers.len())
        .map(|n| pos2(20.0, 10.0 + n as f32 * ROW))
        .collect();
    let colours = CanvasColours::new(true);
    draw(&mut list, &scene(layers), &places, BAR_WIDTH, colours);
    list.items
}

fn texts(items: &[Item]) -> Vec<String> {
    let text = |item: &Item| match item {
        Item::Text(text) => Some(text.content()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

fn gradients(items: &[Item]) -> Vec<Rect> {
    let rect = |item: &Item| match item {
        Item::Gradient { rect, .. } => Some(*rect),
        _ => None,
    };
    items.iter().filter_map(rect).collect()
}

#[test]
fn every_bar_has_both_sides() {
    for count in 1..9 {
        let layers = (0..count).map(|_| layer(ones(), 3.1, 8.0)).collect();
        let bars = gradients(&drawn(layers));
        assert_eq!(bars.len(), 2 * count);
        for (n, a) in bars.iter().enumerate() {
            for b in &bars[n + 1..] {
                assert!(!a.shrink(0.1).intersects(*b), "{a:?} {b:?}");
            }
        }
    }
}

#[test]
fn a_line_of_swatches_names_what_fits_and_counts_the_rest() {
    for width in [300.0, 500.0, 684.0, 1200.0] {
        for count in 1..30 {
            let layers = (0..count).map(|_| layer(ones(), 3.1, 8.0)).collect();
            let mut list = empty();
            let line = Rect::from_min_size(pos2(10.0, 5.0), vec2(width, SWATCH_ROW));
            let colours = CanvasColours::new(true);
            swatches(&mut list, &scene(layers), line, colours);
            let shown = gradients(&list.items);
            for (place, _) in &list.names {
                assert!(
                    line.expand(0.5).contains_rect(*place),
                    "{place:?} in {line:?}"
                );
            }
            assert!(shown.windows(2).all(|w| w[0].max.x + 40.0 < w[1].min.x));
            let more = texts(&list.items);
            let more = more.iter().find_map(|t| t.strip_prefix("and "));
            let counted = more.map_or(0, |t| t.strip_suffix(" more").unwrap().parse().unwrap());
            assert_eq!(shown.len() + counted, count, "{width}");
        }
    }
}

#[test]
fn numbers_carry_their_sign_and_never_touch() {
    for threshold in [0.0, 0.01, 0.5, 1.0, 3.1, 6.0, 7.5] {
        for signs in [Signs::Both, Signs::Positive, Signs::Negative] {
            for bar in [BarStart::Zero, BarStart::Threshold] {
                let mut layer = layer(ones(), threshold, 8.0);
                layer.display.signs = signs;
                layer.display.bar = bar;
                let items = drawn(vec![layer]);
                let mut spans: Vec<[f32; 2]> = Vec::new();
                for item in &items {
                    let Item::Text(text) = item else { continue };
                    if text.anchor.y < 40.0 {
                        continue;
                    }
                    let width = 6.4 * text.content().chars().count() as f32;
                    let left = match text.align {
                        Align2::LEFT_TOP => text.anchor.x,
                        Align2::RIGHT_TOP => text.anchor.x - width,
                        _ => text.anchor.x - 0.5 * width,
                    };
                    spans.push([left, left + width]);
                }
                spans.sort_by(|a, b| a[0].total_cmp(&b[0]));
                assert!(spans.windows(2).all(|w| w[0][1] < w[1][0]), "{spans:?}");
                let words = texts(&items);
                assert_eq!(words.contains(&"+8.0".to_owned()), signs != Signs::Negative);
                assert_eq!(words.contains(&"−8.0".to_owned()), signs != Signs::Positive);
            }
        }
    }
}

#[test]
fn what_is_below_the_threshold_is_shown_as_it_is_drawn() {
    let mut one = layer(ones(), 2.0, 8.0);
    one.display.signs = Signs::Positive;
    let fills = |items: &[Item]| {
        let fill = |item: &&Item| matches!(item, Item::Fill { .. });
        items.iter().filter(fill).count()
    };
    let hidden = drawn(vec![one.clone()]);
    assert_eq!((gradients(&hidden).len(), fills(&hidden)), (1, 1));
    one.display.mode = ThresholdMode::Fade;
    let faded = drawn(vec![one.clone()]);
    assert_eq!((gradients(&faded).len(), fills(&faded)), (2, 0));
    // Beginning at the threshold, nothing is below it and the colours take the whole bar.
    one.display.bar = BarStart::Threshold;
    let from_threshold = drawn(vec![one.clone()]);
    assert_eq!(gradients(&from_threshold).len(), 1);
    assert!(gradients(&from_threshold)[0].width() > gradients(&hidden)[0].width() + 50.0);
    // Another map decides: no threshold of its own, and it is said whose.
    one.gate = Some(Gate {
        volume: std::sync::Arc::new(ones()),
        thresholds: [3.1, 3.1],
        signs: Signs::Positive,
    });
    let words = texts(&drawn(vec![one]));
    assert!(
        words.iter().any(|w| w.contains("where fixture ≥ 3.1")),
        "{words:?}"
    );
}

#[test]
fn sides_with_ranges_of_their_own_share_one_scale() {
    let mut both = layer(ones(), 2.0, 6.0);
    both.display.negative_range = Some(SideRange {
        threshold: 1.0,
        minimum: RangeStart::Threshold,
        maximum: 3.0,
    });
    let items = drawn(vec![both]);
    let [negative, positive] = gradients(&items)[..] else {
        panic!("two sides");
    };
    // 1 to 3 is half as long as 2 to 6.
    assert!((2.0 * negative.width() - positive.width()).abs() < 0.5);
    let words = texts(&items);
    for number in ["−3.0", "−1.0", "+2.0", "+6.0"] {
        assert!(words.iter().any(|w| w == number), "{number} in {words:?}");
    }
}
