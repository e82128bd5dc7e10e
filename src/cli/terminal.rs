//! The window's job done in the terminal, for machines without a usable display: ranked tasks,
//! concepts and domains as tables, and the slices as a picture file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::decode::{load_model, notes, ranking, said};
use super::{Context, Failure, Outcome, print_text};
use crate::decode::{Reading, Tail, decode_tails};
use crate::error::{Explain, Explanation};
use crate::files;
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::render::export::{self, Backend};
use crate::render::{Scene, anatomy};
use crate::space;
use crate::volume::Volume;

/// Rows of each table.
const ROWS: usize = 8;
/// Size of the picture.
const PICTURE_PX: [u32; 2] = [1280, 800];

/// Reads and draws every file, or the demo map where none is given. `reason` says why there is no
/// window. A file that fails is a message; the others are still shown.
pub fn run(files: &[PathBuf], reason: &str, context: &Context) -> Outcome {
    eprintln!("No window can be opened here ({reason}), so the answer is printed instead.");
    let (progress, line) = context.progress();
    if files.is_empty() {
        let demo = space::demo_map(&progress)?;
        let text = read_and_draw(demo, Path::new("."), context, &progress)?;
        drop(line);
        return print_text(&format!(
            "Demo map: left versus right hand movement\n\n{text}"
        ));
    }
    let mut failures = Vec::new();
    let mut texts = Vec::new();
    for file in files {
        let folder = Path::new(".");
        let outcome = space::open_map(file, 0, &progress)
            .map_err(Failure::from)
            .and_then(|map| read_and_draw(map, folder, context, &progress));
        match outcome {
            Ok(text) => texts.push(format!("{}\n\n{text}", file.display())),
            Err(Failure::Input(mut explanation)) => {
                explanation.path.get_or_insert_with(|| file.clone());
                failures.push(*explanation);
            }
            Err(other) => return Err(other),
        }
    }
    drop(line);
    print_text(&texts.join("\n"))?;
    Failure::from_many(failures)
}

fn read_and_draw(
    map: Volume,
    folder: &Path,
    context: &Context,
    progress: &Progress,
) -> Result<String, Failure> {
    let map = Arc::new(map);
    let picture = draw(&map, folder, progress)?;
    let shown = format!("Picture: {}\n", picture.display());
    // A map without meaning (labels, colours, all zero) is still drawn.
    let model = load_model(context)?;
    let noticed = notes(&map);
    match decode_tails(&model, Ontology::embedded(), &map, Tail::Pos, progress) {
        Ok(readings) => {
            let tables: Vec<String> = readings
                .iter()
                .map(|Reading { decoding, .. }| {
                    let marked: String = noticed
                        .iter()
                        .chain(&decoding.warnings)
                        .map(|note| format!("! {}\n", note.trim_end_matches('.')))
                        .collect();
                    format!("{marked}\n{}{}", said(decoding), ranking(decoding, ROWS))
                })
                .collect();
            Ok(format!("{}\n{shown}", tables.join("\n")))
        }
        Err(error) => Ok(format!("{}\n\n{shown}", error.explain())),
    }
}

/// Writes the picture beside the user, or into the temporary folder where that is not writable.
fn draw(map: &Arc<Volume>, folder: &Path, progress: &Progress) -> Result<PathBuf, Failure> {
    progress.stage("Drawing");
    let underlay = anatomy()?;
    let scene = Scene::of(Some(underlay), vec![Arc::clone(map)], true);
    let png = export::png(&scene, PICTURE_PX, Backend::Auto)?;
    let name = format!("gyrus-{}.png", file_name(&map.name));
    let mut refusal = None;
    for folder in [folder.to_path_buf(), std::env::temp_dir()] {
        let path = folder.join(&name);
        match files::write_whole(&path, &png) {
            Ok(()) => return Ok(path.canonicalize().unwrap_or(path)),
            Err(error) => refusal = Some((error, path)),
        }
    }
    let (why, path) = match refusal {
        Some((error, path)) => (error.to_string(), Some(path)),
        None => ("no folder was tried".to_owned(), None),
    };
    Err(Failure::Input(Box::new(Explanation {
        what: "Could not write the picture".into(),
        why,
        remedy: "Start gyrus in a folder you can write to".into(),
        path,
    })))
}

/// A map's name with everything but letters, digits, '-' and '_' made '-': names come from files.
fn file_name(name: &str) -> String {
    let safe: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '-' | '_') {
                c
            } else {
                '-'
            }
        })
        .take(80)
        .collect();
    let safe = safe.trim_matches('-').to_owned();
    if safe.is_empty() {
        "map".to_owned()
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_maps_make_safe_file_names() {
        assert_eq!(file_name("sub-01 z/../map"), "sub-01-z----map");
        assert_eq!(file_name(""), "map");
        assert_eq!(file_name(&"x".repeat(500)).len(), 80);
    }
}
