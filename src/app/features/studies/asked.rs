//! What the list of studies answers.

use super::Studies;
use crate::app::feature::Act;
use crate::app::kit::words::coordinate;
use crate::app::model::{
    ChosenBy, Content, Document, LayerId, Source, StudiesBy, TextToPredict, rounded,
};
use crate::decode::Tail;
use crate::predict::NEAR_MM;

/// What one wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum By {
    /// Studies like what is shown: the selected map, or a text.
    #[default]
    Likeness,
    /// Studies with peaks at the crosshair.
    Crosshair,
}

/// What is asked for now.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asked {
    /// Values of a layer, and which side of them.
    Map(Content, Tail),
    /// Texts whose map is shown.
    Text(TextToPredict),
    /// A place, RAS mm.
    Place([f64; 3]),
}

impl Asked {
    pub(super) fn chosen_by(&self) -> ChosenBy {
        match self {
            Self::Map(..) => ChosenBy::Map,
            Self::Text(_) => ChosenBy::Text,
            Self::Place(_) => ChosenBy::Place,
        }
    }

    /// The title of the list, and what it was found by.
    pub(super) fn words(&self, doc: &Document) -> (&'static str, String) {
        match self {
            Self::Map(of, tail) => {
                let name = doc.layer(of.layer).map_or("", |layer| layer.name.as_str());
                let by = format!("found by the {} of {name}", side_words(*tail));
                ("Studies most like this map", by)
            }
            Self::Text(wanted) => {
                let by = format!("found by “{}”", wanted.name());
                ("Studies nearest to the text", by)
            }
            Self::Place(at_mm) => {
                let by = format!("within {NEAR_MM} mm of {}", coordinate(*at_mm));
                ("Studies with peaks at the crosshair", by)
            }
        }
    }
}

/// The side of a map, as the switch of the Decode tab calls it.
pub(super) fn side_words(tail: Tail) -> &'static str {
    match tail {
        Tail::Neg => "negative values",
        Tail::Pos => "positive values",
        Tail::Both => "positive and negative values",
    }
}

impl Studies {
    /// What is asked for, where there is anything to ask by.
    pub(super) fn asked(&self, doc: &Document) -> Option<Asked> {
        if self.by == By::Crosshair {
            return Some(Asked::Place(rounded(doc.cut_mm)));
        }
        let preview = doc.preview.as_ref();
        // Peaks of a study of the list, shown for the moment, take the place of the text's map.
        let of_list = preview.is_some_and(|p| matches!(p.source, Source::Studies { .. }));
        if let Some((kept, selected)) = &self.last
            && of_list
            && *selected == doc.selected
        {
            return Some(kept.clone());
        }
        let predicted = preview.filter(|layer| layer.source.is_predicted());
        let shown = predicted.or(doc.selected_layer())?;
        match &shown.source {
            Source::Predicted { wanted, .. } => Some(Asked::Text(wanted.clone())),
            _ => {
                let (tail, _) = doc.side()?;
                Some(Asked::Map(shown.content(), tail))
            }
        }
    }

    /// Asks for the list, while it is looked at.
    pub(super) fn ask(&mut self, act: &Act<'_>) {
        let Some(question) = self.question(&act.doc, act.services.model().number) else {
            return;
        };
        let by = match &question.0 {
            Asked::Map(..) => {
                let side = act.doc.side();
                side.and_then(|(_, side)| Some(StudiesBy::Latent(side.latent()?.to_vec())))
            }
            Asked::Text(wanted) => Some(StudiesBy::Text(wanted.clone())),
            Asked::Place(at_mm) => Some(StudiesBy::Peaks(*at_mm)),
        };
        self.last = Some((question.0.clone(), act.doc.selected));
        if let Some(by) = by {
            let filter = question.2.clone();
            self.query.want(&question, || (by, filter));
        }
    }
}

/// What was asked for last, and what was selected then.
pub(super) type Last = Option<(Asked, Option<LayerId>)>;
