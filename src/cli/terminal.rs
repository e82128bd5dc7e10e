//! The window's job done in the terminal, for machines without a usable display: ranked tasks,
//! concepts and domains as tables, and the slices as a picture file.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::decode::{load_model, ranking, said};
use super::frame;
use super::say::{shown, tell};
use super::{Context, Failure, Outcome, print_text};
use crate::decode::{PriorWeight, Reading, file_notes, read_sides};
use crate::error::{Explain, Explanation};
use crate::files;
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
    tell(format_args!(
        "No window can be opened here ({reason}), so the answer is printed instead."
    ));
    let mut names = PictureNames::default();
    let (progress, line) = context.progress();
    if files.is_empty() {
        let demo = space::demo_map(&progress)?;
        let text = read_and_draw(demo, &mut names, context, &progress)?;
        drop(line);
        return print_text(&format!(
            "Demo map: left versus right hand movement\n\n{text}"
        ));
    }
    let (mut printed, mut failed) = (0, false);
    for file in files {
        let outcome = space::open_map(file, 0, &progress)
            .map_err(Failure::from)
            .and_then(|map| read_and_draw(map, &mut names, context, &progress));
        match outcome {
            Ok(text) => {
                let between = if printed > 0 { "\n" } else { "" };
                let text = format!("{between}{}\n\n{text}", shown(file));
                line.aside(|| print_text(&text))?;
                printed += 1;
            }
            Err(Failure::Input(mut explanation)) => {
                explanation.path.get_or_insert_with(|| file.clone());
                line.aside(|| tell(explanation));
                failed = true;
            }
            Err(other) => return Err(other),
        }
    }
    if failed { Err(Failure::Told) } else { Ok(()) }
}

fn read_and_draw(
    map: Volume,
    names: &mut PictureNames,
    context: &Context,
    progress: &Progress,
) -> Result<String, Failure> {
    let map = Arc::new(map);
    let picture = draw(&map, names, progress)?;
    let picture = format!("Picture: {}\n", shown(&picture));
    // A map without meaning (labels, colours, all zero) is still drawn.
    let model = load_model(context)?;
    let mut noticed = file_notes(&map);
    if let Some(which) = frame::of_several(&map) {
        noticed.push(format!(
            "This is {which} (gyrus decode --frame reads another)"
        ));
    }
    let prior = PriorWeight::default();
    match read_sides(
        &model,
        model.ontology(),
        &map,
        None,
        false,
        (prior, &[]),
        progress,
    ) {
        Ok(read) => {
            let tables: Vec<String> = read
                .sides
                .iter()
                .map(|Reading { decoding, .. }| {
                    let marked: String = noticed
                        .iter()
                        .chain(&decoding.warnings)
                        .map(|note| format!("! {}\n", note.trim_end_matches('.')))
                        .collect();
                    format!(
                        "{marked}\n{}{}",
                        said(decoding, &read.balance, read.other.as_ref()),
                        ranking(decoding, ROWS)
                    )
                })
                .collect();
            Ok(format!("{}\n{picture}", tables.join("\n")))
        }
        Err(error) => Ok(format!("{}\n\n{picture}", error.explain())),
    }
}

/// Writes the picture beside the user, or into the temporary folder where that is not writable.
fn draw(
    map: &Arc<Volume>,
    names: &mut PictureNames,
    progress: &Progress,
) -> Result<PathBuf, Failure> {
    progress.stage("Drawing");
    let underlay = anatomy()?;
    let scene = Scene::of(Some(underlay), vec![Arc::clone(map)], true);
    let png = export::png(&scene, PICTURE_PX, Backend::Auto)?;
    let name = names.of(&map.name);
    let mut refusal = None;
    for folder in [PathBuf::from("."), std::env::temp_dir()] {
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

/// Names of the pictures made so far: maps of one name in several folders are told apart.
#[derive(Debug, Default)]
struct PictureNames {
    /// In lower case: some systems take both cases for one.
    taken: HashSet<String>,
}

impl PictureNames {
    /// "gyrus-map.png", then "gyrus-map-2.png".
    fn of(&mut self, map: &str) -> String {
        let stem = format!("gyrus-{}", file_name(map));
        let mut name = format!("{stem}.png");
        let mut number = 2;
        while !self.taken.insert(name.to_lowercase()) {
            name = format!("{stem}-{number}.png");
            number += 1;
        }
        name
    }
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
    // Names of files are limited in bytes.
    let safe = safe[..safe.floor_char_boundary(200)].to_owned();
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
        // Eighty characters of four bytes each would be too long for a file's name.
        assert_eq!(file_name(&"x".repeat(500)).len(), 80);
        assert!(file_name(&"脑".repeat(500)).len() <= 200);
    }

    #[test]
    fn maps_of_one_name_get_pictures_of_their_own() {
        let mut names = PictureNames::default();
        let made = ["map", "Map", "map-2", "map"].map(|name| names.of(name));
        assert_eq!(
            made,
            [
                "gyrus-map.png",
                "gyrus-Map-2.png",
                "gyrus-map-2-2.png",
                "gyrus-map-3.png"
            ]
        );
    }
}
