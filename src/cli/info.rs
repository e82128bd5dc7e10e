//! `gyrus info FILE…`: header, space, kind, range, warnings.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::frame::FrameArgs;
use super::say::{one_line, path_text};
use super::{Context, Failure, Outcome, print_text};
use crate::error::{Explain as _, Explanation};
use crate::files::read_whole;
use crate::progress::Progress;
use crate::provenance::{self, Provenance};
use crate::volume::{
    self, AffineSource, HeaderInfo, LoadWarning, MapKind, Stats, VolumeData, VolumeError,
};

/// Pictures and documents larger than this are not searched for how they were made.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// Arguments of `gyrus info`.
#[derive(Debug, clap::Args)]
pub struct InfoArgs {
    /// Maps to look at
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    frame: FrameArgs,
}

/// What `gyrus info --json` prints for one file.
#[derive(Debug, Serialize)]
struct FileInfo {
    path: String,
    header: HeaderInfo,
    /// Whose values these are, from 1; of a file of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<usize>,
    kind: MapKind,
    /// Of the voxels themselves, which are no numbers then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    colours: bool,
    hash: String,
    /// Of the map as it is held: fewer than the header's where it was made smaller.
    voxels: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Stats>,
    warnings: Vec<LoadWarning>,
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    files: &'a [FileInfo],
    /// Pictures, documents and sessions that say how they were made.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    records: &'a [Records],
}

/// What a file that is no map says of how it was made.
#[derive(Debug, Serialize)]
struct Records {
    path: String,
    provenance: Vec<Provenance>,
}

/// Prints what each file is. A file that does not open is a message; the others are still shown.
pub fn run(args: &InfoArgs, context: &Context) -> Outcome {
    let (progress, line) = context.progress();
    let mut infos = Vec::new();
    let mut records = Vec::new();
    let mut failures: Vec<Explanation> = Vec::new();
    for path in &args.files {
        if let Some(provenance) = records_of(path) {
            records.push(Records {
                path: path_text(path),
                provenance,
            });
            continue;
        }
        match look_at(path, args.frame, &progress) {
            Ok(info) => infos.push(info),
            Err(error) => failures.push(error.explain()),
        }
    }
    drop(line);
    if context.json {
        context.print_json(&Document {
            schema: 1,
            files: &infos,
            records: &records,
        })?;
    } else {
        let text = infos.iter().map(describe);
        let text: Vec<String> = text.chain(records.iter().map(describe_records)).collect();
        print_text(&text.join("\n"))?;
    }
    Failure::from_many(failures)
}

/// What a picture, a document or a session says of how it was made; `None` for everything else.
fn records_of(path: &Path) -> Option<Vec<Provenance>> {
    let bytes = provenance::may_carry_records(path).then(|| read_whole(path, MAX_FILE_BYTES));
    provenance::records_in(&bytes?.ok()?)
}

fn look_at(path: &Path, frame: FrameArgs, progress: &Progress) -> Result<FileInfo, VolumeError> {
    let header = volume::read_header(path)?;
    let (map, values) = frame.open_summed(path, progress)?;
    let values = values.filter(|_| map.data.scalar().is_some());
    Ok(FileInfo {
        path: path_text(path),
        header,
        frame: (map.frames > 1).then_some(map.frame + 1),
        kind: map.kind,
        colours: matches!(map.data, VolumeData::Rgba(_)),
        hash: map.hash.clone(),
        voxels: map.grid.len(),
        values,
        warnings: map.warnings.clone(),
    })
}

/// Four digits, without an exponent where that stays readable.
fn number(value: f32) -> String {
    let size = value.abs();
    if value == 0.0 || (0.01..1e6).contains(&size) {
        format!("{value:.4}")
    } else {
        format!("{value:.4e}")
    }
}

/// What the header says about where the map is.
fn space(h: &HeaderInfo) -> String {
    match (&h.sform, &h.qform, &h.space, h.affine_source) {
        (Some(sform), Some(qform), ..) => format!("sform: {}, qform: {}", sform.name, qform.name),
        (_, _, Some(space), _) => space.clone(),
        (.., AffineSource::Header) => "the header's transform".to_owned(),
        (.., AffineSource::Origin) => "voxel sizes and an origin voxel".to_owned(),
        _ => "voxel sizes only".to_owned(),
    }
}

fn describe(info: &FileInfo) -> String {
    let h = &info.header;
    let mut out = String::new();
    let mut row = |label: &str, value: String| {
        // Writing to a String cannot fail.
        writeln!(out, "  {label:<12} {}", one_line(&value)).ok();
    };
    let [nx, ny, nz] = h.shape;
    let [dx, dy, dz] = h.voxel_mm.map(|v| (v * 1000.0).round() / 1000.0);
    row(
        "format",
        format!(
            "{}{}, {}, {}-endian",
            h.format,
            if h.gzip { " (gzip)" } else { "" },
            h.datatype,
            h.byte_order
        ),
    );
    row(
        "grid",
        format!(
            "{nx} × {ny} × {nz} voxels of {dx} × {dy} × {dz} mm, {}",
            h.orientation
        ),
    );
    if h.frames > 1 {
        let step = h.frame_step_s.map(|step| format!(", {step} s apart"));
        let names = if h.frame_names.is_empty() {
            String::new()
        } else {
            format!(": {}", h.frame_names.join(", "))
        };
        row(
            "frames",
            format!("{}{}{names}", h.frames, step.unwrap_or_default()),
        );
    }
    row("space", space(h));
    row(
        "kind",
        if info.colours {
            "colours: shown, not decoded".to_owned()
        } else {
            info.kind.label().to_owned()
        },
    );
    if !h.description.is_empty() {
        row("description", h.description.clone());
    }
    if let Some(values) = &info.values {
        row(
            "values",
            format!(
                "{} to {}, {} voxels not zero, {} without data{}",
                number(values.min),
                number(values.max),
                values.nonzero,
                info.voxels.saturating_sub(values.finite),
                info.frame
                    .map(|frame| format!("; frame {frame} of {}", h.frames))
                    .unwrap_or_default()
            ),
        );
    }
    if let Some(made) = &h.provenance {
        row("made", made.line());
    }
    for warning in &info.warnings {
        row("note", warning.message.clone());
    }
    format!("{}\n{out}", one_line(&info.path))
}

/// How a file that is no map was made, with a line for each map it was made from.
fn describe_records(file: &Records) -> String {
    let mut out = format!("{}\n", one_line(&file.path));
    let mut row = |label: &str, value: String| {
        // Writing to a String cannot fail.
        writeln!(out, "  {label:<12} {}", one_line(&value)).ok();
    };
    if file.provenance.is_empty() {
        row("made", "the file does not say".to_owned());
    }
    for made in &file.provenance {
        row("made", made.line());
        for map in &made.maps {
            let frame = if map.frame > 1 {
                format!(", frame {}", map.frame)
            } else {
                String::new()
            };
            row(
                "from",
                format!("{}{frame}, sha256 {}", map.name, map.sha256),
            );
        }
    }
    out
}
