#!/bin/sh
# The sandbox's page in a real browser. The argument is the program `timeline` or the example `sandbox`; PAGE_SCREENSHOTS is a
# folder for pictures, if they are wanted. It installs what it needs: Debian's Chromium, and the library that drives it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
program=${1:?"the sandbox program, as in target/debug/examples/sandbox"}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v chromium >/dev/null 2>&1; then
    (apt-get update -qq && apt-get install -y -qq chromium) >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; exit 1; }
fi
cp "$here/check.mjs" "$here/package.json" "$work"
(cd "$work" && npm install --silent --no-audit --no-fund --ignore-scripts)
node "$work/check.mjs" "$program"
