#!/bin/sh
# HubSpot's own clients against the sandbox. Needs cargo, node, npm and python3 with venv, and the network for their
# packages; changes nothing in this tree.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
sandbox=
finish() {
    status=$?
    if [ -n "$sandbox" ]; then
        kill -INT "$sandbox" 2>/dev/null || true
        wait "$sandbox" 2>/dev/null || true
        [ "$status" -eq 0 ] || cat "$work/sandbox.log"
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cd "$here"
target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
cargo build --quiet --workspace --example sandbox --example from_node

# Starts a sandbox, in place of the one before, and sets its address.
start() {
    [ -z "$sandbox" ] || { kill -INT "$sandbox"; wait "$sandbox" || true; }
    : >"$work/sandbox.log"
    "$target/debug/examples/sandbox" "$@" >"$work/sandbox.log" 2>&1 &
    sandbox=$!
    url=
    tries=0
    while [ -z "$url" ]; do
        url=$(sed -n 's/^listening on *//p' "$work/sandbox.log")
        tries=$((tries + 1))
        [ "$tries" -le 100 ] || { echo "the sandbox did not start" >&2; exit 1; }
        [ -n "$url" ] || sleep 0.1
    done
}

start --templates sdk/definitions --project shelter

cp "$here/node/package.json" "$here/node/check.js" "$work"
(cd "$work" && npm install --silent --no-audit --no-fund --no-package-lock)
node "$work/check.js" "$url"

# The same program with that client and in Rust, one after the other on one sandbox. Two of the events are bad, so both fail.
from_node=$here/../../examples/from_node
start --templates "$from_node/templates.json"
cp "$from_node/index.mjs" "$from_node/sign_ups.json" "$work"
expect() {
    words=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        echo "a program that does not deliver everything must fail" >&2 && exit 1
    fi
    cat "$work/out"
    grep -qF "$words" "$work/out"
}
expect '6 events: 4 created, 2 not listed' node "$work/index.mjs" "$url"
expect '6 events: 0 created, 6 not listed' node "$work/index.mjs" "$url"
expect '6 events: 0 created, 4 already there, 2 rejected, 0 not sent' "$target/debug/examples/from_node" --base-url "$url"
grep -qF 'row 2: signup-3 rejected: HubSpot refused it: invalid email: n/a' "$work/out"
grep -qF 'row 5: signup-6 rejected: HubSpot refused it: invalid email: none' "$work/out"
start --templates sdk/definitions --project shelter

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/python/requirements.txt"
"$work/venv/bin/python" "$here/python/check.py" "$url"

# The client for the new platform, which needs packages of other versions.
python3 -m venv "$work/sdk"
"$work/sdk/bin/pip" install --quiet --disable-pip-version-check -r "$here/sdk/requirements.txt"
"$work/sdk/bin/python" "$here/sdk/check.py" "$url"
