//! `gyrus decode`: maps → ranked tasks, concepts, domains.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::bundle::Bundle;
use crate::decode::{Decoding, GroupScore, Tail, TaskScore, Verdict, decode_tails, verdict};
use crate::error::Explain;
use crate::files;
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::space::{LITTLE_COVERAGE, THRESHOLDED, open_map};
use crate::volume::Volume;

use super::table::{Align, Table, bar, csv_field, factor, percent};
use super::{Context, Failure, Outcome, print_text};

/// Rows shown to a person where `--top` says nothing.
const TOP_SHOWN: usize = 10;

/// Read what maps mean: ranked tasks, concepts and domains
#[derive(Debug, clap::Args)]
pub struct DecodeArgs {
    /// Maps in MNI space (NIfTI, Analyze, MGH, AFNI)
    #[arg(required = true, value_name = "MAP")]
    pub maps: Vec<PathBuf>,
    /// How many tasks and concepts to list [default: 10 in tables, all in JSON and CSV]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub top: Option<u16>,
    /// Which side of the map to read
    #[arg(long, value_enum, default_value = "pos")]
    pub tail: TailArg,
    /// Frame of a 4-D map, the first being 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub frame: usize,
    /// Also write all scores as CSV
    #[arg(short, long, value_name = "CSV")]
    pub output: Option<PathBuf>,
}

/// [`Tail`] on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TailArg {
    /// Positive values
    Pos,
    /// Negative values
    Neg,
    /// Each side on its own
    Both,
}

impl From<TailArg> for Tail {
    fn from(arg: TailArg) -> Self {
        match arg {
            TailArg::Pos => Self::Pos,
            TailArg::Neg => Self::Neg,
            TailArg::Both => Self::Both,
        }
    }
}

/// One decoding as `--json` prints it.
#[derive(Debug, Serialize)]
pub struct DecodeDocument<'a> {
    schema: u32,
    map: MapInfo,
    bundle: BundleInfo<'a>,
    ontology: &'a str,
    version: &'static str,
    tail: Tail,
    coverage: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    tasks: &'a [TaskScore],
    concepts: &'a [GroupScore],
    domains: &'a [GroupScore],
    warnings: Vec<String>,
    elapsed_ms: f32,
}

/// Which map was read.
#[derive(Debug, Clone, Serialize)]
pub(super) struct MapInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    name: String,
    sha256: String,
    kind: &'static str,
    shape: [usize; 3],
    frame: usize,
    frames: usize,
}

impl MapInfo {
    /// Of a volume, read from or written to `path`.
    pub(super) fn of(volume: &Volume, path: Option<&Path>) -> Self {
        Self {
            path: path.map(|p| p.display().to_string()),
            name: volume.name.clone(),
            sha256: volume.hash.clone(),
            kind: volume.kind.label(),
            shape: volume.grid.shape,
            frame: volume.frame,
            frames: volume.frames,
        }
    }
}

/// Which model read it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BundleInfo<'a> {
    name: &'a str,
    fingerprint: &'a str,
}

impl<'a> BundleInfo<'a> {
    /// Of a bundle.
    pub(super) fn of(bundle: &'a Bundle) -> Self {
        Self {
            name: &bundle.manifest.name,
            fingerprint: bundle.fingerprint(),
        }
    }
}

/// A map with its decodings.
struct Read {
    path: PathBuf,
    volume: Volume,
    decodings: Vec<Decoding>,
    /// What is wrong with the file or its place in space.
    notes: Vec<String>,
}

/// Decodes every map. A map that fails is explained on stderr and the others are still read; the exit code
/// is then 1.
///
/// # Errors
/// [`Failure`] of the model, of the last map that failed, or of the output.
pub fn run(args: &DecodeArgs, context: &Context) -> Outcome {
    let (progress, line) = context.progress();
    let bundle = load_model(context)?;
    let ontology = Ontology::embedded();
    let mut read = Vec::new();
    let mut failures = Vec::new();
    for path in &args.maps {
        match read_map(&bundle, ontology, path, args, &progress) {
            Ok(one) => read.push(one),
            Err(failure) => failures.push(failure),
        }
    }
    drop(line);
    if context.json && !read.is_empty() {
        print_documents(args, context, &bundle, ontology, &read)?;
    } else if !context.json {
        let texts: Vec<String> = read
            .iter()
            .map(|one| report(one, &bundle, args.top.map(usize::from)))
            .collect();
        print_text(&texts.join("\n"))?;
    }
    if let Some(path) = args.output.as_deref().filter(|_| !read.is_empty()) {
        let table = csv(&read, &bundle, args.top.map(usize::from));
        files::write_whole(path, table.as_bytes())
            .map_err(|error| Failure::from_output(&error, Some(path.to_owned())))?;
    }
    let Some(last) = failures.pop() else {
        return Ok(());
    };
    for failure in failures {
        if let Failure::Input(explanation) = failure {
            eprintln!("{explanation}");
        }
    }
    Err(last)
}

/// The model named by `--model`, else the one inside the program.
///
/// # Errors
/// [`Failure::Input`] that says what is wrong with it.
pub(super) fn load_model(context: &Context) -> Result<Cow<'static, Bundle>, Failure> {
    Ok(match &context.model {
        Some(path) => Cow::Owned(Bundle::read(path)?),
        None => Cow::Borrowed(Bundle::embedded()?),
    })
}

fn read_map(
    bundle: &Bundle,
    ontology: &Ontology,
    path: &Path,
    args: &DecodeArgs,
    progress: &Progress,
) -> Result<Read, Failure> {
    let at_path = |explained: &dyn Explain| {
        let mut explanation = explained.explain();
        explanation.path.get_or_insert_with(|| path.to_owned());
        Failure::Input(Box::new(explanation))
    };
    let volume = open_map(path, args.frame, progress).map_err(|e| at_path(&e))?;
    let readings = decode_tails(bundle, ontology, &volume, args.tail.into(), progress)
        .map_err(|e| at_path(&e))?;
    let decodings = readings.into_iter().map(|one| one.decoding).collect();
    let mut notes = notes(&volume);
    if volume.frames > 1 {
        notes.push(format!(
            "This file holds {} frames; frame {} was read (--frame picks another)",
            volume.frames, volume.frame
        ));
    }
    Ok(Read {
        path: path.to_owned(),
        volume,
        decodings,
        notes,
    })
}

/// What was noticed about a file and its place in space. Little coverage and many zeros are told by the
/// decoding.
pub(super) fn notes(volume: &Volume) -> Vec<String> {
    let told = |code: &str| code == LITTLE_COVERAGE || code == THRESHOLDED;
    let warnings = volume.warnings.iter().filter(|w| !told(w.code));
    warnings.map(|w| w.message.clone()).collect()
}

/// The verdict in words, as the window says it; nothing where nothing is ranked.
pub(super) fn said(decoding: &Decoding) -> String {
    verdict(decoding).map_or_else(String::new, |said| {
        let word = said.certainty.label();
        format!("{}\n{word} · {}\n\n", said.sentence, said.because)
    })
}

fn print_documents(
    args: &DecodeArgs,
    context: &Context,
    bundle: &Bundle,
    ontology: &Ontology,
    read: &[Read],
) -> Outcome {
    let top = args.top.map_or(usize::MAX, usize::from);
    let documents: Vec<DecodeDocument> = read
        .iter()
        .flat_map(|one| one.decodings.iter().map(move |decoding| (one, decoding)))
        .map(|(one, decoding)| DecodeDocument {
            schema: 1,
            map: MapInfo::of(&one.volume, Some(&one.path)),
            bundle: BundleInfo::of(bundle),
            ontology: ontology.fingerprint(),
            version: env!("CARGO_PKG_VERSION"),
            tail: decoding.tail,
            coverage: decoding.coverage,
            verdict: verdict(decoding),
            tasks: &decoding.tasks[..top.min(decoding.tasks.len())],
            concepts: &decoding.concepts[..top.min(decoding.concepts.len())],
            domains: &decoding.domains,
            warnings: one
                .notes
                .iter()
                .chain(&decoding.warnings)
                .cloned()
                .collect(),
            elapsed_ms: decoding.elapsed_ms,
        })
        .collect();
    match documents.as_slice() {
        [one] if args.maps.len() == 1 && args.tail != TailArg::Both => context.print_json(one),
        all => context.print_json(&all),
    }
}

/// What a person reads about one map.
fn report(read: &Read, bundle: &Bundle, top: Option<usize>) -> String {
    let mut out = String::new();
    for decoding in &read.decodings {
        let side = match decoding.tail {
            Tail::Pos => "positive side",
            Tail::Neg => "negative side",
            Tail::Both => "both sides",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{}  ({}, {side}, {:.0} % of the brain in view; model {})",
            read.path.display(),
            read.volume.kind.label(),
            100.0 * decoding.coverage,
            bundle.manifest.name,
        );
        for warning in read.notes.iter().chain(&decoding.warnings) {
            let _ = writeln!(out, "  ! {}", warning.trim_end_matches('.'));
        }
        let top = top.unwrap_or(TOP_SHOWN);
        let _ = writeln!(out, "\n{}{}", said(decoding), ranking(decoding, top));
    }
    out
}

/// Tasks, concepts and domains as three tables.
pub fn ranking(decoding: &Decoding, top: usize) -> String {
    let mut tasks = Table::new(&[
        ("task", Align::Left),
        ("posterior", Align::Right),
        ("", Align::Left),
        ("Bayes factor", Align::Right),
        ("similarity", Align::Right),
    ]);
    let best = decoding
        .tasks
        .first()
        .map_or(1.0, |task| task.posterior)
        .max(f32::MIN_POSITIVE);
    for task in decoding.tasks.iter().take(top) {
        tasks.row([
            task.name.clone(),
            percent(task.posterior),
            bar(task.posterior / best),
            factor(task.bayes_factor),
            format!("{:.3}", task.similarity),
        ]);
    }
    let concepts = groups("concept", &decoding.concepts, top);
    let domains = groups("domain", &decoding.domains, usize::MAX);
    format!("{}\n{concepts}\n{domains}", tasks.render())
}

fn groups(head: &str, scores: &[GroupScore], top: usize) -> String {
    let mut table = Table::new(&[
        (head, Align::Left),
        ("probability", Align::Right),
        ("", Align::Left),
    ]);
    let best = scores
        .first()
        .map_or(1.0, |group| group.probability)
        .max(f32::MIN_POSITIVE);
    for group in scores.iter().take(top) {
        table.row([
            group.name.clone(),
            percent(group.probability),
            bar(group.probability / best),
        ]);
    }
    table.render()
}

/// One line a score, with what identifies the map and the model.
fn csv(read: &[Read], bundle: &Bundle, top: Option<usize>) -> String {
    let top = top.unwrap_or(usize::MAX);
    let mut out = String::from(
        "map,map_sha256,bundle,tail,level,rank,name,id,similarity,likelihood,prior,posterior,bayes_factor,probability\n",
    );
    for one in read {
        for decoding in &one.decodings {
            let tail = match decoding.tail {
                Tail::Pos => "pos",
                Tail::Neg => "neg",
                Tail::Both => "both",
            };
            let head = format!(
                "{},{},{},{tail}",
                csv_field(&one.path.display().to_string()),
                one.volume.hash,
                bundle.fingerprint()
            );
            for (rank, t) in decoding.tasks.iter().take(top).enumerate() {
                let _ = writeln!(
                    out,
                    "{head},task,{},{},{},{},{},{},{},{},",
                    rank + 1,
                    csv_field(&t.name),
                    csv_field(&t.id),
                    t.similarity,
                    t.likelihood,
                    t.prior,
                    t.posterior,
                    t.bayes_factor
                );
            }
            let concepts = decoding
                .concepts
                .iter()
                .take(top)
                .enumerate()
                .map(|g| ("concept", g));
            let domains = decoding.domains.iter().enumerate().map(|g| ("domain", g));
            for (level, (rank, group)) in concepts.chain(domains) {
                let (name, id) = (csv_field(&group.name), csv_field(&group.id));
                let _ = writeln!(
                    out,
                    "{head},{level},{},{name},{id},,,,,,{}",
                    rank + 1,
                    group.probability
                );
            }
        }
    }
    out
}
