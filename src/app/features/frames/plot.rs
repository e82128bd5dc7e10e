//! The plot of a time course.

use eframe::egui::{Role, Sense, Ui, WidgetInfo};
use egui_plot::{GridInput, GridMark, HoverPosition, Line, Plot, PlotPoint, PlotPoints, VLine};

use super::course::Course;
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::paragraph;
use crate::app::kit::words;
use crate::app::model::LayerId;

/// Height with the labels of the axis.
const HEIGHT: f32 = 160.0;
/// Room for the numbers of the axis.
const NUMBERS: f32 = 40.0;

/// Draws the values over the frames, or over time where the file says how far frames are apart. Gives
/// the frame that was clicked or dragged to, from 0, where it is another than `frame`.
pub(super) fn plot(
    ui: &mut Ui,
    t: &Tokens,
    layer: LayerId,
    frame: usize,
    course: &Course,
) -> Option<usize> {
    let finite = || course.values.iter().copied().filter(|v| v.is_finite());
    let low = finite().fold(f32::INFINITY, f32::min);
    let high = finite().fold(f32::NEG_INFINITY, f32::max);
    if low > high {
        paragraph(ui, "No data in any frame", Type::Body, t.text_2);
        return None;
    }
    // Frames count from 1, time from 0.
    let x = |n: usize| match course.step_s {
        Some(step) => step * n as f64,
        None => n as f64 + 1.0,
    };
    let nearest = |x: f64| {
        let n = match course.step_s {
            Some(step) => x / step,
            None => x - 1.0,
        };
        (n.round().max(0.0) as usize).min(course.values.len().saturating_sub(1))
    };
    let unit = if course.step_s.is_some() {
        "Time (s)"
    } else {
        "Frame"
    };
    let hover = |at: &HoverPosition<'_>| {
        let (HoverPosition::NearDataPoint { position, .. }
        | HoverPosition::Elsewhere { position, .. }) = at;
        let n = nearest(position.x);
        let value = course
            .values
            .get(n)
            .map_or_else(String::new, |&v| words::value(v));
        Some(format!("frame {}: {value}", n + 1))
    };
    let shown = Plot::new(("time course", layer))
        .height(HEIGHT)
        .sense(Sense::click_and_drag())
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .grid_color(t.line)
        .x_axis_label(unit)
        .y_grid_spacer(three_steps)
        .show_crosshair(false)
        .y_axis_min_width(NUMBERS)
        .y_axis_formatter(|mark, _| words::value(mark.value as f32))
        .label_formatter(hover)
        .show(ui, |plot| {
            // A gap where a frame has no data.
            let points: Vec<Option<PlotPoint>> = course
                .values
                .iter()
                .enumerate()
                .map(|(n, v)| v.is_finite().then(|| PlotPoint::new(x(n), f64::from(*v))))
                .collect();
            for run in points.split(Option::is_none) {
                let run: Vec<PlotPoint> = run.iter().copied().flatten().collect();
                let run = PlotPoints::Owned(run);
                plot.line(Line::new("value", run).color(t.accent).width(1.5));
            }
            plot.vline(VLine::new("frame shown", x(frame)).color(t.warning));
        });
    let response = shown.response;
    response.widget_info(|| {
        let spoken = format!(
            "Time course of {} frames, from {} to {}",
            course.values.len(),
            words::value(low),
            words::value(high)
        );
        WidgetInfo::labeled(Role::Canvas, true, spoken)
    });
    let at = response.interact_pointer_pos()?;
    let to = nearest(shown.transform.value_from_position(at).x);
    (to != frame && (response.clicked() || response.dragged())).then_some(to)
}

/// Round numbers, about three of them over the height: egui's own marks are far apart in so small a
/// plot.
fn three_steps(shown: GridInput) -> Vec<GridMark> {
    let (low, high) = shown.bounds;
    let rough = (high - low) / 3.0;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let magnitude = 10_f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].map(|n| n * magnitude);
    let step = round.into_iter().find(|&step| step >= rough);
    let step = step.unwrap_or(rough);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last)
        .map(|n| GridMark {
            value: n as f64 * step,
            // Marks count as many steps wide as they are tall: none is left out or faint.
            step_size: high - low,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        let marks = |bounds: (f64, f64)| -> Vec<f64> {
            let shown = GridInput {
                bounds,
                base_step_size: 1.0,
            };
            three_steps(shown).iter().map(|mark| mark.value).collect()
        };
        assert_eq!(marks((5480.0, 5540.0)), [5480.0, 5500.0, 5520.0, 5540.0]);
        assert_eq!(marks((-1.0, 1.0)), [-1.0, 0.0, 1.0]);
        assert_eq!(marks((3.0, 3.0)), [0.0; 0]);
        assert_eq!(marks((f64::NEG_INFINITY, 1.0)), [0.0; 0]);
    }
}
