//! Which format a file is in, told by its contents and never by its name.

use std::io::Read;

use super::error::Fault;
use super::foreign::looks_like;
use super::nifti::{NIFTI1_LEN, NIFTI2_LEN};
use super::source::Source;
use super::start::Start;
use super::{afni, analyze, mgh, nifti};
use crate::provenance::MAX_RECORD_BYTES;

/// Bytes looked at: the longest header with the start of its first extension.
const LOOK: usize = NIFTI2_LEN + 12;
/// A text header longer than this is not read: usual are some kilobytes, and a few hundred where a
/// series has a note for every frame.
const LONGEST_TEXT: u64 = 16 << 20;

/// Reads the header of whatever format the file is in; nothing but the header's own bytes is held.
///
/// # Errors
/// [`Fault::NotAMap`] with what the file looks like, or the fault of its header.
pub(super) fn read_start<R: Read>(source: &mut Source<R>) -> Result<Start, Fault> {
    let bytes = source.peek(LOOK)?;
    if nifti::is_nifti(&bytes) {
        let mut start = nifti::start(&bytes)?;
        if nifti::gyrus_extension(&bytes) {
            let most = start.layout.data_offset.min(MAX_RECORD_BYTES as u64);
            start.provenance = nifti::provenance(&source.peek(most as usize)?);
        }
        Ok(start)
    } else if afni::is_head(&bytes) {
        afni::start(&read_text(source)?)
    } else if mgh::is_mgh(&bytes) {
        mgh::start(&bytes)
    } else if analyze::is_analyze(&bytes) {
        analyze::start(&bytes)
    } else if let Some(want) = cut_header(&bytes) {
        Err(Fault::Truncated {
            expected: want as u64,
            got: bytes.len() as u64,
        })
    } else {
        Err(Fault::NotAMap(looks_like(&bytes)))
    }
}

/// Length of the header of which these are the first bytes, where its size field tells it and the
/// rest is missing.
fn cut_header(bytes: &[u8]) -> Option<usize> {
    let size: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    [NIFTI1_LEN, NIFTI2_LEN].into_iter().find(|&n| {
        let says = size == (n as i32).to_le_bytes() || size == (n as i32).to_be_bytes();
        says && bytes.len() < n
    })
}

fn read_text<R: Read>(source: &mut Source<R>) -> Result<Vec<u8>, Fault> {
    let mut text = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        let got = source.fill(&mut piece)?;
        text.extend_from_slice(&piece[..got]);
        if got < piece.len() {
            return Ok(text);
        }
        if text.len() as u64 > LONGEST_TEXT {
            return Err(Fault::BadHeader(
                "it is text without an end in sight".to_owned(),
            ));
        }
    }
}
