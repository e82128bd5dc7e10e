//! Maps predicted from texts beside the studies' own: how well the density of a study's peaks is met by what a
//! method predicts from its title, or from all that is known of its text, as NeuroConText measures it.
//!
//! Both maps are compared over the models' brain mask. The study's own is the density of its peaks, as it is; what
//! is predicted are features, projected back on the modes. That map lives on another scale than a density (the
//! chain takes a threshold and a root), which Dice does not see and the correlation does: there is a second one with
//! the study's density after the chain. The last row says what the study's own map comes to after the chain, without
//! the modes, and the one before it with them.

mod rows;

use rayon::prelude::*;
use serde::Serialize;

use super::bootstrap::{Interval, paired_interval};
use super::method::QueryText;
use super::table::Spread;
use super::{EvalError, Part};
use crate::align::Rows;
use crate::bundle::Bundle;
use crate::corpus::Study;
use crate::measure::{FIRST_DICE, Likeness, PERCENTILES, Ready};
use crate::progress::Progress;
use crate::seed::Seed;
use crate::train::{MapRecipe, TrainError};
use rows::{Fitted, Predicted};

/// Name of the row of the study's own map after the voxel steps of the chain.
const OWN_CHAIN: &str = "Own map, chain";

/// One method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReconstructionRow {
    /// Its name.
    pub name: String,
    /// Mean Pearson correlation over the brain, −1..=1.
    pub pearson: Spread,
    /// The same with the density after the chain, as features are made of it.
    pub pearson_chain: Spread,
    /// Mean Dice at each percentile, 0..=1.
    pub dice: Vec<Spread>,
}

/// How far the model is ahead of another row, over the same studies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReconstructionDifference {
    /// The other row.
    pub row: String,
    /// Difference of the correlation.
    pub pearson: Interval,
    /// Difference of the correlation after the chain.
    pub pearson_chain: Interval,
    /// Difference of Dice at each percentile.
    pub dice: Vec<Interval>,
}

/// What a method made of one study.
#[derive(Debug, Clone, PartialEq)]
pub struct ReconstructedStudy {
    /// The study's PubMed number, or its name in a table of one's own.
    pub study: String,
    /// The row of the table.
    pub row: String,
    /// Correlation, averaged over models.
    pub pearson: f64,
    /// Correlation after the chain, likewise.
    pub pearson_chain: f64,
    /// Dice at each percentile, likewise.
    pub dice: Vec<f64>,
}

/// The table of one text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReconstructionTable {
    /// What maps are predicted from.
    pub query: QueryText,
    /// Studies.
    pub studies: usize,
    /// Models averaged in the first row.
    pub models: usize,
    /// The models first, then peers; last what the study's own map comes to.
    pub rows: Vec<ReconstructionRow>,
    /// Model minus another row with 95 % paired bootstrap intervals.
    pub differences: Vec<ReconstructionDifference>,
    /// Study by study; not in the document.
    #[serde(skip)]
    pub by_study: Vec<ReconstructedStudy>,
}

/// Maps predicted from texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reconstruction {
    /// Of Dice, percent.
    pub percentiles: Vec<f64>,
    /// A table a text.
    pub tables: Vec<ReconstructionTable>,
}

/// What is measured on, and by what.
pub(super) struct Setting<'a> {
    /// The models.
    pub bundles: &'a [&'a Bundle],
    /// What peers learn from.
    pub train: &'a Part,
    /// What they choose on.
    pub dev: &'a Part,
    /// What is measured on.
    pub part: &'a Part,
    /// Its studies.
    pub studies: &'a [&'a Study],
    /// How maps are made.
    pub maps: MapRecipe<'a>,
    /// Of bootstrap and dealing.
    pub seed: Seed,
}

/// A table for titles and, where more than the title is known of some studies, one for long texts.
///
/// # Errors
/// An empty part, a model that predicts no maps, a stop.
pub(super) fn evaluate_reconstruction(
    setting: &Setting<'_>,
    progress: &Progress,
) -> Result<Reconstruction, EvalError> {
    let part = setting.part;
    if part.features.is_empty() {
        return Err(EvalError::Nothing);
    }
    let atlas = setting.maps.atlas;
    let prepared = atlas.prepare();
    prepared.map_err(|e| TrainError::Atlas(e.to_string()))?;
    let fitted = Fitted::new(setting.bundles, setting.train, setting.dev, progress)?;
    let all: Vec<usize> = (0..part.features.len()).collect();
    let mut tables = vec![table(setting, &fitted, QueryText::Title, &all, progress)?];
    if !part.longer.is_empty() {
        tables.push(table(
            setting,
            &fitted,
            QueryText::Long,
            &part.longer,
            progress,
        )?);
    }
    Ok(Reconstruction {
        percentiles: PERCENTILES.to_vec(),
        tables,
    })
}

fn table(
    setting: &Setting<'_>,
    fitted: &Fitted<'_>,
    query: QueryText,
    of: &[usize],
    progress: &Progress,
) -> Result<ReconstructionTable, EvalError> {
    let texts = setting.part.texts(query).select(of);
    let own: Rows = setting.part.features.select(of);
    let predicted = fitted.predict(&texts, query, &own, setting.seed, progress)?;
    let studies: Vec<&Study> = of.iter().map(|&i| setting.studies[i]).collect();
    progress.stage(format!(
        "Comparing predicted maps of {} studies by {}",
        studies.len(),
        query.in_words()
    ));
    let found = compare(setting.maps, &studies, &predicted, progress)?;
    Ok(summarise(setting, query, &studies, &found))
}

/// Study by study, so that no two maps but those compared are held: of each row the likeness under each model.
fn compare(
    maps: MapRecipe<'_>,
    studies: &[&Study],
    predicted: &[Predicted],
    progress: &Progress,
) -> Result<Vec<Scored>, EvalError> {
    let peaks: Vec<&[[f32; 3]]> = studies.iter().map(|s| s.peaks_mm.as_slice()).collect();
    let mask = maps.atlas.mask();
    let of_study = |study: usize, map: crate::corpus::SparseMap| {
        let density = map.to_dense(mask.len());
        let chain = maps.preprocess.values(&density, 1.0);
        let (truth, chain) = (Ready::of(density), Ready::of(chain));
        let of_row = |row: &Predicted| -> Vec<Likeness> {
            let likeness = |features: &Rows| {
                let map = maps.preprocess.reconstruct(maps.atlas, features.row(study));
                Ready::of(map).likeness(&truth, &chain)
            };
            row.features.iter().map(likeness).collect()
        };
        let mut all: Vec<Vec<Likeness>> = predicted.iter().map(of_row).collect();
        all.push(vec![chain.likeness(&truth, &chain)]);
        all
    };
    let by_study = maps.kernel.for_each(&peaks, mask, progress, of_study)?;
    let names = predicted.iter().map(|row| row.name).chain([OWN_CHAIN]);
    let scored = names.enumerate().map(|(row, name)| Scored {
        name,
        by_study: by_study.iter().map(|rows| rows[row].clone()).collect(),
    });
    Ok(scored.collect())
}

/// A row's likeness: study → model.
struct Scored {
    name: &'static str,
    by_study: Vec<Vec<Likeness>>,
}

impl Scored {
    /// One figure of each study, averaged over models.
    fn each(&self, figure: usize) -> Vec<f64> {
        let mean = |models: &Vec<Likeness>| {
            models.iter().map(|l| l[figure]).sum::<f64>() / models.len().max(1) as f64
        };
        self.by_study.par_iter().map(mean).collect()
    }

    /// One figure's mean over studies, and its spread over models.
    fn spread(&self, figure: usize) -> Spread {
        let models = self.by_study.first().map_or(0, Vec::len);
        let n = self.by_study.len().max(1) as f64;
        let mean = |model: usize| {
            let values = self.by_study.iter().map(|models| models[model][figure]);
            values.sum::<f64>() / n
        };
        Spread::of(&(0..models).map(mean).collect::<Vec<_>>())
    }
}

fn summarise(
    setting: &Setting<'_>,
    query: QueryText,
    studies: &[&Study],
    found: &[Scored],
) -> ReconstructionTable {
    let figures = FIRST_DICE..FIRST_DICE + PERCENTILES.len();
    let row = |scored: &Scored| ReconstructionRow {
        name: scored.name.to_owned(),
        pearson: scored.spread(0),
        pearson_chain: scored.spread(1),
        dice: figures.clone().map(|f| scored.spread(f)).collect(),
    };
    let mut differences = Vec::new();
    if let Some((model, others)) = found.split_first() {
        for other in others {
            let interval = |f: usize| paired_interval(&model.each(f), &other.each(f), setting.seed);
            differences.push(ReconstructionDifference {
                row: other.name.to_owned(),
                pearson: interval(0),
                pearson_chain: interval(1),
                dice: figures.clone().map(interval).collect(),
            });
        }
    }
    let mut by_study = Vec::with_capacity(found.len() * studies.len());
    for scored in found {
        let values: Vec<Vec<f64>> = (0..figures.end).map(|f| scored.each(f)).collect();
        for (at, study) in studies.iter().enumerate() {
            let name = study.own_id.clone();
            by_study.push(ReconstructedStudy {
                study: name.unwrap_or_else(|| study.pmid.to_string()),
                row: scored.name.to_owned(),
                pearson: values[0][at],
                pearson_chain: values[1][at],
                dice: values[FIRST_DICE..].iter().map(|v| v[at]).collect(),
            });
        }
    }
    ReconstructionTable {
        query,
        studies: studies.len(),
        models: setting.bundles.len(),
        rows: found.iter().map(row).collect(),
        differences,
        by_study,
    }
}

#[cfg(test)]
mod tests;
