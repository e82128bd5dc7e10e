//! Coordinate-based meta-analysis: where studies agree more than chance (MKDA density, KDE, ALE), and what is reported
//! where by some studies more often than by others (MKDA χ²).

mod analysis;
mod chi2;
mod clusters;
mod contributions;
mod correct;
mod normal;
mod null;
mod statistic;
#[cfg(test)]
mod tests;

pub use analysis::{Fwe, FweThresholds, MetaResult, analyse};
pub use chi2::{Association, Counts, association_z};
pub(crate) use clusters::Clusters;
pub use contributions::{Contribution, contributions};

use crate::corpus::Kernel;
use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;
use crate::seed::Seed;

/// How studies are brought together.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum MetaMethod {
    /// Studies that report a peak within 10 mm, counted (Wager et al. 2007)
    Mkda,
    /// Whether the studies report there more often than all others do (Yarkoni et al. 2011)
    Chi2,
    /// Mean density of the peaks, 9 mm wide (as NeuroQuery's maps)
    Kde,
    /// Activation likelihood estimation: the chance that one of the studies activates there (Eickhoff et al. 2012)
    Ale,
}

impl MetaMethod {
    /// What one study's peaks become.
    pub fn kernel(self) -> Kernel {
        match self {
            Self::Mkda | Self::Chi2 => Kernel::MKDA_10_MM,
            Self::Kde => Kernel::KDE_9_MM,
            // The width for the median sample of fMRI studies; the studies' own are not known.
            Self::Ale => Kernel::ale_of_sample(20.0),
        }
    }

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Mkda => "MKDA density",
            Self::Chi2 => "MKDA χ²",
            Self::Kde => "KDE",
            Self::Ale => "ALE",
        }
    }
}

/// Studies with peaks that window and command line ask for at least, where nothing else is said.
pub const LEAST_STUDIES: usize = 5;

/// How a meta-analysis is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetaPlan {
    /// How studies are brought together.
    pub method: MetaMethod,
    /// Studies with peaks there must be.
    pub least_studies: usize,
    /// Uncorrected p whose statistic clusters exceed.
    pub cluster_p: f64,
    /// Draws of chance for the family-wise error; 0 to leave it out.
    pub iterations: usize,
    /// Of those draws.
    pub seed: Seed,
}

impl MetaPlan {
    /// With the field's usual settings and no correction by Monte Carlo.
    pub fn of(method: MetaMethod) -> Self {
        Self {
            method,
            least_studies: 2,
            cluster_p: 0.001,
            iterations: 0,
            seed: Seed(0),
        }
    }
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum MetaError {
    /// The user asked for it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The values do not fit the grid.
    #[error("the map could not be put on its grid")]
    NoMap,
    /// Too little to analyse.
    #[error("{studies} studies with peaks, of at least {least}")]
    TooFew {
        /// Studies with peaks.
        studies: usize,
        /// So many there must be.
        least: usize,
        /// Studies to compare with, where the method does.
        others: Option<usize>,
    },
}

impl Explain for MetaError {
    fn explain(&self) -> Explanation {
        let (why, remedy) = match self {
            Self::Cancelled(_) => ("it was stopped".to_owned(), "Start it again"),
            Self::NoMap => (self.to_string(), "Start it again"),
            Self::TooFew {
                others: Some(0), ..
            } => (
                "there are no other studies to compare with".to_owned(),
                "Choose fewer studies, or a method without comparison (mkda, kde, ale)",
            ),
            Self::TooFew { studies, least, .. } => (
                format!("{studies} of the studies have peaks, and there must be at least {least}"),
                "Choose more studies",
            ),
        };
        Explanation {
            what: "There is no meta-analysis".into(),
            why,
            remedy: remedy.into(),
            path: None,
        }
    }
}
