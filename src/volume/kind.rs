//! What the numbers of a map mean: from the intent code, else words in the description and the file
//! name, else the values themselves. A guess from values is told to the user, who can change it.

use super::start::Start;
use super::{LoadWarning, MapKind, WarningCode};

/// Where a kind came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KindSource {
    /// The header's intent code.
    Intent,
    /// The header's description.
    Description,
    /// The file's name.
    Name,
    /// The values.
    Values,
}

/// What header and names say of a frame, before a value is read; `name` is the file's.
pub(super) fn from_words(start: &Start, frame: usize, name: &str) -> Option<(MapKind, KindSource)> {
    let of_frame = start.frame_kinds.get(frame).copied().flatten();
    let frame_name = start.frame_names.get(frame).map(String::as_str);
    start
        .kind
        .or(of_frame)
        .map(|kind| (kind, KindSource::Intent))
        .or_else(|| {
            from_description(&start.description).map(|kind| (kind, KindSource::Description))
        })
        .or_else(|| from_name(frame_name?).map(|kind| (kind, KindSource::Description)))
        .or_else(|| from_name(name).map(|kind| (kind, KindSource::Name)))
}

fn from_description(text: &str) -> Option<MapKind> {
    // SPM writes "SPM{T_[19.0]} - contrast 1: …", and its estimates as "spm_spm:beta …".
    let lower = text.to_lowercase();
    let spm = lower
        .split("spm{")
        .nth(1)
        .and_then(|rest| rest.chars().next());
    match spm {
        Some('t') => return Some(MapKind::T),
        Some('f') => return Some(MapKind::F),
        Some('z') => return Some(MapKind::Z),
        Some('p') => return Some(MapKind::P),
        _ => {}
    }
    if lower.contains("spm_spm:beta") || lower.contains("contrast image") {
        return Some(MapKind::Beta);
    }
    words(&lower).find_map(|word| match word.as_str() {
        "zstat" | "zmap" | "zscore" | "z" => Some(MapKind::Z),
        "tstat" | "tmap" => Some(MapKind::T),
        "fstat" | "fmap" => Some(MapKind::F),
        "pval" | "pvalue" => Some(MapKind::P),
        _ => None,
    })
}

fn from_name(name: &str) -> Option<MapKind> {
    let lower = name.to_lowercase();
    if lower.contains("1-p") || lower.contains("corrp") {
        return Some(MapKind::P);
    }
    // The last telling word wins: "sub-01_task-t1_stat-z_statmap".
    words(&lower)
        .filter_map(|word| {
            let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
            Some(match stem {
                "z" | "zstat" | "zstats" | "zmap" | "zscore" | "zval" | "zfstat" => MapKind::Z,
                "t" if word == "t" => MapKind::T,
                "tstat" | "tmap" | "tval" | "spmt" => MapKind::T,
                "f" if word == "f" => MapKind::F,
                "fstat" | "spmf" => MapKind::F,
                "p" if word == "p" => MapKind::P,
                "pval" | "pvalue" | "pvals" => MapKind::P,
                "beta" | "coef" | "cope" | "con" | "effect" | "contrast" => MapKind::Beta,
                "dseg" | "aseg" | "aparc" | "atlas" | "labels" | "label" | "parcellation"
                | "parc" => MapKind::Label,
                "mask" | "roi" | "brainmask" => MapKind::Mask,
                "anat" | "mprage" => MapKind::Anatomy,
                _ if matches!(word.as_str(), "t1w" | "t2w" | "t1" | "t2" | "flair") => {
                    MapKind::Anatomy
                }
                _ => return None,
            })
        })
        .last()
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
}

/// A few facts about the values of one frame.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    pub min: f32,
    pub max: f32,
    pub integer_stored: bool,
    /// All finite values are whole.
    pub whole: bool,
    /// Share of neighbours along i, both not 0, that are equal: high in labels, low in pictures.
    pub flat: f64,
    /// Exactly two different values, one of them 0.
    pub binary: bool,
}

impl Facts {
    /// From values in rows of length `row`; NaN is no data.
    pub fn of(values: impl Iterator<Item = f32>, row: usize, integer_stored: bool) -> Self {
        let mut facts = Self {
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            integer_stored,
            whole: true,
            flat: 0.0,
            binary: true,
        };
        let mut other = None;
        let (mut pairs, mut equal) = (0u64, 0u64);
        let (mut before, mut left) = (0.0, row);
        for v in values {
            if left == 0 {
                (before, left) = (0.0, row);
            }
            left = left.saturating_sub(1);
            if v.is_nan() {
                before = 0.0;
                continue;
            }
            facts.min = facts.min.min(v);
            facts.max = facts.max.max(v);
            facts.whole = facts.whole && is_whole(v);
            if v != 0.0 {
                facts.binary &= *other.get_or_insert(v) == v;
                if before != 0.0 {
                    pairs += 1;
                    equal += u64::from(before == v);
                }
            }
            before = v;
        }
        facts.binary &= other.is_some_and(|v| v > 0.0);
        facts.flat = if pairs == 0 {
            0.0
        } else {
            equal as f64 / pairs as f64
        };
        facts
    }
}

/// Whether a finite value is whole; from 2²³ on all are. (`fract` is a call on plain x86-64.)
fn is_whole(v: f32) -> bool {
    v.abs() >= 8_388_608.0 || (v as i32) as f32 == v
}

/// Settles the kind once the values are known, with a warning where it is only a guess.
///
/// Words that need no proof spare the look at the values.
pub(super) fn settle(
    words: Option<(MapKind, KindSource)>,
    facts: impl FnOnce() -> Facts,
) -> (MapKind, Option<LoadWarning>) {
    match words {
        // A name can promise labels or a mask that the values do not keep: probabilities called
        // "atlas".
        Some((MapKind::Label | MapKind::Mask, _)) => {
            let facts = facts();
            if facts.binary {
                (MapKind::Mask, None)
            } else if words.is_some_and(|w| w.0 == MapKind::Label)
                && facts.whole
                && facts.min >= 0.0
            {
                (MapKind::Label, None)
            } else {
                by_values(&facts)
            }
        }
        Some((MapKind::P, _)) => (
            MapKind::P,
            Some(LoadWarning::new(
                WarningCode::PValues,
                "These look like p (or 1 − p) values. Gyrus ranks and colours larger values as \
                 stronger; a z or t map shows and decodes better.",
            )),
        ),
        Some((kind, _)) => (kind, None),
        None => by_values(&facts()),
    }
}

fn by_values(facts: &Facts) -> (MapKind, Option<LoadWarning>) {
    if facts.binary {
        return (MapKind::Mask, None);
    }
    if facts.integer_stored && facts.whole && facts.min >= 0.0 {
        if facts.flat > 0.6 {
            return (MapKind::Label, None);
        }
        return (
            if facts.max > 50.0 {
                MapKind::Anatomy
            } else {
                MapKind::Unknown
            },
            None,
        );
    }
    let strongest = facts.max.max(-facts.min);
    if facts.min < 0.0 && facts.max > 0.0 && (2.0..=40.0).contains(&strongest) {
        let message = format!(
            "Nothing in the file says what its numbers are; their range ({:.1} to {:.1}) suggests z or t values. \
             A file name that says zmap, tmap or beta settles it.",
            facts.min, facts.max
        );
        return (
            MapKind::Z,
            Some(LoadWarning::new(WarningCode::KindGuessed, message)),
        );
    }
    (MapKind::Unknown, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_kind_by_their_last_telling_word() {
        for (name, kind) in [
            ("zstat1", Some(MapKind::Z)),
            ("pain_association-test_z", Some(MapKind::Z)),
            ("sub-01_task-t1_stat-z_statmap", Some(MapKind::Z)),
            ("spmT_0001", Some(MapKind::T)),
            ("con_0003", Some(MapKind::Beta)),
            ("tfce_corrp_tstat1", Some(MapKind::P)),
            ("mni_icbm152_t1_tal_nlin_sym_09a", Some(MapKind::Anatomy)),
            ("aparc+aseg", Some(MapKind::Label)),
            ("image_10426", None),
            ("table_1", None),
        ] {
            assert_eq!(from_name(name), kind, "{name}");
        }
    }

    #[test]
    fn spm_descriptions_tell_the_kind() {
        assert_eq!(
            from_description("SPM{T_[19.0]} - contrast 1: a > b"),
            Some(MapKind::T)
        );
        assert_eq!(from_description("SPM{F_[2.0,30.0]}"), Some(MapKind::F));
        assert_eq!(from_description("FSL5.0"), None);
    }

    #[test]
    fn values_tell_labels_from_pictures_and_masks() {
        let labels: Vec<f32> = (0..1000).map(|i| (i / 50) as f32).collect();
        assert_eq!(
            settle(None, || Facts::of(labels.iter().copied(), 100, true)).0,
            MapKind::Label
        );
        let picture: Vec<f32> = (0..1000).map(|i| (i * 37 % 251) as f32).collect();
        assert_eq!(
            settle(None, || Facts::of(picture.iter().copied(), 100, true)).0,
            MapKind::Anatomy
        );
        let mask: Vec<f32> = (0..1000).map(|i| f32::from(u8::from(i > 300))).collect();
        assert_eq!(
            settle(None, || Facts::of(mask.iter().copied(), 100, false)).0,
            MapKind::Mask
        );
        let z: Vec<f32> = (0..1000).map(|i| (i as f32 - 500.0) / 97.3).collect();
        let (kind, warning) = settle(None, || Facts::of(z.iter().copied(), 100, false));
        assert_eq!(
            (kind, warning.unwrap().code),
            (MapKind::Z, WarningCode::KindGuessed)
        );
    }

    #[test]
    fn probabilities_named_atlas_are_not_labels() {
        let probabilities: Vec<f32> = (0..1000).map(|i| (i % 100) as f32 / 99.0).collect();
        let words = Some((MapKind::Label, KindSource::Name));
        assert_eq!(
            settle(words, || Facts::of(
                probabilities.iter().copied(),
                100,
                false
            ))
            .0,
            MapKind::Unknown
        );
    }
}
