//! Coordinates as people type them.

/// A coordinate that was typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Coordinate {
    /// RAS mm.
    Mm([f64; 3]),
    /// Voxel of the selected layer's file, from 0.
    Voxel([f64; 3]),
}

/// Nothing of a head is further away, mm.
const FARTHEST_MM: f64 = 300.0;
/// No file has more voxels along an axis.
const MAX_VOXELS: f64 = 65_535.0;

/// Reads "-42 22 8", "−42, 22, 8", "(-42; 22; 8) mm", "x=-42 y=22 z=8", "ijk 10 20 30" or
/// "voxel 10,20,30".
pub fn parse(text: &str) -> Option<Coordinate> {
    read(text).filter(|place| match place {
        Coordinate::Mm(point) => point
            .iter()
            .all(|x| x.is_finite() && x.abs() <= FARTHEST_MM),
        Coordinate::Voxel(voxel) => voxel
            .iter()
            .all(|&v| (0.0..=MAX_VOXELS).contains(&v) && v.fract() == 0.0),
    })
}

/// Why [`parse`] finds no place in a text.
pub fn refusal(text: &str) -> String {
    match read(text) {
        Some(Coordinate::Mm(_)) => format!("Outside −{FARTHEST_MM:.0} … {FARTHEST_MM:.0} mm"),
        Some(Coordinate::Voxel(_)) => "A voxel is three whole numbers from 0".to_owned(),
        None => "No place: type three numbers in mm, or ijk and a voxel".to_owned(),
    }
}

/// What is written, wherever it lies.
fn read(text: &str) -> Option<Coordinate> {
    let plain = text
        .to_lowercase()
        .replace('−', "-")
        .replace([',', ';', '(', ')', '[', ']', '{', '}', '=', ':'], " ");
    let plain = plain.trim();
    let plain = plain.strip_suffix("mm").unwrap_or(plain);
    for word in ["ijk", "voxels", "voxel", "vox"] {
        if let Some(rest) = plain.strip_prefix(word) {
            return three(rest, ["i", "j", "k"]).map(Coordinate::Voxel);
        }
    }
    let plain = plain.strip_prefix("mni").unwrap_or(plain);
    three(plain, ["x", "y", "z"]).map(Coordinate::Mm)
}

/// Three numbers, or three named numbers in any order.
fn three(text: &str, names: [&str; 3]) -> Option<[f64; 3]> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |word: &str| word.parse::<f64>().ok();
    match words[..] {
        [a, b, c] => Some([number(a)?, number(b)?, number(c)?]),
        [a, _, b, _, c, _] => {
            let place = |name: &str| [a, b, c].iter().position(|&word| word == name);
            let mut out = [0.0; 3];
            for (axis, name) in names.iter().enumerate() {
                out[axis] = number(words[2 * place(name)? + 1])?;
            }
            Some(out)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_in_all_spellings() {
        for text in [
            "-42 22 8",
            "−42, 22, 8",
            "(-42; 22; 8)",
            "[-42,22,8] mm",
            "x=-42 y=22 z=8",
            "Z: 8, X: -42, Y: 22",
            "MNI -42 22 8",
        ] {
            assert_eq!(
                parse(text),
                Some(Coordinate::Mm([-42.0, 22.0, 8.0])),
                "{text}"
            );
        }
        for text in ["ijk 10 20 30", "voxel 10,20,30", "ijk i=10 k=30 j=20"] {
            let voxel = Coordinate::Voxel([10.0, 20.0, 30.0]);
            assert_eq!(parse(text), Some(voxel), "{text}");
        }
        for text in [
            "1 2",
            "1 2 3 4",
            "a b c",
            "1e9 0 0",
            "nan 0 0",
            "ijk -1 0 0",
            "ijk 1.5 0 0",
            "x=1 x=2 z=3",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_place_refused_has_its_reason() {
        assert_eq!(refusal("500 0 0"), "Outside −300 … 300 mm");
        assert!(refusal("ijk 1.5 0 0").starts_with("A voxel"));
        assert!(refusal("left").starts_with("No place"));
    }
}
