//! Frames of a 4-D map: the slider under its display, and the course of a voxel over them.

use eframe::egui::{Frame, Margin, Slider, Ui, WidgetInfo};

use super::Frames;
use super::plot::plot;
use crate::app::feature::{Call, Cx};
use crate::app::kit::theme::{PAD, Type};
use crate::app::kit::widgets::{heading, paragraph, say};
use crate::app::kit::words;
use crate::app::model::Layer;

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
        if let Some(to) = plot(ui, cx.t, layer.id, volume.frame, course) {
            cx.call(Call::SetFrame(layer.id, to));
        }
    }
    if stop {
        frames.course.stop();
    }
}
