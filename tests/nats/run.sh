#!/bin/sh
# The example `nats` between a real NATS server and the sandbox. Needs cargo and python3 with venv, and the network for
# the client's package; installs Debian's nats-server if there is none; changes nothing in this tree.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if ! command -v nats-server >/dev/null 2>&1; then
    (apt-get update -qq && apt-get install -y -qq nats-server) >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; exit 1; }
fi
cd "$here"
target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
# Of all packages, as in the rest of the gate, so that nothing is built again.
cargo build --quiet --workspace --example sandbox --example nats
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
mkdir "$work/run"
"$work/venv/bin/python" check.py "$work/run" "$(command -v nats-server)" "$target/debug/examples"
