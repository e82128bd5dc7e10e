//! Parts of the window that commands name.

/// Tabs of the right column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What the map means.
    Decode,
    /// Articles near the map.
    Studies,
    /// Clusters and peaks.
    Peaks,
    /// What the maps hold at the crosshair, and how alike they are.
    Values,
    /// The file: grid, range, warnings, provenance.
    Info,
}

impl Tab {
    /// In the order shown.
    pub const ALL: [Self; 5] = [
        Self::Decode,
        Self::Studies,
        Self::Peaks,
        Self::Values,
        Self::Info,
    ];

    /// Name on the tab.
    pub fn label(self) -> &'static str {
        match self {
            Self::Decode => "Decode",
            Self::Studies => "Studies",
            Self::Peaks => "Peaks",
            Self::Values => "Values",
            Self::Info => "Info",
        }
    }
}
