//! Readable, distinct names of modes from the regions they cover.

use std::collections::BTreeMap;

use super::coarse::Coarse;
use super::init::square;
use crate::atlas::{RegionAtlas, SparseMode};

/// A second region is named when it holds at least this share of what the first one holds.
const SECOND: f64 = 0.5;

/// One name a mode: "Left precentral / postcentral"; where several modes share one, the place of
/// their peak is added: "Left precentral (−38, −22, 56)".
pub(super) fn of_modes(
    modes: &[SparseMode],
    coarse: &Coarse,
    regions: &RegionAtlas,
) -> Vec<String> {
    let places = coarse.places_mm();
    let labels: Vec<u32> = places
        .iter()
        .map(|&place| regions.name_at(place).map_or(0, |name| name.label))
        .collect();
    let named: Vec<(String, [f64; 3])> = modes
        .iter()
        .map(|mode| name_one(mode, &places, &labels, regions))
        .collect();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in &named {
        *uses.entry(name).or_default() += 1;
    }
    let mut out: Vec<String> = named
        .iter()
        .map(|(name, peak)| {
            if uses.get(name.as_str()).is_some_and(|&n| n > 1) {
                format!("{name} {}", coordinates(*peak))
            } else {
                name.clone()
            }
        })
        .collect();
    // Two modes of one region with the same peak still need two names.
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for name in &mut out {
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            name.push_str(&format!(" no. {count}"));
        }
    }
    out
}

fn name_one(
    mode: &SparseMode,
    places: &[[f64; 3]],
    labels: &[u32],
    regions: &RegionAtlas,
) -> (String, [f64; 3]) {
    // Squared weights: what the mode is about, not how far its rim reaches.
    let mut shares: BTreeMap<u32, f64> = BTreeMap::new();
    let (mut peak, mut peak_mm) = (0.0_f32, [0.0; 3]);
    for (&voxel, &weight) in mode.voxels.iter().zip(&mode.weights) {
        let place = places[voxel as usize];
        *shares.entry(labels[voxel as usize]).or_default() += f64::from(weight).powi(2);
        if weight > peak {
            (peak, peak_mm) = (weight, place);
        }
    }
    let unlabelled = shares.remove(&0).unwrap_or(0.0);
    let mut ranked: Vec<(u32, f64)> = shares.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let name_of = |label: u32| {
        regions
            .by_label(label)
            .map(|r| r.name.clone())
            .unwrap_or_default()
    };
    let name = match ranked.as_slice() {
        [] => near(peak_mm, regions),
        [first, ..] if first.1 < 0.25 * unlabelled => {
            format!("White matter near {}", uncapital(&name_of(first.0)))
        }
        [first, second, ..] if second.1 >= SECOND * first.1 => {
            join(&name_of(first.0), &name_of(second.0))
        }
        [first, ..] => name_of(first.0),
    };
    (name, peak_mm)
}

fn near(place: [f64; 3], regions: &RegionAtlas) -> String {
    regions
        .regions()
        .iter()
        .min_by(|a, b| square(a.centroid_mm, place).total_cmp(&square(b.centroid_mm, place)))
        .map_or_else(
            || "Unnamed".into(),
            |r| format!("White matter near {}", uncapital(&r.name)),
        )
}

/// "Left precentral" and "Left postcentral" → "Left precentral / postcentral"; the same region on
/// both sides → "Left and right cuneus".
fn join(first: &str, second: &str) -> String {
    match (first.split_once(' '), second.split_once(' ')) {
        (Some((a, one)), Some((b, other))) if a == b && ["Left", "Right"].contains(&a) => {
            format!("{first} / {}", if one == other { b } else { other })
        }
        (Some((a, one)), Some((b, other)))
            if one == other && ["Left", "Right"].contains(&a) && ["Left", "Right"].contains(&b) =>
        {
            format!("Left and right {one}")
        }
        _ => format!("{first} / {}", uncapital(second)),
    }
}

fn uncapital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// "(−38, −22, 56)" with real minus signs.
fn coordinates(place: [f64; 3]) -> String {
    let part = |v: f64| {
        let rounded = v.round() as i64;
        if rounded < 0 {
            format!("\u{2212}{}", -rounded)
        } else {
            rounded.to_string()
        }
    };
    format!(
        "({}, {}, {})",
        part(place[0]),
        part(place[1]),
        part(place[2])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_regions_read_as_one_phrase() {
        assert_eq!(
            join("Left precentral", "Left postcentral"),
            "Left precentral / postcentral"
        );
        assert_eq!(join("Left cuneus", "Right cuneus"), "Left and right cuneus");
        assert_eq!(join("Right cuneus", "Left cuneus"), "Left and right cuneus");
        assert_eq!(
            join("Left cerebellum", "Brain stem"),
            "Left cerebellum / brain stem"
        );
        assert_eq!(
            join("Brain stem", "Left thalamus"),
            "Brain stem / left thalamus"
        );
        assert_eq!(coordinates([-38.2, 0.0, 56.0]), "(−38, 0, 56)");
    }
}
