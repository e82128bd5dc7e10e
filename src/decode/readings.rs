//! The sides of a map that are asked for, and what is said of the one that is not.

use super::{Balance, DecodeError, OtherSide, PreparedMap, PriorWeight, Reading, Tail};
use crate::bundle::Bundle;
use crate::error::Explain as _;
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::volume::Volume;

/// What was read from a map.
#[derive(Debug)]
pub(crate) struct Readings {
    /// One a side asked for.
    pub sides: Vec<Reading>,
    /// Which side leads.
    pub balance: Balance,
    /// What the side that does not lead says, where nobody asked for a side.
    pub other: Option<OtherSide>,
}

/// Reads the sides asked for with so much of the prior and among the tasks `only` (all where none are named); the stronger one where none is named (`tail` is `None`).
///
/// # Errors
/// [`DecodeError`], with [`DecodeError::Declined`] unless `anyway`.
pub(crate) fn read_sides(
    bundle: &Bundle,
    ontology: &Ontology,
    volume: &Volume,
    tail: Option<Tail>,
    anyway: bool,
    (prior, only): (PriorWeight, &[usize]),
    progress: &Progress,
) -> Result<Readings, DecodeError> {
    let map = PreparedMap::new(bundle, ontology, volume, progress)?
        .weigh_prior(prior)
        .only(only);
    if !anyway {
        map.check()?;
    }
    let balance = map.balance();
    let one = match tail {
        Some(one @ (Tail::Pos | Tail::Neg)) => Some(one),
        // The signed map, where the model takes it so.
        _ if map.is_signed() => Some(Tail::Both),
        _ => None,
    };
    if let Some(one) = one {
        return Ok(Readings {
            sides: vec![map.read(one, progress)?],
            balance,
            other: None,
        });
    }
    let mut sides: Vec<Reading> = Vec::new();
    let mut empty = None;
    for (side, read) in [Tail::Pos, Tail::Neg]
        .into_iter()
        .zip(map.read_both(progress)?)
    {
        match read {
            Ok(reading) => sides.push(reading),
            Err(why) => empty = Some((side, why)),
        }
    }
    if tail.is_some() {
        if let (Some((side, _)), Some(shown)) = (empty, sides.first_mut()) {
            let side = side.word();
            let warning = format!("The map has no {side} side to decode");
            shown.decoding.warnings.push(warning);
        }
        return Ok(Readings {
            sides,
            balance,
            other: None,
        });
    }
    let other = match empty {
        Some((side, why)) => Some(OtherSide::empty(&balance, side, &why.explain().why)),
        None => {
            let is_other = |one: &Reading| one.decoding.tail == balance.other();
            let place = sides.iter().position(is_other);
            place.map(|place| {
                let other = sides.remove(place);
                let leading = sides.first().map(|leading| &leading.decoding);
                OtherSide::decoded(&balance, &other.decoding, leading)
            })
        }
    };
    Ok(Readings {
        sides,
        balance,
        other,
    })
}
