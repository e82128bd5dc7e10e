//! The tasks of the model, to read: a page in place of the views.

mod page;

use eframe::egui::Ui;

use crate::app::feature::{Act, Call, Command, Cx, Feature, Menu};

/// Name of the feature and of its page.
const NAME: &str = "ontology";

/// The feature.
#[derive(Default)]
pub struct OntologyBrowser {
    /// Looked for.
    text: String,
    /// The task that is read, by its id.
    task: Option<String>,
}

impl Feature for OntologyBrowser {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row(
                "ontology-page",
                "Tasks, concepts and domains",
                |_, act: &mut Act<'_>| {
                    let open = act.desk.page == Some(NAME);
                    act.call(Call::ShowPage((!open).then_some(NAME)));
                },
            )
            .tip("What every task is, what it measures, and the map the model predicts for it")
            .menu(Menu::Decode, 32),
        ]
    }

    fn page(&self) -> Option<&'static str> {
        Some("Tasks, concepts and domains")
    }

    fn draw_page(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        page::page(self, ui, cx);
    }
}
