//! Which sides of a map a command reads, and what it says of the one it does not.

use serde::Serialize;

use crate::bundle::Bundle;
use crate::decode::{Balance, DecodeError, Decoding, PreparedMap, Tail};
use crate::error::Explain as _;
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::volume::Volume;

/// What was read from a map.
pub(super) struct Readings {
    /// One decoding a side asked for.
    pub decodings: Vec<Decoding>,
    /// Which side leads.
    pub balance: Balance,
    /// What the side that does not lead says, where nobody asked for a side.
    pub other: Option<OtherSide>,
}

/// The side of which no table is shown.
#[derive(Debug, Clone, Serialize)]
pub(super) struct OtherSide {
    tail: Tail,
    /// Its strength over that of the leading side, 0..=1.
    strength_ratio: f64,
    /// "The negative side, weaker: no task stands out".
    pub sentence: String,
}

/// Reads the sides asked for; the stronger one where none is named (`tail` is `None`).
///
/// # Errors
/// [`DecodeError`], with [`DecodeError::Declined`] unless `anyway`.
pub(super) fn read_sides(
    bundle: &Bundle,
    volume: &Volume,
    tail: Option<Tail>,
    anyway: bool,
    progress: &Progress,
) -> Result<Readings, DecodeError> {
    let map = PreparedMap::new(bundle, Ontology::embedded(), volume, progress)?;
    if !anyway {
        map.check()?;
    }
    let balance = map.balance();
    if let Some(one @ (Tail::Pos | Tail::Neg)) = tail {
        return Ok(Readings {
            decodings: vec![map.read(one, progress)?.decoding],
            balance,
            other: None,
        });
    }
    let mut decodings = Vec::new();
    let mut empty = None;
    for (side, read) in [Tail::Pos, Tail::Neg]
        .into_iter()
        .zip(map.read_both(progress)?)
    {
        match read {
            Ok(reading) => decodings.push(reading.decoding),
            Err(why) => empty = Some((side, why)),
        }
    }
    if tail.is_some() {
        if let (Some((side, _)), Some(shown)) = (empty, decodings.first_mut()) {
            let side = side_word(side);
            let warning = format!("The map has no {side} side to decode");
            shown.warnings.push(warning);
        }
        return Ok(Readings {
            decodings,
            balance,
            other: None,
        });
    }
    let sentence = match &empty {
        Some((side, why)) => format!(
            "The {} side says nothing: {}",
            side_word(*side),
            why.explain().why
        ),
        None => match decodings.iter().position(|one| one.tail == balance.other()) {
            Some(place) => balance.other_in_words(&decodings.remove(place)),
            // Both sides were read, so one of them is the other.
            None => String::new(),
        },
    };
    let tail = empty.map_or(balance.other(), |(side, _)| side);
    Ok(Readings {
        decodings,
        balance,
        other: Some(OtherSide {
            tail,
            strength_ratio: balance.ratio,
            sentence,
        }),
    })
}

pub(super) fn side_word(tail: Tail) -> &'static str {
    match tail {
        Tail::Pos => "positive",
        Tail::Neg => "negative",
        Tail::Both => "both",
    }
}
