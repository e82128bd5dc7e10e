//! Lettering: the embedded faces, and text as the display list describes it.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{Align2, Color32, FontData, FontDefinitions, FontFamily, FontId, Pos2};

/// Weight of a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Inter Regular: egui's proportional family.
    Regular,
    /// Inter Medium.
    Medium,
    /// Inter SemiBold.
    SemiBold,
}

impl Weight {
    /// The font family of [`font_definitions`] that holds this weight.
    pub(crate) fn family(self) -> FontFamily {
        match self {
            Self::Regular => FontFamily::Proportional,
            Self::Medium => FontFamily::Name("medium".into()),
            Self::SemiBold => FontFamily::Name("semibold".into()),
        }
    }
}

/// Inter in three weights, with egui's own fonts behind it for what it lacks. For the window
/// (`Context::set_fonts`) and for export alike, so that both letter the same.
pub fn font_definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let fallback = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    let faces: [(Weight, &str, &'static [u8]); 3] = [
        (
            Weight::Regular,
            "Inter Regular",
            include_bytes!("../../assets/fonts/Inter-Regular.otf"),
        ),
        (
            Weight::Medium,
            "Inter Medium",
            include_bytes!("../../assets/fonts/Inter-Medium.otf"),
        ),
        (
            Weight::SemiBold,
            "Inter SemiBold",
            include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
        ),
    ];
    for (weight, name, bytes) in faces {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        let mut family = vec![name.to_owned()];
        family.extend(fallback.iter().cloned());
        fonts.families.insert(weight.family(), family);
    }
    fonts
}

/// A run of equally lettered text.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The characters.
    pub text: String,
    /// Face.
    pub weight: Weight,
    /// Size in points.
    pub size: f32,
    /// Colour.
    pub colour: Color32,
}

/// One line of text. Too long a line ends in "…".
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Point the line is aligned to.
    pub anchor: Pos2,
    /// Which point of the line's box lies on the anchor.
    pub align: Align2,
    /// The line, in runs.
    pub spans: Vec<Span>,
    /// Widest it may get, points.
    pub max_width: f32,
}

impl Text {
    /// One run with no limit of width.
    pub fn line(
        anchor: Pos2,
        align: Align2,
        text: impl Into<String>,
        size: f32,
        weight: Weight,
        colour: Color32,
    ) -> Self {
        Self {
            anchor,
            align,
            spans: vec![Span {
                text: text.into(),
                weight,
                size,
                colour,
            }],
            max_width: f32::INFINITY,
        }
    }

    /// What epaint lays out. `has_weights` is false where only egui's default families are installed:
    /// asking for a missing family panics there.
    pub(crate) fn layout_job(&self, has_weights: bool) -> LayoutJob {
        let mut job = LayoutJob {
            wrap: TextWrapping {
                max_width: self.max_width,
                max_rows: 1,
                break_anywhere: true,
                ..Default::default()
            },
            break_on_newline: false,
            ..Default::default()
        };
        for span in &self.spans {
            let family = if has_weights {
                span.weight.family()
            } else {
                FontFamily::Proportional
            };
            job.append(
                &span.text,
                0.0,
                TextFormat {
                    font_id: FontId::new(span.size, family),
                    color: span.colour,
                    ..Default::default()
                },
            );
        }
        job
    }

    /// All runs as one string.
    pub fn content(&self) -> String {
        self.spans.iter().map(|s| s.text.as_str()).collect()
    }
}

/// A number for people: a true minus sign, no more digits than asked, no trailing zeros beyond the
/// first decimal.
pub fn number(value: f64, decimals: usize) -> String {
    let mut text = format!("{:.decimals$}", value.abs());
    while decimals > 1 && text.ends_with('0') && !text.ends_with(".0") {
        text.pop();
    }
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.'));
    if value < 0.0 && !is_zero {
        format!("−{text}")
    } else {
        text
    }
}

/// Decimals that show a threshold and a maximum of this size with two significant digits or more.
pub(crate) fn decimals_for(magnitude: f64) -> usize {
    if !magnitude.is_finite() || magnitude >= 100.0 {
        0
    } else if magnitude >= 20.0 {
        1
    } else if magnitude >= 1.0 {
        2
    } else if magnitude > 0.0 {
        ((1.0 - magnitude.log10()).ceil() as usize + 1).min(9)
    } else {
        1
    }
}

/// A millimetre coordinate: whole where it is whole.
pub(crate) fn millimetres(value: f64) -> String {
    let whole = (value - value.round()).abs() < 0.05;
    number(
        if whole { value.round() } else { value },
        usize::from(!whole),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_carry_a_true_minus() {
        assert_eq!(number(-3.1, 2), "−3.1");
        assert_eq!(number(8.0, 2), "8.0");
        assert_eq!(number(2.71451, 2), "2.71");
        assert_eq!(number(-0.0001, 2), "0.0");
        assert_eq!(number(1234.6, 0), "1235");
        assert_eq!(millimetres(-56.0), "−56");
        assert_eq!(millimetres(4.5), "4.5");
        assert_eq!(millimetres(-0.01), "0");
        assert_eq!(number(0.0123, decimals_for(0.0123)), "0.0123");
    }

    #[test]
    fn every_letter_the_canvas_uses_is_in_the_embedded_faces() {
        let mut fonts = eframe::egui::epaint::text::Fonts::new(Default::default(), {
            // Without the fallback: a tofu must not hide behind another font.
            let mut only = font_definitions();
            for family in only.families.values_mut() {
                family.truncate(1);
            }
            only
        });
        for weight in [Weight::Regular, Weight::Medium, Weight::SemiBold] {
            let id = FontId::new(12.0, weight.family());
            for c in "SagittalCoronalAxialGlass brain0123456789−+.,…·×≤≥≠≈→←°αβµé".chars()
            {
                assert!(fonts.has_glyph(&id, c), "{c} in {weight:?}");
            }
        }
    }

    #[test]
    fn digits_are_tabular() {
        let mut fonts =
            eframe::egui::epaint::text::Fonts::new(Default::default(), font_definitions());
        for weight in [Weight::Regular, Weight::Medium, Weight::SemiBold] {
            let id = FontId::new(64.0, weight.family());
            let mut view = fonts.with_pixels_per_point(1.0);
            let widths: Vec<f32> = "0123456789"
                .chars()
                .map(|c| view.glyph_width(&id, c))
                .collect();
            assert!(
                widths.iter().all(|w| (w - widths[0]).abs() < 0.01),
                "{weight:?} {widths:?}"
            );
        }
    }
}
