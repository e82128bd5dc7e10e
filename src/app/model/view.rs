//! How the views are arranged and marked: the part of a document, and of the settings, that is about
//! where things are drawn.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::arrangement::Arrangement;
use crate::render::{CanvasOptions, MapPlanes, Marks, Mosaic, Zoom};

/// The colour behind the brain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Background {
    /// Black in the dark theme, white in the light one.
    #[default]
    Theme,
    /// Black.
    Black,
    /// White.
    White,
}

impl Background {
    /// In the order offered.
    pub const ALL: [Self; 3] = [Self::Theme, Self::Black, Self::White];

    /// Whether it is black, in a theme.
    pub fn is_dark(self, dark_theme: bool) -> bool {
        match self {
            Self::Theme => dark_theme,
            Self::Black => true,
            Self::White => false,
        }
    }

    /// Word on a button.
    pub fn label(self) -> &'static str {
        match self {
            Self::Theme => "Theme",
            Self::Black => "Black",
            Self::White => "White",
        }
    }
}

/// Something written into the views that can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Names of the views and of their sides.
    Labels,
    /// Positions of the slices.
    Coordinates,
    /// A length to compare with.
    ScaleBar,
    /// Colours and their values.
    ColourBar,
    /// The thresholds in words.
    Threshold,
}

impl Mark {
    /// In the order offered.
    pub const ALL: [Self; 5] = [
        Self::Labels,
        Self::Coordinates,
        Self::ScaleBar,
        Self::ColourBar,
        Self::Threshold,
    ];

    /// Word beside a tick.
    pub fn label(self) -> &'static str {
        match self {
            Self::Labels => "Labels",
            Self::Coordinates => "Coordinates",
            Self::ScaleBar => "Scale bar",
            Self::ColourBar => "Colour bar",
            Self::Threshold => "Threshold in words",
        }
    }

    /// Whether it is written.
    pub fn of(self, marks: Marks) -> bool {
        let mut marks = marks;
        *self.part(&mut marks)
    }

    /// The marks with this one switched.
    pub fn toggled(self, mut marks: Marks) -> Marks {
        let part = self.part(&mut marks);
        *part = !*part;
        marks
    }

    fn part(self, marks: &mut Marks) -> &mut bool {
        match self {
            Self::Labels => &mut marks.labels,
            Self::Coordinates => &mut marks.coordinates,
            Self::ScaleBar => &mut marks.scale_bar,
            Self::ColourBar => &mut marks.colour_bar,
            Self::Threshold => &mut marks.threshold,
        }
    }
}

/// Arrangement, magnification and marks. What is not understood of a stored one becomes the default,
/// part by part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewSettings {
    /// Where the views are.
    #[serde(deserialize_with = "lenient")]
    pub arrangement: Arrangement,
    /// Magnification of the slices.
    #[serde(deserialize_with = "lenient")]
    pub zoom: Zoom,
    /// What is written into them.
    #[serde(deserialize_with = "lenient")]
    pub marks: Marks,
    /// The colour behind the brain.
    #[serde(deserialize_with = "lenient")]
    pub background: Background,
    /// The slices of the mosaic.
    #[serde(deserialize_with = "lenient")]
    pub mosaic: Mosaic,
    /// The planes shown of maps side by side.
    #[serde(deserialize_with = "lenient")]
    pub maps: MapPlanes,
}

impl ViewSettings {
    /// What the display list is laid out with.
    pub fn options(&self, caption: &str) -> CanvasOptions {
        CanvasOptions {
            zoom: self.zoom.sound(),
            marks: self.marks,
            caption: caption.to_owned(),
            focus: None,
        }
    }

    /// What is remembered from one session to the next: all but the magnification, which belongs to a
    /// map.
    pub fn lasting(&self) -> Self {
        Self {
            zoom: Zoom::default(),
            ..self.clone()
        }
    }
}

fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Preset, Slices};

    #[test]
    fn what_is_not_understood_is_the_default_and_the_rest_is_kept() {
        let view = ViewSettings {
            arrangement: Arrangement::of(Preset::Mosaic),
            background: Background::White,
            mosaic: Mosaic {
                slices: Slices::Every(4.0),
                ..Mosaic::default()
            },
            ..ViewSettings::default()
        };
        let mut written = serde_json::to_value(&view).unwrap();
        let back: ViewSettings = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(back, view);
        written["background"] = "plaid".into();
        written["zoom"] = 7.into();
        let back: ViewSettings = serde_json::from_value(written).unwrap();
        assert_eq!(back.background, Background::Theme);
        assert_eq!(back.mosaic, view.mosaic);
        assert_eq!(back.arrangement, view.arrangement);
    }

    #[test]
    fn every_mark_switches_itself_alone() {
        for mark in Mark::ALL {
            let switched = mark.toggled(Marks::default());
            assert_ne!(mark.of(switched), mark.of(Marks::default()));
            assert_eq!(mark.toggled(switched), Marks::default());
        }
    }
}
