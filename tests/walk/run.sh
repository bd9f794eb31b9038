#!/bin/sh
# Does what `timeline-core/docs/sandbox.md` says, word for word, and compares what is printed with what the page says. Needs
# cargo, curl and python3; changes nothing in this tree. The command is not installed, but taken from a build.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cd "$here/../.."
target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
# Of all packages, as in the rest of the gate, so that nothing is built again.
cargo build --quiet --workspace --bin timeline-command --example nightly
mkdir "$work/bin"
ln -s "$target/debug/timeline-command" "$work/bin/timeline"
python3 "$here/check.py" "$PWD" "$work"
