#!/bin/sh
# The public API of timeline-core with all features, compared with public-api.txt; `--update` writes that file.
set -eu
cd "$(dirname "$0")/../.."
features=$(python3 tests/features/list.py documented)
RUSTDOC=$PWD/tests/api/rustdoc.sh cargo rustdoc --quiet -p timeline-core --lib --features "$(echo $features | tr " " ,)" -- \
    -Z unstable-options --output-format json
python3 -B tests/api/check.py "${CARGO_TARGET_DIR:-target}/doc/timeline_core.json" "$@"
