//! What the user should know about a file that still opened.

use serde::Serialize;

/// What was noticed. Its name in `--json` ("qform-sform-differ") is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningCode {
    /// Analyze does not store which side is left.
    AnalyzeLeftRight,
    /// A slope without a usable intercept.
    BadIntercept,
    /// A rotation that is no unit quaternion.
    BadQuaternion,
    /// An sform that cannot be inverted.
    BadSform,
    /// Voxel sizes that cannot be.
    BadZooms,
    /// The header names no byte order.
    ByteOrderGuessed,
    /// Not the file, or not the map, the session was saved with.
    ChangedSinceSaved,
    /// The gzip checksum fails.
    Checksum,
    /// Values beyond what 32 bits hold.
    Clipped,
    /// Complex numbers shown as their magnitude.
    ComplexMagnitude,
    /// A frame of zeros among others.
    EmptyFrame,
    /// Values of the fifth dimension shown as frames.
    FramesInFifth,
    /// The file ends before its last frame.
    FramesMissing,
    /// Infinite values, shown as no data.
    InfiniteValues,
    /// The kind is only a guess from the values.
    KindGuessed,
    /// The map covers less than half of the brain.
    LittleCoverage,
    /// NaN, shown as no data.
    NanValues,
    /// Nothing says which side is left.
    NoOrientation,
    /// Called p values, which its values cannot be.
    NotPValues,
    /// The header's own length field is wrong.
    OddHeaderSize,
    /// The values are said to begin inside the header.
    OddOffset,
    /// Another model predicted the map when the session was saved.
    OtherModel,
    /// Most of the map lies outside the MNI brain.
    OtherSpace,
    /// The values are p values.
    PValues,
    /// qform and sform disagree.
    QformSformDiffer,
    /// Shown at a fraction of its resolution.
    Reduced,
    /// Predicted from words the literature does not have.
    UnknownWords,
    /// Predicted from a text that is like nothing published.
    NoSupport,
    /// Predicted from a text of which the model reads less than it says.
    PartlyRead,
    /// A meta-analysis of studies that a map or a place chose.
    ChosenByMap,
    /// A meta-analysis without a correction for looking everywhere.
    Uncorrected,
    /// A correction that no voxel passes.
    NothingPasses,
    /// Whole numbers too large to be held exactly.
    Rounded,
    /// Voxel axes that are not at right angles.
    Sheared,
    /// In Talairach space.
    SpaceTalairach,
    /// A position in a file that is not read.
    SpmMatIgnored,
    /// Somebody thresholded the map.
    Thresholded,
    /// Positions were converted to millimetres.
    UnitsConverted,
    /// The header's unit cannot be right.
    UnitsImplausible,
    /// The file ends before its last voxel and was opened as far as it goes.
    ValuesMissing,
}

impl WarningCode {
    /// Two or three words for a badge, where the finding itself gives none.
    pub fn badge(self) -> &'static str {
        match self {
            Self::AnalyzeLeftRight | Self::NoOrientation => "left/right unknown",
            Self::BadIntercept => "odd scaling",
            Self::BadQuaternion => "odd rotation",
            Self::BadSform => "broken sform",
            Self::BadZooms => "odd voxel size",
            Self::ByteOrderGuessed => "byte order?",
            Self::ChangedSinceSaved => "Changed file",
            Self::Checksum => "checksum fails",
            Self::Clipped => "huge values",
            Self::ComplexMagnitude => "magnitude",
            Self::EmptyFrame => "empty frame",
            Self::FramesInFifth => "values as frames",
            Self::FramesMissing => "cut short",
            Self::InfiniteValues | Self::NanValues => "no-data voxels",
            Self::KindGuessed => "z (guessed)",
            Self::LittleCoverage => "little of the brain",
            Self::NotPValues => "not p values",
            Self::OddHeaderSize => "odd header",
            Self::OddOffset => "odd offset",
            Self::OtherModel => "Other model",
            Self::OtherSpace => "not MNI?",
            Self::PValues => "p values",
            Self::QformSformDiffer => "qform ≠ sform",
            Self::Reduced => "shown coarser",
            Self::Rounded => "rounded",
            Self::Sheared => "sheared grid",
            Self::SpaceTalairach => "Talairach space",
            Self::SpmMatIgnored => "position file not read",
            Self::Thresholded => "thresholded",
            Self::UnitsConverted => "unit converted",
            Self::UnitsImplausible => "unit?",
            Self::UnknownWords => "unknown words",
            Self::NoSupport => "no such studies",
            Self::PartlyRead => "partly read",
            Self::ChosenByMap => "circular",
            Self::Uncorrected => "uncorrected",
            Self::NothingPasses => "nothing passes",
            Self::ValuesMissing => "voxels missing",
        }
    }
}

/// Something the user should know about a file that still opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadWarning {
    /// What was noticed.
    pub code: WarningCode,
    /// Two or three words for a badge ("qform ≠ sform").
    pub badge: String,
    /// One sentence that says what was found and what Gyrus did.
    pub message: String,
}

impl LoadWarning {
    /// With the badge of its code.
    pub fn new(code: WarningCode, message: impl Into<String>) -> Self {
        Self::with_badge(code, code.badge(), message)
    }

    /// With a badge that says more.
    pub fn with_badge(
        code: WarningCode,
        badge: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            badge: badge.into(),
            message: message.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_json_are_those_of_before() {
        for (code, name) in [
            (WarningCode::QformSformDiffer, "qform-sform-differ"),
            (WarningCode::PValues, "p-values"),
            (WarningCode::NanValues, "nan-values"),
            (WarningCode::FramesInFifth, "frames-in-fifth"),
            (WarningCode::SpmMatIgnored, "spm-mat-ignored"),
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), name);
        }
    }
}
