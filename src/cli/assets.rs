//! `gyrus assets`: published data sets, listed, fetched and checked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::say::{path_text, shown};
use super::table::{Align, Table};
use super::{Context, Failure, Outcome, print_text};
use crate::assets::{
    self, Asset, AssetState, Brought, FileCheck, FileState, How, Network, SourceFile,
};
use crate::error::Explanation;

/// Published data sets: which there are, fetch them, check them
#[derive(Debug, clap::Args)]
pub struct AssetsArgs {
    #[command(subcommand)]
    command: AssetsCommand,
    /// Folder that holds a folder an asset [default: GYRUS_ASSETS, else "assets" in your folder for data]
    #[arg(long, global = true, value_name = "DIR")]
    to: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum AssetsCommand {
    /// Which assets there are, their licences, and what is here of them
    List,
    /// Bring an asset here; what is here and sound stays, an interrupted download goes on
    Fetch(FetchArgs),
    /// Hold every file against its published size and SHA-256
    Verify(VerifyArgs),
}

#[derive(Debug, clap::Args)]
struct FetchArgs {
    /// Which: neurosynth, neuroquery
    name: String,
    /// Take it from here and not from the network: files, a folder, or a .zip, .tar or .tar.gz of it
    #[arg(long, value_name = "PATH", num_args = 1..)]
    from: Vec<PathBuf>,
    /// Read URL/asset/file instead of the public addresses [default: GYRUS_ASSETS_MIRROR]
    #[arg(long, value_name = "URL", conflicts_with = "from")]
    mirror: Option<String>,
    /// Seconds a server may be silent
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// Which [default: all that are here]
    name: Option<String>,
}

/// Runs `gyrus assets …`.
///
/// # Errors
/// [`Failure`] of the asset's name, the network, the files or the output.
pub fn run(args: &AssetsArgs, context: &Context) -> Outcome {
    let root = assets::root(args.to.as_deref())?;
    match &args.command {
        AssetsCommand::List => list(&root, context),
        AssetsCommand::Fetch(fetch_args) => fetch(fetch_args, &root, context),
        AssetsCommand::Verify(verify_args) => verify(verify_args, &root, context),
    }
}

fn asset(name: &str) -> Result<&'static Asset, Failure> {
    assets::named(name).ok_or_else(|| {
        let names: Vec<&str> = assets::all().iter().map(|asset| asset.name).collect();
        Failure::Usage(format!(
            "There is no asset {name:?}: there are {}",
            names.join(" and ")
        ))
    })
}

/// "4.8 MB".
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[derive(Serialize)]
struct ListDocument {
    schema: u32,
    folder: String,
    assets: Vec<ListedAsset>,
}

#[derive(Serialize)]
struct ListedAsset {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    licence: &'static str,
    home: &'static str,
    sums_from: &'static str,
    state: AssetState,
    bytes: u64,
    folder: String,
    files: Vec<ListedFile>,
}

#[derive(Serialize)]
struct ListedFile {
    name: &'static str,
    url: &'static str,
    bytes: u64,
    sha256: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_here: Option<u64>,
}

fn listed_file(folder: &Path, file: &SourceFile) -> ListedFile {
    let (state, bytes_here) = match assets::file_state(folder, file) {
        FileState::Missing => ("missing", None),
        FileState::Begun(bytes) => ("begun", Some(bytes)),
        FileState::WrongSize(bytes) => ("wrong size", Some(bytes)),
        FileState::There => ("there", Some(file.bytes)),
    };
    ListedFile {
        name: file.name,
        url: file.url,
        bytes: file.bytes,
        sha256: file.sha256,
        state,
        bytes_here,
    }
}

fn list(root: &Path, context: &Context) -> Outcome {
    let listed = assets::all().iter().map(|asset| {
        let folder = root.join(asset.name);
        ListedAsset {
            name: asset.name,
            title: asset.title,
            description: asset.description,
            licence: asset.licence,
            home: asset.home,
            sums_from: asset.sums_from,
            state: assets::asset_state(root, asset),
            bytes: asset.bytes(),
            folder: path_text(&folder),
            files: (asset.files.iter())
                .map(|file| listed_file(&folder, file))
                .collect(),
        }
    });
    let document = ListDocument {
        schema: 1,
        folder: path_text(root),
        assets: listed.collect(),
    };
    if context.json {
        return context.print_json(&document);
    }
    let mut table = Table::new(&[
        ("asset", Align::Left),
        ("state", Align::Left),
        ("size", Align::Right),
        ("licence", Align::Left),
        ("what", Align::Left),
    ]);
    let mut notes = String::new();
    for asset in &document.assets {
        let here: u64 = (asset.files.iter())
            .filter_map(|file| file.bytes_here)
            .sum();
        let size = match asset.state {
            AssetState::Partial => format!("{} of {}", megabytes(here), megabytes(asset.bytes)),
            AssetState::Absent | AssetState::Complete => megabytes(asset.bytes),
        };
        table.row([
            asset.name.to_owned(),
            asset.state.word().to_owned(),
            size,
            asset.licence.to_owned(),
            format!("{}: {}", asset.title, asset.description),
        ]);
        notes.push_str(&format!(
            "{}: {}; checksums: {}\n",
            asset.name, asset.home, asset.sums_from
        ));
    }
    print_text(&format!(
        "{}\n{notes}Folder: {}\n",
        table.render(),
        shown(root)
    ))
}

#[derive(Serialize)]
struct FetchDocument<'a> {
    schema: u32,
    name: &'a str,
    folder: String,
    files: &'a [Brought],
}

fn fetch(args: &FetchArgs, root: &Path, context: &Context) -> Outcome {
    let asset = asset(&args.name)?;
    let mut network = Network::from_env();
    network.patience = Duration::from_secs(args.timeout);
    if args.mirror.is_some() {
        network.mirror.clone_from(&args.mirror);
    }
    let (progress, line) = context.progress();
    let files = assets::fetch(asset, root, &args.from, &network, &progress)?;
    drop(line);
    let folder = root.join(asset.name);
    if context.json {
        return context.print_json(&FetchDocument {
            schema: 1,
            name: asset.name,
            folder: path_text(&folder),
            files: &files,
        });
    }
    let new = files.iter().filter(|file| file.how != How::Kept);
    let (count, bytes) = new.fold((0, 0), |(count, bytes), file| {
        (count + 1, bytes + file.bytes)
    });
    let done = match count {
        0 => "was here already, complete and sound".to_owned(),
        1 => format!("is complete: 1 file came, {}", megabytes(bytes)),
        _ => format!("is complete: {count} files came, {}", megabytes(bytes)),
    };
    print_text(&format!(
        "{} {done}\nLicence: {} ({})\nFolder: {}\n",
        asset.title,
        asset.licence,
        asset.home,
        shown(&folder)
    ))
}

#[derive(Serialize)]
struct VerifyDocument {
    schema: u32,
    folder: String,
    sound: bool,
    assets: Vec<VerifiedAsset>,
}

#[derive(Serialize)]
struct VerifiedAsset {
    name: &'static str,
    sound: bool,
    files: Vec<VerifiedFile>,
}

#[derive(Serialize)]
struct VerifiedFile {
    name: &'static str,
    sound: bool,
    found: String,
}

fn verify(args: &VerifyArgs, root: &Path, context: &Context) -> Outcome {
    let wanted: Vec<&Asset> = match &args.name {
        Some(name) => vec![asset(name)?],
        None => (assets::all().iter())
            .filter(|asset| assets::asset_state(root, asset) != AssetState::Absent)
            .collect(),
    };
    let (progress, line) = context.progress();
    let mut checked = Vec::new();
    for asset in wanted {
        let files = assets::verify(root, asset, &progress)
            .map_err(assets::AssetError::from)?
            .into_iter()
            .map(|(file, check)| VerifiedFile {
                name: file.name,
                sound: check == FileCheck::Sound,
                found: check.words(),
            });
        let files: Vec<VerifiedFile> = files.collect();
        checked.push(VerifiedAsset {
            name: asset.name,
            sound: files.iter().all(|file| file.sound),
            files,
        });
    }
    drop(line);
    let unsound = |asset: &&VerifiedAsset| !asset.sound;
    let bad: Vec<&str> = checked.iter().filter(unsound).map(|a| a.name).collect();
    let bad = bad.join(" and ");
    let document = VerifyDocument {
        schema: 1,
        folder: path_text(root),
        sound: bad.is_empty(),
        assets: checked,
    };
    if context.json {
        context.print_json(&document)?;
    } else if document.assets.is_empty() {
        print_text(&format!("No asset is here: {}\n", shown(root)))?;
    } else {
        let mut table = Table::new(&[
            ("asset", Align::Left),
            ("file", Align::Left),
            ("found", Align::Left),
        ]);
        for asset in &document.assets {
            for file in &asset.files {
                table.row([asset.name.into(), file.name.into(), file.found.clone()]);
            }
        }
        print_text(&table.render())?;
    }
    if bad.is_empty() {
        return Ok(());
    }
    Err(Failure::Input(Box::new(Explanation {
        what: format!("{bad} is not as published"),
        why: "files are missing or have another size or SHA-256".into(),
        remedy: "`gyrus assets fetch` with its name brings again what is wrong, and leaves what is sound".into(),
        path: Some(root.to_owned()),
    })))
}
