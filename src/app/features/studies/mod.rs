//! The studies whose activations look like the selected layer, that are nearest to a text, or that report peaks at the
//! crosshair; and their meta-analysis.

mod asked;
mod meta;
mod panel;
mod table;

use eframe::egui::Ui;

use crate::app::feature::{Act, Command, Cx, Feature, Menu, Tab};
use crate::app::jobs::{Hub, Query, Queue};
use crate::app::model::{Document, Opened, StudiesBy, StudyFilter, StudyList, StudyPlan, warmed};
use asked::{Asked, By, Last};
use meta::Options;

/// Which studies are wanted, of which model (its number), and which pass.
type Question = (Asked, u64, StudyFilter);

/// The feature.
pub struct Studies {
    /// `None` where the model holds no index.
    query: Query<Question, (StudiesBy, StudyFilter), Option<StudyList>>,
    /// Peaks of a study, or what is known first of a meta-analysis, shown for the moment.
    glance: Query<StudyPlan, StudyPlan, Opened>,
    /// Meta-analyses that become layers.
    keep: Queue<StudyPlan, StudyPlan, Opened>,
    /// What one wants to see.
    by: By,
    /// What was asked for last.
    last: Last,
    /// What is typed to tell studies apart.
    typed: String,
    /// Studies left out by hand.
    left_out: Vec<u32>,
    /// How a meta-analysis is done.
    options: Options,
}

impl Studies {
    /// Sets its threads going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Looking for studies", |services, (by, filter), job| {
            let (by, filter): (StudiesBy, StudyFilter) = (by, filter);
            services.studies(&by, &filter, job.progress)
        })?;
        let glance = hub.query("Mapping the peaks of studies", |services, plan, job| {
            let plan: StudyPlan = plan;
            services.study_map(&plan, job.progress).map(warmed)
        })?;
        let keep = hub.queue("Meta-analysis", |services, plan, job| {
            let plan: StudyPlan = plan;
            services.study_map(&plan, job.progress).map(warmed)
        })?;
        Ok(Self {
            query,
            glance,
            keep,
            by: By::default(),
            last: None,
            typed: String::new(),
            left_out: Vec::new(),
            options: Options::default(),
        })
    }

    /// The question the list answers.
    fn question(&self, doc: &Document, model: u64) -> Option<Question> {
        let filter = StudyFilter {
            without: self.left_out.clone(),
            ..StudyFilter::typed(&self.typed)
        };
        Some((self.asked(doc)?, model, filter))
    }
}

impl Feature for Studies {
    fn name(&self) -> &'static str {
        "studies"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("copy-studies", "Copy the list of studies", Self::copy)
                .tip("The studies of the Studies tab, as comma-separated values")
                .menu(Menu::Decode, 50),
            row(
                "save-studies",
                "Save list of studies as CSV…",
                |own, act| {
                    own.save("csv", act);
                },
            )
            .tip("The studies of the Studies tab with their PubMed links")
            .menu(Menu::Decode, 51),
            row(
                "save-bibtex",
                "Save list of studies as BibTeX…",
                |own, act| {
                    own.save("bib", act);
                },
            )
            .menu(Menu::Decode, 52),
            row("save-ris", "Save list of studies as RIS…", |own, act| {
                own.save("ris", act);
            })
            .tip("For reference managers")
            .menu(Menu::Decode, 53),
            row(
                "meta-analysis",
                "Meta-analysis of the studies found",
                Self::analyse,
            )
            .tip("Where the peaks of the studies of the Studies tab agree, as a layer of z values")
            .menu(Menu::Decode, 54),
            row(
                "studies-here",
                "Studies with peaks at the crosshair",
                |own, act| {
                    own.by = By::Crosshair;
                    act.desk.tab = panel::TAB;
                    act.desk.settings.panels.right = true;
                },
            )
            .menu(Menu::Decode, 49),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        self.query.poll();
        self.take(act);
        if act.desk.tab == panel::TAB && act.desk.settings.panels.right {
            self.ask(act);
        }
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab {
            label: panel::TAB,
            words: "Show studies tab",
            order: 20,
        })
    }

    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        panel::studies_tab(self, ui, cx);
    }
}
