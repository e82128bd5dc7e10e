//! Where the crosshair is, what every map holds there, and where it has been.

mod panel;

use eframe::egui::{Key, Modifiers, Ui};

use crate::app::feature::{Action, Command, Cx, Feature, Menu, Offer, Tab};
use crate::app::model::{Coordinate, Focus, parse_coordinate};

/// The feature.
#[derive(Default)]
pub struct Crosshair;

impl Feature for Crosshair {
    fn name(&self) -> &'static str {
        "crosshair"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("type-coordinate", "Type a coordinate…", |_, act| {
                act.desk.focus = Some(Focus::Coordinate);
            })
            .tip("“-42 22 8” in mm, or “ijk 10 20 30” for a voxel of the selected layer")
            .key(Modifiers::NONE, Key::G)
            .field()
            .menu(Menu::Analyse, 10),
            row("back", "Back to the last position", |_, act| {
                act.doc.go_back()
            })
            .key(Modifiers::ALT, Key::ArrowLeft)
            .menu(Menu::Analyse, 11),
            row("forward", "Forward again", |_, act| act.doc.go_forward())
                .key(Modifiers::ALT, Key::ArrowRight)
                .menu(Menu::Analyse, 12),
            row("peak", "Go to the peak", |_, act| act.doc.go_to_peak())
                .tip("The largest absolute value the selected layer shows")
                .key(Modifiers::NONE, Key::C)
                .menu(Menu::View, 30)
                .when(|cx| cx.doc.selected.is_some()),
            row("origin", "Go to the origin", |_, act| {
                act.doc.go_to([0.0; 3]);
            })
            .tip("The anterior commissure, 0 0 0 mm")
            .key(Modifiers::NONE, Key::O)
            .menu(Menu::View, 31),
            row("crosshair", "Show or hide crosshair", |_, act| {
                act.doc.toggle_crosshair();
            })
            .key(Modifiers::NONE, Key::X)
            .menu(Menu::View, 40),
        ]
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab {
            label: "Values",
            words: "Show values tab",
            order: 40,
        })
    }

    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        panel::values(ui, cx);
    }

    fn find(&self, query: &str, _: &Cx<'_>, found: &mut Vec<Offer>) {
        let Some(place) = parse_coordinate(query) else {
            return;
        };
        let (label, action) = match place {
            Coordinate::Mm(at) => (
                format!("Go to {} {} {} mm", at[0], at[1], at[2]),
                Action::edit(move |doc| doc.go_to(at)),
            ),
            Coordinate::Voxel(at) => (
                format!(
                    "Go to voxel {} {} {} of the selected layer",
                    at[0], at[1], at[2]
                ),
                Action::edit(move |doc| doc.go_to_voxel(at)),
            ),
        };
        found.push(Offer::exact(label, "Coordinate", action));
    }
}
