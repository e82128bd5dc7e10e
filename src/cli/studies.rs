//! `gyrus studies`: the articles of the model's index nearest to a text, a map, a region or a list of peaks, or that report
//! peaks near a place.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::decode::{TailArg, load_model};
use super::decode_inputs::{InputArgs, ball};
use super::say::shown;
use super::table::{Align, Table};
use super::{Context, Failure, Outcome, details, outputs, print_text};
use crate::bundle::Bundle;
use crate::corpus::Author;
use crate::decode::{self, BundleInfo, PreparedMap, Tail};
use crate::error::{Explain, Explanation};
use crate::files::{self, OutputFormat, path_text};
use crate::measure::is_region;
use crate::predict::{
    ChosenBy, NEAR_MM, PredictError, StudyFilter, StudyHit, add_details, bibtex, familiarity,
    find_studies, ris, studies_by_pmid, studies_csv, studies_near, text_latent,
};
use crate::progress::Progress;
use crate::provenance::Provenance;
use crate::text::MiniLm;

/// The studies nearest to a text, a map, a region or a list of peaks, or that report peaks near a place
#[derive(Debug, clap::Args)]
pub struct StudiesArgs {
    #[command(flatten)]
    asked: Asked,
    /// How many studies to list
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Write them to a file: .csv, .bib (BibTeX) or .ris
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Folder of a corpus that knows their authors, journals, DOIs and words [default: assets that were fetched]
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

/// Which studies.
#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    /// Those near a text
    #[arg(long, value_name = "TEXT", group = "by")]
    text: Option<String>,
    /// Those near a map
    // Named as the maps of `gyrus decode` are: a cluster asks for one.
    #[arg(long = "map", id = "maps", value_name = "MAP", group = "by")]
    map: Option<PathBuf>,
    /// Those of a list: a file with a PubMed identifier a line
    #[arg(long, value_name = "FILE", group = "by")]
    pmids: Option<PathBuf>,
    /// Those that report a peak near a place in MNI mm, nearest first; within 10 mm where nothing else is given
    #[arg(long, value_name = "X,Y,Z[,MM]", value_parser = near, allow_hyphen_values = true, group = "by")]
    near: Option<([f64; 3], f64)>,
    /// Side of the map to read [default: the stronger one]
    #[arg(long, value_enum, requires = "maps")]
    tail: Option<TailArg>,
    #[command(flatten)]
    inputs: InputArgs,
    /// Published in this year or later
    #[arg(long, value_name = "YEAR")]
    from: Option<u16>,
    /// Published in this year or before
    #[arg(long, value_name = "YEAR")]
    to: Option<u16>,
    /// A word of their titles begins with this
    #[arg(long, value_name = "WORD")]
    word: Vec<String>,
    /// Leave this PubMed identifier out
    #[arg(long, value_name = "PMID")]
    without: Vec<u32>,
}

/// Studies, and how they were found.
pub(super) struct FoundStudies {
    /// Best first.
    pub studies: Vec<StudyHit>,
    /// What was asked, in words.
    pub by: String,
    /// What they were chosen by, where the model or the brain was asked.
    pub chosen_by: Option<ChosenBy>,
    /// What to tell.
    pub notes: Vec<String>,
}

/// Where what is asked lies in the model's space.
struct Place {
    latent: Vec<f32>,
    by: String,
    chosen_by: ChosenBy,
    notes: Vec<String>,
}

impl Asked {
    /// Finds the studies; `with_peaks` leaves out those of which none is known.
    ///
    /// # Errors
    /// [`Failure::Usage`] where nothing was asked; those of model, text, map or list.
    pub fn find(
        &self,
        bundle: &Bundle,
        (top, with_peaks): (usize, bool),
        progress: &Progress,
    ) -> Result<FoundStudies, Failure> {
        let filter = StudyFilter {
            from_year: self.from,
            to_year: self.to,
            words: self.word.clone(),
            without: self.without.clone(),
            with_peaks,
        };
        if bundle.index.is_none() {
            return Err(Failure::Input(Box::new(Explanation {
                what: "There are no studies to list".into(),
                why: "the model lists none of the studies it has learnt from".into(),
                remedy: "Use a model with an index, as the embedded one".into(),
                path: None,
            })));
        }
        if let Some(path) = &self.pmids {
            return self.listed(path, bundle, &filter);
        }
        if let Some((at_mm, radius_mm)) = self.near {
            return self.reporting((at_mm, radius_mm), bundle, (top, &filter), progress);
        }
        let place = self.place(bundle, progress)?;
        Ok(FoundStudies {
            studies: find_studies(bundle, &place.latent, top, &filter).unwrap_or_default(),
            by: place.by,
            chosen_by: Some(place.chosen_by),
            notes: place.notes,
        })
    }

    /// Files that are read.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let files = self.map.iter().chain(&self.pmids);
        files.chain(self.inputs.files())
    }

    /// Where what is asked lies in the model's space.
    fn place(&self, bundle: &Bundle, progress: &Progress) -> Result<Place, Failure> {
        let maps: Vec<PathBuf> = self.map.iter().cloned().collect();
        let inputs = self.inputs.list(&maps)?;
        if self.inputs.several_frames() {
            let why = "studies are of one frame: --frame N instead of --frames";
            return Err(Failure::Usage(why.to_owned()));
        }
        if let Some(text) = &self.text {
            if !inputs.is_empty() {
                let why = "--text goes without a map, a region or a list of peaks";
                return Err(Failure::Usage(why.to_owned()));
            }
            progress.stage("Loading the text encoder");
            let latent = text_latent(bundle, MiniLm::embedded()?, text, progress)?;
            let named = bundle.tasks.row_named(text).is_some();
            let warning = (!named).then(|| familiarity(text).warning()).flatten();
            let notes = warning.into_iter().collect();
            return Ok(Place {
                latent,
                by: format!("“{}”", text.trim()),
                chosen_by: ChosenBy::Text,
                notes,
            });
        }
        let [input] = &inputs[..] else {
            return Err(Failure::Usage(
                "say which studies: by --text, --map, --region, --sphere, --peaks, --near or --pmids, and one of them alone"
                    .to_owned(),
            ));
        };
        let (mut found, mut notes) = (None, Vec::new());
        self.inputs.open(input, bundle, progress, |opened| {
            let at = |error: &dyn Explain| {
                let mut explanation = error.explain();
                explanation.path = explanation.path.or_else(|| opened.path.map(Path::to_owned));
                Failure::Input(Box::new(explanation))
            };
            let map = PreparedMap::new(bundle, bundle.ontology(), &opened.volume, progress)
                .map_err(|e| at(&e))?;
            map.check().map_err(|e| at(&e))?;
            let tail = match self.tail.map(Tail::from) {
                None | Some(Tail::Both) => map.balance().leading,
                Some(one) => one,
            };
            let latent = decode::latent(bundle, &opened.volume, tail, progress);
            let by = match (is_region(&opened.volume), bundle.preprocess.is_signed()) {
                (false, false) => format!("the {} values of {}", tail.word(), opened.volume.name),
                _ => opened.volume.name.clone(),
            };
            found = Some((latent.map_err(|e| at(&e))?, by));
            notes.extend(opened.notes);
            Ok(())
        })?;
        let Some((latent, by)) = found else {
            return Err(Failure::Usage("the map has no such frame".to_owned()));
        };
        Ok(Place {
            latent,
            by,
            chosen_by: ChosenBy::Map,
            notes,
        })
    }

    /// Those that report peaks near a place.
    fn reporting(
        &self,
        (at_mm, radius_mm): ([f64; 3], f64),
        bundle: &Bundle,
        (top, filter): (usize, &StudyFilter),
        progress: &Progress,
    ) -> Result<FoundStudies, Failure> {
        if self.inputs.are_given() {
            let why = "--near goes without a region, a sphere or a list of peaks";
            return Err(Failure::Usage(why.to_owned()));
        }
        let found = studies_near(bundle, (at_mm, radius_mm), top, filter, progress)
            .map_err(PredictError::from)?;
        let (studies, all) = found.unwrap_or_default();
        let [x, y, z] = at_mm;
        let more = (all > studies.len())
            .then(|| format!("{all} studies report a peak there; the {top} nearest are listed"));
        Ok(FoundStudies {
            studies,
            by: format!("peaks within {radius_mm} mm of {x}, {y}, {z} mm"),
            chosen_by: Some(ChosenBy::Place),
            notes: more.into_iter().collect(),
        })
    }

    fn listed(
        &self,
        path: &Path,
        bundle: &Bundle,
        filter: &StudyFilter,
    ) -> Result<FoundStudies, Failure> {
        if self.inputs.are_given() {
            let why = "--pmids goes without a region or a list of peaks";
            return Err(Failure::Usage(why.to_owned()));
        }
        const MOST_BYTES: u64 = 1 << 24;
        let text = files::read_text(path, MOST_BYTES)
            .map_err(|error| Failure::from_output(&error, Some(path.to_owned())))?;
        let (mut pmids, mut odd) = (Vec::new(), 0);
        for line in text
            .lines()
            .map(|line| line.trim_matches(['\u{feff}', ' ', '\t', '\r']))
        {
            match line.parse() {
                Ok(pmid) => pmids.push(pmid),
                Err(_) => odd += usize::from(!line.is_empty() && !line.starts_with('#')),
            }
        }
        let (studies, missing) = studies_by_pmid(bundle, &pmids, filter).unwrap_or_default();
        let mut notes = Vec::new();
        if odd > 0 {
            notes.push(format!("{odd} lines of the list are no PubMed identifiers"));
        }
        if !missing.is_empty() {
            notes.push(format!(
                "{} of {} studies are not in the model's index",
                missing.len(),
                pmids.len()
            ));
        }
        Ok(FoundStudies {
            studies,
            by: path_text(path),
            chosen_by: None,
            notes,
        })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    by: &'a str,
    bundle: BundleInfo<'a>,
    version: &'static str,
    studies: &'a [StudyHit],
    warnings: &'a [String],
}

/// Lists them.
///
/// # Errors
/// [`Failure`] of the model, of what is asked by, or of the output.
pub fn run(args: &StudiesArgs, context: &Context) -> Outcome {
    if let Some(path) = &args.output {
        let inputs = args.asked.files().chain(&context.model);
        outputs::check_writable(path, OutputFormat::Studies, inputs)?;
    }
    let (progress, line) = context.progress();
    let bundle = load_model(context)?;
    let mut found = args.asked.find(&bundle, (args.top, false), &progress)?;
    let (details, note) = details::at_hand(args.corpus.as_deref(), &progress)?;
    found.notes.extend(note);
    if let Some(details) = &details {
        add_details(&mut found.studies, details);
    }
    drop(line);
    if let Some(path) = &args.output {
        let mut made = Provenance::new("list of studies")
            .model(bundle.record(bundle.ontology().fingerprint()))
            .option("by", &found.by);
        if let Some(details) = &details {
            made = made.option("details", details.sources().join(", "));
        }
        files::write_whole(path, written(path, &found.studies, &made).as_bytes())
            .map_err(|error| Failure::from_output(&error, Some(path.clone())))?;
    }
    if context.json {
        let model = bundle.record(bundle.ontology().fingerprint());
        return context.print_json(&Document {
            schema: 1,
            by: &found.by,
            bundle: BundleInfo::of(&model),
            version: env!("CARGO_PKG_VERSION"),
            studies: &found.studies,
            warnings: &found.notes,
        });
    }
    for note in &found.notes {
        super::say::tell(format_args!("! {note}"));
    }
    if found.studies.is_empty() {
        return print_text("No study of the index passes\n");
    }
    let wrote = args
        .output
        .as_deref()
        .map(|path| format!("Wrote {}\n", shown(path)));
    let table = table(&found.studies);
    print_text(&format!(
        "Studies {} {}\n\n{table}{}",
        if found.chosen_by == Some(ChosenBy::Place) {
            "with"
        } else {
            "near"
        },
        found.by,
        wrote.unwrap_or_default()
    ))
}

/// The text of a file of this name.
fn written(path: &Path, studies: &[StudyHit], made: &Provenance) -> String {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_lowercase).as_deref() {
        Some("bib") => bibtex(studies),
        Some("ris") => ris(studies),
        _ => studies_csv(studies, made),
    }
}

/// A place and how far around it.
fn near(text: &str) -> Result<([f64; 3], f64), String> {
    ball(text, NEAR_MM)
}

/// A table for people; who wrote them, where and in which words as far as a corpus at hand knows.
pub(super) fn table(studies: &[StudyHit]) -> String {
    const WORDS: usize = 4;
    let by_place = studies.iter().any(|study| study.near.is_some());
    let detailed = studies.iter().any(|study| study.details.is_some());
    let mut heads = vec![("study", Align::Left)];
    if detailed {
        heads.extend([("authors", Align::Left), ("journal", Align::Left)]);
    }
    heads.extend([
        ("PMID", Align::Right),
        ("year", Align::Right),
        ("peaks", Align::Right),
        (
            if by_place {
                "nearest, mm"
            } else {
                "similarity"
            },
            Align::Right,
        ),
        ("its nearest task", Align::Left),
    ]);
    if detailed {
        heads.push(("words of its abstract", Align::Left));
    }
    let mut table = Table::new(&heads);
    for study in studies {
        let widest = if detailed { 48 } else { 64 };
        let title = study.title.as_deref().unwrap_or_default();
        let mut cells = vec![shortened(title, widest)];
        let detail = study.details.as_ref();
        if let Some(detail) = detail {
            let authors = Author::short(&detail.authors);
            cells.extend([shortened(&authors, 24), shortened(&detail.journal, 24)]);
        }
        cells.extend([
            study.pmid.to_string(),
            study.year.map(|year| year.to_string()).unwrap_or_default(),
            study
                .peaks
                .map(|peaks| peaks.to_string())
                .unwrap_or_default(),
            match (study.near, study.similarity) {
                (Some(near), _) => format!("{:.1}", near.distance_mm),
                (None, similarity) => similarity.map_or_else(String::new, |s| format!("{s:.3}")),
            },
            study.tasks.first().cloned().unwrap_or_default(),
        ]);
        if let Some(detail) = detail {
            let words: Vec<&str> = detail.words.iter().map(String::as_str).collect();
            cells.push(words[..words.len().min(WORDS)].join(", "));
        }
        table.row(cells);
    }
    table.render()
}

/// A text as wide as a table can show.
fn shortened(text: &str, widest: usize) -> String {
    if text.chars().count() <= widest {
        return text.to_owned();
    }
    let cut: String = text.chars().take(widest.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}
