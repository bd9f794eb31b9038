#!/bin/sh
# Builds both crates with the oldest versions that their manifests allow. Of the versions of dependencies' dependencies the
# newest are taken: whether others have told the truth is not asked.
set -eu
repo=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet "$repo" "$work/clone"
cd "$work/clone"

# The variable lets a stable cargo take the option.
RUSTC_BOOTSTRAP=1 cargo update --quiet -Z direct-minimal-versions
git --no-pager diff --stat
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$repo/target}
cargo check --quiet -p timeline-derive
cargo check --quiet -p timeline-core --all-features
