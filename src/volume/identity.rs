//! What a file is known by: the digest of its bytes, or of samples of them where there are too many.

use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom};

use sha2::{Digest as _, Sha256};

use super::error::Fault;
use crate::files::hex;
use crate::progress::Progress;

/// Longer files are known by samples: to hash all of one takes as long as to read and sum it up, and of
/// many frames only the one asked for is read.
const WHOLE_BYTES: u64 = 1 << 29;
/// Samples of a longer file, the first at its start and the last at its end.
const SAMPLES: u64 = 64;
const SAMPLE_BYTES: u64 = 1 << 20;

/// A file's digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    digest: [u8; 32],
    sampled: bool,
}

impl Identity {
    /// Of all bytes.
    pub fn whole(digest: [u8; 32]) -> Self {
        Self {
            digest,
            sampled: false,
        }
    }

    /// Of one thing in two files: the digest of both digests.
    pub fn with(self, other: Self) -> Self {
        let both = [self.digest, other.digest].concat();
        Self {
            digest: Sha256::digest(both).into(),
            sampled: self.sampled || other.sampled,
        }
    }

    /// Hexadecimal; "sampled-" tells where not all bytes were looked at.
    pub fn text(&self) -> String {
        let digest = hex(&self.digest);
        if self.sampled {
            format!("sampled-{digest}")
        } else {
            digest
        }
    }
}

/// Whether a file of this length is known by samples.
pub(super) fn is_sampled(size: u64) -> bool {
    size > WHOLE_BYTES
}

/// The identity of a long file, from its length and samples of its bytes.
///
/// # Errors
/// What the file system says, or [`Fault::Cancelled`].
pub(super) fn sampled(file: &mut File, size: u64, progress: &Progress) -> Result<Identity, Fault> {
    let mut sha = Sha256::new();
    sha.update(size.to_le_bytes());
    for n in 0..SAMPLES {
        progress.check()?;
        let at = (size - SAMPLE_BYTES) / (SAMPLES - 1) * n;
        let at = if n + 1 == SAMPLES {
            size - SAMPLE_BYTES
        } else {
            at
        };
        file.seek(SeekFrom::Start(at))
            .map_err(|e| Fault::from_io(&e))?;
        let mut piece = Vec::new();
        Read::by_ref(file)
            .take(SAMPLE_BYTES)
            .read_to_end(&mut piece)
            .map_err(|e| Fault::from_io(&e))?;
        sha.update(&piece);
    }
    Ok(Identity {
        digest: sha.finalize().into(),
        sampled: true,
    })
}
