//! The colours maps get by themselves, so that layers are told apart.

use super::colour_map::ColourMap;
use super::first_look::first_look;
use super::look::LayerDisplay;
use crate::volume::{Volume, WarningCode};

/// Colours of measured maps, positive and negative, in the order they are given away: positive hues far
/// apart and never blue or cyan, negative ones always blue, cyan or a bluish grey, so that no
/// layer's negative values look like another's positive ones.
const MEASURED: [(&str, &str); 6] = [
    ("warm", "cool"),
    ("plain-green", "plain-blue"),
    ("plain-magenta", "plain-cyan"),
    ("plain-yellow", "bone"),
    ("plain-red", "PuBu_r"),
    ("plain-orange", "black-blue"),
];

/// Colours of predicted maps.
const PREDICTED: [(&str, &str); 4] = [
    ("green", "cool"),
    ("plain-violet", "plain-cyan"),
    ("plain-orange", "plain-blue"),
    ("plain-magenta", "bone"),
];

/// The colours of negative values beside automatic ones of positive values; a map's own partner where
/// the colours were chosen by hand.
fn negative_of(positive: ColourMap) -> ColourMap {
    let pairs = MEASURED.iter().chain(&PREDICTED);
    let mut given = pairs.filter(|(name, _)| *name == positive.name());
    let named = given.next().and_then(|(_, name)| ColourMap::named(name));
    named.unwrap_or_else(|| positive.partner())
}

/// Colours for the next map beside those with the colours `shown`: those that the fewest of them have,
/// so that maps beside each other are told apart, and predicted ones from measured ones.
pub(crate) fn next_colours(
    shown: impl IntoIterator<Item = ColourMap>,
    predicted: bool,
) -> ColourMap {
    let list: &[(&str, &str)] = if predicted { &PREDICTED } else { &MEASURED };
    let shown: Vec<ColourMap> = shown.into_iter().collect();
    let used = |map: ColourMap| shown.iter().filter(|other| **other == map).count();
    list.iter()
        .filter_map(|(name, _)| ColourMap::named(name))
        .min_by_key(|map| used(*map))
        .unwrap_or(ColourMap::WARM)
}

/// Opacity of a predicted map that nothing published supports: it must not look like the others.
const FADED: f32 = 0.4;

/// How a map is shown at first: the renderer's defaults in this layer's colours. Anatomy stays grey, and
/// regions have colours of their own.
pub(crate) fn default_display(volume: &Volume, positive: ColourMap) -> LayerDisplay {
    let mut display = first_look(volume).display.clone();
    if [WarningCode::NoSupport, WarningCode::UnknownWords]
        .into_iter()
        .any(|code| volume.has_warning(code))
    {
        display.opacity *= FADED;
    }
    if display.positive == ColourMap::GRAY || volume.data.scalar().is_none() {
        return display;
    }
    LayerDisplay {
        positive,
        negative: negative_of(positive),
        ..display
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hue of the middle colour, degrees, and how far it is from grey.
    fn hue(map: ColourMap) -> f32 {
        let [r, g, b, _] = map.at(0.5).to_array().map(f32::from);
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        assert!(most > least, "{} has no hue", map.name());
        let sixth = if most == r {
            (g - b) / (most - least)
        } else if most == g {
            2.0 + (b - r) / (most - least)
        } else {
            4.0 + (r - g) / (most - least)
        };
        (60.0 * sixth).rem_euclid(360.0)
    }

    #[test]
    fn automatic_colours_are_never_cool_for_positive_nor_warm_for_negative_values() {
        for list in [&MEASURED[..], &PREDICTED[..]] {
            for (n, (name, other)) in list.iter().enumerate() {
                let positive = ColourMap::named(name).unwrap();
                assert!(ColourMap::named(other).is_some(), "{other}");
                let negative = negative_of(positive);
                let (up, down) = (hue(positive), hue(negative));
                assert!(!(165.0..=255.0).contains(&up), "{name}: {up}");
                assert!((165.0..=255.0).contains(&down), "{other}: {down}");
                assert!(!positive.has_two_arms() && !negative.has_two_arms());
                assert!(list[..n].iter().all(|(before, _)| before != name));
            }
        }
    }
}
