//! Colours of the canvas around the brain.

use eframe::egui::Color32;

/// Colours of the canvas itself: background, lettering, lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CanvasColours {
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
