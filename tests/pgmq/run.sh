#!/bin/sh
# The tests of the queue in Postgres, on a server of their own: `sh tests/pgmq/run.sh [arguments for cargo test]`. Installs
# Debian's PostgreSQL if there is none; pgmq's functions come from the published crate `pgmq`.
set -eu

pgmq=0.33.7
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
chmod 755 "$work"
# Where every user may be.
cd "$work"
find_server() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
if [ -z "$(find_server)" ]; then
    (apt-get update -qq && apt-get install -y -qq postgresql) >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; exit 1; }
fi
bin=$(find_server)

# PostgreSQL does not run as root.
if [ "$(id -u)" = 0 ]; then as="runuser -u postgres --"; owner=postgres; else as=; owner=$(id -un); fi
mkdir "$work/server"
chown "$owner" "$work/server"
ctl="$as $bin/pg_ctl -w -D $work/server/data -l $work/server/log"
finish() {
    status=$?
    $ctl stop -m immediate >/dev/null 2>&1 || true
    [ $status = 0 ] || tail -n 20 "$work/server/log" 2>/dev/null || true
    rm -rf "$work"
    exit $status
}
trap finish EXIT

mkdir "$work/crate"
printf '[package]\nname = "sql"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\npgmq = { version = "=%s", default-features = false }\n[workspace]\n' \
    "$pgmq" >"$work/crate/Cargo.toml"
: >"$work/crate/lib.rs"
cargo vendor --quiet --manifest-path "$work/crate/Cargo.toml" "$work/vendor" >/dev/null 2>&1
sql=$work/vendor/pgmq/src/install/embedded/sql/pgmq.sql

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'secret' >"$work/server/password"
chown "$owner" "$work/server/password"
$as "$bin/initdb" -D "$work/server/data" -U app --auth=scram-sha-256 --pwfile="$work/server/password" >/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext basicConstraints=critical,CA:FALSE \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$work/server/data/server.key" -out "$work/server/data/server.crt" 2>/dev/null
chown "$owner" "$work/server/data/server.key" "$work/server/data/server.crt"
chmod 600 "$work/server/data/server.key"
cp "$work/server/data/server.crt" "$work/root.crt"
chmod 644 "$work/root.crt"
printf "listen_addresses = '127.0.0.1'\nport = %s\nunix_socket_directories = ''\nmax_connections = 200\nssl = on\n" "$port" \
    >>"$work/server/data/postgresql.conf"
$ctl start >/dev/null

TIMELINE_POSTGRES=postgresql://app:secret@127.0.0.1:$port/postgres
export TIMELINE_POSTGRES PGPASSWORD=secret
psql="$bin/psql -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p $port -U app"
$psql -d postgres -f "$sql" >/dev/null
$psql -d postgres -c 'CREATE DATABASE bare'
export TIMELINE_POSTGRES_ROOT="$work/root.crt"
export TIMELINE_POSTGRES_CRASH="$ctl stop -m immediate && $ctl start"
cd "$here"
# Of all packages, so that nothing is built again.
test="cargo test --quiet --test relay"
$test pgmq -- --nocapture --skip pgmq::crash "$@"
# By itself: it stops the server.
$test pgmq::crash -- --nocapture "$@"
