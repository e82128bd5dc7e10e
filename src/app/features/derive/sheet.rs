//! The sheet that makes a layer from layers.

use eframe::egui::{Align2, ComboBox, DragValue, Frame, Key, Modifiers, Sense, Ui, Window, vec2};

use crate::app::feature::{Call, Cx};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{paint_elided, paragraph};
use crate::app::model::LayerId;
use crate::measure::Operation;

/// What can be made, with the numbers it starts with.
const OPERATIONS: [Operation; 8] = [
    Operation::Difference,
    Operation::Conjunction,
    Operation::Overlap {
        first: 0.0,
        second: 0.0,
        negative: false,
    },
    Operation::Mask {
        inside: true,
        threshold: 0.0,
    },
    Operation::Mask {
        inside: false,
        threshold: 0.0,
    },
    Operation::Smooth { fwhm_mm: 6.0 },
    Operation::Absolute,
    Operation::Invert,
];

/// What the sheet holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sheet {
    /// What is made.
    pub operation: Operation,
    /// From this layer.
    pub first: LayerId,
    /// And this one, where two are needed.
    pub second: Option<LayerId>,
}

/// Draws the sheet where it is open.
pub(super) fn derive_sheet(open_sheet: &mut Option<Sheet>, ui: &Ui, cx: &mut Cx<'_>) {
    let Some(mut sheet) = *open_sheet else {
        return;
    };
    let escape = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    let mut open = true;
    let mut make = false;
    Window::new("New layer from layers")
        .open(&mut open)
        .frame(Frame::window(ui.style()).inner_margin(14))
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .show(ui.ctx(), |ui| {
            ui.set_width(360.0);
            operation(ui, &mut sheet);
            numbers(ui, &mut sheet);
            let two = sheet.operation.maps() == 2;
            choice(
                ui,
                cx,
                if two { "First" } else { "Layer" },
                &mut sheet.first,
            );
            if two {
                let mut second = sheet.second.unwrap_or(sheet.first);
                choice(ui, cx, "Second", &mut second);
                sheet.second = Some(second);
            }
            ui.add_space(6.0);
            paragraph(ui, explained(sheet.operation), Type::Small, cx.t.text_2);
            ui.add_space(6.0);
            ui.horizontal(|ui| {
                make = ui.button("Make the layer").clicked();
                if ui.button("Cancel").clicked() {
                    *open_sheet = None;
                }
            });
        });
    if make {
        let second = sheet.second.filter(|_| sheet.operation.maps() == 2);
        let of: Vec<LayerId> = [Some(sheet.first), second].into_iter().flatten().collect();
        cx.call(Call::Derive(sheet.operation, of));
    }
    let closed = make || escape || !open || open_sheet.is_none();
    *open_sheet = (!closed).then_some(sheet);
}

fn operation(ui: &mut Ui, sheet: &mut Sheet) {
    ui.horizontal(|ui| {
        caption(ui, "Make");
        ComboBox::from_id_salt("operation")
            .selected_text(named(sheet.operation))
            .width(250.0)
            .show_ui(ui, |ui| {
                for operation in OPERATIONS {
                    let chosen = named(operation) == named(sheet.operation);
                    if ui.selectable_label(chosen, named(operation)).clicked() && !chosen {
                        sheet.operation = operation;
                    }
                }
            });
    });
}

fn numbers(ui: &mut Ui, sheet: &mut Sheet) {
    match &mut sheet.operation {
        Operation::Mask { threshold, .. } => {
            ui.horizontal(|ui| {
                caption(ui, "Beyond");
                let field = DragValue::new(threshold).range(0.0..=f32::MAX).speed(0.05);
                ui.add(field).on_hover_text("Threshold of the second layer");
            });
        }
        Operation::Overlap { first, second, .. } => {
            for (name, threshold) in [("First", first), ("Second", second)] {
                ui.horizontal(|ui| {
                    caption(ui, name);
                    let field = DragValue::new(threshold).range(0.0..=f32::MAX).speed(0.05);
                    ui.add(field.prefix("above "));
                });
            }
        }
        Operation::Smooth { fwhm_mm } => {
            ui.horizontal(|ui| {
                caption(ui, "Width");
                let field = DragValue::new(fwhm_mm)
                    .range(0.1..=100.0)
                    .speed(0.1)
                    .suffix(" mm");
                ui.add(field).on_hover_text("Full width at half maximum");
            });
        }
        _ => {}
    }
}

fn choice(ui: &mut Ui, cx: &Cx<'_>, name: &str, chosen: &mut LayerId) {
    let named = |id: LayerId| {
        let layer = cx.doc.layer(id);
        layer.map_or_else(|| "a layer that is gone".to_owned(), |l| l.name.clone())
    };
    ui.horizontal(|ui| {
        caption(ui, name);
        ComboBox::from_id_salt(name)
            .selected_text(named(*chosen))
            .width(250.0)
            .show_ui(ui, |ui| {
                for layer in cx.doc.layers.iter().rev() {
                    ui.selectable_value(chosen, layer.id, &layer.name);
                }
            });
    });
}

fn caption(ui: &mut Ui, text: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(56.0, 20.0), Sense::hover());
    let ink = ui.visuals().text_color();
    let at = rect.left_center();
    paint_elided(ui.painter(), at, text, Type::Body, ink, rect.width());
}

fn named(operation: Operation) -> &'static str {
    match operation {
        Operation::Difference => "Difference",
        Operation::Conjunction => "Conjunction",
        Operation::Overlap { .. } => "Overlap",
        Operation::Mask { inside: true, .. } => "Part inside another layer",
        Operation::Mask { inside: false, .. } => "Part outside another layer",
        Operation::Smooth { .. } => "Smoothed layer",
        Operation::Absolute => "Values without sign",
        Operation::Invert => "Values with the sign flipped",
        // Made by commands of their own, never listed here.
        Operation::Sphere { .. } => "Sphere",
        Operation::Region { .. } => "Region",
        Operation::Cluster { .. } => "Cluster",
    }
}

fn explained(operation: Operation) -> &'static str {
    match operation {
        Operation::Difference => "First minus second, where both have data.",
        Operation::Conjunction => {
            "Where both have the same sign, the smaller magnitude; 0 elsewhere."
        }
        Operation::Overlap { .. } => {
            "Labels: 1 where both are above these values, 2 the first alone, 3 the second alone."
        }
        Operation::Mask { inside: true, .. } => {
            "The first where |second| is above the threshold; no data elsewhere."
        }
        Operation::Mask { inside: false, .. } => {
            "The first where |second| is not above the threshold; no data elsewhere."
        }
        Operation::Smooth { .. } => {
            "Gaussian, as nilearn's smooth_img: no data counts as 0. The result is no z or t map."
        }
        Operation::Absolute => "Strength alone.",
        Operation::Invert => "Positive becomes negative.",
        Operation::Sphere { .. } | Operation::Region { .. } | Operation::Cluster { .. } => {
            "1 inside, 0 elsewhere."
        }
    }
}
