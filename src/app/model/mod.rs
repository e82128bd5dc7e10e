//! What the window works on: the document and its history, the state around it, and the edits that
//! are the only way to change a document.

mod arrangement;
mod catalogue;
mod coordinate;
mod crosshair_history;
mod desk;
mod document;
mod edit;
mod history;
mod kind;
mod layer;
mod messages;
mod result;
mod session;
mod settings;
mod studies;
mod view;
mod warm;

pub use crate::predict::{
    AmongTitles, Beside, ChosenBy, Keep, Mix, RegionReport, Second, StudyFilter, StudyHit,
    StudyPlan, Support, SupportLevel, TextToPredict, WordEffect,
};
pub use arrangement::{Arrangement, Pane, cells_of};
pub use catalogue::{
    AtlasChoice, AtlasInUse, Catalogue, ModelChoice, RegionEntry, RegionHit, TaskEntry,
};
pub use coordinate::{Coordinate, parse as parse_coordinate, refusal as coordinate_refusal};
pub use crosshair_history::{is_at, rounded};
pub use desk::{Absent, Canvas, Desk, Focus, Overlay};
pub use document::{AnalysisSettings, Document, ThemeChoice};
pub use edit::{Editor, Recipe};
pub use kind::with_kind;
pub use layer::{Content, Edge, Layer, LayerId, Opened, Origin, Predicted, Source};
pub use messages::{Body, Message, Messages};
pub use result::{DecodeQuestion, Decoded, LayerResult, PlacedTask, Side, TaskPlane};
pub use session::{
    ENDING as SESSION_ENDING, from_text as session_from_text, looks_like_a_session,
    read as read_session, to_text as session_to_text, write as write_session,
};
pub use settings::{KEY as SETTINGS_KEY, LAST_SESSION_KEY, Panels, PeakSort, Settings};
pub use studies::{StudiesBy, StudyList};
pub use view::{Background, Mark, ViewSettings};
pub use warm::{warm_volume, warmed};
