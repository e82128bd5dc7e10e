//! The selected layer's file: what its values are, header, provenance, everything noticed.

use std::fmt::Write as _;

use eframe::egui::{ComboBox, Label, RichText, Role, Ui, WidgetInfo, vec2};

use super::Info;
use crate::app::feature::{Call, Cx};
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::{paint_elided, paragraph, say};
use crate::app::kit::words;
use crate::app::model::{Layer, Source};
use crate::predict::{Mix, short_line};
use crate::volume::{Affine, HeaderInfo, MapKind, Stats, Volume};

/// Kinds a person can say a map is.
const KINDS: [MapKind; 10] = [
    MapKind::Z,
    MapKind::T,
    MapKind::F,
    MapKind::P,
    MapKind::Beta,
    MapKind::Label,
    MapKind::Mask,
    MapKind::Anatomy,
    MapKind::Predicted,
    MapKind::Unknown,
];

/// A name and what belongs to it.
type Row = (&'static str, String);

/// The word on the tab.
pub(super) const TAB: &str = "Info";

/// Draws the tab.
pub(super) fn info_tab(info: &mut Info, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let Some(layer) = cx.doc.selected_layer() else {
        paragraph(ui, "No layer is selected.", Type::Body, t.text_2);
        model(ui, cx);
        return;
    };
    ui.spacing_mut().item_spacing = vec2(8.0, 5.0);
    paragraph(ui, &layer.name, Type::Title, t.text);
    ui.add_space(4.0);
    kind_row(info, ui, cx.t, layer);
    let facts = info.facts.ready(&layer.content());
    let header = facts.and_then(|facts| facts.header.as_ref());
    let mut rows = Vec::new();
    if let Some(volume) = &layer.volume {
        rows = map_rows(volume, facts.map(|facts| facts.stats));
    }
    rows.extend(source_rows(&layer.source));
    for (name, value) in &rows {
        row(ui, t, name, value);
    }
    if let Some(header) = header {
        ui.add_space(8.0);
        paragraph(ui, "Header", Type::Strong, t.text);
        for (name, value) in header_rows(header) {
            row(ui, t, name, &value);
        }
    }
    notes(ui, t, layer);
    ui.add_space(8.0);
    if ui.button("Copy all of this").clicked() {
        cx.call(Call::Copy {
            text: as_text(layer, &rows, header),
            notice: "Copied",
        });
    }
    model(ui, cx);
}

/// What the values are, which can be put right.
fn kind_row(info: &mut Info, ui: &mut Ui, t: &Tokens, layer: &Layer) {
    ui.horizontal(|ui| {
        caption(ui, t, "Values");
        let shown = ComboBox::from_id_salt("kind")
            .selected_text(RichText::new(kind_name(layer.kind)).font(Type::Body.font()))
            .width((ui.available_width() - 8.0).clamp(80.0, 190.0))
            .show_ui(ui, |ui| {
                let mut chosen = None;
                for kind in KINDS {
                    let label = ui.selectable_label(layer.kind == kind, kind_name(kind));
                    if label.clicked() && layer.kind != kind {
                        chosen = Some(kind);
                    }
                }
                chosen
            });
        shown.response.widget_info(|| {
            let spoken = format!("Kind of values: {}", kind_name(layer.kind));
            WidgetInfo::labeled(Role::ComboBox, true, spoken)
        });
        if let (Some(Some(kind)), Some(volume)) = (shown.inner, &layer.volume) {
            let request = (std::sync::Arc::clone(volume), kind);
            info.kind.ask((layer.content(), kind), request);
        }
    });
    let told = match layer.kind {
        MapKind::P => {
            "p or 1 − p values: Gyrus takes larger values for stronger, which is wrong for p. \
             A z or t map shows and decodes better."
        }
        MapKind::F => "F values have no sign: only the positive side means anything.",
        MapKind::Label => "Labels are shown and named, never decoded.",
        _ => return,
    };
    paragraph(ui, told, Type::Small, t.text_2);
}

/// In words a person chooses by.
fn kind_name(kind: MapKind) -> &'static str {
    match kind {
        MapKind::Z => "z statistic",
        MapKind::T => "t statistic",
        MapKind::F => "F statistic",
        MapKind::P => "p or 1 − p",
        MapKind::Beta => "effect size (beta)",
        MapKind::Label => "labels",
        MapKind::Mask => "mask",
        MapKind::Anatomy => "anatomy",
        MapKind::Magnitude => "magnitude of complex numbers",
        MapKind::Predicted => "predicted map",
        MapKind::Unknown => "values of unknown kind",
    }
}

fn map_rows(volume: &Volume, stats: Option<Stats>) -> Vec<Row> {
    let [x, y, z] = volume.grid.shape;
    let last = volume.grid.shape.map(|n| n.saturating_sub(1));
    let mm = |at: [f64; 3]| format!("{} mm", words::coordinate(at));
    let voxels = volume.grid.len().max(1);
    let mut rows = vec![
        ("Grid", format!("{x} × {y} × {z} voxels")),
        (
            "Voxel",
            words::voxel_size(volume.grid.affine.voxel_sizes_mm()),
        ),
        ("First voxel", mm(volume.grid.world([0; 3]))),
        ("Last voxel", mm(volume.grid.world(last))),
    ];
    if volume.frames > 1 {
        let frame = format!("{} of {}", volume.frame + 1, volume.frames);
        rows.push(("Frame", frame));
    }
    if let Some(made) = &volume.provenance {
        rows.push(("Made", shortened(&made.line())));
    }
    let Some(stats) = stats else {
        return rows;
    };
    let range = format!("{} … {}", words::value(stats.min), words::value(stats.max));
    rows.push(("Range", range));
    let share = 100.0 * stats.nonzero as f64 / voxels as f64;
    rows.push(("Nonzero", format!("{share:.1} % of the voxels")));
    let missing = volume.grid.len().saturating_sub(stats.finite);
    if missing > 0 && volume.data.scalar().is_some() {
        rows.push(("No data", format!("{missing} voxels")));
    }
    rows
}

/// A record that names hundreds of studies would push all else away; the file has it whole.
fn shortened(line: &str) -> String {
    const SHOWN: usize = 400;
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// How many studies, and the first of them.
fn studies_words(pmids: &[u32]) -> String {
    const NAMED: usize = 6;
    let named = pmids.iter().take(NAMED).map(u32::to_string);
    let named = named.collect::<Vec<_>>().join(", ");
    match pmids.len() {
        0..=NAMED => format!("PMID {named}"),
        n => format!("{n}: PMID {named} …"),
    }
}

fn source_rows(source: &Source) -> Vec<Row> {
    match source {
        Source::File { path, hash, .. } => vec![
            ("File", path.display().to_string()),
            ("SHA-256", hash.clone()),
        ],
        Source::Embedded { name, hash } => {
            vec![("Source", name.clone()), ("SHA-256", hash.clone())]
        }
        Source::Predicted { wanted, bundle } => {
            let mut rows = vec![("Text", short_line(&wanted.text, 400))];
            rows.extend(wanted.task_id.clone().map(|id| ("Task", id)));
            if let Some(second) = &wanted.second {
                let how = match second.mix {
                    Mix::Minus => "less its map".to_owned(),
                    Mix::TowardPercent(percent) => format!("{percent} % of the way towards it"),
                };
                rows.push(("Second text", short_line(&second.text, 400)));
                rows.push(("Mixed", how));
            }
            if wanted.sharpness_percent > 0 {
                rows.push(("Sharpness", format!("{} %", wanted.sharpness_percent)));
            }
            rows.push(("Model", bundle.clone()));
            rows
        }
        Source::Studies { plan, bundle } => {
            let mut rows = vec![
                ("Made by", plan.method.label().to_owned()),
                ("Studies", studies_words(&plan.pmids)),
            ];
            rows.extend(
                plan.keep
                    .correction()
                    .map(|words| ("Corrected", words.to_owned())),
            );
            if plan.iterations > 0 {
                rows.push(("Draws of chance", plan.iterations.to_string()));
            }
            rows.push(("Model", bundle.clone()));
            rows
        }
        Source::Carried {
            origin,
            tail,
            task,
            task_id,
            bundle,
        } => vec![
            ("Contributions to", task.clone()),
            ("Task", task_id.clone()),
            (
                "In",
                format!("the {} values of {}", tail.word(), origin.name),
            ),
            ("Model", bundle.clone()),
        ],
        Source::Derived { operation, origins } => {
            let names: Vec<&str> = origins.iter().map(|o| o.name.as_str()).collect();
            let mut rows = vec![("Operation", operation.name(&names))];
            // A region is made from no layer.
            if !names.is_empty() {
                rows.push(("Made from", names.join(", ")));
            }
            rows
        }
    }
}

fn header_rows(header: &HeaderInfo) -> Vec<Row> {
    let coded = |c: &crate::volume::Coded| format!("{} ({})", c.name, c.code);
    let mut format = header.format.to_owned();
    if header.gzip {
        format += ", gzip";
    }
    if header.pair {
        format += ", two files";
    }
    let mut rows = vec![
        ("Format", format),
        (
            "Data type",
            format!("{}, {}-endian", header.datatype, header.byte_order),
        ),
        ("Orientation", header.orientation.clone()),
        ("Unit", header.unit.to_owned()),
    ];
    rows.extend(header.sform.as_ref().map(|c| ("sform", coded(c))));
    rows.extend(header.qform.as_ref().map(|c| ("qform", coded(c))));
    rows.extend(header.space.clone().map(|space| ("Space", space)));
    let used = format!("{:?}", header.affine_source).to_lowercase();
    rows.push(("Affine", format!("by {used}\n{}", matrix(&header.affine))));
    if let Some(qform) = &header.qform_affine {
        rows.push(("qform affine", matrix(qform)));
    }
    let [slope, intercept] = header.scaling;
    rows.push(("Scaling", format!("× {slope} + {intercept}")));
    if let Some(intent) = &header.intent {
        let mut text = coded(intent);
        if !header.intent_parameters.is_empty() {
            // Writing to a String cannot fail.
            write!(text, ", parameters {:?}", header.intent_parameters).ok();
        }
        if !header.intent_name.is_empty() {
            write!(text, ", “{}”", header.intent_name).ok();
        }
        rows.push(("Intent", text));
    }
    if let Some([low, high]) = header.display_range {
        rows.push(("cal range", format!("{low} … {high}")));
    }
    if let Some(step) = header.frame_step_s {
        rows.push(("TR", format!("{step} s")));
    }
    if !header.description.is_empty() {
        rows.push(("Description", header.description.clone()));
    }
    rows
}

/// Three rows of four numbers.
fn matrix(affine: &Affine) -> String {
    let number = |x: &f64| format!("{:.4}", x + 0.0);
    let line = |row: &[f64; 4]| row.iter().map(number).collect::<Vec<_>>().join("  ");
    let lines: Vec<String> = affine.0[..3].iter().map(line).collect();
    lines.join("\n")
}

/// Everything noticed, each with what it means.
fn notes(ui: &mut Ui, t: &Tokens, layer: &Layer) {
    let warnings = layer.volume.as_ref().map(|volume| &volume.warnings);
    let Some(warnings) = warnings.filter(|list| !list.is_empty()) else {
        return;
    };
    ui.add_space(8.0);
    paragraph(ui, "Warnings", Type::Strong, t.text);
    for warning in warnings {
        say(ui, warning.badge.as_str(), Type::Strong, t.warning);
        paragraph(ui, &warning.message, Type::Body, t.text_2);
    }
}

/// All of it, for a message or a lab book.
fn as_text(layer: &Layer, rows: &[Row], header: Option<&HeaderInfo>) -> String {
    let mut out = format!("{}\nValues: {}\n", layer.name, kind_name(layer.kind));
    let header = header.map_or_else(Vec::new, header_rows);
    for (name, value) in rows.iter().chain(&header) {
        // Writing to a String cannot fail.
        writeln!(out, "{name}: {}", value.replace('\n', "; ")).ok();
    }
    for warning in layer.volume.iter().flat_map(|volume| &volume.warnings) {
        writeln!(out, "{}: {}", warning.badge, warning.message).ok();
    }
    out
}

fn model(ui: &mut Ui, cx: &Cx<'_>) {
    let t = cx.t;
    let model = cx.services.model();
    ui.add_space(12.0);
    paragraph(ui, "Model in use", Type::Strong, t.text);
    match &model.path {
        Some(path) => row(ui, t, "File", &path.display().to_string()),
        None => row(ui, t, "Source", "embedded in Gyrus"),
    }
    let Some(facts) = &model.facts else {
        paragraph(ui, "Read when first needed.", Type::Body, t.text_2);
        return;
    };
    row(ui, t, "Name", &facts.name);
    row(ui, t, "Fingerprint", &facts.fingerprint);
    row(ui, t, "Tasks", &facts.tasks.to_string());
    row(ui, t, "Modes", &facts.modes.to_string());
    let index = match facts.studies {
        Some(studies) => format!("{studies} studies"),
        None => "none: it finds no studies".to_owned(),
    };
    row(ui, t, "Study index", &index);
    if !facts.predicts {
        row(ui, t, "Decoder", "none: it predicts no maps");
    }
    if let Some(own) = &facts.ontology {
        let (concepts, domains) = (own.concepts.len(), own.domains.len());
        row(
            ui,
            t,
            "Ontology",
            &format!("its own: {concepts} concepts, {domains} domains"),
        );
    }
}

fn caption(ui: &mut Ui, t: &Tokens, name: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(84.0, 16.0), eframe::egui::Sense::hover());
    let at = rect.left_center();
    paint_elided(ui.painter(), at, name, Type::Body, t.text_2, rect.width());
}

fn row(ui: &mut Ui, t: &Tokens, name: &str, value: &str) {
    ui.horizontal_top(|ui| {
        caption(ui, t, name);
        let text = RichText::new(value).font(Type::Body.font()).color(t.text);
        ui.add(Label::new(text).wrap().selectable(true));
    });
}
