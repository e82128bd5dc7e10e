//! A coordinate meta-analysis of studies of the model's index.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{StudyFilter, StudyHit, studies_by_pmid};
use crate::bundle::Bundle;
use crate::corpus::Coordinates;
use crate::measure::{csv_record, csv_text};
use crate::meta::{
    Clusters, Contribution, MetaError, MetaMethod, MetaPlan, MetaResult, analyse, contributions,
};
use crate::progress::Progress;
use crate::provenance::{CSV_COLUMNS, Provenance};
use crate::space::mask_2mm;
use crate::volume::{LoadWarning, MapKind, Volume, WarningCode};

/// Which voxels of the z map are kept; the others become 0.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    clap::ValueEnum,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// Every voxel
    #[default]
    All,
    /// False discovery rate below 5 %
    Fdr,
    /// Family-wise error of the voxel below 5 %
    Voxel,
    /// Family-wise error of its cluster's extent below 5 %
    Size,
    /// Family-wise error of its cluster's mass below 5 %
    Mass,
}

impl Keep {
    /// Whether draws of chance are needed to tell.
    pub fn needs_chance(self) -> bool {
        matches!(self, Self::Voxel | Self::Size | Self::Mass)
    }

    /// The correction, in words.
    pub fn correction(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Fdr => Some("FDR 5 %"),
            Self::Voxel => Some("FWE 5 %, voxel"),
            Self::Size => Some("FWE 5 %, cluster size"),
            Self::Mass => Some("FWE 5 %, cluster mass"),
        }
    }

    /// Whether a voxel is kept.
    fn keeps(self, result: &MetaResult, voxel: usize) -> bool {
        let below = |p: &[f32]| p.get(voxel).is_some_and(|&p| p < 0.05);
        let fwe = result.fwe.as_ref();
        // The p of χ² counts both sides; what the studies report less often than others is kept by none.
        if self != Self::All && result.z[voxel] <= 0.0 {
            return false;
        }
        match self {
            Self::All => true,
            Self::Fdr => below(&result.fdr_q),
            Self::Voxel => fwe.is_some_and(|fwe| below(&fwe.voxel_p)),
            Self::Size => fwe.is_some_and(|fwe| below(&fwe.size_p)),
            Self::Mass => fwe.is_some_and(|fwe| below(&fwe.mass_p)),
        }
    }
}

/// How studies came to be chosen: whether a map made of them can say anything of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChosenBy {
    /// Because their peaks look like a map.
    #[default]
    Map,
    /// Because they report peaks near a place.
    Place,
    /// Because the model places them near a text.
    Text,
}

impl ChosenBy {
    /// In the record of a map.
    pub fn words(self) -> &'static str {
        match self {
            Self::Map => "those most like a map in the window",
            Self::Place => "those with peaks near a place in the window",
            Self::Text => "those nearest to a text in the window",
        }
    }

    /// What an agreement of such studies cannot say.
    pub fn circle(self) -> Option<&'static str> {
        match self {
            Self::Map => Some(
                "The studies were chosen because they resemble a map: that they agree with it is no evidence for it.",
            ),
            Self::Place => Some(
                "The studies were chosen because they report peaks at a place: that they agree there is no evidence \
                 for it.",
            ),
            Self::Text => None,
        }
    }
}

/// A meta-analysis of studies of the index, as a layer keeps it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StudyPlan {
    /// Which, by PubMed identifier.
    pub pmids: Vec<u32>,
    /// How they are brought together.
    pub method: MetaMethod,
    /// Which voxels are kept.
    #[serde(default)]
    pub keep: Keep,
    /// Draws of chance, where [`Keep::needs_chance`].
    #[serde(default)]
    pub iterations: u32,
    /// How they were chosen.
    #[serde(default)]
    pub chosen_by: ChosenBy,
}

impl StudyPlan {
    /// All voxels of a map of these studies.
    pub fn whole(pmids: Vec<u32>, method: MetaMethod, chosen_by: ChosenBy) -> Self {
        Self {
            pmids,
            method,
            keep: Keep::All,
            iterations: 0,
            chosen_by,
        }
    }

    /// Whether it is the density of all peaks, which is no test of anything.
    pub fn is_density(&self) -> bool {
        (self.method, self.keep) == (MetaMethod::Kde, Keep::All)
    }

    /// The same without looking at chance: the first to be known of it.
    pub fn uncorrected(&self) -> Self {
        Self::whole(self.pmids.clone(), self.method, self.chosen_by)
    }
}

/// A meta-analysis and its map.
#[derive(Debug, Clone)]
pub struct StudyMeta {
    /// Voxel by voxel over the 2 mm brain mask.
    pub result: MetaResult,
    /// Its z on the 2 mm grid, NaN outside the mask; 0 where a voxel is not kept.
    pub volume: Volume,
    /// Voxels kept that are above 0.
    pub kept: usize,
}

/// The peaks that a study of the index reports, MNI mm.
fn peaks_mm(bundle: &Bundle, row: usize) -> Vec<[f32; 3]> {
    let facts = bundle.index.as_ref().and_then(|index| index.facts.as_ref());
    facts.map_or_else(Vec::new, |facts| facts.peaks_mm(row))
}

/// All peaks of some studies of the index.
pub fn peaks_of_studies(bundle: &Bundle, studies: &[StudyHit]) -> Coordinates {
    let peaks = studies.iter().flat_map(|study| peaks_mm(bundle, study.row));
    Coordinates {
        positive_mm: peaks.collect(),
        negative_mm: Vec::new(),
        not_read: 0,
    }
}

/// Analyses `studies` of the index of `bundle`; by χ² against all others of the index. `asked` says in the record of
/// the map how they were chosen.
///
/// # Errors
/// Too few studies with peaks, an index that has none, or a stop.
pub fn meta_of_studies(
    bundle: &Bundle,
    studies: &[StudyHit],
    plan: &MetaPlan,
    (keep, asked): (Keep, &str),
    progress: &Progress,
) -> Result<StudyMeta, MetaError> {
    let index = bundle.index.as_ref();
    let peaks = |row| peaks_mm(bundle, row);
    let chosen: Vec<Vec<[f32; 3]>> = studies.iter().map(|study| peaks(study.row)).collect();
    let others: Vec<Vec<[f32; 3]>> = match plan.method {
        MetaMethod::Chi2 => {
            let among: std::collections::HashSet<usize> =
                studies.iter().map(|study| study.row).collect();
            let rows = 0..index.map_or(0, |index| index.len());
            rows.filter(|row| !among.contains(row)).map(peaks).collect()
        }
        _ => Vec::new(),
    };
    let mask = mask_2mm();
    let lists = [&chosen, &others].map(|all| all.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let result = analyse(&lists[0], &lists[1], plan, mask, progress)?;
    let z: Vec<f32> = (0..result.z.len())
        .map(|voxel| match keep.keeps(&result, voxel) {
            true => result.z[voxel],
            false => 0.0,
        })
        .collect();
    let kept = z.iter().filter(|&&z| z > 0.0).count();
    let corrected = keep
        .correction()
        .map_or(String::new(), |words| format!(", {words}"));
    let name = format!(
        "{} of {} studies{corrected}",
        plan.method.label(),
        result.studies
    );
    let volume = mask
        .scatter(&z, f32::NAN)
        .and_then(|values| Volume::derived(mask.grid, values.into(), MapKind::Z, name));
    let mut volume = volume.ok_or(MetaError::NoMap)?;
    let pmids: Vec<String> = studies.iter().map(|study| study.pmid.to_string()).collect();
    let made = Provenance::new("map")
        .model(bundle.record(bundle.ontology().fingerprint()))
        .option("make", "meta-analysis")
        .option("method", plan.method.label())
        .option("studies", asked)
        .option("pmids", pmids.join(" "))
        .option("iterations", plan.iterations)
        .option("cluster_p", plan.cluster_p)
        .option("keep", format!("{keep:?}").to_lowercase())
        .option("seed", plan.seed.0);
    volume.provenance = Some(Arc::new(made));
    Ok(StudyMeta {
        result,
        volume,
        kept,
    })
}

/// The z map of a plan, with what is to be said of it.
///
/// # Errors
/// As [`meta_of_studies`].
pub fn study_map(
    bundle: &Bundle,
    plan: &StudyPlan,
    progress: &Progress,
) -> Result<Volume, MetaError> {
    let listed = studies_by_pmid(bundle, &plan.pmids, &StudyFilter::default());
    let (studies, _) = listed.unwrap_or_default();
    let iterations = match plan.keep.needs_chance() {
        true => plan.iterations as usize,
        false => 0,
    };
    let of = MetaPlan {
        iterations,
        ..MetaPlan::of(plan.method)
    };
    let asked = (plan.keep, plan.chosen_by.words());
    let made = meta_of_studies(bundle, &studies, &of, asked, progress)?;
    let mut volume = made.volume;
    let uncorrected = "The z values are not corrected for looking everywhere.";
    let told = match (plan.chosen_by.circle(), plan.keep) {
        (Some(circle), Keep::All) => Some(format!("{circle} {uncorrected}")),
        (Some(circle), _) => Some(circle.to_owned()),
        (None, Keep::All) => Some(uncorrected.to_owned()),
        (None, _) => None,
    };
    if let Some(message) = told {
        let code = match plan.chosen_by {
            ChosenBy::Map | ChosenBy::Place => WarningCode::ChosenByMap,
            ChosenBy::Text => WarningCode::Uncorrected,
        };
        volume.warnings.push(LoadWarning::new(code, message));
    }
    if made.kept == 0 {
        let message = "No voxel passes this correction: the map is 0 everywhere.";
        let found = LoadWarning::new(WarningCode::NothingPasses, message);
        volume.warnings.push(found);
    }
    Ok(volume)
}

/// The studies that make a cluster of a meta-analysis.
#[derive(Debug, Clone)]
pub struct ClusterShares {
    /// Place among the clusters asked for.
    pub cluster: usize,
    /// The study.
    pub study: StudyHit,
    /// What it gives.
    pub gives: Contribution,
}

/// What each study gives to the clusters of z above `above` that hold these places (RAS mm): of each cluster the studies
/// that give it anything, most first. `None` for χ², which adds nothing up.
///
/// # Errors
/// A stop.
pub fn cluster_shares(
    bundle: &Bundle,
    studies: &[StudyHit],
    (made, method): (&StudyMeta, MetaMethod),
    (above, places_mm): (f32, &[[f64; 3]]),
    progress: &Progress,
) -> Result<Option<Vec<ClusterShares>>, MetaError> {
    let mask = mask_2mm();
    let values = made.volume.data.scalar().and_then(|all| mask.gather(all));
    let z: Vec<f64> = values
        .ok_or(MetaError::NoMap)?
        .into_iter()
        .map(f64::from)
        .collect();
    let all = Clusters::new(mask).of(&z, f64::from(above));
    let holding = |place: &[f64; 3]| -> Vec<u32> {
        let at = mask.position_at(*place).map(|at| at as u32);
        let found = all
            .iter()
            .find(|voxels| at.is_some_and(|at| voxels.binary_search(&at).is_ok()));
        found.cloned().unwrap_or_default()
    };
    let clusters: Vec<Vec<u32>> = places_mm.iter().map(holding).collect();
    let with_peaks: Vec<(&StudyHit, Vec<[f32; 3]>)> = studies
        .iter()
        .map(|study| (study, peaks_mm(bundle, study.row)))
        .filter(|(_, peaks)| !peaks.is_empty())
        .collect();
    let lists: Vec<&[[f32; 3]]> = with_peaks
        .iter()
        .map(|(_, peaks)| peaks.as_slice())
        .collect();
    let Some(given) = contributions(&lists, method, &clusters, mask, progress)? else {
        return Ok(None);
    };
    let mut out = Vec::new();
    for cluster in 0..clusters.len() {
        let of = with_peaks
            .iter()
            .zip(&given)
            .map(|((study, _), gives)| ClusterShares {
                cluster,
                study: StudyHit::clone(study),
                gives: gives[cluster],
            });
        let mut rows: Vec<ClusterShares> = of
            .filter(|row| row.gives.peaks > 0 || row.gives.share > 0.0)
            .collect();
        rows.sort_by(|a, b| b.gives.share.total_cmp(&a.gives.share));
        out.extend(rows);
    }
    Ok(Some(out))
}

/// One line a cluster and study; `names` are those of the clusters.
pub fn cluster_shares_csv(rows: &[ClusterShares], names: &[String], made: &Provenance) -> String {
    let mut out = format!("cluster,pmid,year,title,peaks_inside,share,{CSV_COLUMNS}\n");
    let made = csv_record(made);
    for row in rows {
        let study = &row.study;
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{},{},{},{},{},{:.4},{made}",
            csv_text(names.get(row.cluster).map_or("", String::as_str)),
            study.pmid,
            study.year.map(|year| year.to_string()).unwrap_or_default(),
            csv_text(study.title.as_deref().unwrap_or_default()),
            row.gives.peaks,
            row.gives.share,
        );
    }
    out
}
