//! Settings that go together.

use super::TrainConfig;
use crate::align::optim::AdamWConfig;

/// A set of settings with a name.
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
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Those the embedded model was trained with
    #[default]
    GyrusBase,
    /// The towers of NiCLIP (Peraza et al. 2025) as published
    Niclip,
    /// The towers of NeuroConText (Ghayem et al. 2024) as published, but for its last pass: the best is kept
    Neurocontext,
    /// Small towers on some of the studies, to watch a model learn within minutes
    Demo,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::GyrusBase,
        Self::Niclip,
        Self::Neurocontext,
        Self::Demo,
    ];

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            Self::GyrusBase => "Gyrus base",
            Self::Niclip => "NiCLIP",
            Self::Neurocontext => "NeuroConText",
            Self::Demo => "Five-minute demo",
        }
    }

    /// Training studies that are learnt from at most; all where nothing is said.
    pub fn studies(self) -> Option<usize> {
        (self == Self::Demo).then_some(4000)
    }

    /// Modes of the atlas that is learnt; as many as the studies hold where nothing is said.
    pub fn modes(self) -> Option<usize> {
        (self == Self::Demo).then_some(128)
    }

    /// Its settings, with this seed.
    pub fn config(self, seed: u64) -> TrainConfig {
        // Both publications: three blocks of 512 a tower, AdamW with decay 0.1, 128 pairs, at most 50 passes, a plain
        // multiplier of cosines trained from 10. They read no terms.
        let published = |dropout, learning_rate| TrainConfig {
            dropout_image: dropout,
            dropout_text: dropout,
            optimiser: AdamWConfig {
                learning_rate,
                ..AdamWConfig::default()
            },
            batch: 128,
            epochs: 50,
            patience: 10,
            average: 0.0,
            thinned: 0,
            term_axes: 0,
            ..TrainConfig::default()
        };
        let config = match self {
            Self::GyrusBase => TrainConfig::default(),
            Self::Niclip => published(0.5, 5e-4),
            Self::Neurocontext => TrainConfig {
                standardise_features: true,
                standardise_texts: true,
                ..published(0.6, 1e-4)
            },
            Self::Demo => TrainConfig {
                optimiser: AdamWConfig {
                    learning_rate: 3e-4,
                    ..AdamWConfig::default()
                },
                width: 256,
                depth: 2,
                batch: 128,
                epochs: 30,
                patience: 8,
                thinned: 1,
                average: 0.98,
                term_axes: 0,
                ..TrainConfig::default()
            },
        };
        TrainConfig { seed, ..config }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_within_its_ranges() {
        for preset in Preset::ALL {
            let config = preset.config(7);
            assert_eq!(config.check(), Ok(()), "{}", preset.label());
            assert_eq!(config.seed, 7);
        }
        assert_eq!(Preset::GyrusBase.config(1), TrainConfig::default());
    }
}
