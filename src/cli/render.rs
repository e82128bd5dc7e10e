//! `gyrus render`: a picture of one or more maps, without a window.

use std::path::PathBuf;
use std::sync::Arc;

use crate::files::OutputFormat;
use crate::measure::{self, Measured, Over};
use crate::progress::Progress;
use crate::render::export::{self, Backend, EDGES_PX, Figure};
use crate::render::{
    CanvasOptions, Convention, MAX_SLICES, MapPlanes, Marks, Mosaic, Plane, Preset, Scene,
    SceneLayer, Slices, Zoom, anatomy, scene_bounds,
};

use super::frame::{self, FrameArgs};
use super::look::LookArgs;
use super::say::{one_line, path_text, shown};
use super::{Context, Failure, Outcome, outputs, print_text};

/// Dots an inch of a size in millimetres, where none are given.
const DEFAULT_DPI: f64 = 300.0;

/// Draw maps on the MNI brain into a PNG file
#[derive(Debug, clap::Args)]
pub struct RenderArgs {
    /// Maps, the first one lowest
    #[arg(required = true)]
    maps: Vec<PathBuf>,
    #[command(flatten)]
    frame: FrameArgs,
    /// Where the picture goes
    #[arg(short, long, value_name = "PNG")]
    output: PathBuf,
    /// How the picture is divided
    #[arg(long, value_enum, default_value = "ortho")]
    view: View,
    /// Cut point in MNI millimetres (default: in the largest cluster of the first map)
    #[arg(long, value_name = "X,Y,Z", value_parser = parse_cut, allow_hyphen_values = true)]
    cut: Option<[f64; 3]>,
    /// Size in pixels, or in millimetres as in 180x120mm with --dpi
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = parse_size)]
    size: Size,
    /// Dots an inch, written into the file; with a size in millimetres it decides how many pixels
    /// there are
    #[arg(long, value_name = "N", value_parser = parse_dpi)]
    dpi: Option<f64>,
    /// Plane of the mosaic, or of maps side by side
    #[arg(long, value_enum, default_value = "axial")]
    plane: PlaneChoice,
    /// Slices of the mosaic
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_SLICES)), conflicts_with = "every")]
    count: Option<u32>,
    /// Millimetres from slice to slice of the mosaic, instead of their number
    #[arg(long, value_name = "MM", value_parser = parse_positive)]
    every: Option<f64>,
    /// First slice of the mosaic, millimetres (default: where the head begins)
    #[arg(long, value_name = "MM", value_parser = parse_mm, allow_hyphen_values = true)]
    from: Option<f64>,
    /// Last slice of the mosaic, millimetres
    #[arg(long, value_name = "MM", value_parser = parse_mm, allow_hyphen_values = true)]
    to: Option<f64>,
    /// Magnify slices about the cut point
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = parse_positive)]
    zoom: f64,
    /// Black or white canvas
    #[arg(long, value_enum, default_value = "dark")]
    theme: Theme,
    /// Left hemisphere on the right
    #[arg(long)]
    radiological: bool,
    /// No crosshair
    #[arg(long)]
    no_crosshair: bool,
    /// No names of views and sides (left and right are always written)
    #[arg(long)]
    no_labels: bool,
    /// No positions of slices
    #[arg(long)]
    no_coordinates: bool,
    /// No scale bar
    #[arg(long)]
    no_scale_bar: bool,
    /// No colour bar
    #[arg(long)]
    no_colour_bar: bool,
    /// Say the thresholds in words
    #[arg(long)]
    threshold_text: bool,
    /// Who draws the slices
    #[arg(long, value_enum, default_value = "auto")]
    renderer: Renderer,
    #[command(flatten)]
    look: LookArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Theme {
    Dark,
    Light,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum View {
    /// Sagittal, coronal, axial and the glass brain
    Ortho,
    /// Sagittal, coronal and axial in a row
    Row,
    /// Axial large, coronal and sagittal beside it
    Large,
    /// Many slices of one plane
    Mosaic,
    /// The largest values from the side, behind and above
    Glass,
    /// The same cut of every map
    SideBySide,
}

impl View {
    fn preset(self) -> Preset {
        match self {
            Self::Ortho => Preset::FourViews,
            Self::Row => Preset::RowOfThree,
            Self::Large => Preset::OneLarge,
            Self::Mosaic => Preset::Mosaic,
            Self::Glass => Preset::GlassThree,
            Self::SideBySide => Preset::SideBySide,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PlaneChoice {
    Sagittal,
    Coronal,
    Axial,
    /// All three (maps side by side)
    All,
}

impl PlaneChoice {
    fn mosaic(self) -> Result<Plane, String> {
        match self {
            Self::Sagittal => Ok(Plane::Sagittal),
            Self::Coronal => Ok(Plane::Coronal),
            Self::Axial => Ok(Plane::Axial),
            Self::All => Err("a mosaic has one plane: sagittal, coronal or axial".to_owned()),
        }
    }

    fn maps(self) -> MapPlanes {
        match self {
            Self::Sagittal => MapPlanes::Sagittal,
            Self::Coronal => MapPlanes::Coronal,
            Self::Axial => MapPlanes::Axial,
            Self::All => MapPlanes::All,
        }
    }
}

/// How large a picture is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Size {
    Pixels([u32; 2]),
    Millimetres([f64; 2]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Renderer {
    /// The graphics adapter where there is one
    Auto,
    /// The processor
    Cpu,
    /// The graphics adapter, or fail
    Gpu,
}

/// Draws the picture.
pub fn run(args: &RenderArgs, context: &Context) -> Outcome {
    outputs::check(&args.output, OutputFormat::Picture, &args.maps)?;
    let (progress, line) = context.progress();
    let volumes = args.frame.open_all(&args.maps, &progress)?;
    let volumes: Vec<_> = volumes.into_iter().map(Arc::new).collect();
    let underlay = anatomy()?;
    let mut scene = Scene::of(Some(underlay), volumes, args.theme == Theme::Dark);
    if let Some(cut) = args.cut {
        scene.cut_mm = cut;
    }
    if args.radiological {
        scene.convention = Convention::Radiological;
    }
    scene.crosshair = !args.no_crosshair;
    for layer in &mut scene.layers {
        args.look.apply(&mut layer.display);
    }
    progress.stage("Drawing");
    let backend = match args.renderer {
        Renderer::Auto => Backend::Auto,
        Renderer::Cpu => Backend::Cpu,
        Renderer::Gpu => Backend::Gpu,
    };
    let figure = figure(args, scene, &progress)?;
    figure.write(backend, &args.output, &progress)?;
    let scene = &figure.scene;
    drop(line);
    if context.json {
        return context.print_json(&serde_json::json!({
            "schema": 1,
            "output": path_text(&args.output),
            "size": figure.size_px,
            "cut_mm": scene.cut_mm,
            "provenance": figure.provenance(),
            "layers": scene.layers.iter().map(|layer| serde_json::json!({
                "name": layer.volume.name,
                "frame": layer.volume.frame + 1,
                "frames": layer.volume.frames,
                "threshold": layer.display.threshold,
                "maximum": layer.display.maximum,
            })).collect::<Vec<_>>(),
        }));
    }
    let mut text = format!("{}\n", shown(&args.output));
    for layer in &scene.layers {
        if let Some(which) = frame::of_several(&layer.volume) {
            text += &format!("{}: {which}\n", one_line(&layer.volume.name));
        }
    }
    print_text(&text)
}

/// What the arguments describe.
fn figure(args: &RenderArgs, scene: Scene, progress: &Progress) -> Result<Figure, Failure> {
    let bounds = scene_bounds(&scene);
    let (size_px, density) = match (args.size, args.dpi) {
        (Size::Pixels(size), _) => (size, export::pixels_per_point(size)),
        (Size::Millimetres(size), dpi) => {
            let dpi = dpi.unwrap_or(DEFAULT_DPI);
            let pixels = size.map(|mm| (mm / 25.4 * dpi).round() as u32);
            (pixels, export::printed_pixels_per_point(dpi))
        }
    };
    let dpi = match args.size {
        Size::Pixels(_) => args.dpi,
        Size::Millimetres(_) => Some(args.dpi.unwrap_or(DEFAULT_DPI)),
    };
    let slices = match (args.count, args.every) {
        (Some(count), _) => Slices::Count(count),
        (None, Some(every)) => Slices::Every(every),
        (None, None) => Mosaic::default().slices,
    };
    let plane = match args.view {
        View::Mosaic => args.plane.mosaic().map_err(Failure::Usage)?,
        _ => Plane::Axial,
    };
    let mosaic = Mosaic {
        plane,
        slices,
        from_mm: args.from,
        to_mm: args.to,
        ..Mosaic::default()
    };
    let aspect = size_px[0] as f32 / size_px[1].max(1) as f32;
    let caption = match args.view {
        View::SideBySide => caption(&scene, progress)?,
        _ => String::new(),
    };
    Ok(Figure {
        cells: args.view.preset().cells(mosaic, args.plane.maps(), aspect),
        options: CanvasOptions {
            zoom: Zoom::default().about_point(args.zoom, scene.cut_mm, &bounds),
            marks: Marks {
                labels: !args.no_labels,
                coordinates: !args.no_coordinates,
                scale_bar: !args.no_scale_bar,
                colour_bar: !args.no_colour_bar,
                threshold: args.threshold_text,
            },
            caption,
            focus: None,
        },
        scene,
        size_px,
        pixels_per_point: density,
        dpi,
    })
}

pub(super) fn parse_cut(text: &str) -> Result<[f64; 3], String> {
    let numbers: Option<Vec<f64>> = text
        .split(',')
        .map(|part| {
            part.trim()
                .replace('−', "-")
                .parse()
                .ok()
                .filter(|v: &f64| v.is_finite())
        })
        .collect();
    numbers
        .and_then(|v| <[f64; 3]>::try_from(v).ok())
        .ok_or_else(|| "give three millimetre coordinates, as in --cut=-42,22,8".to_owned())
}

fn parse_size(text: &str) -> Result<Size, String> {
    let lower = text.trim().to_lowercase();
    if let Some(sides) = lower.strip_suffix("mm") {
        let parse = || {
            let (width, height) = sides.split_once(['x', '×'])?;
            Some([width.trim().parse().ok()?, height.trim().parse().ok()?])
        };
        let sound = |mm: &f64| mm.is_finite() && (5.0..=2000.0).contains(mm);
        return match parse() {
            Some(size) if size.iter().all(sound) => Ok(Size::Millimetres(size)),
            _ => Err("give a width and a height, as in --size 180x120mm".to_owned()),
        };
    }
    let parse = || {
        let (width, height) = lower.split_once(['x', '×'])?;
        Some([width.trim().parse().ok()?, height.trim().parse().ok()?])
    };
    match parse() {
        Some(size) if size.iter().all(|n| (EDGES_PX.0..=EDGES_PX.1).contains(n)) => {
            Ok(Size::Pixels(size))
        }
        _ => {
            Err("give a width and a height between 64 and 16384, as in --size 1280x800".to_owned())
        }
    }
}

fn parse_dpi(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(dpi) if (30.0..=4800.0).contains(&dpi) => Ok(dpi),
        _ => Err("give dots an inch, from 30 to 4800".to_owned()),
    }
}

fn parse_positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("give a number greater than 0".to_owned()),
    }
}

fn parse_mm(text: &str) -> Result<f64, String> {
    match text.replace('−', "-").parse::<f64>() {
        Ok(value) if value.is_finite() && value.abs() <= 1000.0 => Ok(value),
        _ => Err("give millimetres".to_owned()),
    }
}

/// How two maps compare; nothing for one or for many.
fn caption(scene: &Scene, progress: &Progress) -> Result<String, Failure> {
    let scalar = |layer: &&SceneLayer| layer.volume.data.scalar().is_some();
    let maps: Vec<_> = scene.layers.iter().filter(scalar).collect();
    let [first, second] = maps.as_slice() else {
        return Ok(String::new());
    };
    let [a, b] = [first, second].map(|layer| Measured {
        volume: &layer.volume,
        threshold: layer.display.threshold,
        negative_threshold: layer.display.range(true).threshold,
    });
    Ok(measure::compare(a, b, Over::default(), progress)?.words())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_and_sizes_are_read_or_refused() {
        assert_eq!(parse_cut("-42, 22,8"), Ok([-42.0, 22.0, 8.0]));
        assert_eq!(parse_cut("−42,22,8.5"), Ok([-42.0, 22.0, 8.5]));
        for bad in ["", "1,2", "1,2,3,4", "a,b,c", "nan,0,0", "1,,2"] {
            assert!(parse_cut(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_size("640x480"), Ok(Size::Pixels([640, 480])));
        assert_eq!(
            parse_size("85 x 60.5 mm"),
            Ok(Size::Millimetres([85.0, 60.5]))
        );
        for bad in [
            "640",
            "0x10",
            "99999x99999",
            "-5x100",
            "x",
            "mm",
            "1x1mm",
            "nanx9mm",
        ] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
