//! Where the views are, how far they are magnified, what is written into them; theme and left-right.

use eframe::egui::{Key, Modifiers};

use crate::app::feature::{Act, Call, Command, Cx, Feature, Menu};
use crate::app::model::{Background, Mark, ThemeChoice};
use crate::render::{Preset, Zoom};

/// Magnification of one key press.
const ZOOM_STEP: f64 = 1.25;

const ARRANGEMENT: &str = "Arrangement";

/// The feature.
#[derive(Default)]
pub struct Arrange;

/// Arranges the views; what was shown alone may not be among them.
fn arrange(act: &mut Act<'_>, preset: Preset) {
    act.doc.arrange(preset);
    act.desk.maximised = None;
}

/// Magnifies about the crosshair.
fn zoom(act: &mut Act<'_>, by: f64) {
    let (cut, bounds) = (act.doc.cut_mm, act.desk.canvas.bounds);
    let zoom = act.doc.view.zoom.about_point(by, cut, &bounds);
    act.doc.zoom(zoom);
}

/// Shows the view under the pointer, or the first, alone; or all again.
fn toggle_maximise(act: &mut Act<'_>) {
    let desk = &mut *act.desk;
    desk.maximised = match desk.maximised {
        Some(_) => None,
        None => {
            let first = act.doc.view.arrangement.panes().first().copied();
            desk.canvas.pane.or(first)
        }
    };
}

/// All views, then each alone.
fn cycle(act: &mut Act<'_>) {
    let panes = act.doc.view.arrangement.panes();
    act.desk.maximised = match act.desk.maximised {
        None => panes.first().copied(),
        Some(pane) => {
            let at = panes.iter().position(|p| *p == pane);
            at.and_then(|at| panes.get(at + 1)).copied()
        }
    };
}

fn has_pages(cx: &Cx<'_>) -> bool {
    let maps = cx.desk.canvas.maps;
    maps.is_some_and(|maps| maps.is_one_of_several())
}

/// Selects the first map of the next page of maps side by side, or of the one before: the page of the
/// selected map is the one shown.
fn turn_page(act: &mut Act<'_>, forward: bool) {
    let Some(page) = act.desk.canvas.maps else {
        return;
    };
    let first = if forward {
        page.first + page.per_page
    } else {
        page.first.saturating_sub(page.per_page)
    };
    let layers = act.doc.layers.iter();
    let mut shown = layers.filter(|layer| layer.display.visible && layer.volume.is_some());
    if let Some(id) = shown.nth(first).map(|layer| layer.id) {
        act.doc.select(id);
    }
}

impl Feature for Arrange {
    fn name(&self) -> &'static str {
        "arrange"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        let preset = |preset: Preset, name, run| {
            row(name, preset.label(), run)
                .menu(Menu::View, 10)
                .under(ARRANGEMENT)
        };
        let mut rows = vec![
            preset(Preset::FourViews, "four-views", |_, act| {
                arrange(act, Preset::FourViews);
            })
            .tip("Sagittal, coronal, axial and the glass brain")
            .key(Modifiers::ALT, Key::Num1),
            preset(Preset::RowOfThree, "row-of-three", |_, act| {
                arrange(act, Preset::RowOfThree);
            })
            .tip("Sagittal, coronal and axial in a row")
            .key(Modifiers::ALT, Key::Num2),
            preset(Preset::OneLarge, "one-large", |_, act| {
                arrange(act, Preset::OneLarge);
            })
            .tip("Axial large, coronal and sagittal beside it")
            .key(Modifiers::ALT, Key::Num3),
            preset(Preset::GlassThree, "glass-three", |_, act| {
                arrange(act, Preset::GlassThree);
            })
            .tip("Largest values from the side, behind and above")
            .key(Modifiers::ALT, Key::Num4),
            preset(Preset::Mosaic, "mosaic", |_, act| {
                arrange(act, Preset::Mosaic);
            })
            .tip("Many slices of one plane")
            .key(Modifiers::ALT, Key::Num5),
            preset(Preset::SideBySide, "side-by-side", |_, act| {
                arrange(act, Preset::SideBySide);
            })
            .tip("The same cut of every map that is shown")
            .key(Modifiers::ALT, Key::Num6),
            row("previous-maps", "Previous page of maps", |_, act| {
                turn_page(act, false);
            })
            .tip("Of maps side by side")
            .key(Modifiers::COMMAND, Key::PageUp)
            .menu(Menu::View, 10)
            .under(ARRANGEMENT)
            .when(has_pages),
            row("next-maps", "Next page of maps", |_, act| {
                turn_page(act, true)
            })
            .tip("Of maps side by side")
            .key(Modifiers::COMMAND, Key::PageDown)
            .menu(Menu::View, 10)
            .under(ARRANGEMENT)
            .when(has_pages),
            row("reset-arrangement", "Reset arrangement", |_, act| {
                act.doc.reset_arrangement();
                act.desk.maximised = None;
            })
            .tip("Views at their original size and place")
            .menu(Menu::View, 10)
            .under(ARRANGEMENT),
            row("maximise", "Show this view alone, or all", |_, act| {
                toggle_maximise(act);
            })
            .tip("The view under the pointer; double-click does the same")
            .key(Modifiers::NONE, Key::F)
            .menu(Menu::View, 20),
            row("next-view", "Next view", |_, act| cycle(act))
                .tip("All views, then each alone")
                .key(Modifiers::NONE, Key::V)
                .menu(Menu::View, 21),
            row("zoom-in", "Zoom in", |_, act| {
                zoom(act, ZOOM_STEP);
            })
            .tip("Ctrl and the wheel, or two fingers, zoom at the pointer")
            .key(Modifiers::NONE, Key::Plus)
            .menu(Menu::View, 25),
            row("zoom-out", "Zoom out", |_, act| {
                zoom(act, 1.0 / ZOOM_STEP);
            })
            .tip("Ctrl and the wheel, or two fingers, zoom at the pointer")
            .key(Modifiers::NONE, Key::Minus)
            .menu(Menu::View, 26),
            row("zoom-reset", "Reset zoom", |_, act| {
                act.doc.zoom(Zoom::default());
            })
            .tip("Undoes zooming and panning")
            .key(Modifiers::NONE, Key::Num0)
            .menu(Menu::View, 27),
            row("underlay", "Show or hide the MNI brain", |_, act| {
                act.doc.toggle_underlay();
            })
            .key(Modifiers::NONE, Key::U)
            .menu(Menu::View, 41),
            row("convention", "Swap left and right", |_, act| {
                act.doc.toggle_convention();
            })
            .tip("Neurological: left is left. Radiological: left is right")
            .key(Modifiers::NONE, Key::R)
            .menu(Menu::View, 42),
            row("theme-dark", "Dark theme", |_, act| {
                act.doc.set_theme(ThemeChoice::Dark);
            })
            .menu(Menu::View, 50)
            .under("Theme"),
            row("theme-light", "Light theme", |_, act| {
                act.doc.set_theme(ThemeChoice::Light);
            })
            .menu(Menu::View, 51)
            .under("Theme"),
            row("theme-system", "System theme", |_, act| {
                act.doc.set_theme(ThemeChoice::System);
            })
            .menu(Menu::View, 52)
            .under("Theme"),
            row("theme-toggle", "Switch dark and light", |_, act| {
                act.doc.toggle_theme();
            })
            .key(Modifiers::COMMAND, Key::L)
            .menu(Menu::View, 53)
            .under("Theme"),
        ];
        rows.extend([
            row("mark-labels", "Show or hide labels", |_, act| {
                act.doc.toggle_mark(Mark::Labels);
            }),
            row("mark-coordinates", "Show or hide coordinates", |_, act| {
                act.doc.toggle_mark(Mark::Coordinates);
            }),
            row("mark-scale-bar", "Show or hide scale bar", |_, act| {
                act.doc.toggle_mark(Mark::ScaleBar);
            }),
            row("mark-colour-bar", "Show or hide colour bar", |_, act| {
                act.doc.toggle_mark(Mark::ColourBar);
            }),
            row("mark-threshold", "Show or hide the threshold", |_, act| {
                act.doc.toggle_mark(Mark::Threshold);
            }),
            row("background-theme", "Background as the theme", |_, act| {
                act.doc.set_background(Background::Theme);
            }),
            row("background-black", "Black background", |_, act| {
                act.doc.set_background(Background::Black);
            }),
            row("background-white", "White background", |_, act| {
                act.doc.set_background(Background::White);
            }),
        ]);
        rows
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        match call {
            Call::Maximise(pane) => act.desk.maximised = pane,
            other => return Some(other),
        }
        None
    }
}
