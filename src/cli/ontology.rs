//! `gyrus ontology`: the tasks, concepts and domains that maps are ranked by.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::decode::load_model;
use super::say::one_line;
use super::table::{Align, Table, bar, percent};
use super::{Context, Failure, Outcome, print_text};
use crate::bundle::Bundle;
use crate::decode::{DecodeError, vocabulary};
use crate::ontology::{Difference, Ontology, TaskDef, difference, read_ontology};
use crate::progress::Progress;

/// Tasks near to one.
const NEAREST: usize = 5;
/// Rows shown to a person where nothing else is said.
const SHOWN: usize = 15;

/// Tasks, concepts and domains that maps are ranked by
#[derive(Debug, clap::Args)]
pub struct OntologyArgs {
    #[command(subcommand)]
    command: OntologyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum OntologyCommand {
    /// All tasks, or those that hold a text in name, definition or concepts
    List(ListArgs),
    /// One task: definition, concepts, domains, prior, and the tasks nearest to it
    Show(TaskArgs),
    /// How two ontologies differ
    Diff(DiffArgs),
    /// How even the literature prior of the model is
    Prior,
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Text to look for
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// Folder of Cognitive Atlas files or of tables, or a CSV of tasks and concepts [default: the model's]
    #[arg(long, value_name = "DIR|CSV")]
    from: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct TaskArgs {
    /// Name or id
    #[arg(value_name = "TASK")]
    task: String,
}

#[derive(Debug, clap::Args)]
struct DiffArgs {
    /// Folder of Cognitive Atlas files or of tables, or a CSV of tasks and concepts
    #[arg(value_name = "DIR|CSV")]
    second: PathBuf,
    /// What it is compared with [default: the model's ontology]
    #[arg(long, value_name = "DIR|CSV")]
    first: Option<PathBuf>,
}

/// A task with what it is linked to, by names.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    name: &'a str,
    definition: &'a str,
    concepts: Vec<&'a str>,
    domains: Vec<&'a str>,
}

impl<'a> Listed<'a> {
    fn of(task: &'a TaskDef, ontology: &'a Ontology) -> Self {
        let concepts = task.concepts.iter().filter_map(|id| ontology.concept(id));
        let domains = ontology.domains_of(task).into_iter();
        Self {
            id: &task.id,
            name: &task.name,
            definition: &task.definition,
            concepts: concepts.map(|c| c.name.as_str()).collect(),
            domains: domains.map(|d| d.name.as_str()).collect(),
        }
    }

    fn holds(&self, text: &str) -> bool {
        let found = |words: &str| words.to_lowercase().contains(text);
        found(self.name)
            || found(self.definition)
            || self.concepts.iter().chain(&self.domains).any(|w| found(w))
    }
}

#[derive(Serialize)]
struct List<'a> {
    schema: u32,
    ontology: &'a str,
    tasks: Vec<Listed<'a>>,
    concepts: usize,
    domains: usize,
}

#[derive(Serialize)]
struct Shown<'a> {
    schema: u32,
    #[serde(flatten)]
    task: Listed<'a>,
    /// Share of the literature prior, where the model ranks the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    prior: Option<f32>,
    /// Name and cosine of the tasks nearest to it.
    nearest: Vec<(String, f32)>,
}

#[derive(Serialize)]
struct Compared<'a> {
    schema: u32,
    #[serde(flatten)]
    found: &'a Difference,
}

#[derive(Serialize)]
struct Prior<'a> {
    schema: u32,
    tasks: usize,
    entropy_bits: f64,
    most_bits: f64,
    /// So many equally likely tasks would be as uncertain.
    effective_tasks: f64,
    weight: f32,
    first: Vec<(&'a str, f32)>,
}

/// Runs `gyrus ontology …`.
///
/// # Errors
/// [`Failure`] of the model or of the files.
pub fn run(args: &OntologyArgs, context: &Context) -> Outcome {
    let bundle = load_model(context)?;
    match &args.command {
        OntologyCommand::List(args) => match &args.from {
            Some(path) => list(&read_ontology(path)?.ontology, args, context),
            None => list(bundle.ontology(), args, context),
        },
        OntologyCommand::Show(args) => show(&bundle, &args.task, context),
        OntologyCommand::Diff(args) => {
            let second = read_ontology(&args.second)?.ontology;
            match &args.first {
                Some(path) => diff(
                    &difference(&read_ontology(path)?.ontology, &second),
                    context,
                ),
                None => diff(&difference(bundle.ontology(), &second), context),
            }
        }
        OntologyCommand::Prior => prior(&bundle, context),
    }
}

fn list(ontology: &Ontology, args: &ListArgs, context: &Context) -> Outcome {
    let text = args.text.as_ref().map(|text| text.to_lowercase());
    let tasks = ontology.tasks.iter().map(|task| Listed::of(task, ontology));
    let tasks: Vec<Listed<'_>> = tasks
        .filter(|task| text.as_ref().is_none_or(|text| task.holds(text)))
        .collect();
    let list = List {
        schema: 1,
        ontology: ontology.fingerprint(),
        tasks,
        concepts: ontology.concepts.len(),
        domains: ontology.domains.len(),
    };
    if context.json {
        return context.print_json(&list);
    }
    let mut table = Table::new(&[
        ("task", Align::Left),
        ("concepts", Align::Left),
        ("domains", Align::Left),
    ]);
    for task in &list.tasks {
        table.row([
            one_line(task.name).into_owned(),
            task.concepts.join(", "),
            task.domains.join(", "),
        ]);
    }
    print_text(&format!(
        "{}\n{} of {} tasks; {} concepts in {} domains\n",
        table.render(),
        list.tasks.len(),
        ontology.tasks.len(),
        list.concepts,
        list.domains
    ))
}

fn show(bundle: &Bundle, name: &str, context: &Context) -> Outcome {
    let ontology = bundle.ontology();
    let found = ontology.task(name).or_else(|| ontology.task_named(name));
    let Some(task) = found else {
        return Err(Failure::Usage(format!(
            "the ontology has no task “{name}”: `gyrus ontology list TEXT` finds them"
        )));
    };
    let row = bundle
        .tasks
        .row_of(&task.id)
        .or_else(|| bundle.tasks.row_named(&task.name));
    let total: f32 = bundle.tasks.prior.iter().sum();
    let (progress, line) = context.progress();
    let nearest = row.map(|row| nearest(bundle, row, &progress)).transpose()?;
    drop(line);
    let shown = Shown {
        schema: 1,
        task: Listed::of(task, ontology),
        prior: row.map(|row| bundle.tasks.prior[row] / total),
        nearest: nearest.unwrap_or_default(),
    };
    if context.json {
        return context.print_json(&shown);
    }
    let mut out = format!(
        "{}  ({})\n\n{}\n\n",
        shown.task.name, shown.task.id, shown.task.definition
    );
    // Writing to a String cannot fail.
    let _ = writeln!(out, "Concepts  {}", shown.task.concepts.join(", "));
    let _ = writeln!(out, "Domains   {}", shown.task.domains.join(", "));
    match shown.prior {
        Some(prior) => {
            let even = 1.0 / bundle.tasks.len() as f32;
            let _ = writeln!(
                out,
                "Prior     {}, {:.1} times an equal share",
                percent(prior),
                prior / even
            );
        }
        None => out += "Prior     the model does not rank it\n",
    }
    if !shown.nearest.is_empty() {
        let mut table = Table::new(&[
            ("nearest to it in the model", Align::Left),
            ("cosine", Align::Right),
        ]);
        for (name, cosine) in &shown.nearest {
            table.row([name.clone(), format!("{cosine:.2}")]);
        }
        let _ = write!(out, "\n{}", table.render());
    }
    print_text(&out)
}

/// The tasks whose latents are nearest to one's.
fn nearest(
    bundle: &Bundle,
    row: usize,
    progress: &Progress,
) -> Result<Vec<(String, f32)>, DecodeError> {
    let known = vocabulary(bundle, bundle.ontology(), progress)?;
    let near = known.nearest(&bundle.task_latent(row), NEAREST + 1);
    let others = near
        .into_iter()
        .filter(|(_, id, _)| *id != bundle.tasks.ids[row]);
    let others = others.map(|(name, _, cosine)| (name.to_owned(), cosine));
    Ok(others.take(NEAREST).collect())
}

fn diff(found: &Difference, context: &Context) -> Outcome {
    if context.json {
        return context.print_json(&Compared { schema: 1, found });
    }
    let mut out = format!(
        "Tasks in both: {} (linked to other concepts: {}); in the first alone: {}; in the second alone: {}\n",
        found.shared,
        found.changed.len(),
        found.only_first.len(),
        found.only_second.len()
    );
    let mut names = |head: &str, names: &[String]| {
        if names.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{head}");
        for name in names.iter().take(SHOWN) {
            let _ = writeln!(out, "  {}", one_line(name));
        }
        if names.len() > SHOWN {
            let _ = writeln!(
                out,
                "  … and {} more (--json lists all)",
                names.len() - SHOWN
            );
        }
    };
    names("In the first alone", &found.only_first);
    names("In the second alone", &found.only_second);
    let changed: Vec<String> = found
        .changed
        .iter()
        .map(|one| {
            let minus = one.only_first.iter().map(|name| format!("− {name}"));
            let plus = one.only_second.iter().map(|name| format!("+ {name}"));
            let links: Vec<String> = minus.chain(plus).collect();
            format!("{}: {}", one.task, links.join(", "))
        })
        .collect();
    names(
        "Linked to other concepts (− first alone, + second alone)",
        &changed,
    );
    print_text(&out)
}

fn prior(bundle: &Bundle, context: &Context) -> Outcome {
    let total: f64 = bundle.tasks.prior.iter().map(|&p| f64::from(p)).sum();
    let shares = bundle.tasks.prior.iter().map(|&p| f64::from(p) / total);
    let entropy_bits: f64 = shares
        .filter(|p| *p > 0.0)
        .map(|p| -p * p.log2())
        .sum::<f64>()
        + 0.0;
    let mut first: Vec<(&str, f32)> = bundle
        .tasks
        .names
        .iter()
        .zip(&bundle.tasks.prior)
        .map(|(name, &p)| (name.as_str(), (f64::from(p) / total) as f32))
        .collect();
    first.sort_by(|a, b| b.1.total_cmp(&a.1));
    let document = Prior {
        schema: 1,
        tasks: bundle.tasks.len(),
        entropy_bits,
        most_bits: (bundle.tasks.len() as f64).log2(),
        effective_tasks: entropy_bits.exp2(),
        weight: bundle.manifest.prior_weight,
        first,
    };
    if context.json {
        return context.print_json(&document);
    }
    let mut table = Table::new(&[
        ("task", Align::Left),
        ("prior", Align::Right),
        ("", Align::Left),
    ]);
    let most = document.first.first().map_or(1.0, |(_, p)| *p);
    for (name, share) in document.first.iter().take(SHOWN) {
        table.row([(*name).to_owned(), percent(*share), bar(share / most)]);
    }
    print_text(&format!(
        "The literature prior over {} tasks has {:.2} of {:.2} bits: as uncertain as {:.0} equally likely tasks.\n\
         It counts with weight {} in this model.\n\n{}",
        document.tasks,
        document.entropy_bits,
        document.most_bits,
        document.effective_tasks,
        document.weight,
        table.render()
    ))
}
