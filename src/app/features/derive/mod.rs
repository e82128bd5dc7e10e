//! Layers made from layers: difference, conjunction, mask, smoothing.

mod sheet;

use std::sync::Arc;

use eframe::egui::Ui;

use self::sheet::Sheet;
use crate::app::feature::{Act, Call, Command, Cx, Feature, Menu};
use crate::app::jobs::{Hub, JobError, Queue};
use crate::app::model::{LayerId, Opened, Recipe, Source, warmed};
use crate::measure::{self, Operation};
use crate::progress::Progress;
use crate::volume::Volume;

/// A map that was made from maps.
struct Made {
    opened: Opened,
    /// Whether one of the maps was brought to the other's grid.
    resampled: bool,
}

/// The feature.
pub struct Derive {
    /// For which layer; a new one without.
    queue: Queue<Option<LayerId>, Recipe, Made>,
    /// The sheet, while open.
    sheet: Option<Sheet>,
}

impl Derive {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let queue = hub.queue("Making the layer", |_, recipe, job| {
            make(&recipe, job.progress)
        })?;
        Ok(Self { queue, sheet: None })
    }

    fn toggle(&mut self, act: &mut Act<'_>) {
        self.sheet = match (self.sheet.take(), act.doc.selected) {
            (Some(_), _) => None,
            (None, None) => {
                act.say("No layer is selected");
                None
            }
            (None, Some(first)) => {
                let mut others = act.doc.layers.iter().rev();
                let other = others.find(|layer| layer.id != first);
                Some(Sheet {
                    operation: match other {
                        Some(_) => Operation::Difference,
                        None => Operation::Smooth { fwhm_mm: 6.0 },
                    },
                    first,
                    second: other.map(|layer| layer.id),
                })
            }
        };
    }
}

fn make(recipe: &Recipe, progress: &Progress) -> Result<Made, JobError> {
    progress.stage("Making the layer");
    let maps: Vec<&Volume> = recipe.from.iter().map(|(_, map)| map.as_ref()).collect();
    let made = measure::derive(recipe.operation, &maps, progress);
    let made = made.map_err(|error| JobError::told(progress, error))?;
    let names: Vec<&str> = recipe.from.iter().map(|(o, _)| o.name.as_str()).collect();
    Ok(Made {
        opened: warmed(Opened {
            name: recipe.operation.name(&names),
            source: Source::Derived {
                operation: recipe.operation,
                origins: recipe.from.iter().map(|(o, _)| o.clone()).collect(),
            },
            volume: Arc::new(made.volume),
        }),
        resampled: made.resampled,
    })
}

impl Feature for Derive {
    fn name(&self) -> &'static str {
        "derive"
    }

    fn commands() -> Vec<Command<Self>> {
        vec![
            Command::<Self>::new("derive", "New layer from layers…", |derive, act| {
                derive.toggle(act);
            })
            .tip("Difference, conjunction, mask, smoothing…")
            .menu(Menu::Analyse, 40)
            .when(|cx| cx.doc.selected_layer().is_some_and(|l| l.volume.is_some())),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        for done in self.queue.take() {
            match (done.outcome, done.key) {
                (Ok(made), Some(layer)) => act.doc.fill(layer, made.opened),
                (Ok(made), None) => {
                    if made.resampled {
                        act.say("The second map was resampled to the first one's grid");
                    }
                    act.doc.add_layer(made.opened);
                }
                (Err(error), Some(layer)) => {
                    act.desk.absent.insert(layer, error.absent());
                    act.fail(error);
                }
                (Err(error), None) => act.fail(error),
            }
        }
        // Layers of a session whose origins have come meanwhile.
        let waits = |id| self.queue.waiting().any(|known| *known == Some(id));
        let ready = act.doc.to_be_made();
        let ready: Vec<_> = ready
            .filter(|(id, _)| !act.desk.absent.contains_key(id) && !waits(*id))
            .collect();
        for (id, recipe) in ready {
            self.queue.ask(Some(id), recipe);
        }
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        match call {
            Call::Derive(operation, of) => match act.doc.recipe(operation, &of) {
                Some(recipe) => self.queue.ask(None, recipe),
                None => act.say("A layer it is made from is not there"),
            },
            other => return Some(other),
        }
        None
    }

    fn draw_over(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        sheet::derive_sheet(&mut self.sheet, ui, cx);
    }

    fn has_keys(&self) -> bool {
        self.sheet.is_some()
    }
}
