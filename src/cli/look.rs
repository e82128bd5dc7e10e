//! How maps look in a picture made without a window.

use crate::render::{
    BarStart, ColourMap, Interpolation, LayerDisplay, RangeStart, Signs, ThresholdMode,
};

/// Options shared by everything that draws maps. They apply to every map.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct LookArgs {
    /// Hide absolute values below this (default: 3.1 for z and t, else a robust percentile)
    #[arg(long, value_name = "T", value_parser = parse_value)]
    threshold: Option<f32>,
    /// Where the colours begin: threshold, zero, or a value
    #[arg(long, value_name = "FROM", value_parser = parse_start)]
    minimum: Option<RangeStart>,
    /// Where the colours end (default: a robust maximum)
    #[arg(long, value_name = "V", value_parser = parse_value)]
    maximum: Option<f32>,
    /// Which signs are drawn
    #[arg(long, value_enum)]
    signs: Option<SignsArg>,
    /// What becomes of values below the threshold
    #[arg(long, value_enum)]
    below: Option<BelowArg>,
    /// Colour map by name, or two: of positive and of negative values
    #[arg(long, value_name = "NAME[,NAME]", value_parser = parse_maps)]
    colours: Option<[ColourMap; 2]>,
    /// How values between voxels are made
    #[arg(long, value_enum)]
    interpolation: Option<InterpolationArg>,
    /// Opacity, 0 to 1
    #[arg(long, value_name = "A", value_parser = parse_value)]
    opacity: Option<f32>,
    /// Let the colour bar begin at the threshold instead of zero
    #[arg(long)]
    bar_from_threshold: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SignsArg {
    Positive,
    Negative,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum BelowArg {
    Hide,
    Fade,
    Outline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum InterpolationArg {
    Nearest,
    Linear,
    Cubic,
}

impl LookArgs {
    /// Changes what was asked for.
    pub fn apply(&self, display: &mut LayerDisplay) {
        if let Some(threshold) = self.threshold {
            display.threshold = threshold;
            display.maximum = display.maximum.max(threshold * 1.25);
        }
        if let Some(minimum) = self.minimum {
            display.minimum = minimum;
        }
        if let Some(maximum) = self.maximum {
            display.maximum = maximum;
        }
        if let Some(signs) = self.signs {
            display.signs = match signs {
                SignsArg::Positive => Signs::Positive,
                SignsArg::Negative => Signs::Negative,
                SignsArg::Both => Signs::Both,
            };
        }
        if let Some(below) = self.below {
            display.mode = match below {
                BelowArg::Hide => ThresholdMode::Hide,
                BelowArg::Fade => ThresholdMode::Fade,
                BelowArg::Outline => ThresholdMode::Outline,
            };
        }
        if let Some([positive, negative]) = self.colours {
            (display.positive, display.negative) = (positive, negative);
        }
        if let Some(interpolation) = self.interpolation {
            display.interpolation = match interpolation {
                InterpolationArg::Nearest => Interpolation::Nearest,
                InterpolationArg::Linear => Interpolation::Linear,
                InterpolationArg::Cubic => Interpolation::Cubic,
            };
        }
        if let Some(opacity) = self.opacity {
            display.opacity = opacity.min(1.0);
        }
        if self.bar_from_threshold {
            display.bar = BarStart::Threshold;
        }
    }
}

fn parse_value(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("give a number that is not negative: it applies to both signs".to_owned()),
    }
}

fn parse_start(text: &str) -> Result<RangeStart, String> {
    match text {
        "threshold" => Ok(RangeStart::Threshold),
        "zero" => Ok(RangeStart::Zero),
        value => parse_value(value)
            .map(RangeStart::Value)
            .map_err(|_| "give threshold, zero or a number that is not negative".to_owned()),
    }
}

fn parse_maps(text: &str) -> Result<[ColourMap; 2], String> {
    let find = |name: &str| {
        ColourMap::named(name.trim()).ok_or_else(|| {
            let names: Vec<_> = ColourMap::all().map(ColourMap::name).collect();
            format!(
                "there is no “{}”; there are {}",
                name.trim(),
                names.join(", ")
            )
        })
    };
    match text.split_once(',') {
        Some((positive, negative)) => Ok([find(positive)?, find(negative)?]),
        None => find(text).map(|map| [map, map.partner()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_beginnings_are_read_or_refused() {
        let [positive, negative] = parse_maps("hot").unwrap();
        assert_eq!((positive.name(), negative.name()), ("hot", "cold"));
        let [positive, negative] = parse_maps("viridis, plain-red").unwrap();
        assert_eq!((positive.name(), negative.name()), ("viridis", "plain-red"));
        assert!(parse_maps("nonsense").is_err_and(|why| why.contains("viridis")));
        assert_eq!(parse_start("zero"), Ok(RangeStart::Zero));
        assert_eq!(parse_start("2.5"), Ok(RangeStart::Value(2.5)));
        for bad in ["", "-1", "nan", "inf", "x"] {
            assert!(
                parse_start(bad).is_err() && parse_value(bad).is_err(),
                "{bad}"
            );
        }
    }
}
