//! The one way to the shared test data, which a clone may not have.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Path of a file or folder in `../shared`, or `None`, after a line on stderr, where it is missing.
///
/// # Panics
/// With `GYRUS_REQUIRE_SHARED=1` (set in CI) a missing file fails the test instead of skipping it.
pub fn shared(relative: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(relative);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("GYRUS_REQUIRE_SHARED").is_none_or(|v| v != "1"),
        "GYRUS_REQUIRE_SHARED=1 but {} is missing",
        path.display()
    );
    eprintln!("SKIPPED-SHARED: {} is missing", path.display());
    log_skip(&path);
    None
}

/// Adds the test's name to the file `GYRUS_SKIP_LOG` names, from which tests/run.sh counts: stderr
/// of a passing test is not shown. One short append is whole even where tests run side by side.
fn log_skip(missing: &Path) {
    let Some(log) = std::env::var_os("GYRUS_SKIP_LOG") else {
        return;
    };
    let thread = std::thread::current();
    let line = format!("{}\t{}\n", thread.name().unwrap_or("?"), missing.display());
    let appended = OpenOptions::new()
        .append(true)
        .create(true)
        .open(log)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    if let Err(error) = appended {
        eprintln!("could not write the skip log: {error}");
    }
}
