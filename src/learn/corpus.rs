//! Learning from the training part of a corpus.

use super::{LearnError, LearnOptions, LearnReport, learn};
use crate::atlas::SoftAtlas;
use crate::corpus::{Corpus, Split};
use crate::progress::Progress;
use crate::space::mask_2mm;

/// Training studies there should be for each mode, and for each pair of a training step.
const STUDIES_EACH: usize = 4;

/// An atlas that was learnt.
#[derive(Debug, Clone)]
pub(crate) struct Learnt {
    /// As a reader of its file gets it: weights as they are stored.
    pub atlas: SoftAtlas,
    /// Its file.
    pub bytes: Vec<u8>,
    /// What was measured.
    pub report: LearnReport,
}

/// A standard number of modes, or of pairs a training step, made smaller where the training studies are
/// few: one for each four of them, at least 2.
pub(crate) fn fitting(standard: usize, studies: usize) -> usize {
    standard.min((studies / STUDIES_EACH).max(2))
}

/// The peaks of the studies at these indices, MNI mm.
pub fn peaks<'a>(corpus: &'a Corpus, studies: &[usize]) -> Vec<&'a [[f32; 3]]> {
    let of = |&n: &usize| corpus.studies[n].peaks_mm.as_slice();
    studies.iter().map(of).collect()
}

/// Learns an atlas on the 2 mm brain mask from the training studies of a corpus, and measures it on the
/// dev studies.
///
/// # Errors
/// As [`learn`].
pub(crate) fn learn_corpus(
    corpus: &Corpus,
    split: &Split,
    options: &LearnOptions,
    progress: &Progress,
) -> Result<Learnt, LearnError> {
    let (train, dev) = (peaks(corpus, &split.train), peaks(corpus, &split.dev));
    let (atlas, report) = learn(&train, &dev, mask_2mm(), options, progress)?;
    let bytes = atlas.to_bytes();
    Ok(Learnt {
        atlas: SoftAtlas::from_bytes(&bytes)?,
        bytes,
        report,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_studies_have_few_modes_and_many_have_the_standard_number() {
        assert_eq!(fitting(512, 48), 12);
        assert_eq!(fitting(512, 3), 2);
        assert_eq!(fitting(512, 20_000), 512);
    }
}
