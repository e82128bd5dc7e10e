//! How a layer looks: threshold, range, signs, colours; and the same resolved for the renderers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::colour_map::ColourMap;
use crate::volume::Volume;

/// Which signs of a layer are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Signs {
    /// Positive values only.
    Positive,
    /// Negative values only.
    Negative,
    /// Both.
    #[default]
    Both,
}

impl Signs {
    /// Whether values of a sign are drawn.
    pub fn shows(self, negative: bool) -> bool {
        match self {
            Self::Both => true,
            Self::Positive => !negative,
            Self::Negative => negative,
        }
    }

    /// Bit 0 positive, bit 1 negative.
    pub(super) fn bits(self) -> u32 {
        u32::from(self.shows(false)) | u32::from(self.shows(true)) << 1
    }
}

/// What becomes of values below the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum ThresholdMode {
    /// They are not drawn.
    #[default]
    Hide,
    /// They are drawn ever fainter towards zero: opacity falls with the square of value ÷ threshold.
    Fade,
    /// Faded, and a line is drawn where the threshold lies: nothing is hidden, and what passes is
    /// told from what does not.
    Outline,
}

/// How values between voxel centres are made for the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Interpolation {
    /// The nearest voxel: what is in the file, edges and all.
    Nearest,
    /// Linear along each axis.
    #[default]
    Linear,
    /// Cubic along each axis (Catmull–Rom), through every voxel's value.
    Cubic,
}

/// Where the colours of a side begin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum RangeStart {
    /// At the threshold: all colours are seen.
    #[default]
    Threshold,
    /// At zero: a colour means the same value at every threshold.
    Zero,
    /// At a value.
    Value(f32),
}

/// Where a colour bar begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum BarStart {
    /// At zero, what is hidden included.
    #[default]
    Zero,
    /// At the threshold.
    Threshold,
}

/// How integer labels are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum LabelStyle {
    /// Whole regions.
    #[default]
    Fill,
    /// Their borders.
    Outline,
}

/// Threshold and range of one sign, in absolute values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SideRange {
    /// Absolute values below it do not pass.
    pub threshold: f32,
    /// Where the colours begin.
    #[serde(default)]
    pub minimum: RangeStart,
    /// Where they end.
    pub maximum: f32,
}

/// How a layer is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayerDisplay {
    /// Absolute values below it do not pass: positive ones, and negative ones too unless
    /// `negative_range` says otherwise.
    pub threshold: f32,
    /// Where the colours begin.
    pub minimum: RangeStart,
    /// Absolute value at which the colours end.
    pub maximum: f32,
    /// Threshold and range of negative values; `None` mirrors the positive side.
    pub negative_range: Option<SideRange>,
    /// Signs drawn.
    pub signs: Signs,
    /// What becomes of values below the threshold.
    pub mode: ThresholdMode,
    /// How values between voxels are made.
    #[serde(alias = "smoothing")]
    pub interpolation: Interpolation,
    /// How labels are drawn.
    pub labels: LabelStyle,
    /// Where the colour bar begins.
    pub bar: BarStart,
    /// 0..=1.
    pub opacity: f32,
    /// Colours of positive values.
    pub positive: ColourMap,
    /// Colours of negative values.
    pub negative: ColourMap,
    /// Whether the layer is drawn at all.
    pub visible: bool,
}

impl Default for LayerDisplay {
    fn default() -> Self {
        Self {
            threshold: 0.0,
            minimum: RangeStart::default(),
            maximum: 1.0,
            negative_range: None,
            signs: Signs::default(),
            mode: ThresholdMode::default(),
            interpolation: Interpolation::default(),
            labels: LabelStyle::default(),
            bar: BarStart::default(),
            opacity: 1.0,
            positive: ColourMap::WARM,
            negative: ColourMap::COOL,
            visible: true,
        }
    }
}

impl LayerDisplay {
    /// Threshold and range of one sign.
    pub fn range(&self, negative: bool) -> SideRange {
        let own = SideRange {
            threshold: self.threshold,
            minimum: self.minimum,
            maximum: self.maximum,
        };
        if negative {
            self.negative_range.unwrap_or(own)
        } else {
            own
        }
    }

    /// Thresholds of the positive and of the negative side, in absolute values.
    pub fn thresholds(&self) -> [f32; 2] {
        [false, true].map(|negative| self.range(negative).threshold)
    }

    /// Colour map of one sign.
    pub fn map(&self, negative: bool) -> ColourMap {
        if negative {
            self.negative
        } else {
            self.positive
        }
    }

    /// Replaces colour maps this version does not know by the default ones; whether there were any.
    pub(crate) fn replace_unknown_maps(&mut self) -> bool {
        let unknown = [self.positive, self.negative]
            .iter()
            .any(|map| !map.is_known());
        if !self.positive.is_known() {
            self.positive = ColourMap::WARM;
        }
        if !self.negative.is_known() {
            self.negative = self.positive.partner();
        }
        unknown
    }
}

impl SideRange {
    /// Absolute value at which the colours begin.
    pub fn start(&self) -> f32 {
        match self.minimum {
            RangeStart::Threshold => self.threshold.max(0.0),
            RangeStart::Zero => 0.0,
            RangeStart::Value(value) => value.max(0.0),
        }
    }

    /// Place of an absolute value between begin and end of the colours, 0..=1.
    pub fn place(&self, magnitude: f32) -> f32 {
        let start = self.start();
        let span = self.maximum - start;
        if span > 0.0 {
            ((magnitude - start) / span).clamp(0.0, 1.0)
        } else {
            1.0
        }
    }
}

/// Another map that decides where a layer is shown.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Its values, taken at the same millimetres.
    pub volume: Arc<Volume>,
    /// Absolute values below these do not pass: of positive values, of negative ones.
    pub thresholds: [f32; 2],
    /// Signs that pass.
    pub signs: Signs,
}

impl Gate {
    /// Passes what passes the threshold of a layer shown like this.
    pub fn new(volume: Arc<Volume>, display: &LayerDisplay) -> Self {
        Self {
            volume,
            thresholds: [false, true].map(|negative| display.range(negative).threshold),
            signs: display.signs,
        }
    }
}

/// A layer's look with every choice resolved: what the shader gets, and the processor too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Threshold, begin and end of the colours; positive values, negative values.
    pub sides: [[f32; 3]; 2],
    /// Rows of the colour table.
    pub rows: [u32; 2],
    /// Where in the row the colours begin, and how far they run.
    pub arms: [[f32; 2]; 2],
    /// Signs drawn, bit 0 positive, bit 1 negative.
    pub signs: u32,
    pub mode: ThresholdMode,
    /// Whether values that do not pass are drawn, faintly.
    pub faint: bool,
    pub interpolation: Interpolation,
    pub opacity: f32,
    /// Whether another map is tested.
    pub gated: bool,
    /// Thresholds of the values tested: the layer's own, or the gate's.
    pub test: [f32; 2],
    /// Signs of the tested value that pass.
    pub test_signs: u32,
    /// The lowest threshold of any tested value that can pass.
    pub lowest: f32,
    /// Half the width of contour lines, pixels.
    pub half_line: f32,
}

/// A contour line this wide is as wide in a small window as in a large picture of the same brain.
const LINE_MM: f64 = 0.8;

impl Look {
    /// Of a layer in a view of this scale. A threshold that is no number hides everything.
    pub(super) fn new(display: &LayerDisplay, gate: Option<&Gate>, mm_per_px: f64) -> Self {
        let ranges = [display.range(false), display.range(true)];
        let own = ranges.map(|range| range.threshold);
        let (test, passes) = match gate {
            Some(gate) => (gate.thresholds, gate.signs),
            None => (own, display.signs),
        };
        // Without a threshold of its own a gated layer's colours begin at zero.
        let begin = |range: SideRange| match (gate, range.minimum) {
            (Some(_), RangeStart::Threshold) => 0.0,
            _ => range.start(),
        };
        let lowest = [false, true]
            .into_iter()
            .zip(test)
            .filter(|(negative, _)| passes.shows(*negative))
            .fold(f32::INFINITY, |low, (_, t)| low.min(t));
        Self {
            sides: ranges.map(|range| [range.threshold, begin(range), range.maximum]),
            rows: [display.positive.row(), display.negative.row()],
            arms: [display.positive.arm(false), display.negative.arm(true)],
            signs: display.signs.bits(),
            mode: display.mode,
            faint: display.mode != ThresholdMode::Hide,
            interpolation: display.interpolation,
            opacity: display.opacity.clamp(0.0, 1.0),
            gated: gate.is_some(),
            test,
            test_signs: passes.bits(),
            lowest,
            half_line: half_line_px(mm_per_px),
        }
    }
}

impl Look {
    /// Of a layer's projection. What does not pass is never drawn there: the largest of a hundred
    /// values along a ray comes near the threshold in noise too. Where another map decides it has done
    /// so along the ray, and the threshold left is 0.
    pub(super) fn of_projection(display: &LayerDisplay, gated: bool, mm_per_px: f64) -> Self {
        let mut look = Self::new(display, None, mm_per_px);
        look.faint = false;
        if gated {
            (look.test, look.lowest, look.gated) = ([0.0; 2], 0.0, true);
            if display.minimum == RangeStart::Threshold {
                look.sides.iter_mut().for_each(|side| side[1] = 0.0);
            }
        }
        look
    }
}

/// Half the width of a contour line in a view of this scale: never thinner than is seen, never thicker
/// than 4 pixels.
pub(super) fn half_line_px(mm_per_px: f64) -> f32 {
    (0.5 * (LINE_MM / mm_per_px).clamp(1.25, 4.0)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_sessions_are_read_and_new_ones_come_back_whole() {
        let old = r#"{"threshold":3.1,"maximum":8.0,"signs":"both","opacity":0.5,
            "positive":"warm","negative":"cool","visible":true}"#;
        let display: LayerDisplay = serde_json::from_str(old).unwrap();
        assert_eq!(
            (display.threshold, display.mode),
            (3.1, ThresholdMode::Hide)
        );
        let new = LayerDisplay {
            minimum: RangeStart::Value(1.5),
            negative_range: Some(SideRange {
                threshold: 2.0,
                minimum: RangeStart::Zero,
                maximum: 6.0,
            }),
            mode: ThresholdMode::Outline,
            interpolation: Interpolation::Cubic,
            labels: LabelStyle::Outline,
            bar: BarStart::Threshold,
            ..display
        };
        let text = serde_json::to_string(&new).unwrap();
        assert_eq!(serde_json::from_str::<LayerDisplay>(&text).unwrap(), new);
    }

    #[test]
    fn unknown_maps_are_replaced_once() {
        let text = r#"{"positive":"no such map","negative":"nor this"}"#;
        let mut display: LayerDisplay = serde_json::from_str(text).unwrap();
        assert!(display.replace_unknown_maps());
        assert_eq!(
            (display.positive, display.negative),
            (ColourMap::WARM, ColourMap::COOL)
        );
        assert!(!display.replace_unknown_maps());
    }

    #[test]
    fn the_colours_begin_where_they_are_told_to() {
        let side = |minimum| SideRange {
            threshold: 2.0,
            minimum,
            maximum: 10.0,
        };
        assert_eq!(side(RangeStart::Threshold).place(2.0), 0.0);
        assert_eq!(side(RangeStart::Zero).place(5.0), 0.5);
        assert_eq!(side(RangeStart::Value(4.0)).place(7.0), 0.5);
        assert_eq!(side(RangeStart::Value(4.0)).place(3.0), 0.0);
        assert_eq!(side(RangeStart::Value(11.0)).place(3.0), 1.0);
    }

    #[test]
    fn the_negative_side_mirrors_until_it_has_its_own() {
        let mut display = LayerDisplay {
            threshold: 3.0,
            maximum: 9.0,
            ..Default::default()
        };
        assert_eq!(display.range(true), display.range(false));
        let own = SideRange {
            threshold: 1.0,
            minimum: RangeStart::Zero,
            maximum: 4.0,
        };
        display.negative_range = Some(own);
        assert_eq!(
            (display.range(true), display.range(false).threshold),
            (own, 3.0)
        );
    }
}
