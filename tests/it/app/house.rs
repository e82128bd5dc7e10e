//! The window's floors: which parts may know which, no large circles, one writer of the document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Part of `src/app` → floor. Parts of one floor do not know each other.
const FLOORS: &[(&str, u8)] = &[
    ("kit", 0),
    ("model", 1),
    ("jobs", 2),
    ("feature", 3),
    ("engine", 3),
    ("features", 4),
    ("views", 4),
    ("shell", 5),
    ("mod", 6),
];

/// Files of a circle at most.
const MAX_CIRCLE: usize = 3;

fn floor(part: &str) -> u8 {
    let known = FLOORS.iter().find(|(name, _)| *name == part);
    known
        .unwrap_or_else(|| panic!("src/app/{part} has no floor in this test"))
        .1
}

/// A file, by the path of its module below `crate`: "app::features::peaks".
struct Module {
    file: PathBuf,
    code: String,
}

fn walk(dir: &Path, module: &str, out: &mut BTreeMap<String, Module>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            walk(&path, &format!("{module}::{stem}"), out);
        } else if path.extension().is_some_and(|e| e == "rs") && stem != "tests" {
            let name = match stem.as_str() {
                "mod" => module.to_owned(),
                _ => format!("{module}::{stem}"),
            };
            let source = std::fs::read_to_string(&path).unwrap();
            // What only tests use does not count.
            let code = source.split("#[cfg(test)]\nmod tests").next().unwrap();
            let lines = code.lines().filter(|l| !l.trim_start().starts_with("//"));
            let code = lines.collect::<Vec<_>>().join("\n");
            out.insert(name, Module { file: path, code });
        }
    }
}

fn modules() -> BTreeMap<String, Module> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app");
    let mut out = BTreeMap::new();
    walk(&root, "app", &mut out);
    assert!(out.len() > 60, "the window's files were not found");
    out
}

/// "a::{b::{C, D}, e}" → "a::b::C", "a::b::D", "a::e".
fn paths(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap().trim();
        return vec![path.to_owned()];
    };
    let (head, body) = (&tree[..open], &tree[open + 1..tree.rfind('}').unwrap()]);
    let (mut depth, mut start, mut out) = (0_i32, 0, Vec::new());
    for (at, c) in body.char_indices().chain([(body.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = body[start..at].trim();
                if !part.is_empty() {
                    out.extend(paths(part).iter().map(|path| format!("{head}{path}")));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    out
}

/// What a file names, as whole paths: its `use` lines, and paths written out in the code.
fn named(module: &str, code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("use ") {
        let begins = rest[..at].ends_with(['\n', ' ', ')']) || at == 0;
        // A folder's face shows what is in it; whoever uses that is led to the file behind.
        let shows = rest[..at].ends_with("pub ");
        rest = &rest[at + 4..];
        let end = rest.find(';').unwrap_or(rest.len());
        if begins && !shows && !rest[..end].contains('(') {
            found.extend(paths(&rest[..end]));
        }
    }
    for (at, _) in code.match_indices("crate::app::") {
        let path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let end = code[at..].find(|c| !path(c)).map_or(code.len(), |n| at + n);
        found.push(code[at..end].trim_end_matches(':').to_owned());
    }
    let absolute = |path: String| -> Option<String> {
        if let Some(path) = path.strip_prefix("crate::") {
            return Some(path.to_owned());
        }
        let mut base: Vec<&str> = module.split("::").collect();
        let mut path = path.as_str();
        if let Some(own) = path.strip_prefix("self::") {
            return Some(format!("{}::{own}", base.join("::")));
        }
        if !path.starts_with("super::") {
            return Some(format!("{}::{path}", base.join("::")));
        }
        while let Some(up) = path.strip_prefix("super::") {
            base.pop()?;
            path = up;
        }
        Some(format!("{}::{path}", base.join("::")))
    };
    found.into_iter().filter_map(absolute).collect()
}

/// The module whose file a path leads to; re-exports are followed.
fn target(path: &str, all: &BTreeMap<String, Module>, depth: usize) -> Option<String> {
    let parts: Vec<&str> = path.split("::").collect();
    let module = (1..=parts.len())
        .rev()
        .map(|n| parts[..n].join("::"))
        .find(|name| all.contains_key(name))?;
    let Some(item) = path[module.len()..].strip_prefix("::") else {
        return Some(module);
    };
    let item = item.split("::").next().unwrap();
    let code = &all[&module].code;
    let exports = code.match_indices("pub use ").filter_map(|(at, _)| {
        let line = &code[at + 8..];
        Some(&line[..line.find(';')?])
    });
    for export in exports.filter(|_| depth < 4) {
        let renamed = format!(" as {item}");
        for path in paths(export) {
            let last = path.rsplit("::").next().unwrap();
            if last == item || export.contains(&renamed) {
                let whole = format!("{module}::{path}");
                if let Some(found) = target(&whole, all, depth + 1) {
                    return Some(found);
                }
            }
        }
    }
    Some(module)
}

/// File → files it names.
fn arrows(all: &BTreeMap<String, Module>) -> BTreeMap<String, BTreeSet<String>> {
    let of = |(name, module): (&String, &Module)| {
        let named = named(name, &module.code).into_iter();
        let targets = named.filter_map(|path| target(&path, all, 0));
        (name.clone(), targets.filter(|to| to != name).collect())
    };
    all.iter().map(of).collect()
}

fn part(module: &str) -> &str {
    module.split("::").nth(1).unwrap_or("mod")
}

#[test]
fn parts_of_the_window_know_only_lower_floors() {
    let all = modules();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (from, targets) in arrows(&all) {
        for to in targets.iter().filter(|to| part(to) != part(&from)) {
            checked += 1;
            if floor(part(to)) >= floor(part(&from)) {
                wrong.push(format!("{} names {to}", all[&from].file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 200, "only {checked} arrows were found");
}

#[test]
fn features_do_not_know_each_other() {
    let all = modules();
    let folder = |module: &str| module.split("::").nth(2).map(str::to_owned);
    for (from, targets) in arrows(&all) {
        if part(&from) != "features" || folder(&from).is_none() {
            continue;
        }
        for to in targets.iter().filter(|to| part(to) == "features") {
            assert_eq!(folder(to), folder(&from), "{from} names {to}");
        }
    }
}

#[test]
fn no_circle_has_more_than_three_files() {
    let all = modules();
    let arrows = arrows(&all);
    let reach = |from: &String| -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![from.clone()];
        while let Some(name) = waiting.pop() {
            for to in &arrows[&name] {
                if seen.insert(to.clone()) {
                    waiting.push(to.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<_, _> = all.keys().map(|name| (name.clone(), reach(name))).collect();
    for (name, from_here) in &reached {
        let circle: Vec<_> = from_here
            .iter()
            .filter(|other| reached[*other].contains(name))
            .collect();
        assert!(circle.len() <= MAX_CIRCLE, "{name}: {circle:?}");
    }
}

#[test]
fn only_the_model_writes_the_document() {
    for (name, module) in modules() {
        if part(&name) != "model" {
            assert!(
                !module.code.contains("&mut Document"),
                "{} takes a document to write to",
                module.file.display()
            );
        }
    }
}

#[test]
fn nested_imports_are_taken_apart() {
    assert_eq!(
        paths("a::{b::{C, D as E}, f}"),
        ["a::b::C", "a::b::D", "a::f"]
    );
    assert_eq!(named("app::x::y", "use super::z::{A};"), ["app::x::z::A"]);
}
