//! Modules depend only downwards. Every `crate::`/`super::` path in src/ is looked at.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Module → floor, as ARCHITECTURE.md draws them.
const FLOORS: &[(&str, u8)] = &[
    ("delimited", 0),
    ("error", 0),
    ("files", 0),
    ("linalg", 0),
    ("progress", 0),
    ("provenance", 0),
    ("seed", 0),
    ("tensors", 0),
    ("assets", 1),
    ("volume", 1),
    ("text", 1),
    ("ontology", 1),
    ("space", 2),
    ("atlas", 3),
    ("corpus", 3),
    ("align", 4),
    ("measure", 4),
    ("meta", 4),
    ("bundle", 5),
    ("learn", 5),
    ("decode", 6),
    ("predict", 6),
    ("train", 6),
    ("batch", 7),
    ("eval", 7),
    ("render", 7),
    ("app", 8),
    ("cli", 9),
];

fn floor(module: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|&(_, floor)| floor)
}

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Code with comments and string literals blanked, so that prose cannot fail the test.
fn code_only(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for line in source.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("//") {
            continue;
        }
        out.push_str(line.split(" // ").next().unwrap_or(line));
        out.push('\n');
    }
    out
}

/// The first segments named by `crate::x` and `crate::{x::…, y::…}`.
fn crate_references(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1usize;
            let mut segment = String::new();
            let mut at_segment_start = true;
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => {
                        if at_segment_start && !segment.is_empty() {
                            found.insert(std::mem::take(&mut segment));
                        }
                        segment.clear();
                        at_segment_start = true;
                        continue;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                if depth == 1 && at_segment_start {
                    if c.is_alphanumeric() || c == '_' {
                        segment.push(c);
                        continue;
                    }
                    if !segment.is_empty() {
                        found.insert(std::mem::take(&mut segment));
                        at_segment_start = false;
                    }
                }
            }
            if at_segment_start && !segment.is_empty() {
                found.insert(segment);
            }
        } else {
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            found.insert(name);
        }
    }
    found
}

#[test]
fn modules_import_only_from_lower_floors() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let mut wrong = Vec::new();
    let mut checked = 0;
    for file in &files {
        let relative = file.strip_prefix(&src).unwrap();
        let first = relative
            .iter()
            .next()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        if matches!(first, "lib" | "main") {
            continue;
        }
        let own = floor(first).unwrap_or_else(|| panic!("{first} has no floor in this test"));
        let code = code_only(&std::fs::read_to_string(file).unwrap());
        for target in crate_references(&code) {
            if target == first {
                continue;
            }
            let Some(other) = floor(&target) else {
                wrong.push(format!(
                    "{}: crate::{target} is not a module",
                    relative.display()
                ));
                continue;
            };
            checked += 1;
            if other >= own {
                wrong.push(format!(
                    "{} (floor {own}) uses crate::{target} (floor {other})",
                    relative.display()
                ));
            }
        }
        let depth = relative.iter().count() - usize::from(relative.ends_with("mod.rs"));
        for line in code.lines() {
            let ups = line.matches("super::").count();
            // `super::super::…` may climb at most to the module's own root.
            if line.contains("super::super::") && ups > depth + 1 {
                wrong.push(format!(
                    "{}: {} climbs out of its module",
                    relative.display(),
                    line.trim()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 0, "the test looked at nothing");
}

#[test]
fn no_source_file_is_over_800_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for dir in ["src", "tests", "benches"] {
        if root.join(dir).exists() {
            rust_files(&root.join(dir), &mut files);
        }
    }
    let long: Vec<_> = files
        .iter()
        .map(|f| (std::fs::read_to_string(f).unwrap().lines().count(), f))
        .filter(|&(lines, _)| lines > 800)
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn the_reader_of_imports_sees_groups_and_paths() {
    let found = crate_references("use crate::{a::{b, c}, d, e::f};\nlet x = crate::g::h();");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a", "d", "e", "g"]);
}

#[test]
fn an_upward_import_would_be_found() {
    let found = crate_references(&code_only("// crate::app\nuse crate::app::run;"));
    assert!(found.contains("app") && floor("app") > floor("volume"));
}
