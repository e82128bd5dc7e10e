//! Colour tables shared by the GPU renderer, the CPU renderer and the colour bar.

use std::sync::OnceLock;

use eframe::egui::Color32;

use super::scene::ColourMap;

/// Entries in a colour table.
pub const LUT_SIZE: usize = 256;

/// Row of the label palette in [`lut_rows`].
pub const LABEL_ROW: u32 = ColourMap::ALL.len() as u32;

impl ColourMap {
    /// Every colour map, in the order of the rows of [`lut_rows`].
    pub const ALL: [Self; 6] = [
        Self::Gray,
        Self::Warm,
        Self::Cool,
        Self::Green,
        Self::Viridis,
        Self::Inferno,
    ];

    /// Row of this map in [`lut_rows`].
    pub fn row(self) -> u32 {
        match self {
            Self::Gray => 0,
            Self::Warm => 1,
            Self::Cool => 2,
            Self::Green => 3,
            Self::Viridis => 4,
            Self::Inferno => 5,
        }
    }

    /// Name shown in the interface.
    pub fn label(self) -> &'static str {
        match self {
            Self::Gray => "gray",
            Self::Warm => "warm",
            Self::Cool => "cool",
            Self::Green => "green",
            Self::Viridis => "viridis",
            Self::Inferno => "inferno",
        }
    }

    /// The colour at `position` (0 at the threshold, 1 at the maximum; clamped).
    pub fn colour(self, position: f32) -> Color32 {
        let [r, g, b] = sample(self.row(), position);
        Color32::from_rgb(to_byte(r), to_byte(g), to_byte(b))
    }

    /// Evenly spaced control points, sRGB.
    ///
    /// Warm, cool and green were chosen here: lightness rises along each, and the low end stays
    /// saturated enough to be told from grey matter. Viridis and inferno are 17 of the 256 colours
    /// published under CC0 by van der Walt, Smith and Firing with matplotlib.
    fn control_points(self) -> &'static [[u8; 3]] {
        match self {
            Self::Gray => &[[0, 0, 0], [255, 255, 255]],
            Self::Warm => &[
                [0xd6, 0x1f, 0x10],
                [0xf2, 0x42, 0x12],
                [0xff, 0x6f, 0x16],
                [0xff, 0x9d, 0x22],
                [0xff, 0xc9, 0x3c],
                [0xff, 0xee, 0x82],
            ],
            Self::Cool => &[
                [0x17, 0x45, 0xdc],
                [0x1d, 0x68, 0xf7],
                [0x24, 0x8d, 0xff],
                [0x35, 0xb3, 0xff],
                [0x63, 0xd7, 0xff],
                [0xaf, 0xf4, 0xff],
            ],
            Self::Green => &[
                [0x0c, 0x7a, 0x46],
                [0x1c, 0x9a, 0x56],
                [0x35, 0xb8, 0x66],
                [0x60, 0xd0, 0x78],
                [0x99, 0xe5, 0x94],
                [0xd6, 0xf7, 0xb8],
            ],
            Self::Viridis => &[
                [68, 1, 84],
                [72, 24, 106],
                [71, 45, 123],
                [66, 64, 134],
                [59, 82, 139],
                [51, 99, 141],
                [44, 114, 142],
                [38, 130, 142],
                [33, 145, 140],
                [31, 160, 136],
                [40, 174, 128],
                [63, 188, 115],
                [94, 201, 98],
                [132, 212, 75],
                [173, 220, 48],
                [216, 226, 25],
                [253, 231, 37],
            ],
            Self::Inferno => &[
                [0, 0, 4],
                [11, 7, 36],
                [33, 12, 74],
                [61, 9, 101],
                [87, 16, 110],
                [113, 25, 110],
                [138, 34, 106],
                [163, 44, 97],
                [188, 55, 84],
                [210, 70, 68],
                [228, 90, 49],
                [241, 115, 29],
                [249, 142, 9],
                [252, 172, 17],
                [249, 203, 53],
                [242, 234, 105],
                [252, 255, 164],
            ],
        }
    }
}

/// Rounds a channel in 0..=1 to a byte the way a Unorm target does.
pub fn to_byte(channel: f32) -> u8 {
    (channel.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// All tables as the GPU holds them: one row of [`LUT_SIZE`] RGBA bytes a colour map, then the label
/// palette.
pub fn lut_rows() -> &'static [[[u8; 4]; LUT_SIZE]] {
    static ROWS: OnceLock<Vec<[[u8; 4]; LUT_SIZE]>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut rows: Vec<_> = ColourMap::ALL
            .iter()
            .map(|map| spread(map.control_points()))
            .collect();
        rows.push(label_palette());
        rows
    })
}

/// Linear interpolation of evenly spaced control points.
fn spread(points: &[[u8; 3]]) -> [[u8; 4]; LUT_SIZE] {
    std::array::from_fn(|i| {
        let x = i as f32 / (LUT_SIZE - 1) as f32 * (points.len() - 1) as f32;
        let low = (x as usize).min(points.len() - 2);
        let part = x - low as f32;
        let mix = |c: usize| {
            let (a, b) = (f32::from(points[low][c]), f32::from(points[low + 1][c]));
            (a + (b - a) * part).round() as u8
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

/// A table row at `position` 0..=1, linear between entries: the same sum as `colour_of` in
/// `shaders/common.wgsl`.
pub fn sample(row: u32, position: f32) -> [f32; 3] {
    let table = &lut_rows()[row as usize];
    let x = position.clamp(0.0, 1.0) * 255.0;
    let low = x.floor();
    let part = x - low;
    let a = table[low as usize];
    let b = table[(low as usize + 1).min(LUT_SIZE - 1)];
    std::array::from_fn(|c| {
        let (a, b) = (f32::from(a[c]) / 255.0, f32::from(b[c]) / 255.0);
        a * (1.0 - part) + b * part
    })
}

/// Colour of an integer label; `None` for 0, the background.
pub fn label_colour(label: u32) -> Option<[f32; 3]> {
    let index = label.checked_sub(1)? & 255;
    let [r, g, b, _] = lut_rows()[LABEL_ROW as usize][index as usize];
    Some([r, g, b].map(|c| f32::from(c) / 255.0))
}

/// Colours of the canvas itself: background, lettering, lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanvasColours {
    /// Behind the brain.
    pub background: Color32,
    /// Titles and the values of the colour bar.
    pub text: Color32,
    /// Coordinates, units.
    pub muted: Color32,
    /// L, R, A, P, S, I.
    pub letter: Color32,
    /// Between the views.
    pub line: Color32,
    /// Crosshair.
    pub accent: Color32,
    /// Fill of the glass brain.
    pub glass: Color32,
    /// Outline of the glass brain.
    pub glass_line: Color32,
    /// The part of a colour bar below the threshold.
    pub hidden: Color32,
}

impl CanvasColours {
    /// White lettering on a black canvas, or dark on white.
    pub const fn new(dark: bool) -> Self {
        if dark {
            Self {
                background: Color32::from_rgb(0, 0, 0),
                text: Color32::from_rgb(0xe6, 0xe8, 0xea),
                muted: Color32::from_rgb(0x9a, 0xa3, 0xab),
                letter: Color32::from_rgb(0xc3, 0xc9, 0xce),
                line: Color32::from_rgb(0x26, 0x2b, 0x30),
                accent: Color32::from_rgb(0x5a, 0xa9, 0xff),
                glass: Color32::from_rgb(0x17, 0x1a, 0x1d),
                glass_line: Color32::from_rgb(0x6b, 0x74, 0x7c),
                hidden: Color32::from_rgb(0x2c, 0x31, 0x36),
            }
        } else {
            Self {
                background: Color32::from_rgb(0xff, 0xff, 0xff),
                text: Color32::from_rgb(0x1a, 0x1d, 0x20),
                muted: Color32::from_rgb(0x59, 0x62, 0x6a),
                letter: Color32::from_rgb(0x3b, 0x42, 0x48),
                line: Color32::from_rgb(0xdf, 0xe3, 0xe7),
                accent: Color32::from_rgb(0x0a, 0x63, 0xc2),
                glass: Color32::from_rgb(0xf0, 0xf2, 0xf4),
                glass_line: Color32::from_rgb(0x8a, 0x93, 0x9b),
                hidden: Color32::from_rgb(0xe3, 0xe7, 0xea),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lightness([r, g, b, _]: [u8; 4]) -> f32 {
        0.2126 * f32::from(r) + 0.7152 * f32::from(g) + 0.0722 * f32::from(b)
    }

    #[test]
    fn every_map_gets_lighter_away_from_the_threshold() {
        for map in ColourMap::ALL {
            let table = &lut_rows()[map.row() as usize];
            let steps: Vec<f32> = table.iter().step_by(17).map(|&c| lightness(c)).collect();
            assert!(
                steps.windows(2).all(|w| w[1] > w[0] - 0.5),
                "{map:?}: {steps:?}"
            );
        }
    }

    #[test]
    fn rows_follow_the_order_of_all() {
        for (row, map) in ColourMap::ALL.iter().enumerate() {
            assert_eq!(map.row() as usize, row);
        }
        assert_eq!(lut_rows().len(), ColourMap::ALL.len() + 1);
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
        assert_eq!(ColourMap::Gray.colour(-3.0), Color32::BLACK);
        assert_eq!(ColourMap::Gray.colour(7.0), Color32::WHITE);
    }
}
