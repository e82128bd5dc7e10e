//! The graphics adapter of the tests that draw: Mesa's software one where there is no other.

use gyrus::render::gpu::Headless;

use super::shared::skip;

/// The adapter; `None`, after a line in the log of skipped tests, where there is none.
///
/// # Panics
/// With `GYRUS_REQUIRE_SHARED=1` (set in CI) a missing adapter fails the test.
pub fn adapter() -> Option<Headless> {
    match Headless::shared() {
        Ok(adapter) => Some(adapter),
        Err(error) => {
            skip(&format!(
                "no graphics adapter ({error}); on Debian: apt install mesa-vulkan-drivers"
            ));
            None
        }
    }
}
