//! The one way to the shared test data, which a clone may not have, and to skipping a test.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

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
    skip(&format!("{} is missing", path.display()));
    None
}

/// Says that this test, or part of it, is skipped and why: on stderr and in the log that tests/run.sh
/// counts from.
///
/// # Panics
/// With `GYRUS_REQUIRE_SHARED=1` (set in CI) nothing may be skipped.
pub fn skip(why: &str) {
    assert!(
        std::env::var_os("GYRUS_REQUIRE_SHARED").is_none_or(|v| v != "1"),
        "GYRUS_REQUIRE_SHARED=1 but {why}"
    );
    eprintln!("SKIPPED: {why}");
    log_skip(why);
}

/// Adds the test's name to the file `GYRUS_SKIP_LOG` names, from which tests/run.sh counts: stderr
/// of a passing test is not shown. One short append is whole even where tests run side by side.
fn log_skip(why: &str) {
    let Some(log) = std::env::var_os("GYRUS_SKIP_LOG") else {
        return;
    };
    let thread = std::thread::current();
    let line = format!("{}\t{}\n", thread.name().unwrap_or("?"), why);
    let appended = OpenOptions::new()
        .append(true)
        .create(true)
        .open(log)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    if let Err(error) = appended {
        eprintln!("could not write the skip log: {error}");
    }
}
