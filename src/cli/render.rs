//! `gyrus render`: a picture of one or more maps, without a window.

use std::path::PathBuf;
use std::sync::Arc;

use crate::render::export::{self, Backend};
use crate::render::{Convention, Scene};
use crate::{space, volume};

use super::look::LookArgs;
use super::{Context, Outcome, print_text};

/// Draw maps on the MNI brain into a PNG file
#[derive(Debug, clap::Args)]
pub struct RenderArgs {
    /// Maps, the first one lowest
    #[arg(required = true)]
    maps: Vec<PathBuf>,
    /// Where the picture goes
    #[arg(short, long, value_name = "PNG", value_parser = parse_output)]
    output: PathBuf,
    /// Cut point in MNI millimetres (default: where the last map is strongest)
    #[arg(long, value_name = "X,Y,Z", value_parser = parse_cut, allow_hyphen_values = true)]
    cut: Option<[f64; 3]>,
    /// Size in pixels
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = parse_size)]
    size: [u32; 2],
    /// Black or white canvas
    #[arg(long, value_enum, default_value = "dark")]
    theme: Theme,
    /// Left hemisphere on the right
    #[arg(long)]
    radiological: bool,
    /// No crosshair
    #[arg(long)]
    no_crosshair: bool,
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
    let (task, progress) = context.task();
    let mut volumes = Vec::with_capacity(args.maps.len());
    for path in &args.maps {
        task.stage(format!("Reading {}", path.display()));
        volumes.push(Arc::new(volume::open(path, &task)?));
    }
    let underlay = space::template_t1()?;
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
    task.stage("Drawing");
    let backend = match args.renderer {
        Renderer::Auto => Backend::Auto,
        Renderer::Cpu => Backend::Cpu,
        Renderer::Gpu => Backend::Gpu,
    };
    export::write_png(&scene, args.size, backend, &args.output)?;
    drop(progress);
    if context.json {
        return context.print_json(&serde_json::json!({
            "schema": 1,
            "output": args.output,
            "size": args.size,
            "cut_mm": scene.cut_mm,
            "layers": scene.layers.iter().map(|layer| serde_json::json!({
                "name": layer.volume.name,
                "threshold": layer.display.threshold,
                "maximum": layer.display.maximum,
            })).collect::<Vec<_>>(),
        }));
    }
    print_text(&format!("{}\n", args.output.display()))
}

fn parse_cut(text: &str) -> Result<[f64; 3], String> {
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

fn parse_size(text: &str) -> Result<[u32; 2], String> {
    let parse = || {
        let (width, height) = text.split_once(['x', 'X', '×'])?;
        Some([width.trim().parse().ok()?, height.trim().parse().ok()?])
    };
    match parse() {
        Some(size) if size.iter().all(|n| (64..=16_384).contains(n)) => Ok(size),
        _ => {
            Err("give a width and a height between 64 and 16384, as in --size 1280x800".to_owned())
        }
    }
}

fn parse_output(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let png = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("png"));
    png.then_some(path)
        .ok_or_else(|| "pictures are PNG: let the name end in .png".to_owned())
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
        assert_eq!(parse_size("640x480"), Ok([640, 480]));
        for bad in ["640", "0x10", "99999x99999", "-5x100", "x"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
