//! Colours, type and spacing: the only file that holds colour constants of the window.

use eframe::egui::{
    self, Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme,
    Vec2, style::ScrollStyle,
};

use crate::render::{Weight, font_definitions};

/// Height of the top bar, points.
pub const TOP_BAR: f32 = 36.0;
/// Width of the left column, points.
pub const LEFT: f32 = 248.0;
/// Width of the right column, points.
pub const RIGHT: f32 = 348.0;
/// Widths the left column may have, points: below, its fields have no room.
pub const LEFT_RANGE: std::ops::RangeInclusive<f32> = 208.0..=520.0;
/// Widths the right column may have, points.
pub const RIGHT_RANGE: std::ops::RangeInclusive<f32> = 264.0..=640.0;
/// The views keep at least this share of the window's width.
pub const VIEWS_SHARE: f32 = 0.44;
/// Height of the status line, points.
pub const STATUS: f32 = 28.0;
/// Inner margin of the columns, points.
pub const PAD: f32 = 12.0;
/// Height of a section's heading, points.
pub const HEADING: f32 = 32.0;
/// Corner radius of fields, chips and buttons.
pub const RADIUS: u8 = 5;

/// The colours of one theme.
#[derive(Debug, Clone, PartialEq)]
pub struct Tokens {
    /// Whether text is light on dark.
    pub dark: bool,
    /// Behind everything.
    pub background: Color32,
    /// Columns and bars.
    pub panel: Color32,
    /// Fields, cards, hovered rows.
    pub raised: Color32,
    /// Separating lines.
    pub line: Color32,
    /// Text that is read.
    pub text: Color32,
    /// Text that is looked up.
    pub text_2: Color32,
    /// Text that can be missed.
    pub text_3: Color32,
    /// Selection, focus, crosshair.
    pub accent: Color32,
    /// Behind what is selected.
    pub accent_soft: Color32,
    /// Bars behind ranked text.
    pub bar: Color32,
    /// Something to know.
    pub warning: Color32,
    /// Something is well.
    pub good: Color32,
    /// Something failed.
    pub error: Color32,
    /// Behind the brain.
    pub canvas: Color32,
    /// Labels on the canvas.
    pub canvas_text: Color32,
    /// Quiet labels on the canvas.
    pub canvas_text_2: Color32,
    /// The crosshair.
    pub crosshair: Color32,
    /// Histogram bars, empty tracks.
    pub track: Color32,
    /// Handles of sliders.
    pub handle: Color32,
    /// Dims the window under an overlay.
    pub scrim: Color32,
    /// Shadows of floating things.
    pub shadow: Color32,
}

/// Light on dark.
pub const DARK: Tokens = Tokens {
    dark: true,
    background: Color32::from_rgb(0x10, 0x12, 0x14),
    panel: Color32::from_rgb(0x16, 0x19, 0x1c),
    raised: Color32::from_rgb(0x1e, 0x22, 0x26),
    line: Color32::from_rgb(0x26, 0x2b, 0x30),
    text: Color32::from_rgb(0xe6, 0xe8, 0xea),
    text_2: Color32::from_rgb(0xa3, 0xac, 0xb4),
    text_3: Color32::from_rgb(0x88, 0x92, 0x9b),
    accent: Color32::from_rgb(0x5a, 0xa9, 0xff),
    accent_soft: Color32::from_rgb(0x17, 0x30, 0x49),
    bar: Color32::from_rgb(0x1d, 0x38, 0x55),
    warning: Color32::from_rgb(0xf2, 0xb8, 0x4b),
    good: Color32::from_rgb(0x59, 0xc2, 0x8b),
    error: Color32::from_rgb(0xf2, 0x7b, 0x72),
    canvas: Color32::from_rgb(0x00, 0x00, 0x00),
    canvas_text: Color32::from_rgb(0xe6, 0xe8, 0xea),
    canvas_text_2: Color32::from_rgb(0xa3, 0xac, 0xb4),
    crosshair: Color32::from_rgb(0x5a, 0xa9, 0xff),
    track: Color32::from_rgb(0x34, 0x3a, 0x41),
    handle: Color32::from_rgb(0xf4, 0xf6, 0xf8),
    scrim: Color32::from_rgba_premultiplied(0x08, 0x09, 0x0a, 0xc8),
    shadow: Color32::from_rgba_premultiplied(0, 0, 0, 0x70),
};

/// Dark on light.
pub const LIGHT: Tokens = Tokens {
    dark: false,
    background: Color32::from_rgb(0xf3, 0xf4, 0xf6),
    panel: Color32::from_rgb(0xff, 0xff, 0xff),
    raised: Color32::from_rgb(0xf0, 0xf2, 0xf4),
    line: Color32::from_rgb(0xdf, 0xe3, 0xe7),
    text: Color32::from_rgb(0x1a, 0x1d, 0x20),
    text_2: Color32::from_rgb(0x4f, 0x58, 0x60),
    text_3: Color32::from_rgb(0x5c, 0x65, 0x6d),
    accent: Color32::from_rgb(0x0a, 0x5c, 0xb4),
    accent_soft: Color32::from_rgb(0xdb, 0xea, 0xfb),
    bar: Color32::from_rgb(0xcf, 0xe3, 0xfa),
    warning: Color32::from_rgb(0x8a, 0x5a, 0x00),
    good: Color32::from_rgb(0x15, 0x6b, 0x3e),
    error: Color32::from_rgb(0xb3, 0x2d, 0x24),
    canvas: Color32::from_rgb(0xff, 0xff, 0xff),
    canvas_text: Color32::from_rgb(0x1a, 0x1d, 0x20),
    canvas_text_2: Color32::from_rgb(0x4f, 0x58, 0x60),
    crosshair: Color32::from_rgb(0x0a, 0x5c, 0xb4),
    track: Color32::from_rgb(0xd3, 0xd8, 0xdd),
    handle: Color32::from_rgb(0x1a, 0x1d, 0x20),
    scrim: Color32::from_rgba_premultiplied(0xa8, 0xaa, 0xac, 0xc8),
    shadow: Color32::from_rgba_premultiplied(0, 0, 0, 0x28),
};

/// The tokens of egui's theme.
pub fn tokens(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

/// Text sizes and weights in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Running text.
    Body,
    /// Running text that is looked at first.
    Strong,
    /// Small print.
    Small,
    /// The sentence.
    Title,
    /// The program's name.
    Brand,
}

impl Type {
    /// Font of this role.
    pub fn font(self) -> FontId {
        let (size, family) = match self {
            Self::Body => (12.5, FontFamily::Proportional),
            Self::Strong => (12.5, Weight::Medium.family()),
            Self::Small => (11.0, FontFamily::Proportional),
            Self::Title => (15.5, Weight::SemiBold.family()),
            Self::Brand => (13.5, Weight::SemiBold.family()),
        };
        FontId::new(size, family)
    }
}

/// Installs fonts and both themes. Once per context.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(font_definitions());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| apply_style(style, tokens(theme)));
    }
}

/// Lets panels and scrolling glide, or not.
pub fn set_motion(ctx: &egui::Context, allowed: bool) {
    ctx.all_styles_mut(|style| {
        style.animation_time = if allowed { 0.1 } else { 0.0 };
        style.scroll_animation = if allowed {
            egui::style::ScrollAnimation::default()
        } else {
            egui::style::ScrollAnimation::none()
        };
    });
}

fn apply_style(style: &mut egui::Style, t: &Tokens) {
    style.text_styles = [
        (TextStyle::Body, Type::Body.font()),
        (TextStyle::Button, Type::Body.font()),
        (TextStyle::Small, Type::Small.font()),
        (TextStyle::Heading, Type::Title.font()),
        (
            TextStyle::Monospace,
            FontId::new(12.0, FontFamily::Monospace),
        ),
    ]
    .into();
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 6.0);
    spacing.button_padding = Vec2::new(8.0, 3.0);
    spacing.menu_margin = Margin::same(5);
    spacing.interact_size = Vec2::new(24.0, 24.0);
    spacing.menu_spacing = 4.0;
    spacing.scroll = ScrollStyle {
        bar_width: 6.0,
        ..ScrollStyle::floating()
    };
    let visuals = &mut style.visuals;
    visuals.dark_mode = t.dark;
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(t.text_3);
    visuals.hyperlink_color = t.accent;
    visuals.panel_fill = t.panel;
    visuals.window_fill = t.panel;
    visuals.window_stroke = Stroke::new(1.0, t.line);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(7);
    visuals.extreme_bg_color = t.raised;
    visuals.text_edit_bg_color = Some(t.raised);
    visuals.faint_bg_color = t.raised;
    visuals.code_bg_color = t.raised;
    visuals.warn_fg_color = t.warning;
    visuals.error_fg_color = t.error;
    visuals.selection.bg_fill = t.accent_soft;
    visuals.selection.stroke = Stroke::new(1.0, t.accent);
    visuals.text_cursor.stroke = Stroke::new(1.5, t.accent);
    visuals.text_cursor.blink = false;
    let shadow = Shadow {
        offset: [0, 6],
        blur: 20,
        spread: 0,
        color: t.shadow,
    };
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    let radius = CornerRadius::same(RADIUS);
    let widgets = &mut visuals.widgets;
    for (state, fill, stroke, text) in [
        (&mut widgets.noninteractive, t.panel, t.line, t.text),
        (&mut widgets.inactive, t.raised, t.line, t.text),
        (&mut widgets.hovered, t.raised, t.line, t.text),
        (&mut widgets.active, t.accent_soft, t.accent, t.text),
        (&mut widgets.open, t.raised, t.line, t.text),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, stroke);
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
}

/// Black or white, whichever can be read on a colour.
pub fn readable_on(fill: Color32) -> Color32 {
    let [r, g, b, _] = fill.to_array().map(f32::from);
    let light = 0.299 * r + 0.587 * g + 0.114 * b;
    if light > 140.0 {
        Color32::BLACK
    } else {
        Color32::WHITE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(c: Color32) -> f64 {
        let channel = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(c.r()) + 0.7152 * channel(c.g()) + 0.0722 * channel(c.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn black_on_white_is_twenty_one() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn every_text_is_readable_on_every_surface_it_lies_on() {
        for t in [&DARK, &LIGHT] {
            let pairs = [
                ("text on bar", t.text, t.bar),
                ("text on selection", t.text, t.accent_soft),
                ("text 2 on bar", t.text_2, t.bar),
                ("text 2 on selection", t.text_2, t.accent_soft),
                ("accent on selection", t.accent, t.accent_soft),
                ("canvas text", t.canvas_text, t.canvas),
                ("canvas text 2", t.canvas_text_2, t.canvas),
            ];
            let surfaces = [t.background, t.panel, t.raised];
            let texts = [
                t.text, t.text_2, t.text_3, t.accent, t.warning, t.good, t.error,
            ];
            for (name, ink, paper) in pairs.into_iter().chain(
                surfaces
                    .iter()
                    .flat_map(|&s| texts.iter().map(move |&x| ("surface", x, s))),
            ) {
                let ratio = contrast(ink, paper);
                assert!(
                    ratio >= 4.5,
                    "dark={}: {name} {ink:?} on {paper:?}: {ratio:.2}",
                    t.dark
                );
            }
        }
    }
}
