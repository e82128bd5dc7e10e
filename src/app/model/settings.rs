//! What is remembered from one session to the next. Unknown or broken settings become defaults.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::catalogue::AtlasChoice;
use super::document::{Document, ThemeChoice};
use super::view::ViewSettings;
use crate::app::kit::theme::{LEFT, RIGHT};
use crate::render::Convention;

/// Version written.
pub const SETTINGS_VERSION: u32 = 1;
/// Key in the storage.
pub const KEY: &str = "gyrus-settings";
/// Key of what was shown when the window was closed.
pub const LAST_SESSION_KEY: &str = "gyrus-last-session";
/// Files remembered.
const MAX_RECENT: usize = 12;

/// Which columns are shown, and how wide they are, points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panels {
    /// Whether the left one is shown.
    pub left: bool,
    /// Whether the right one is shown.
    pub right: bool,
    /// Width of the left one.
    pub left_width: f32,
    /// Width of the right one.
    pub right_width: f32,
    /// Height of the list of layers, where it was dragged.
    pub list_height: Option<f32>,
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            left: true,
            right: true,
            left_width: LEFT,
            right_width: RIGHT,
            list_height: None,
        }
    }
}

/// The settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// [`SETTINGS_VERSION`]; a newer one is not understood.
    pub version: u32,
    /// Colours.
    pub theme: ThemeChoice,
    /// Size of everything, 1 as designed.
    pub zoom: f32,
    /// Whether nothing glides.
    pub reduced_motion: bool,
    /// The columns left and right of the views.
    pub panels: Panels,
    /// Left and right.
    pub convention: Convention,
    /// Arrangement and marks of the views.
    pub view: ViewSettings,
    /// Files opened last, newest first.
    pub recent: Vec<PathBuf>,
    /// Atlas that names places; the embedded one without.
    pub atlas: Option<AtlasChoice>,
    /// Folder of the last dialog.
    pub folder: Option<PathBuf>,
    /// By what the peak table is sorted.
    pub peak_sort: PeakSort,
    /// Texts to be shown one after the other.
    pub prompts: Vec<String>,
}

/// By what the peak table is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeakSort {
    /// As numbered: positive clusters, then negative ones.
    Number,
    /// Name of the region.
    Region,
    /// Strength of the peak.
    #[default]
    Value,
    /// Volume of the cluster.
    Size,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: SETTINGS_VERSION,
            theme: ThemeChoice::default(),
            zoom: 1.0,
            reduced_motion: false,
            panels: Panels::default(),
            convention: Convention::default(),
            view: ViewSettings::default(),
            recent: Vec::new(),
            atlas: None,
            folder: None,
            peak_sort: PeakSort::default(),
            prompts: Vec::new(),
        }
    }
}

impl Settings {
    /// From what was stored; whether something stored was not understood.
    pub fn read(stored: Option<&str>) -> (Self, bool) {
        let Some(text) = stored else {
            return (Self::default(), false);
        };
        match serde_json::from_str::<Self>(text) {
            Ok(settings) if settings.version <= SETTINGS_VERSION => (settings.sane(), false),
            Ok(_) | Err(_) => (Self::default(), true),
        }
    }

    /// The document a window begins with.
    pub fn document(&self) -> Document {
        let mut document = Document {
            theme: self.theme,
            convention: self.convention,
            view: self.view.lasting(),
            ..Document::default()
        };
        document.analysis.atlas.clone_from(&self.atlas);
        document
    }

    fn sane(mut self) -> Self {
        if !(0.5..=3.0).contains(&self.zoom) {
            self.zoom = 1.0;
        }
        let Panels {
            left_width,
            right_width,
            list_height,
            ..
        } = &mut self.panels;
        *list_height = list_height.filter(|height| (50.0..=5000.0).contains(height));
        for (width, designed) in [(left_width, LEFT), (right_width, RIGHT)] {
            if !(100.0..=2000.0).contains(width) {
                *width = designed;
            }
        }
        self.recent.truncate(MAX_RECENT);
        self.version = SETTINGS_VERSION;
        self
    }

    /// Remembers a file that was opened.
    pub fn opened(&mut self, path: &Path) {
        self.recent.retain(|known| known != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(MAX_RECENT);
        self.folder = path.parent().map(Path::to_owned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut settings = Settings {
            zoom: 1.25,
            ..Settings::default()
        };
        settings.opened(Path::new("/maps/a.nii.gz"));
        settings.opened(Path::new("/maps/b.nii"));
        settings.opened(Path::new("/maps/a.nii.gz"));
        assert_eq!(settings.recent.len(), 2);
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(Settings::read(Some(&text)), (settings, false));
    }

    #[test]
    fn nonsense_and_the_future_become_defaults() {
        for text in ["", "{", "7", r#"{"version":99}"#, r#"{"theme":"purple"}"#] {
            assert_eq!(
                Settings::read(Some(text)),
                (Settings::default(), true),
                "{text}"
            );
        }
        assert_eq!(
            Settings::read(Some(r#"{"version":1,"zoom":-4}"#)).0.zoom,
            1.0
        );
        assert_eq!(Settings::read(None), (Settings::default(), false));
    }
}
