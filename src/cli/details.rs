//! What a corpus at hand knows of studies: one that is named, or the assets that were fetched.

use std::path::Path;

use super::Failure;
use crate::assets;
use crate::corpus::StudyDetails;
use crate::progress::Progress;

/// What is known of studies, `None` where no corpus is at hand, and what to tell of it.
///
/// # Errors
/// [`Failure`] of a corpus that was named. One that was only found is left aside, with a note.
pub(super) fn at_hand(
    corpus: Option<&Path>,
    progress: &Progress,
) -> Result<(Option<StudyDetails>, Option<String>), Failure> {
    if let Some(corpus) = corpus {
        let details = StudyDetails::read(&[corpus.to_owned()], progress)?;
        return Ok((Some(details), None));
    }
    let Ok(root) = assets::root(None) else {
        return Ok((None, None));
    };
    let folders = assets::installed(&root);
    if folders.is_empty() {
        return Ok((None, None));
    }
    Ok(match StudyDetails::read(&folders, progress) {
        Ok(details) => (Some(details), None),
        Err(error) => {
            let note = format!(
                "The assets that were fetched cannot be read, so authors and journals are left out ({error}): `gyrus assets verify` checks them"
            );
            (None, Some(note))
        }
    })
}
