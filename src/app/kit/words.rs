//! Numbers and keys in words.

use eframe::egui::{Key, KeyboardShortcut};

/// "12.4 %", "0.3 %", "<0.1 %".
pub fn percent(share: f32) -> String {
    let value = 100.0 * share;
    if !value.is_finite() {
        "–".to_owned()
    } else if value > 0.0 && value < 0.1 {
        "<0.1 %".to_owned()
    } else {
        format!("{value:.1} %")
    }
}

/// "×12", "×3.1", "×0.42".
pub fn factor(value: f32) -> String {
    if !value.is_finite() {
        "–".to_owned()
    } else if value >= 1000.0 {
        "×>999".to_owned()
    } else if value >= 10.0 {
        format!("×{value:.0}")
    } else if value >= 1.0 {
        format!("×{value:.1}")
    } else {
        format!("×{value:.2}")
    }
}

/// A map's value with three figures and a true minus.
pub fn value(v: f32) -> String {
    let text = match v.abs() {
        a if !a.is_finite() => return "no data".to_owned(),
        0.0 => "0".to_owned(),
        a if a >= 100.0 => format!("{v:.0}"),
        a if a >= 0.1 => format!("{v:.2}"),
        a if a >= 0.001 => format!("{v:.4}"),
        _ => format!("{v:.1e}"),
    };
    text.replace('-', "−")
}

/// Two decimals and a true minus: a correlation, a Dice coefficient.
pub fn two_decimals(v: f64) -> String {
    format!("{v:.2}").replace('-', "−")
}

/// "−42 22 8": whole millimetres with true minus signs.
pub fn coordinate(mm: [f64; 3]) -> String {
    // Rounded first: −0.4 is 0, not −0.
    let [x, y, z] = mm.map(|v| v.round() as i64);
    format!("{x} {y} {z}").replace('-', "−")
}

/// "2 mm", "3 × 3 × 4 mm".
pub fn voxel_size(size_mm: [f64; 3]) -> String {
    let short = |v: f64| {
        format!("{:.2}", v)
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    };
    let [x, y, z] = size_mm.map(short);
    if x == y && y == z {
        format!("{x} mm")
    } else {
        format!("{x} × {y} × {z} mm")
    }
}

/// "84 ms", "1.2 s".
pub fn duration(ms: f32) -> String {
    if ms < 9.95 {
        format!("{ms:.1} ms")
    } else if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.1} s", ms / 1e3)
    }
}

/// Explanations carry no full stop and may begin small.
pub fn full_sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut out: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    out.push_str(letters.as_str());
    if !out.ends_with(['.', '!', '?', '…']) {
        out.push('.');
    }
    out
}

/// A remedy in the window's words: switches of the command line become what is clicked here.
pub fn remedy(text: &str) -> String {
    let text = text
        .replace(
            "Decode the positive tail instead (--tail pos)",
            "Choose “Positive values” below",
        )
        .replace(
            "Decode the negative tail instead (--tail neg)",
            "Choose “Negative values” below",
        )
        .replace(" anyway (--anyway)", " anyway");
    full_sentence(&text)
}

/// A shortcut as it is written on keys: "Ctrl+D", "/", "[".
pub fn keys(shortcut: &KeyboardShortcut) -> String {
    let mut out = String::new();
    let modifiers = shortcut.modifiers;
    if modifiers.command || modifiers.ctrl {
        out.push_str(if cfg!(target_os = "macos") {
            "⌘+"
        } else {
            "Ctrl+"
        });
    }
    if modifiers.alt {
        out.push_str("Alt+");
    }
    if modifiers.shift {
        out.push_str("Shift+");
    }
    out.push_str(match shortcut.logical_key {
        Key::Slash => "/",
        Key::Questionmark => "?",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Period => ".",
        Key::Comma => ",",
        other => other.name(),
    });
    out
}

/// A voxel: "12 30 7".
pub fn voxel([i, j, k]: [usize; 3]) -> String {
    format!("{i} {j} {k}")
}

/// A name as a file's: letters, digits and "-_.", no spaces.
pub fn file_name(name: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || "-_. ".contains(c) {
            c
        } else {
            '_'
        }
    };
    let safe: String = name.chars().map(safe).collect();
    safe.trim().replace(' ', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(coordinate([-0.4, -42.0, 22.6]), "0 −42 23");
        assert_eq!(voxel_size([3.0, 3.0, 3.0]), "3 mm");
        assert_eq!(voxel_size([3.0, 3.0, 3.75]), "3 × 3 × 3.75 mm");
        assert_eq!(percent(0.000_5), "<0.1 %");
        assert_eq!(factor(12.34), "×12");
        assert_eq!(value(-3.456), "−3.46");
        assert_eq!(value(f32::NAN), "no data");
    }

    #[test]
    fn keys_are_written_as_on_the_keyboard() {
        use eframe::egui::Modifiers;
        let name = |modifiers, key| keys(&KeyboardShortcut::new(modifiers, key));
        assert_eq!(name(Modifiers::NONE, Key::Slash), "/");
        assert_eq!(name(Modifiers::NONE, Key::Questionmark), "?");
        assert_eq!(name(Modifiers::NONE, Key::OpenBracket), "[");
        if !cfg!(target_os = "macos") {
            assert_eq!(name(Modifiers::COMMAND, Key::D), "Ctrl+D");
        }
    }
}
