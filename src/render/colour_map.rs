//! The colour maps of `assets/colour_maps.json` and the tables both renderers read.

use std::sync::OnceLock;

use eframe::egui::Color32;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Entries in a colour table.
pub(crate) const LUT_SIZE: usize = 256;

/// What a colour map is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MapFamily {
    /// Lightness rises from the first colour to the last.
    Sequential,
    /// Known of old; lightness goes up and down.
    Classic,
    /// Two arms that meet in a neutral middle: negative values take the lower one.
    Diverging,
    /// First and last colour are the same.
    Cyclic,
    /// Shades of one colour.
    Single,
}

impl MapFamily {
    /// In the order of a list.
    pub const ALL: [Self; 5] = [
        Self::Sequential,
        Self::Single,
        Self::Diverging,
        Self::Cyclic,
        Self::Classic,
    ];

    /// Heading in a list.
    pub fn label(self) -> &'static str {
        match self {
            Self::Sequential => "Sequential",
            Self::Classic => "Classic, not even in lightness",
            Self::Diverging => "Diverging, for both signs",
            Self::Cyclic => "Cyclic, for phases",
            Self::Single => "One colour",
        }
    }
}

/// A colour map: its place in the table. Saved by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ColourMap(u8);

/// One entry of the file.
#[derive(Deserialize)]
struct Entry {
    name: String,
    label: String,
    kind: MapFamily,
    partner: Option<String>,
    colours: String,
}

struct Table {
    entries: Vec<Entry>,
    rows: Vec<[[u8; 4]; LUT_SIZE]>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let text = include_str!("../../assets/colour_maps.json");
        let entries: Vec<Entry> =
            serde_json::from_str(text).expect("the embedded file is read by a test of this module");
        let mut rows: Vec<_> = entries
            .iter()
            .map(|e| spread(&points(&e.colours)))
            .collect();
        rows.push(label_palette());
        Table { entries, rows }
    })
}

impl ColourMap {
    /// Black to white, for anatomy.
    pub(crate) const GRAY: Self = Self(0);
    /// Red to yellow; its partner is [`Self::COOL`].
    pub const WARM: Self = Self(1);
    /// Blue to cyan.
    pub const COOL: Self = Self(2);
    /// Green, for predicted maps.
    pub const GREEN: Self = Self(3);
    /// Perceptual violet to yellow.
    pub const VIRIDIS: Self = Self(4);
    /// Perceptual black-red-yellow-white.
    pub const INFERNO: Self = Self(5);
    /// Diverging red to blue through white.
    pub const RED_BLUE: Self = Self(6);
    /// Cyclic.
    pub const TWILIGHT: Self = Self(7);
    /// A name that was read but is in no table of this version; painted as [`Self::WARM`].
    pub(crate) const UNKNOWN: Self = Self(u8::MAX);

    /// Every colour map, in the order of the rows of [`lut_rows`].
    pub fn all() -> impl Iterator<Item = Self> {
        (0..table().entries.len() as u8).map(Self)
    }

    /// The map of this name, as files write it.
    pub fn named(name: &str) -> Option<Self> {
        let at = table().entries.iter().position(|e| e.name == name)?;
        Some(Self(at as u8))
    }

    fn entry(self) -> &'static Entry {
        &table().entries[self.row() as usize]
    }

    /// Stable name, written into files.
    pub fn name(self) -> &'static str {
        &self.entry().name
    }

    /// Name shown in the interface.
    pub fn label(self) -> &'static str {
        &self.entry().label
    }

    /// What it is made for.
    pub(crate) fn family(self) -> MapFamily {
        self.entry().kind
    }

    /// Whether the name it was read from is in the table.
    pub(crate) fn is_known(self) -> bool {
        usize::from(self.0) < table().entries.len()
    }

    /// The map for values of the other sign: a map with two arms is its own.
    pub(crate) fn partner(self) -> Self {
        if self.has_two_arms() {
            return self;
        }
        let named = self.entry().partner.as_deref().and_then(Self::named);
        named.unwrap_or(Self::COOL)
    }

    /// Whether positive and negative values each have an arm of this map.
    pub(crate) fn has_two_arms(self) -> bool {
        matches!(self.family(), MapFamily::Diverging | MapFamily::Cyclic)
    }

    /// Row of this map in [`lut_rows`].
    pub fn row(self) -> u32 {
        if self.is_known() {
            u32::from(self.0)
        } else {
            u32::from(Self::WARM.0)
        }
    }

    /// Where in the row the colours of one sign begin, and how far they run.
    pub(crate) fn arm(self, negative: bool) -> [f32; 2] {
        match (self.has_two_arms(), negative) {
            (false, _) => [0.0, 1.0],
            (true, false) => [0.5, 0.5],
            (true, true) => [0.5, -0.5],
        }
    }

    /// The colour of one sign at `place` (0 where the colours begin, 1 at the maximum; clamped).
    pub fn colour(self, negative: bool, place: f32) -> Color32 {
        let [from, run] = self.arm(negative);
        self.at(from + run * place.clamp(0.0, 1.0))
    }

    /// The colour at a position of the whole row, 0..=1.
    pub fn at(self, position: f32) -> Color32 {
        let [r, g, b] = sample(self.row(), position);
        Color32::from_rgb(to_byte(r), to_byte(g), to_byte(b))
    }
}

impl Serialize for ColourMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ColourMap {
    /// A name of another version is no reason to refuse a session: see [`ColourMap::UNKNOWN`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(Self::named(&name).unwrap_or(Self::UNKNOWN))
    }
}

/// Row of the label palette in [`lut_rows`].
pub(crate) fn label_row() -> u32 {
    table().entries.len() as u32
}

/// All tables as the GPU holds them: one row of [`LUT_SIZE`] RGBA bytes a colour map, then the label
/// palette.
pub(crate) fn lut_rows() -> &'static [[[u8; 4]; LUT_SIZE]] {
    &table().rows
}

/// "d61f10 f24212" as colours; what is no colour is black, which a test would see.
fn points(text: &str) -> Vec<[u8; 3]> {
    text.split_whitespace()
        .map(|hex| {
            let [_, r, g, b] = u32::from_str_radix(hex, 16).unwrap_or(0).to_be_bytes();
            [r, g, b]
        })
        .collect()
}

/// Linear interpolation of evenly spaced control points.
fn spread(points: &[[u8; 3]]) -> [[u8; 4]; LUT_SIZE] {
    let (Some(first), segments) = (points.first(), points.len().saturating_sub(1)) else {
        return [[0, 0, 0, 255]; LUT_SIZE];
    };
    std::array::from_fn(|i| {
        let x = i as f32 / (LUT_SIZE - 1) as f32 * segments as f32;
        let low = (x as usize).min(segments.saturating_sub(1));
        let (a, b) = (
            points.get(low).unwrap_or(first),
            points.get(low + 1).unwrap_or(first),
        );
        let mix = |c: usize| {
            let (a, b) = (f32::from(a[c]), f32::from(b[c]));
            (a + (b - a) * (x - low as f32)).round() as u8
        };
        [mix(0), mix(1), mix(2), 255]
    })
}

/// Colours of integer labels: the hue walks by the golden angle, so that consecutive labels differ,
/// and lightness alternates, so that they do so without hue as well.
fn label_palette() -> [[u8; 4]; LUT_SIZE] {
    std::array::from_fn(|i| {
        let hue = (i as f32 * 0.618_034).fract();
        let value = [0.95, 0.72, 0.84][i % 3];
        let [r, g, b] = eframe::egui::ecolor::rgb_from_hsv((hue, 0.62, value));
        [to_byte(r), to_byte(g), to_byte(b), 255]
    })
}

/// Rounds a channel in 0..=1 to a byte the way a Unorm target does.
pub(crate) fn to_byte(channel: f32) -> u8 {
    (channel.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// A table row at `position` 0..=1, linear between entries: the same sum as `colour_of` in
/// `shaders/common.wgsl`.
pub(crate) fn sample(row: u32, position: f32) -> [f32; 3] {
    between(&lut_rows()[row as usize], position)
}

/// As [`sample`], of a row at hand.
pub fn between(row: &[[u8; 4]; LUT_SIZE], position: f32) -> [f32; 3] {
    let x = position.clamp(0.0, 1.0) * 255.0;
    let low = x.floor();
    let part = x - low;
    let a = row[low as usize];
    let b = row[(low as usize + 1).min(LUT_SIZE - 1)];
    std::array::from_fn(|c| {
        let (a, b) = (f32::from(a[c]) / 255.0, f32::from(b[c]) / 255.0);
        a * (1.0 - part) + b * part
    })
}

/// Colour of an integer label; `None` for 0, the background.
pub(crate) fn label_colour(label: u32) -> Option<[f32; 3]> {
    let index = label.checked_sub(1)? & 255;
    let [r, g, b, _] = lut_rows()[label_row() as usize][index as usize];
    Some([r, g, b].map(|c| f32::from(c) / 255.0))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// CIE L*, 0..=100.
    fn lightness([r, g, b, _]: [u8; 4]) -> f64 {
        let linear = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        };
        let y = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        if y > 0.008_856 {
            116.0 * y.cbrt() - 16.0
        } else {
            903.3 * y
        }
    }

    fn lightness_of(map: ColourMap) -> Vec<f64> {
        let table = &lut_rows()[map.row() as usize];
        table.iter().map(|&c| lightness(c)).collect()
    }

    #[test]
    fn the_file_is_sound_and_the_constants_name_what_they_say() {
        let entries = &table().entries;
        assert!(entries.len() >= 25 && entries.len() < usize::from(u8::MAX));
        let names: BTreeSet<_> = entries.iter().map(|e| &e.name).collect();
        let labels: BTreeSet<_> = entries.iter().map(|e| &e.label).collect();
        assert_eq!((names.len(), labels.len()), (entries.len(), entries.len()));
        for entry in entries {
            let colours: Vec<_> = entry.colours.split_whitespace().collect();
            assert!(colours.len() >= 2, "{}", entry.name);
            for hex in colours {
                let sound = hex.len() == 6 && u32::from_str_radix(hex, 16).is_ok();
                assert!(sound, "{}: {hex}", entry.name);
            }
            let partner = entry.partner.as_deref();
            assert!(
                partner.is_none_or(|p| ColourMap::named(p).is_some()),
                "{}",
                entry.name
            );
        }
        for (map, name) in [
            (ColourMap::GRAY, "gray"),
            (ColourMap::WARM, "warm"),
            (ColourMap::COOL, "cool"),
            (ColourMap::GREEN, "green"),
            (ColourMap::VIRIDIS, "viridis"),
            (ColourMap::INFERNO, "inferno"),
            (ColourMap::RED_BLUE, "RdBu_r"),
            (ColourMap::TWILIGHT, "twilight"),
        ] {
            assert_eq!((map.name(), ColourMap::named(name)), (name, Some(map)));
        }
        for family in MapFamily::ALL {
            assert!(
                ColourMap::all().filter(|m| m.family() == family).count() >= 2,
                "{family:?}"
            );
        }
        assert_eq!(lut_rows().len(), ColourMap::all().count() + 1);
    }

    #[test]
    fn lightness_rises_where_a_map_says_so() {
        for map in ColourMap::all() {
            let l = lightness_of(map);
            let (low, high) = l.split_at(128);
            let rises =
                |l: &[f64]| l.windows(9).all(|w| w[8] > w[0] - 0.6) && l[l.len() - 1] > l[0] + 20.0;
            let falls = |l: &[f64]| rises(&l.iter().rev().copied().collect::<Vec<_>>());
            match map.family() {
                MapFamily::Sequential | MapFamily::Single => assert!(rises(&l), "{}", map.name()),
                // Each arm runs one way, away from the middle.
                MapFamily::Diverging => assert!(
                    (falls(low) && rises(high)) || (rises(low) && falls(high)),
                    "{}",
                    map.name()
                ),
                MapFamily::Cyclic => {
                    let table = &lut_rows()[map.row() as usize];
                    let apart = (0..3).map(|c| table[0][c].abs_diff(table[255][c])).max();
                    assert!(apart < Some(6), "{}", map.name());
                }
                MapFamily::Classic => {}
            }
        }
    }

    #[test]
    fn diverging_maps_are_neutral_in_the_middle() {
        for map in ColourMap::all().filter(|m| m.family() == MapFamily::Diverging) {
            let [r, g, b, _] = map.colour(false, 0.0).to_array();
            // Yellow and black middles are neutral in that they belong to neither arm.
            let ends = [map.colour(false, 1.0), map.colour(true, 1.0)];
            assert_eq!(
                map.colour(true, 0.0),
                map.colour(false, 0.0),
                "{}",
                map.name()
            );
            for end in ends {
                let far = [
                    r.abs_diff(end.r()),
                    g.abs_diff(end.g()),
                    b.abs_diff(end.b()),
                ];
                assert!(
                    far.iter().map(|d| u32::from(*d)).sum::<u32>() > 120,
                    "{}",
                    map.name()
                );
            }
            assert_eq!(map.partner(), map);
        }
    }

    #[test]
    fn maps_of_others_are_theirs_to_one_step_of_a_byte() {
        #[derive(Deserialize)]
        struct Golden {
            colours: BTreeMap<String, Vec<[u8; 3]>>,
        }
        let text = include_str!("../../tests/fixtures/render/colour_maps_golden.json");
        let golden: Golden = serde_json::from_str(text).unwrap();
        assert!(golden.colours.len() >= 15);
        for (name, colours) in golden.colours {
            let map = ColourMap::named(&name).unwrap_or_else(|| panic!("{name} is missing"));
            for (n, want) in colours.iter().enumerate() {
                let got = lut_rows()[map.row() as usize][n * 255 / 32];
                for c in 0..3 {
                    assert!(
                        got[c].abs_diff(want[c]) <= 1,
                        "{name} {n}: {got:?}, not {want:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn names_are_saved_and_an_unknown_one_is_told_and_painted_warm() {
        for map in ColourMap::all() {
            let text = serde_json::to_string(&map).unwrap();
            assert_eq!(serde_json::from_str::<ColourMap>(&text).unwrap(), map);
        }
        let odd: ColourMap = serde_json::from_str("\"from the future\"").unwrap();
        assert!(!odd.is_known() && odd == ColourMap::UNKNOWN);
        assert_eq!(odd.colour(false, 0.3), ColourMap::WARM.colour(false, 0.3));
        assert_eq!(serde_json::to_string(&odd).unwrap(), "\"warm\"");
    }

    #[test]
    fn neighbouring_labels_differ_and_background_has_no_colour() {
        assert_eq!(label_colour(0), None);
        for label in 1..255 {
            let (a, b) = (
                label_colour(label).unwrap(),
                label_colour(label + 1).unwrap(),
            );
            let distance: f32 = a.iter().zip(b).map(|(x, y)| (x - y).abs()).sum();
            assert!(distance > 0.25, "labels {label} and {}", label + 1);
        }
        assert!(label_colour(u32::MAX).is_some());
    }

    #[test]
    fn a_position_outside_the_range_is_clamped() {
        assert_eq!(ColourMap::GRAY.colour(false, -3.0), Color32::BLACK);
        assert_eq!(ColourMap::GRAY.colour(true, 7.0), Color32::WHITE);
    }
}
