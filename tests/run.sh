#!/usr/bin/env bash
# Runs all tests: bash tests/run.sh [arguments for cargo nextest run or cargo test]
#
# Installs what they need where it can. Tests whose data lies in ../shared are skipped where that
# folder is missing, tests that draw where there is no graphics adapter; with GYRUS_REQUIRE_SHARED=1
# they fail instead.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/packages.sh
. tests/packages.sh

need_cargo
# A linker for cargo; a Vulkan driver without a graphics card for the tests that draw.
need_packages gcc libc6-dev libvulkan1 mesa-vulkan-drivers

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -m 700 "$scratch/runtime"
: >"$scratch/skipped"

export XDG_RUNTIME_DIR="$scratch/runtime"
export GYRUS_SKIP_LOG="$scratch/skipped"
# Settings and caches of the person who runs this stay out of the tests.
export XDG_CONFIG_HOME="$scratch/config" XDG_DATA_HOME="$scratch/data" XDG_CACHE_HOME="$scratch/cache"
# The software renderer's vectors as wide on every processor: the same pixels everywhere.
export LP_NATIVE_VECTOR_WIDTH=256
# No test opens a window on this desktop.
unset DISPLAY WAYLAND_DISPLAY

status=0
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --locked "$@" || status=$?
else
  cargo test --locked --lib --bins --tests --no-fail-fast "$@" || status=$?
fi

skipped=$(cut -f1 "$scratch/skipped" | sort -u | grep -c . || true)
echo "Tests skipped for lack of ../shared or a graphics adapter: $skipped"
if [ "$skipped" -gt 0 ]; then
  sort -u "$scratch/skipped" | sed 's/^/  /'
fi
exit "$status"
