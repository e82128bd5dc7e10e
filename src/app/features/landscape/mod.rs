//! The tasks of the model in the plane, and where the maps lie among them: a page in place of the views.

mod page;

use eframe::egui::Ui;

use crate::app::feature::{Act, Call, Command, Cx, Feature, Menu};
use crate::app::jobs::{Hub, Query, State};
use crate::app::model::TaskPlane;

/// Name of the feature and of its page.
const NAME: &str = "landscape";

/// The feature.
pub struct Landscape {
    /// By the number of the model.
    query: Query<u64, (), TaskPlane>,
    /// Concepts are shown beside the tasks.
    concepts: bool,
}

impl Landscape {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Placing the tasks", |services, (), job| {
            services.plane(job.progress)
        })?;
        Ok(Self {
            query,
            concepts: false,
        })
    }
}

impl Feature for Landscape {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("landscape-page", "Tasks in the plane", |_, act| {
                let open = act.desk.page == Some(NAME);
                act.call(Call::ShowPage((!open).then_some(NAME)));
            })
            .tip("Which tasks are alike to the model, and where the maps lie among them")
            .menu(Menu::Decode, 31),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        if self.query.poll()
            && let Some(explanation) = self.query.take_failure()
        {
            act.explain(explanation);
        }
        if act.desk.page == Some(NAME) {
            let number = act.services.model().number;
            if !matches!(self.query.state(&number), State::Stopped | State::Failed(_)) {
                self.query.want(&number, || ());
            }
        }
    }

    fn page(&self) -> Option<&'static str> {
        Some("Tasks in the plane")
    }

    fn draw_page(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        page::page(self, ui, cx);
    }
}
