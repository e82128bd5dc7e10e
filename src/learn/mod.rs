//! Learning a soft atlas from the literature's coordinates.
//!
//! # The modes
//! Each study becomes its density map, pre-processed exactly as a user's map will be. We look for K
//! non-negative modes, each alive only within a ball around its own centre, whose span keeps as much
//! of the held-out maps as possible: min ‖x − H w‖² over modes H ≥ 0 and *unconstrained* codes w.
//!
//! Why this and not non-negative matrix factorisation: what the program computes from a map is its
//! least-squares projection, so the modes are fitted to that, as DiFuMo's are (Dadi et al.,
//! NeuroImage 221 (2020) 117126), by online dictionary learning (Mairal et al., JMLR 11 (2010)
//! 19–60). With codes held non-negative as well, such modes keep 3 to 5 points less of held-out maps. The
//! balls do three things: modes are compact by construction, products touch only a few voxels a mode
//! (a run of minutes becomes one of seconds), and the result hardly depends on the start. Centres
//! start from a k-means weighted by how strongly the literature reports each place, and then follow
//! their mode's centre of mass; a soft threshold relative to each mode's peak makes them sparse.
//!
//! All this happens on a grid of half the mask's resolution (4 mm), fine enough for kernels 9 mm
//! wide; the modes are then interpolated to the mask itself, and measured there.
//!
//! # The comparison
//! A truncated singular value decomposition of the same maps is the best any K components can do in
//! variance; its components are dense and have no place. [`Method::Svd`] learns it by subspace
//! iteration, as the row to compare retrieval with.

mod coarse;
mod compact;
mod corpus;
mod dictionary;
mod eigen;
mod init;
mod maps;
mod names;
mod places;
mod report;
mod support;
mod svd;
mod words;

use std::time::Instant;

use crate::atlas::{AtlasError, Preprocess, RegionAtlas, SoftAtlas};
use crate::corpus::Kernel;
use crate::error::{Explain, Explanation};
use crate::progress::{Cancelled, Progress};
use crate::seed::Seed;
use crate::volume::Mask;

use coarse::Coarse;
use maps::Maps;

pub use corpus::peaks;
pub(crate) use corpus::{Learnt, fitting, learn_corpus};
pub(crate) use eigen::symmetric as eigenvectors;
pub(crate) use places::learn_places;
pub use report::{LearnReport, Spread};
pub use words::learn_lexical;
pub(crate) use words::{TermWeights, term_directions};

/// What to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Non-negative, overlapping, sparse, compact modes.
    Modes,
    /// Singular vectors: dense and signed, for comparison only.
    Svd,
}

/// How to learn.
#[derive(Debug, Clone)]
pub struct LearnOptions {
    /// What to learn.
    pub method: Method,
    /// Number of modes, 2..=4096.
    pub modes: usize,
    /// Passes over the training maps.
    pub passes: usize,
    /// A mode is 0 beyond this distance from its centre of mass.
    pub radius_mm: f64,
    /// Soft threshold at every update, as a share of the mode's peak.
    pub sparsity: f32,
    /// Seed of everything random.
    pub seed: Seed,
    /// Kernel of the density maps.
    pub kernel: Kernel,
    /// Chain the maps go through.
    pub preprocess: Preprocess,
    /// Also measure the singular value decomposition of the same size (a few minutes more).
    pub compare: bool,
}

impl Default for LearnOptions {
    fn default() -> Self {
        Self {
            method: Method::Modes,
            modes: 512,
            passes: 6,
            radius_mm: 20.0,
            sparsity: 0.03,
            seed: Seed(0),
            kernel: Kernel::KDE_9_MM,
            preprocess: Preprocess::standard(),
            compare: false,
        }
    }
}

/// Why learning ended without an atlas.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// Stopped by the user.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The modes do not make an atlas.
    #[error(transparent)]
    Atlas(#[from] AtlasError),
    /// Too little to learn from.
    #[error("{studies} studies with peaks inside the brain are too few for {modes} modes")]
    TooFew {
        /// Studies with a map other than 0.
        studies: usize,
        /// Modes asked for.
        modes: usize,
    },
    /// A number of modes that cannot be.
    #[error("{modes} modes cannot be learnt on this mask; ask for 2 to {most}")]
    Modes {
        /// Modes asked for.
        modes: usize,
        /// The most possible.
        most: usize,
    },
    /// The maps have fewer independent directions than modes were asked for.
    #[error("the maps have fewer than {modes} independent directions")]
    Rank {
        /// Modes asked for.
        modes: usize,
    },
}

impl Explain for LearnError {
    fn explain(&self) -> Explanation {
        let remedy = match self {
            Self::Atlas(error) => return error.explain(),
            Self::Cancelled(_) => "Start it again when there is time",
            Self::TooFew { .. } | Self::Rank { .. } => "Ask for fewer modes or use a larger corpus",
            Self::Modes { .. } => "Choose another number with --modes",
        };
        Explanation {
            what: "Could not learn the atlas".into(),
            why: self.to_string(),
            remedy: remedy.into(),
            path: None,
        }
    }
}

/// Learns an atlas over `mask` from the peaks (MNI mm) of `train`, and measures it on `dev`, which
/// must share no study with it.
///
/// The result depends on the options and the peaks only, not on the number of threads.
///
/// # Errors
/// Too few studies, a number of modes that cannot be, or a stop.
pub fn learn(
    train: &[&[[f32; 3]]],
    dev: &[&[[f32; 3]]],
    mask: &Mask,
    options: &LearnOptions,
    progress: &Progress,
) -> Result<(SoftAtlas, LearnReport), LearnError> {
    let start = Instant::now();
    let coarse = Coarse::of(mask);
    let most = (coarse.mask.len() / 4).min(4096);
    if options.modes < 2 || options.modes > most {
        return Err(LearnError::Modes {
            modes: options.modes,
            most,
        });
    }
    progress.stage(format!("Making {} training maps", train.len()));
    let train_maps = Maps::of(train, mask, &coarse, options, progress)?;
    progress.stage(format!("Making {} held-out maps", dev.len()));
    let dev_maps = Maps::of(dev, mask, &coarse, options, progress)?;
    if train_maps.len() < 2 * options.modes {
        return Err(LearnError::TooFew {
            studies: train_maps.len(),
            modes: options.modes,
        });
    }

    let (atlas, dev_kept_coarse, largest_before) = match options.method {
        Method::Modes => {
            let learnt = dictionary::learn(&train_maps, &dev_maps, &coarse, options, progress)?;
            progress.stage("Naming the modes");
            let names = names::of_modes(&learnt.modes, &coarse, RegionAtlas::embedded()?);
            let modes = coarse.refine(&learnt.modes, mask);
            (
                SoftAtlas::new(mask.clone(), &modes, names)?,
                learnt.dev_kept,
                learnt.largest,
            )
        }
        Method::Svd => {
            let found = svd::learn(&train_maps, &dev_maps, options, progress)?;
            let names = (1..=options.modes)
                .map(|n| format!("Component {n}"))
                .collect();
            let modes = coarse.refine_dense(&found.components, options.modes, mask);
            (
                SoftAtlas::new(mask.clone(), &modes, names)?,
                found.dev_kept,
                Vec::new(),
            )
        }
    };
    let svd_kept = if options.compare && options.method == Method::Modes {
        Some(svd::learn(&train_maps, &dev_maps, options, progress)?.dev_kept)
    } else {
        None
    };
    progress.stage("Measuring the atlas");
    let measured = report::Measured {
        train_studies: train_maps.len(),
        dev_studies: dev_maps.len(),
        dev_kept_coarse,
        svd_kept_coarse: svd_kept,
        largest_before,
        elapsed_s: start.elapsed().as_secs_f32(),
    };
    let report = report::measure(&atlas, dev, measured, options, progress)?;
    Ok((atlas, report))
}

#[cfg(test)]
mod tests;
