//! Frames of a 4-D map: the slider under its display, and the course of a voxel over them.

use eframe::egui::{
    Align2, Frame, Margin, Rect, Role, Sense, Shape, Slider, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::Frames;
use super::course::Course;
use crate::app::feature::{Call, Cx};
use crate::app::kit::theme::{PAD, Type};
use crate::app::kit::widgets::{heading, paint_text, paragraph, say};
use crate::app::kit::words;
use crate::app::model::Layer;

/// Height of the plot with its labels.
const PLOT: f32 = 150.0;
const LABELS: f32 = 18.0;

/// Draws the slider; nothing for a map of one frame.
pub(super) fn frames_section(frames: &Frames, ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let Some(volume) = layer.framed() else {
        return;
    };
    heading(ui, cx.t, "Frame", "counted from 1");
    let inset = Frame::new().inner_margin(Margin {
        left: PAD as i8,
        right: PAD as i8,
        top: 6,
        bottom: 8,
    });
    inset.show(ui, |ui| {
        let wanted = frames.wanted(layer.id);
        let shown = wanted.unwrap_or(volume.frame) + 1;
        let mut frame = shown;
        ui.spacing_mut().slider_width = 110.0;
        let slider =
            Slider::new(&mut frame, 1..=volume.frames).suffix(format!(" of {}", volume.frames));
        let response = ui.add(slider);
        response.widget_info(|| WidgetInfo::slider(true, shown as f64, "Frame shown"));
        if frame != shown {
            cx.call(Call::SetFrame(layer.id, frame - 1));
        }
        if let Some(wanted) = wanted {
            let text = format!("Reading frame {}…", wanted + 1);
            say(ui, text, Type::Small, cx.t.text_2);
        }
    });
}

/// Draws the course of the voxel at the crosshair over the frames of the selected layer.
pub(super) fn course_section(frames: &mut Frames, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let Some(layer) = cx.doc.selected_layer() else {
        return;
    };
    let Some(volume) = layer.framed() else {
        return;
    };
    ui.add_space(14.0);
    paragraph(ui, "Time course", Type::Strong, t.text);
    // Another file may have been given to the layer since.
    let course = frames
        .course
        .latest()
        .filter(|((of, path, _), _)| *of == layer.id && layer.source.path() == Some(path));
    let here = volume.voxel_at_world(cx.doc.cut_mm);
    ui.add_space(4.0);
    let mut stop = false;
    if let Some(activity) = frames.course.activity() {
        let done = (activity.fraction * volume.frames as f32).round();
        let text = format!("{done:.0} of {} frames read", volume.frames);
        paragraph(ui, &text, Type::Body, t.text_2);
        stop = ui.button("Stop reading").clicked();
    } else if course.is_none_or(|((_, _, voxel), _)| Some(*voxel) != here)
        && ui.button(cx.words("time-course")).clicked()
    {
        cx.run("time-course");
    }
    if let Some(((_, _, voxel), course)) = course {
        let text = format!("voxel {} of {}", words::voxel(*voxel), layer.name);
        paragraph(ui, &text, Type::Small, t.text_2);
        plot(ui, cx, layer, volume.frame, course);
    }
    if stop {
        frames.course.stop();
    }
}

fn plot(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, frame: usize, course: &Course) {
    let t = cx.t;
    let size = vec2(ui.available_width(), PLOT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let finite = || course.values.iter().copied().filter(|v| v.is_finite());
    let low = finite().fold(f32::INFINITY, f32::min);
    let high = finite().fold(f32::NEG_INFINITY, f32::max);
    let last = course.values.len().saturating_sub(1).max(1);
    response.widget_info(|| {
        let spoken = format!(
            "Time course of {} frames, from {} to {}",
            course.values.len(),
            words::value(low),
            words::value(high)
        );
        WidgetInfo::labeled(Role::Canvas, true, spoken)
    });
    if low > high {
        paragraph(ui, "No data in any frame", Type::Body, t.text_2);
        return;
    }
    let painter = ui.painter();
    let body = Rect::from_min_max(
        pos2(rect.left() + 44.0, rect.top() + 6.0),
        pos2(rect.right() - 6.0, rect.bottom() - LABELS),
    );
    let span = (high - low).max(f32::MIN_POSITIVE);
    let x = |n: usize| body.left() + body.width() * n as f32 / last as f32;
    let y = |v: f32| body.bottom() - body.height() * ((v - low) / span).clamp(0.0, 1.0);
    let axis = Stroke::new(1.0, t.line);
    painter.hline(body.x_range(), body.bottom() + 0.5, axis);
    painter.vline(body.left() - 0.5, body.y_range(), axis);
    for (value, at) in [(high, body.top() + 4.0), (low, body.bottom() - 4.0)] {
        let at = pos2(body.left() - 5.0, at);
        let end = Align2::RIGHT_CENTER;
        paint_text(painter, at, end, words::value(value), Type::Small, t.text_2);
    }
    let below = body.bottom() + 10.0;
    let (first, end) = match course.step_s {
        Some(step) => ("0 s".to_owned(), format!("{:.1} s", step * last as f64)),
        None => ("frame 1".to_owned(), format!("frame {}", last + 1)),
    };
    let left = Align2::LEFT_CENTER;
    let at = pos2(body.left(), below);
    paint_text(painter, at, left, first, Type::Small, t.text_2);
    let at = pos2(body.right(), below);
    paint_text(
        painter,
        at,
        Align2::RIGHT_CENTER,
        end,
        Type::Small,
        t.text_2,
    );
    // A gap where a frame has no data.
    let points: Vec<_> = course
        .values
        .iter()
        .enumerate()
        .map(|(n, &v)| v.is_finite().then(|| pos2(x(n), y(v))))
        .collect();
    for run in points.split(Option::is_none) {
        let line: Vec<_> = run.iter().copied().flatten().collect();
        painter.add(Shape::line(line, Stroke::new(1.5, t.accent)));
    }
    painter.vline(x(frame), body.y_range(), Stroke::new(1.0, t.warning));
    if let Some(at) = response.interact_pointer_pos()
        && (response.clicked() || response.dragged())
    {
        let share = ((at.x - body.left()) / body.width()).clamp(0.0, 1.0);
        let to = (share * last as f32).round() as usize;
        if to != frame {
            cx.call(Call::SetFrame(layer.id, to));
        }
    }
}
