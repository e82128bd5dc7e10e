//! What maps are predicted from texts by: the models, and peers that learn from their training studies. Whatever
//! predicts, predicts features, which are then projected back on the modes.

use rand::seq::SliceRandom as _;

use super::super::method::{QueryText, TextInput, TextRows};
use super::super::peers::stacked;
use super::super::{EvalError, Part};
use crate::align::{Linear, Ridge, Rows};
use crate::bundle::Bundle;
use crate::linalg::dot;
use crate::progress::Progress;
use crate::seed::Seed;
use crate::train::TrainError;

/// Penalties of ridge regression tried, in mean diagonals of XᵀX.
const PENALTIES: [f64; 6] = [1e-2, 1e-1, 0.3, 1.0, 3.0, 10.0];

/// One row of the table.
pub(super) struct Predicted {
    pub name: &'static str,
    /// Features of every study's map: a table a model, where the row is several.
    pub features: Vec<Rows>,
}

/// What is fitted once for all texts.
pub(super) struct Fitted<'a> {
    bundles: &'a [&'a Bundle],
    train: &'a Part,
    /// Features of the training studies at unit length.
    maps: Rows,
    ridges: Vec<(&'static str, TextInput, Linear)>,
}

impl<'a> Fitted<'a> {
    /// Learns from `train` and chooses on `dev`.
    ///
    /// # Errors
    /// A stop, a model that predicts no maps, or studies from which nothing can be learnt.
    pub fn new(
        bundles: &'a [&'a Bundle],
        train: &'a Part,
        dev: &Part,
        progress: &Progress,
    ) -> Result<Self, EvalError> {
        if bundles.iter().any(|bundle| bundle.decoder.is_none()) {
            return Err(EvalError::NoDecoder);
        }
        progress.stage("Learning to predict maps by ridge regression");
        let mut inputs = vec![("Ridge", TextInput::Sentence)];
        if train.titles.lexical.width > 0 {
            inputs.push(("Ridge, terms", TextInput::Lexical));
            inputs.push(("Ridge, both", TextInput::Both));
        }
        let fit = |(name, input)| Ok((name, input, ridge(train, dev, input, progress)?));
        Ok(Self {
            bundles,
            train,
            maps: train.features.unit(),
            ridges: inputs
                .into_iter()
                .map(fit)
                .collect::<Result<_, EvalError>>()?,
        })
    }

    /// What every row makes of some texts; the models' first. `own` are the features of the studies' own maps.
    ///
    /// # Errors
    /// A stop.
    pub fn predict(
        &self,
        texts: &TextRows,
        which: QueryText,
        own: &Rows,
        seed: Seed,
        progress: &Progress,
    ) -> Result<Vec<Predicted>, EvalError> {
        let n = texts.sentence.len();
        let ours: Vec<Rows> = self.bundles.iter().map(|b| of_model(b, texts)).collect();
        progress.check()?;
        let mean = self.maps.mean();
        let nearest = self.nearest(texts, which);
        let mut rows = vec![Predicted {
            name: "Gyrus",
            features: ours.clone(),
        }];
        for (name, input, layer) in &self.ridges {
            let read = texts.read(*input);
            rows.push(Predicted {
                name,
                features: vec![read.map(self.maps.width, |row| layer.forward(row))],
            });
        }
        rows.push(Predicted {
            name: "Nearest study",
            features: vec![self.maps.select(&nearest)],
        });
        rows.push(Predicted {
            name: "Mean map",
            features: vec![Rows::from_rows(
                (0..n).map(|_| mean.as_slice()),
                self.maps.width,
            )],
        });
        let dealt = dealt(n, seed);
        rows.push(Predicted {
            name: "Gyrus, shuffled",
            features: ours.iter().map(|table| table.select(&dealt)).collect(),
        });
        rows.push(Predicted {
            name: "Own map, modes",
            features: vec![own.clone()],
        });
        Ok(rows)
    }

    /// The training study whose text is most like each of some texts, by the sentence encoder.
    fn nearest(&self, texts: &TextRows, which: QueryText) -> Vec<usize> {
        use rayon::prelude::*;
        let known = self.train.texts(which).sentence.unit();
        let asked = texts.sentence.unit();
        let of = |text: &[f32]| {
            let like = known.iter().map(|key| dot(key, text));
            let best = like.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
            best.map_or(0, |(at, _)| at)
        };
        asked
            .values
            .par_chunks_exact(asked.width.max(1))
            .map(of)
            .collect()
    }
}

/// The features a model expects of the maps of some texts, as `predict` makes them.
fn of_model(bundle: &Bundle, texts: &TextRows) -> Rows {
    use rayon::prelude::*;
    let of = |row: usize| {
        let text = texts.texts.get(row).map_or("", String::as_str);
        let read = bundle.read_text(texts.sentence.row(row), text);
        let latent = bundle.text_tower.forward(&read);
        let decoder = bundle.decoder.as_ref();
        decoder.map_or_else(Vec::new, |decoder| decoder.forward(&latent))
    };
    let rows: Vec<Vec<f32>> = (0..texts.sentence.len()).into_par_iter().map(of).collect();
    Rows::from_rows(rows.iter().map(Vec::as_slice), bundle.atlas.modes())
}

/// From both texts of the training studies to the features of their maps, with the penalty of the best mean cosine
/// on the dev titles: the way the models' own decoder is chosen.
fn ridge(
    train: &Part,
    dev: &Part,
    input: TextInput,
    progress: &Progress,
) -> Result<Linear, EvalError> {
    let (texts, maps) = stacked(train, input);
    let (asked, truth) = (dev.titles.read(input), dev.features.unit());
    let sums = Ridge::new(&texts, &maps).map_err(TrainError::from)?;
    let mut best: Option<(f64, Linear)> = None;
    for penalty in PENALTIES {
        progress.check()?;
        let Some(layer) = sums.fit(penalty) else {
            continue;
        };
        let predicted = asked.map(truth.width, |row| layer.forward(row)).unit();
        let pairs = predicted.iter().zip(truth.iter());
        let score: f64 = pairs.map(|(a, b)| f64::from(dot(a, b))).sum();
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, layer));
        }
    }
    best.map(|(_, layer)| layer).ok_or(EvalError::Nothing)
}

/// Another study for each one, every study once: a single ring through all of them in random order.
fn dealt(n: usize, seed: Seed) -> Vec<usize> {
    let mut ring: Vec<usize> = (0..n).collect();
    ring.shuffle(&mut seed.stream("shuffled predictions", 0));
    let mut other = vec![0; n];
    for (place, &study) in ring.iter().enumerate() {
        other[study] = ring[(place + 1) % n];
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_study_is_dealt_another_one() {
        for n in [2, 3, 50] {
            let dealt = dealt(n, Seed(4));
            assert!(dealt.iter().enumerate().all(|(at, &other)| at != other));
            let mut sorted = dealt.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..n).collect::<Vec<_>>());
        }
        assert!(dealt(0, Seed(4)).is_empty());
    }
}
