#!/bin/sh
# Lints timeline-core with none of its features, with each alone, with the client beside each that does not bring it, and with
# all. A feature that is new in the manifest is among them.
set -eu
cd "$(dirname "$0")/../.."

if ! pkg-config --exists openssl 2>/dev/null; then
    (apt-get update -qq && apt-get install -y -qq pkg-config libssl-dev) >/dev/null
fi
lint() {
    cargo clippy --quiet -p timeline-core "$@" -- -D warnings || { echo "with $*"; exit 1; }
}

every=$(python3 tests/features/list.py)
apart=$(python3 tests/features/list.py apart)
documented=$(python3 tests/features/list.py documented | paste -sd,)

lint --all-targets --no-default-features
for feature in $every; do lint --no-default-features --features "$feature"; done
for feature in $apart; do lint --no-default-features --features "client,$feature"; done
lint --no-default-features --features blocking,sandbox
lint --all-targets --features "$documented"
lint --all-features
