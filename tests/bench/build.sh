#!/bin/sh
# What timeline-core adds to the build of a small program: the time of a cold build and the number of crates, beside the same
# program with reqwest, serde and tokio by hand. Needs cargo, and the network for crates; changes nothing in this tree.
#
#   sh tests/bench/build.sh              the dev profile; a few minutes
#   sh tests/bench/build.sh --release    the release profile
#
# Both programs send one batch. reqwest has the features that timeline-core gives it, and both have the versions of this
# tree's Cargo.lock. Crates are downloaded before; each build begins with an empty target folder, and the programs take
# turns. TIMELINE_ROUNDS (2) says how often; the smallest time of each counts, as all that disturbs a build makes it longer.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
rounds=${TIMELINE_ROUNDS:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Whatever is set here, both build from nothing into a folder of their own.
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR RUSTC_WRAPPER

program() {
    mkdir -p "$work/$1/src"
    cp "$root/Cargo.lock" "$work/$1"
    cat >"$work/$1/Cargo.toml"
    printf '[package]\nname = "app"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >>"$work/$1/Cargo.toml"
}
version() { sed -n "/^name = \"$1\"$/{n;s/version = \"\(.*\)\"/\1/p;}" "$root/Cargo.lock"; }

reqwest="reqwest = { version = \"$(version reqwest)\", default-features = false, features = [\"rustls\", \"system-proxy\""
serde="serde = { version = \"$(version serde)\", features = [\"derive\"] }"
tokio="tokio = { version = \"$(version tokio)\", features = [\"macros\", \"rt-multi-thread\"] }"
json="serde_json = \"$(version serde_json)\""

program ours <<END
[dependencies]
timeline-core = { path = "$root/timeline-core" }
$tokio
END
program hand <<END
[dependencies]
$reqwest, "json"] }
$serde
$json
$tokio
END
# What the crates are counted against.
program base <<END
[dependencies]
$reqwest] }
$serde
$tokio
END

cat >"$work/ours/src/main.rs" <<'END'
use timeline_core::{Client, SendBatch, TimelineEvent};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct PetAdopted {
    #[timeline(id)]
    id: String,
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder().access_token("token").build()?;
    let event = PetAdopted {
        id: "adoption-17".into(),
        owner: "ada@example.com".into(),
        name: "Rex".into(),
    };
    println!("{}", [event].send_batch(&client).await?);
    Ok(())
}
END
cat >"$work/hand/src/main.rs" <<'END'
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PetAdopted {
    event_template_id: String,
    id: String,
    email: String,
    tokens: Tokens,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    pet_name: String,
}

#[derive(Serialize)]
struct Batch {
    inputs: Vec<PetAdopted>,
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<serde_json::Value>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let event = PetAdopted {
        event_template_id: "1001298".into(),
        id: "adoption-17".into(),
        email: "ada@example.com".into(),
        tokens: Tokens { pet_name: "Rex".into() },
    };
    let request = reqwest::Client::new()
        .post("https://api.hubapi.com/integrators/timeline/v3/events/batch/create")
        .bearer_auth("token")
        .json(&Batch { inputs: vec![event] });
    let answer: Answer = request.send().await?.error_for_status()?.json().await?;
    println!("{} created", answer.results.len());
    Ok(())
}
END
echo 'fn main() {}' >"$work/base/src/main.rs"

crates() {
    cargo tree --quiet --manifest-path "$work/$1/Cargo.toml" --prefix none --edges normal,build --format '{p}' |
        sed 's/ (.*//' | sort -u | grep -v '^app v'
}
for app in ours hand base; do
    cargo fetch --quiet --manifest-path "$work/$app/Cargo.toml"
    crates "$app" >"$work/$app.crates"
done

now() { date +%s%N; }
turn=1
while [ "$turn" -le "$rounds" ]; do
    for app in ours hand; do
        start=$(now)
        # The second line of `times` is the processor time of what the shell has started.
        sh -c 'cargo build --quiet --offline --manifest-path "$0" "$@" >&2 && times' "$work/$app/Cargo.toml" \
            --target-dir "$work/target" "$@" >"$work/times"
        cpu=$(sed -n 's/[ms]/ /g;2p' "$work/times" | awk '{ print $1 * 60 + $2 + $3 * 60 + $4 }')
        echo "$((($(now) - start) / 1000000)) $cpu" >>"$work/$app.times"
        rm -rf "$work/target"
    done
    turn=$((turn + 1))
done
# Seconds of the clock, and of the processor.
clock() { sort -n "$work/$1.times" | awk 'NR == 1 { print $1 / 1000 }'; }
cpu() { sort -n -k 2 "$work/$1.times" | awk 'NR == 1 { print $2 }'; }

awk -v ours="$(clock ours)" -v hand="$(clock hand)" -v our_cpu="$(cpu ours)" -v hand_cpu="$(cpu hand)" -v turns="$rounds" 'BEGIN {
    printf "Cold build of a small program, the shortest of %d: %.1f s, with reqwest, serde and tokio by hand %.1f s; ratio %.2f (goal: at most 1.15, %s). ",
        turns, ours, hand, ours / hand, ours / hand <= 1.15 ? "met" : "**missed**"
    printf "Processor time: %.1f s and %.1f s; ratio %.2f.\n", our_cpu, hand_cpu, our_cpu / hand_cpu
}'
beyond=$(comm -23 "$work/ours.crates" "$work/base.crates" | sed 's/ v.*//' | grep -v '^timeline-' | tr '\n' ' ')
count=$(echo "$beyond" | wc -w)
verdict=met
[ "$count" -le 12 ] || verdict='**missed**'
echo "Crates beyond reqwest, tokio and serde: $count and our own two (goal: at most 12, $verdict for those of others): $beyond"
