//! What the selected layer means: ranked tasks, concepts and domains.

mod group;
mod panel;
mod table;

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers, Ui};

use crate::app::feature::{Act, Command, Cx, Feature, Menu, Tab};
use crate::app::jobs::{Hub, Query, State};
use crate::app::kit::words;
use crate::app::model::{Content, DecodeQuestion, Decoded};
use crate::decode::{PriorWeight, Tail};
use crate::volume::Volume;

/// A frame that is stepped to is decoded once it was shown this long.
const STAYS: Duration = Duration::from_millis(700);

/// The feature.
pub struct Decode {
    query: Query<DecodeQuestion, (Arc<Volume>, bool, PriorWeight), Decoded>,
    /// All tasks rather than the first.
    all_tasks: bool,
    /// What is selected, the frame shown, and since when.
    frame: Option<(Content, Instant)>,
}

impl Decode {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Decoding", |services, (volume, insist, prior), job| {
            let volume: Arc<Volume> = volume;
            services.decode(&volume, insist, prior, job.progress)
        })?;
        Ok(Self {
            query,
            all_tasks: false,
            frame: None,
        })
    }

    /// Whether a frame of a series was shown long enough to be decoded: not while one steps through.
    fn stays(&mut self, of: Content, act: &Act<'_>) -> bool {
        let frames = act.doc.selected_layer().and_then(|layer| layer.framed());
        let before = self.frame.filter(|(known, _)| known.layer == of.layer);
        let since = match before {
            // The first frame of a layer need not wait.
            _ if frames.is_none() => return true,
            None => Instant::now()
                .checked_sub(STAYS)
                .unwrap_or_else(Instant::now),
            Some((known, since)) if known == of => since,
            Some(_) => Instant::now(),
        };
        self.frame = Some((of, since));
        let rest = STAYS.saturating_sub(since.elapsed());
        if !rest.is_zero() {
            act.ctx
                .request_repaint_after(rest + Duration::from_millis(5));
        }
        rest.is_zero()
    }

    /// Decodes the selected layer, where that was not done yet.
    fn want(&mut self, act: &Act<'_>) {
        let Some(layer) = act.doc.selected_layer() else {
            return;
        };
        let Some(volume) = layer.scalar().map(Arc::clone) else {
            return;
        };
        let question = DecodeQuestion::now(&act.doc, layer, act.services.model().number);
        let known = act.doc.result_of(layer, question.model).is_some();
        if known || !self.stays(question.of, act) {
            return;
        }
        let (insist, prior) = (question.insisted, question.prior);
        self.query.want(&question, || (volume, insist, prior));
    }

    /// The question whose answer is shown now, if the layer selected can be decoded.
    fn question(&self, cx: &Cx<'_>) -> Option<DecodeQuestion> {
        let layer = cx.doc.selected_layer()?;
        let model = cx.services.model().number;
        Some(DecodeQuestion::now(cx.doc, layer, model))
    }

    fn state(&self, cx: &Cx<'_>) -> State<'_, Decoded> {
        match self.question(cx) {
            Some(question) => self.query.state(&question),
            None => State::Unasked,
        }
    }
}

impl Feature for Decode {
    fn name(&self) -> &'static str {
        "decode"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("decode", "Decode layer", |decode, act| {
                decode.query.forget();
                act.doc.decode_again();
            })
            .tip("Ranks the tasks whose brain activity this map resembles")
            .key(Modifiers::COMMAND, Key::D)
            .menu(Menu::Decode, 10)
            .when(|cx| {
                cx.doc
                    .selected_layer()
                    .is_some_and(|l| l.scalar().is_some())
            }),
            row("decode-positive", "Show the positive side", |_, act| {
                act.doc.set_tail(Some(Tail::Pos));
            })
            .tip("Decoding of the positive values of the selected layer")
            .unless(|cx| cx.services.model().no_sides())
            .menu(Menu::Decode, 11),
            row("decode-negative", "Show the negative side", |_, act| {
                act.doc.set_tail(Some(Tail::Neg));
            })
            .tip("Decoding of the negative values of the selected layer, sign flipped")
            .unless(|cx| cx.services.model().no_sides())
            .menu(Menu::Decode, 12),
            row("copy-decoding", "Copy decoding table", Self::copy_table)
                .tip("Tasks, concepts and domains of the side shown, as comma-separated values")
                .menu(Menu::Decode, 40)
                .when(|cx| cx.doc.decoding().is_some()),
            row("save-decoding-csv", "Save decoding as CSV…", Self::save_csv)
                .tip("The columns of “gyrus decode -o”")
                .menu(Menu::Decode, 41)
                .when(|cx| cx.doc.decoding().is_some()),
            row(
                "save-decoding-json",
                "Save decoding as JSON…",
                Self::save_json,
            )
            .tip("The document of “gyrus decode --json”")
            .menu(Menu::Decode, 42)
            .when(|cx| cx.doc.decoding().is_some()),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        if self.query.poll()
            && let Some(question) = self.query.asked().copied()
            && let Some(decoded) = self.query.ready(&question)
        {
            let took = words::duration(self.query.elapsed_ms());
            act.desk.last_timing = format!("decoded in {took}");
            let result = question.result(decoded.clone());
            act.doc.set_result(question.of, result);
        }
        self.want(act);
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab {
            label: "Decode",
            words: "Show decode tab",
            order: 10,
        })
    }

    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        panel::decode_tab(self, ui, cx);
    }
}
