//! What the numbers of a map mean: from the intent code, else words in the description and the file
//! name, else the values themselves. A guess from values is told to the user, who can change it.

use super::facts::Facts;
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

/// Settles the kind once the values are known, with warnings where it is only a guess or not what the
/// words say.
pub(super) fn settle(
    words: Option<(MapKind, KindSource)>,
    frames: usize,
    facts: &Facts,
) -> (MapKind, Vec<LoadWarning>) {
    let by_header = matches!(words, Some((_, KindSource::Intent)));
    let (kind, warnings) = settle_frame(words, facts);
    // Probabilities in percent, one region a frame, look like labels frame by frame.
    if kind == MapKind::Label && frames > 1 && !by_header && facts.max <= 100.0 {
        return (MapKind::Unknown, Vec::new());
    }
    (kind, warnings)
}

fn settle_frame(
    words: Option<(MapKind, KindSource)>,
    facts: &Facts,
) -> (MapKind, Vec<LoadWarning>) {
    match words {
        // A name can promise labels or a mask that the values do not keep: probabilities called
        // "atlas".
        Some((kind @ (MapKind::Label | MapKind::Mask), _)) => {
            if facts.is_binary() {
                (MapKind::Mask, Vec::new())
            } else if kind == MapKind::Label && facts.could_be_labels() {
                (MapKind::Label, Vec::new())
            } else {
                by_values(facts)
            }
        }
        Some((MapKind::P, source)) if !facts.could_be_p() => {
            let (kind, mut warnings) = by_values(facts);
            let what = match source {
                KindSource::Name => "The file's name",
                KindSource::Intent | KindSource::Description | KindSource::Values => "The header",
            };
            warnings.insert(
                0,
                LoadWarning::new(
                    WarningCode::NotPValues,
                    format!(
                        "{what} calls these p values, but they reach from {:.4} to {:.4}, where p values lie between \
                         0 and 1: Gyrus does not take them for p values.",
                        facts.min, facts.max
                    ),
                ),
            );
            (kind, warnings)
        }
        Some((MapKind::P, _)) => (
            MapKind::P,
            vec![LoadWarning::new(
                WarningCode::PValues,
                "These look like p (or 1 − p) values. Gyrus ranks and colours larger values as \
                 stronger; a z or t map shows and decodes better.",
            )],
        ),
        Some((kind, _)) => (kind, Vec::new()),
        None => by_values(facts),
    }
}

fn by_values(facts: &Facts) -> (MapKind, Vec<LoadWarning>) {
    if facts.is_binary() {
        return (MapKind::Mask, Vec::new());
    }
    if facts.integer_stored && facts.could_be_labels() {
        let kind = if facts.flat() > 0.6 {
            MapKind::Label
        } else if facts.max > 50.0 {
            MapKind::Anatomy
        } else {
            MapKind::Unknown
        };
        return (kind, Vec::new());
    }
    let strongest = facts.max.max(-facts.min);
    if facts.min < 0.0 && facts.max > 0.0 && (2.0..=40.0).contains(&strongest) {
        let message = format!(
            "Nothing in the file says what its numbers are; their range ({:.1} to {:.1}) suggests z or t values. \
             A file name that says zmap, tmap or beta settles it.",
            facts.min, facts.max
        );
        let guessed = LoadWarning::new(WarningCode::KindGuessed, message);
        return (MapKind::Z, vec![guessed]);
    }
    (MapKind::Unknown, Vec::new())
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

    fn facts(values: &[f32], integer_stored: bool) -> Facts {
        let mut facts = Facts::new(100, integer_stored);
        facts.push(values);
        facts
    }

    #[test]
    fn values_tell_labels_from_pictures_and_masks() {
        let labels: Vec<f32> = (0..1000).map(|i| (i / 50) as f32).collect();
        assert_eq!(settle(None, 1, &facts(&labels, true)).0, MapKind::Label);
        let picture: Vec<f32> = (0..1000).map(|i| (i * 37 % 251) as f32).collect();
        assert_eq!(settle(None, 1, &facts(&picture, true)).0, MapKind::Anatomy);
        let mask: Vec<f32> = (0..1000).map(|i| f32::from(u8::from(i > 300))).collect();
        assert_eq!(settle(None, 1, &facts(&mask, false)).0, MapKind::Mask);
        let z: Vec<f32> = (0..1000).map(|i| (i as f32 - 500.0) / 97.3).collect();
        let (kind, warnings) = settle(None, 1, &facts(&z, false));
        assert_eq!(
            (kind, warnings[0].code),
            (MapKind::Z, WarningCode::KindGuessed)
        );
    }

    #[test]
    fn probabilities_named_atlas_are_not_labels() {
        let probabilities: Vec<f32> = (0..1000).map(|i| (i % 100) as f32 / 99.0).collect();
        let words = Some((MapKind::Label, KindSource::Name));
        let settled = settle(words, 1, &facts(&probabilities, false));
        assert_eq!(settled.0, MapKind::Unknown);
    }

    #[test]
    fn probabilities_in_percent_one_region_a_frame_are_not_labels() {
        let percent: Vec<f32> = (0..1000).map(|i| (i / 10) as f32).collect();
        let facts = facts(&percent, true);
        let named = Some((MapKind::Label, KindSource::Name));
        assert_eq!(settle(named, 1, &facts).0, MapKind::Label);
        assert_eq!(settle(named, 48, &facts).0, MapKind::Unknown);
        assert_eq!(settle(None, 48, &facts).0, MapKind::Unknown);
        let said = Some((MapKind::Label, KindSource::Intent));
        assert_eq!(settle(said, 48, &facts).0, MapKind::Label);
    }

    #[test]
    fn p_values_lie_between_0_and_1() {
        let p: Vec<f32> = (0..1000).map(|i| i as f32 / 999.0).collect();
        for source in [KindSource::Name, KindSource::Intent] {
            let (kind, warnings) = settle(Some((MapKind::P, source)), 1, &facts(&p, false));
            assert_eq!((kind, warnings[0].code), (MapKind::P, WarningCode::PValues));
            let wide: Vec<f32> = p.iter().map(|p| p * 51.7 - 13.7).collect();
            let (kind, warnings) = settle(Some((MapKind::P, source)), 1, &facts(&wide, false));
            assert_eq!(
                (kind, warnings[0].code),
                (MapKind::Z, WarningCode::NotPValues)
            );
            assert!(
                warnings[0].message.contains("-13.7"),
                "{}",
                warnings[0].message
            );
        }
        // −log10 p, a common way to store them.
        let log: Vec<f32> = p.iter().map(|p| p * 12.0).collect();
        let words = Some((MapKind::P, KindSource::Name));
        assert_eq!(settle(words, 1, &facts(&log, false)).0, MapKind::Unknown);
    }
}
