#!/bin/sh
# Shows that the outbox says "taken" only after the disk has said "written": a program that enqueues 200 events one after the
# other runs under strace, and each line that it prints comes after a sync of SQLite's log that follows the last write to it.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v strace >/dev/null || (apt-get update -qq && apt-get install -y -qq strace) >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; exit 1; }
cd "$(dirname "$0")/../.."
exe=$(cargo test --test relay --no-run 2>&1 | sed -n 's/.*(\(.*relay-[^)]*\)).*/\1/p')
TIMELINE_OUTBOX_KILL=$work/events.db TIMELINE_RUN=0 TIMELINE_EVENTS=200 \
    strace -f -qq -y -e trace=fsync,fdatasync,pwrite64,write -o "$work/log" "$exe" --exact outbox::kill::child --nocapture >/dev/null
awk '
    /pwrite64\(.*-wal>/ { unsynced = 1; writes++ }
    /(fsync|fdatasync)\(.*-wal>\) *= 0/ || (/(fsync|fdatasync) resumed/ && /= 0/) { unsynced = 0; syncs++ }
    /write\(1<.*"taken / { taken++; if (unsynced) early++ }
    END {
        printf "%d events taken, %d writes to the log, %d syncs; %d taken before their sync\n", taken, writes, syncs, early
        exit !(taken == 200 && syncs >= 200 && !early)
    }
' "$work/log"
