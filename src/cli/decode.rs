//! `gyrus decode`: maps, regions and lists of peaks → ranked tasks, concepts, domains.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::bundle::Bundle;
use crate::decode::{
    Balance, DecodeDocument, Decoding, GroupScore, OtherSide, PriorWeight, Reading, Tail,
    file_notes, read_sides, verdict,
};
use crate::error::{Explain, Explanation};
use crate::files::OutputFormat;
use crate::ontology::{Ontology, read_ontology};
use crate::progress::Progress;
use crate::volume::{MapInfo, Volume};

use super::context::print_json;
use super::decode_csv::ScoreTable;
use super::decode_inputs::{Input, InputArgs, Opened};
use super::json::JsonList;
use super::say::{one_line, path_text, tell};
use super::table::{Align, Table, bar, factor, percent};
use super::{Context, Failure, Outcome, frame, outputs, print_text};

/// Rows shown to a person where `--top` says nothing.
const TOP_SHOWN: usize = 10;

/// Read what maps mean: ranked tasks, concepts and domains
#[derive(Debug, clap::Args)]
pub struct DecodeArgs {
    /// Maps in MNI space (NIfTI, Analyze, MGH, AFNI)
    #[arg(required_unless_present_any = ["sphere", "region", "peaks"], value_name = "MAP")]
    pub maps: Vec<PathBuf>,
    /// How many tasks and concepts to list [default: 10 in tables, all in JSON and CSV]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub top: Option<u16>,
    /// Which side of the map to read [default: the stronger one, with a line on the other]
    #[arg(long, value_enum)]
    pub tail: Option<TailArg>,
    /// Decode also what should not be decoded (anatomy, raw intensities, p values, masks, a small field of view,
    /// nothing beyond noise)
    #[arg(long)]
    pub anyway: bool,
    /// Weight of the literature prior, 0 to 1: 1 favours tasks that are studied often, 0 ranks by the map alone;
    /// by default what the model was measured with (0 for the model inside the program)
    #[arg(long, value_name = "WEIGHT", value_parser = prior_weight)]
    pub prior: Option<f32>,
    /// Concepts and domains by this ontology instead of the model's: a folder of Cognitive Atlas files or of
    /// tasks.tsv, concepts.tsv and domains.tsv, or a CSV of tasks and their concepts
    #[arg(long, value_name = "DIR|CSV")]
    pub ontology: Option<PathBuf>,
    /// Rank this task only, by name or id, and those of further --only: shares and prior are of those alone
    #[arg(long, value_name = "TASK")]
    pub only: Vec<String>,
    /// The same for the tasks of a text file, one a line
    #[arg(long, value_name = "TXT")]
    pub only_from: Option<PathBuf>,
    #[command(flatten)]
    inputs: InputArgs,
    /// Also write all scores as CSV
    #[arg(short, long, value_name = "CSV")]
    pub output: Option<PathBuf>,
}

/// Reads the weight of the prior from an argument.
pub(super) fn prior_weight(text: &str) -> Result<f32, String> {
    let weight = text.parse().ok();
    weight
        .filter(|weight| (0.0..=1.0).contains(weight))
        .ok_or_else(|| "it is a number from 0 to 1".to_owned())
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

/// A map with its decodings.
struct Read<'a> {
    /// Its file; none of a region.
    path: Option<&'a Path>,
    volume: Volume,
    sides: Vec<Reading>,
    balance: Balance,
    other: Option<OtherSide>,
    /// What is wrong with the file or its place in space.
    notes: Vec<String>,
}

impl Read<'_> {
    /// What it is called: its file, or what it was made as.
    fn name(&self) -> String {
        self.path
            .map_or_else(|| self.volume.name.clone(), path_text)
    }
}

/// Decodes every map, region and list of peaks and prints each when it is done. One that fails is explained on stderr and the
/// others are still read; the exit code is then 1.
///
/// # Errors
/// [`Failure`] of the model, of a map, or of the output.
pub fn run(args: &DecodeArgs, context: &Context) -> Outcome {
    if let Some(path) = &args.output {
        let inputs = args.maps.iter().chain(&context.model);
        let inputs = inputs.chain(args.inputs.files()).chain(&args.only_from);
        outputs::check(path, OutputFormat::Table, inputs)?;
    }
    let (progress, line) = context.progress();
    let inputs = args.inputs.list(&args.maps)?;
    let bundle = load_model(context)?;
    let chosen = args.ontology.as_deref().map(read_ontology).transpose()?;
    let ontology = chosen
        .as_ref()
        .map_or_else(|| bundle.ontology(), |read| &read.ontology);
    let only = only(args, &bundle)?;
    let top = args.top.map_or(usize::MAX, usize::from);
    let mut table = match &args.output {
        Some(path) => Some(ScoreTable::create(path, top)?),
        None => None,
    };
    let mut printed = Printed::new(args, context, &bundle, &inputs);
    let mut failed = false;
    for input in &inputs {
        // What cannot be written ends the run; what cannot be read is told.
        let mut ended = None;
        let opened = args.inputs.open(input, &bundle, &progress, |opened| {
            let read = match read_map((&bundle, ontology, &only), opened, args, &progress) {
                Ok(read) => read,
                Err(Failure::Input(explanation)) if args.inputs.several_frames() => {
                    line.aside(|| tell(explanation));
                    failed = true;
                    return Ok(());
                }
                Err(other) => return Err(other),
            };
            let mut write = || {
                // A reader that went away does not cost the table.
                match line.aside(|| printed.add(&read)) {
                    Err(Failure::BrokenPipe) if table.is_some() => printed.closed = true,
                    other => other?,
                }
                match &mut table {
                    Some(table) => table.add(&read.name(), read.volume.frame, &read.sides),
                    None => Ok(()),
                }
            };
            ended = write().err();
            if ended.is_some() {
                Err(Failure::Told)
            } else {
                Ok(())
            }
        });
        if let Some(ended) = ended {
            return Err(ended);
        }
        match opened {
            Ok(()) => {}
            Err(Failure::Input(explanation)) => {
                line.aside(|| tell(explanation));
                failed = true;
            }
            Err(other) => return Err(other),
        }
    }
    drop(line);
    printed.finish()?;
    table.map_or(Ok(()), ScoreTable::finish)?;
    if failed { Err(Failure::Told) } else { Ok(()) }
}

/// A list of tasks is a page.
const MAX_LIST_BYTES: u64 = 1 << 20;

/// Rows of the tasks that are to be ranked; none for all.
fn only(args: &DecodeArgs, bundle: &Bundle) -> Result<Vec<usize>, Failure> {
    let mut names: Vec<String> = args.only.clone();
    if let Some(path) = &args.only_from {
        let text = crate::files::read_text(path, MAX_LIST_BYTES).map_err(|error| {
            Failure::Input(Box::new(Explanation {
                what: "The list of tasks could not be read".to_owned(),
                why: error.to_string(),
                remedy: "Give a text file with the name of one task a line".to_owned(),
                path: Some(path.clone()),
            }))
        })?;
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        names.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
    }
    let mut rows = Vec::new();
    for name in &names {
        let tasks = &bundle.tasks;
        let Some(row) = tasks.find(name) else {
            return Err(Failure::Usage(format!(
                "the model has no task “{}”: `gyrus ontology list TEXT` finds tasks",
                one_line(name)
            )));
        };
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// What goes to stdout: tables for people, one JSON document for programs.
struct Printed<'a> {
    args: &'a DecodeArgs,
    bundle: &'a Bundle,
    json: bool,
    list: JsonList,
    maps: usize,
    /// Whether one document is all there will be.
    single: bool,
    closed: bool,
}

impl<'a> Printed<'a> {
    fn new(
        args: &'a DecodeArgs,
        context: &Context,
        bundle: &'a Bundle,
        inputs: &[Input<'_>],
    ) -> Self {
        Self {
            args,
            bundle,
            json: context.json,
            list: JsonList::default(),
            maps: 0,
            single: inputs.len() == 1
                && args.tail != Some(TailArg::Both)
                && !args.inputs.several_frames(),
            closed: false,
        }
    }

    fn add(&mut self, read: &Read<'_>) -> Outcome {
        self.maps += 1;
        if self.closed {
            return Ok(());
        }
        if !self.json {
            let between = if self.maps > 1 { "\n" } else { "" };
            let text = report(read, self.bundle, self.args.top.map(usize::from));
            return print_text(&format!("{between}{text}"));
        }
        let top = self.args.top.map_or(usize::MAX, usize::from);
        for side in &read.sides {
            let map = MapInfo::of(&read.volume, read.path);
            let (decoding, made) = (&side.decoding, &side.provenance);
            let leading = read.balance.leading;
            let document = DecodeDocument::new(map, decoding, made, leading, &read.notes, top)
                .beside(read.other.as_ref());
            if self.single {
                print_json(&document)?;
            } else {
                self.list.push(&document)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Outcome {
        if self.closed {
            Ok(())
        } else {
            self.list.finish()
        }
    }
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

fn read_map<'a>(
    (bundle, ontology, only): (&Bundle, &Ontology, &[usize]),
    opened: Opened<'a>,
    args: &DecodeArgs,
    progress: &Progress,
) -> Result<Read<'a>, Failure> {
    let Opened {
        path,
        volume,
        notes: noted,
    } = opened;
    let at_path = |explained: &dyn Explain| {
        let mut explanation = explained.explain();
        explanation.path = explanation.path.or_else(|| path.map(Path::to_owned));
        Failure::Input(Box::new(explanation))
    };
    let tail = args.tail.map(Tail::from);
    let read = read_sides(
        bundle,
        ontology,
        &volume,
        tail,
        args.anyway,
        (PriorWeight::from(args.prior), only),
        progress,
    )
    .map_err(|e| at_path(&e))?;
    let mut notes = file_notes(&volume);
    if !args.inputs.several_frames() {
        notes.extend(frame::note(&volume));
    }
    notes.extend(noted);
    Ok(Read {
        path,
        volume,
        sides: read.sides,
        balance: read.balance,
        other: read.other,
        notes,
    })
}

/// The verdict in words, as the window says it; nothing where nothing is ranked. A side that does not lead
/// is introduced as such; a line on the other side follows where there is one.
pub(super) fn said(decoding: &Decoding, balance: &Balance, other: Option<&OtherSide>) -> String {
    verdict(decoding).map_or_else(String::new, |said| {
        let word = said.certainty.label();
        let is_other = balance.leading != Tail::Both && decoding.tail == balance.other();
        let introduced = if is_other {
            format!("{}:\n", balance.introduces())
        } else {
            String::new()
        };
        let other = other.map_or_else(String::new, |other| format!("{}\n", other.sentence));
        format!(
            "{introduced}{}\n{word} · {}\n{other}\n",
            said.sentence, said.because
        )
    })
}

/// What a person reads about one map.
fn report(read: &Read<'_>, bundle: &Bundle, top: Option<usize>) -> String {
    let mut out = String::new();
    for Reading { decoding, .. } in &read.sides {
        let side = match decoding.tail {
            Tail::Both => "both signs at once".to_owned(),
            one => format!("{} side", one.word()),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{}  ({}{}, {side}, {:.0} % of the brain in view; model {})",
            one_line(&read.name()),
            read.volume.kind.label(),
            frame::of_several(&read.volume)
                .map(|which| format!(", {which}"))
                .unwrap_or_default(),
            100.0 * decoding.coverage,
            bundle.manifest.name,
        );
        for warning in read.notes.iter().chain(&decoding.warnings) {
            let _ = writeln!(out, "  ! {}", warning.trim_end_matches('.'));
        }
        let top = top.unwrap_or(TOP_SHOWN);
        let _ = writeln!(
            out,
            "\n{}{}",
            said(decoding, &read.balance, read.other.as_ref()),
            ranking(decoding, top)
        );
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
        ("score", Align::Right),
        ("", Align::Left),
        ("for its size", Align::Right),
    ]);
    let best = scores
        .first()
        .map_or(1.0, |group| group.score)
        .max(f32::MIN_POSITIVE);
    for group in scores.iter().take(top) {
        table.row([
            group.name.clone(),
            percent(group.score),
            bar(group.score / best),
            format!("above {:.0} %", (100.0 * group.percentile).floor()),
        ]);
    }
    table.render()
}
