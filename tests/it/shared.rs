//! The one way to the shared test data, which a clone may not have.

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
    assert!(
        std::env::var_os("GYRUS_REQUIRE_SHARED").is_none_or(|v| v != "1"),
        "GYRUS_REQUIRE_SHARED=1 but {} is missing",
        path.display()
    );
    eprintln!("SKIPPED-SHARED: {} is missing", path.display());
    None
}
