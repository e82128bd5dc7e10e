//! The list of layers: which there are, in which order, shown or not; undo and redo.

mod list;
mod row;
mod split;

use eframe::egui::{Key, Modifiers, Ui};

use self::split::Split;
use crate::app::feature::{Act, Command, Cx, Feature, Menu};

/// The feature.
#[derive(Default)]
pub struct Layers {
    split: Split,
}

fn is_selected(cx: &Cx<'_>) -> bool {
    cx.doc.selected.is_some()
}

impl Feature for Layers {
    fn name(&self) -> &'static str {
        "layers"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("undo", "Undo", |_, act| act.doc.undo())
                .tip("Layers, thresholds, colours and left-right; not the crosshair")
                .key(Modifiers::COMMAND, Key::Z)
                .menu(Menu::Edit, 10)
                .when(|cx| cx.doc.undo_label().is_some())
                .titled(|doc| Some(format!("Undo: {}", doc.undo_label()?.to_lowercase()))),
            row("redo", "Redo", |_, act| act.doc.redo())
                .key(Modifiers::COMMAND, Key::Y)
                .menu(Menu::Edit, 11)
                .when(|cx| cx.doc.redo_label().is_some())
                .titled(|doc| Some(format!("Redo: {}", doc.redo_label()?.to_lowercase()))),
            row("toggle-layer", "Show or hide layer", |_, act| {
                act.doc.toggle_selected();
            })
            .key(Modifiers::NONE, Key::H)
            .menu(Menu::Edit, 20)
            .when(is_selected),
            row("remove-layer", "Remove layer", |_, act| {
                act.doc.remove_selected();
            })
            .key(Modifiers::NONE, Key::Delete)
            .menu(Menu::Edit, 21)
            .when(is_selected),
            row("raise-layer", "Move layer up", |_, act| {
                act.doc.raise_selected(1);
            })
            .key(Modifiers::ALT, Key::ArrowUp)
            .menu(Menu::Edit, 22)
            .when(is_selected),
            row("lower-layer", "Move layer down", |_, act| {
                act.doc.raise_selected(-1);
            })
            .key(Modifiers::ALT, Key::ArrowDown)
            .menu(Menu::Edit, 23)
            .when(is_selected),
            row("only-selected", "Show only the selected map", |_, act| {
                let only = !act.doc.only_selected;
                act.doc.set_only_selected(only);
            })
            .tip("The selected map over anatomy and regions; [ and ] select another")
            .key(Modifiers::SHIFT, Key::H)
            .menu(Menu::View, 39)
            .titled(|doc| doc.only_selected.then(|| "Show all maps".to_owned())),
            row("layer-above", "Select layer above", |_, act| {
                act.doc.select_next(1);
            })
            .key(Modifiers::NONE, Key::CloseBracket),
            row("layer-below", "Select layer below", |_, act| {
                act.doc.select_next(-1);
            })
            .key(Modifiers::NONE, Key::OpenBracket),
            row(
                "keep-preview",
                "Keep the previewed map as a layer",
                |_, act| {
                    if act.doc.keep_preview().is_none() {
                        act.say("No map is previewed");
                    }
                },
            )
            .key(Modifiers::NONE, Key::K)
            .menu(Menu::Edit, 24)
            .when(|cx| cx.doc.preview.is_some()),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        if let Some(height) = self.split.dragged.take() {
            act.desk.settings.panels.list_height = height;
        }
    }

    fn draw_left(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        list::layers(ui, cx, &mut self.split);
    }
}
