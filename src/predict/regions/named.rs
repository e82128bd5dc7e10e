//! Regions that a text names: by the atlas's own names or by what articles call them (assets/vocabulary/region_aliases.tsv).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::atlas::{RegionAtlas, Side};
use crate::text::words;

const ALIASES: &str = include_str!("../../../assets/vocabulary/region_aliases.tsv");

/// Names of the atlas that are words of their own as well: they count only with "gyrus" or "cortex" after them.
const AMBIGUOUS: &[&str] = &["lingual"];

/// Names that are other things after these words: Table S1, Figure S2.
const NUMBERED: &[&str] = &["s1", "s2", "a1", "m1", "v1"];
const BEFORE_NUMBERS: &[&str] = &[
    "figure",
    "figures",
    "fig",
    "figs",
    "table",
    "tables",
    "section",
    "supplementary",
    "supplement",
    "session",
    "movie",
    "video",
    "dataset",
    "file",
    "text",
    "note",
    "appendix",
    "equation",
    "methods",
];
/// Accuracy, where nothing says cingulate.
const ACCURACY: &str = "acc";

/// Names in words, each with the regions it means: left and right ones, or those of the middle.
struct Names {
    of: HashMap<Vec<String>, Vec<[Option<usize>; 3]>>,
    longest: usize,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| match RegionAtlas::embedded() {
    Ok(atlas) => Names::of(atlas),
    // A damaged program file names no regions here and is told of where the atlas is asked for.
    Err(_) => Names {
        of: HashMap::new(),
        longest: 0,
    },
});

impl Names {
    fn of(atlas: &RegionAtlas) -> Self {
        // Each part of the atlas: its places on the left, on the right and in the middle.
        let mut parts: HashMap<String, [Option<usize>; 3]> = HashMap::new();
        for (row, region) in atlas.regions().iter().enumerate() {
            let (place, name) = match region.side {
                Side::Left => (0, region.name.trim_start_matches("Left ")),
                Side::Right => (1, region.name.trim_start_matches("Right ")),
                Side::Midline => (2, region.name.as_str()),
            };
            parts.entry(name.to_lowercase()).or_default()[place] = Some(row);
        }
        let mut of = HashMap::new();
        let key = |name: &str| -> Vec<String> { words(name).collect() };
        for (name, rows) in &parts {
            if !AMBIGUOUS.contains(&name.as_str()) {
                of.insert(key(name), vec![*rows]);
            }
        }
        for line in ALIASES.lines().filter(|line| !line.starts_with('#')) {
            let Some((alias, named)) = line.split_once('\t') else {
                continue;
            };
            let rows = named.split(',').filter_map(|part| parts.get(part.trim()));
            of.insert(key(alias), rows.copied().collect());
        }
        let longest = of.keys().map(Vec::len).max().unwrap_or(0);
        Self { of, longest }
    }
}

/// How often a text names each region of the embedded atlas, in the atlas's order. "left" or "right" before a name, or
/// "and" between both, tells the side; without one both are meant.
pub(super) fn named(text: &str, regions: usize) -> Vec<u32> {
    let mut counts = vec![0_u32; regions];
    let words = read(text);
    let mut at = 0;
    while at < words.len() {
        let most = NAMES.longest.min(words.len() - at);
        let found = (1..=most).rev().find_map(|length| {
            let rows = NAMES.of.get(&words[at..at + length])?;
            Some((length, rows))
        });
        let Some((length, rows)) = found else {
            at += 1;
            continue;
        };
        let name = &words[at];
        let last = at
            .checked_sub(1)
            .map_or("", |before| words[before].as_str());
        let numbered = NUMBERED.contains(&name.as_str()) && BEFORE_NUMBERS.contains(&last);
        let accuracy = name == ACCURACY && !words.iter().any(|w| w.starts_with("cingul"));
        if length == 1 && (numbered || accuracy) {
            at += 1;
            continue;
        }
        let [left, right] = sides(&words[..at]);
        for &[of_left, of_right, middle] in rows {
            for row in [of_left.filter(|_| left), of_right.filter(|_| right), middle] {
                if let Some(count) = row.and_then(|row| counts.get_mut(row)) {
                    *count += 1;
                }
            }
        }
        at += length;
    }
    counts
}

/// Which sides the words before a name speak of.
fn sides(before: &[String]) -> [bool; 2] {
    let mut sides = [false; 2];
    // "the left and right hippocampus"; words between (posterior, ventral) do not part them.
    for word in before.iter().rev().take(6) {
        match word.as_str() {
            "left" | "lh" => sides[0] = true,
            "right" | "rh" => sides[1] = true,
            "and" | "or" | "anterior" | "posterior" | "dorsal" | "ventral" | "lateral"
            | "medial" => {}
            // The first number of BA 44/45.
            "ba" => {}
            number if number.len() <= 2 && number.bytes().all(|b| b.is_ascii_digit()) => {}
            _ => break,
        }
    }
    match sides {
        [false, false] => [true, true],
        told => told,
    }
}

/// Words of a text; "BA44", "BA 44/45" and "Brodmann area 44" read the same.
fn read(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in words(text) {
        let digits = word.strip_prefix("ba").filter(|rest| {
            !rest.is_empty() && rest.len() <= 2 && rest.bytes().all(|b| b.is_ascii_digit())
        });
        match digits {
            Some(digits) => out.extend(["ba".to_owned(), digits.to_owned()]),
            None if word == "area" || word == "areas" => {
                let brodmann = out.last().is_some_and(|last| last.starts_with("brodmann"));
                if brodmann {
                    out.pop();
                    out.push("ba".to_owned());
                } else {
                    out.push(word);
                }
            }
            None => {
                // The second number after "BA": 44/45.
                let number = |w: &String| w.len() <= 2 && w.bytes().all(|b| b.is_ascii_digit());
                let n = out.len();
                if n >= 2 && number(&word) && number(&out[n - 1]) && out[n - 2] == "ba" {
                    out.push("ba".to_owned());
                }
                out.push(word);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let atlas = RegionAtlas::embedded().unwrap();
        let regions = atlas.regions();
        named(text, regions.len())
            .iter()
            .zip(regions)
            .filter(|(count, _)| **count > 0)
            .map(|(_, region)| region.name.clone())
            .collect()
    }

    #[test]
    fn every_alias_means_regions_of_the_atlas() {
        let atlas = RegionAtlas::embedded().unwrap();
        let parts: Vec<String> = atlas
            .regions()
            .iter()
            .map(|r| {
                r.name
                    .trim_start_matches("Left ")
                    .trim_start_matches("Right ")
                    .to_lowercase()
            })
            .collect();
        let mut rows = 0;
        for line in ALIASES.lines().filter(|line| !line.starts_with('#')) {
            let (alias, named) = line.split_once('\t').unwrap();
            assert_eq!(alias.to_lowercase(), alias, "{alias}");
            for part in named.split(',') {
                assert!(parts.contains(&part.trim().to_owned()), "{alias}: {part}");
            }
            rows += 1;
        }
        assert!(rows > 150);
    }

    #[test]
    fn regions_are_found_by_their_many_names() {
        for (text, wanted) in [
            (
                "activation of the left hippocampus",
                vec!["Left hippocampus"],
            ),
            (
                "hippocampal responses",
                vec!["Left hippocampus", "Right hippocampus"],
            ),
            (
                "the left and right amygdala",
                vec!["Left amygdala", "Right amygdala"],
            ),
            ("right posterior insula", vec!["Right insula"]),
            ("V1", vec!["Left pericalcarine", "Right pericalcarine"]),
            (
                "left BA 44/45",
                vec!["Left pars opercularis", "Left pars triangularis"],
            ),
            ("see Table S1 and Figure S2", vec![]),
            ("an accuracy (ACC) of 90 %", vec![]),
            (
                "Brodmann area 17",
                vec!["Left pericalcarine", "Right pericalcarine"],
            ),
            ("the periaqueductal gray", vec!["Brain stem"]),
            ("left precuneus", vec!["Left precuneus"]),
            (
                "left superior temporal gyrus",
                vec!["Left superior temporal"],
            ),
            ("bilingual and lingual skills", vec![]),
            ("nothing of the brain", vec![]),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }

    #[test]
    fn each_naming_counts_once_and_the_longest_name_wins() {
        let atlas = RegionAtlas::embedded().unwrap();
        let counts = named(
            "Dorsal anterior cingulate cortex, then the dACC and the left dACC.",
            atlas.regions().len(),
        );
        let of = |name: &str| {
            let row = atlas.regions().iter().position(|r| r.name == name).unwrap();
            counts[row]
        };
        assert_eq!(of("Left caudal anterior cingulate"), 3);
        assert_eq!(of("Right caudal anterior cingulate"), 2);
        assert_eq!(of("Left rostral anterior cingulate"), 0);
    }
}
