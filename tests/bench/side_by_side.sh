#!/bin/sh
# What it costs to send events, and what is known of them afterwards: ours, loops that are written by hand, and HubSpot's
# own clients, on one bare server in one run. Needs cargo, node, npm and python3 with venv on Linux, and the network for
# packages; changes nothing in this tree. Prints Markdown.
#
#   sh tests/bench/side_by_side.sh            some minutes, most of them for building; best on a machine that does nothing else
#   sh tests/bench/side_by_side.sh --smoke    a few events, by ours and by hand alone, with what is known of them asserted
#
# TIMELINE_EVENTS (100,000), TIMELINE_ROUNDS (5), TIMELINE_TROUBLE_EVENTS (5,000) and TIMELINE_PACE (60 seconds, 0 leaves it
# out) say how much; TIMELINE_FOLDER where the outbox's file is made.
#
# All send the same events, made one by one, in batches of 100 with 8 requests at once and no limit of requests, and look in
# each answer for the ids that they have sent. Each is a process of its own, as is the server, whose work is in no figure but
# the rate: they share the machine. A tenth as many events are sent before the clock starts. The ways take turns, each
# round begins with another one, and ratios are made within a round. Memory is the process's resident memory at its peak.
#
# - send_batch has every event's outcome in its report; send_stream gives each as it comes.
# - The sender takes events one at a time from 64 tasks, as from a busy web service. On the outbox each is on the disk
#   before it is taken, and the rate is that of events that have arrived.
# - The usual hand-written loop (tests/benches/support/by_hand.rs): serde structs that own their texts, timestamps that are
#   formatted, reqwest's `.json(…)` on both ways, a look at the status, three more attempts after 1, 2 and 4 s for a 429 or
#   a 5xx, and a set of the answer's ids to compare with. It keeps no outcome, and gives up a batch whose connection broke.
# - The lean one borrows everything, has a constant for a timestamp, and tries nothing again.
# - HubSpot's clients have retries as they document them: Node as many as it can be told to (6), Python those of its README.
#   urllib3 applies these to no POST. Node's own limit of requests is off, and it has the HTTP agent that makes it fastest.
#
# The troubles begin at the tenth batch. Bad: every hundredth event has a value that only the server refuses; the answer is
# a 207 that lists what was created and names no other event. Lost: one batch is stored, and the connection is cut instead
# of an answer. Unavailable: 503 for 3 s from then on. All events have ids of their own, and the server keeps a ledger.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cd "$here"
target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
if [ "${1-}" = --smoke ]; then
    # Of all packages and with an example, as in the rest of the gate, so that dependencies are not built again.
    cargo build --quiet --workspace --bin timeline-bench --example sandbox
    rm -rf "$work"
    exec python3 side_by_side.py "$target/debug/timeline-bench" --smoke
fi

cargo build --quiet --release -p timeline-bench
cp ../clients/node/package.json node/send.js "$work"
(cd "$work" && npm install --silent --no-audit --no-fund --no-package-lock)
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r ../clients/python/requirements.txt
python3 side_by_side.py "$target/release/timeline-bench" --node "$work" --python "$work/venv/bin/python"
