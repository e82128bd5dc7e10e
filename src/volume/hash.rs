//! The digest of bytes as they pass: of a long file on a thread of its own, beside reading it.

use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use sha2::{Digest as _, Sha256};

/// Shorter files are hashed before a thread would have started.
const LONG_BYTES: u64 = 4 << 20;
/// Pieces that may wait to be hashed.
const WAITING: usize = 4;

/// Hashes what it is given.
pub(super) enum Hasher {
    Here(Sha256),
    Beside(Beside),
}

impl Hasher {
    /// For about so many bytes.
    pub fn new(bytes: u64) -> Self {
        let beside = (bytes > LONG_BYTES).then(Beside::start).flatten();
        beside.map_or_else(|| Self::Here(Sha256::new()), Self::Beside)
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Here(sha) => sha.update(bytes),
            Self::Beside(thread) => thread.update(bytes),
        }
    }

    /// The digest; `None` where its thread died.
    pub fn finish(self) -> Option<[u8; 32]> {
        match self {
            Self::Here(sha) => Some(sha.finalize().into()),
            Self::Beside(thread) => thread.finish(),
        }
    }
}

/// A thread that hashes. It ends when this is dropped.
pub(super) struct Beside {
    pieces: SyncSender<Vec<u8>>,
    /// Pieces that were hashed, to be filled again.
    used: Receiver<Vec<u8>>,
    thread: JoinHandle<[u8; 32]>,
}

impl Beside {
    fn start() -> Option<Self> {
        let (pieces, to_hash) = sync_channel::<Vec<u8>>(WAITING);
        let (give_back, used) = channel();
        let work = move || {
            let mut sha = Sha256::new();
            for piece in to_hash {
                sha.update(&piece);
                // The reader is gone only when it needs no more room.
                give_back.send(piece).ok();
            }
            sha.finalize().into()
        };
        let thread = std::thread::Builder::new().name("gyrus-hash".to_owned());
        let thread = thread.spawn(work).ok()?;
        Some(Self {
            pieces,
            used,
            thread,
        })
    }

    fn update(&mut self, bytes: &[u8]) {
        let mut piece = self.used.try_recv().unwrap_or_default();
        piece.clear();
        piece.extend_from_slice(bytes);
        // A thread that died is noticed when its digest is asked for.
        self.pieces.send(piece).ok();
    }

    fn finish(self) -> Option<[u8; 32]> {
        drop(self.pieces);
        self.thread.join().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_digest() {
        let bytes: Vec<u8> = (0..1_000_003u32).map(|n| ((n * 31) >> 3) as u8).collect();
        let digests = [0, LONG_BYTES + 1].map(|size| {
            let mut hasher = Hasher::new(size);
            assert_eq!(matches!(hasher, Hasher::Beside(_)), size > LONG_BYTES);
            bytes.chunks(4099).for_each(|piece| hasher.update(piece));
            hasher.finish().unwrap()
        });
        assert_eq!(digests[0], digests[1]);
        assert_eq!(digests[0], <[u8; 32]>::from(Sha256::digest(&bytes)));
    }
}
