//! Named random streams. Each use of randomness asks for its own stream by name and number, so a
//! result does not depend on thread order nor on what other code drew before.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

/// The seed of a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The generator of the stream `name` number `index` (an epoch, a layer, a study…).
    pub fn stream(self, name: &str, index: u64) -> ChaCha8Rng {
        let mut hash = Sha256::new();
        hash.update(self.0.to_le_bytes());
        hash.update(name.as_bytes());
        hash.update(index.to_le_bytes());
        ChaCha8Rng::from_seed(hash.finalize().into())
    }
}

/// Standard normal numbers (Box and Muller 1958).
pub(crate) fn normal(rng: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(count + 1);
    while out.len() < count {
        let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
        let angle = std::f64::consts::TAU * rng.random::<f64>();
        out.extend([(radius * angle.cos()) as f32, (radius * angle.sin()) as f32]);
    }
    out.truncate(count);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |name: &str, index| Seed(3).stream(name, index).random::<u64>();
        assert_eq!(draw("dropout", 1), draw("dropout", 1));
        assert_ne!(draw("dropout", 1), draw("dropout", 2));
        assert_ne!(draw("dropout", 1), draw("shuffle", 1));
        assert_ne!(
            draw("dropout", 1),
            Seed(4).stream("dropout", 1).random::<u64>()
        );
    }
}
