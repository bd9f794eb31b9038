#!/bin/sh
# What would be published: the packages of both crates hold what they should, and their own tests run from them.
# Arguments go to `cargo test`, for example `--features`.
set -eu

repo=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$repo"

# Both at once: the second needs the first, which no registry has yet. They are built below, from what is unpacked.
CARGO_TARGET_DIR=$work/target cargo package --quiet --no-verify --allow-dirty -p timeline-derive -p timeline-core 2>"$work/log" ||
    { cat "$work/log"; exit 1; }
mkdir "$work/packages"
for crate in "$work"/target/package/*.crate; do tar -C "$work/packages" -xf "$crate"; done
# The files have the same old time in each package; cargo would take what it built from another for up to date.
find "$work/packages" -name '*.rs' -exec touch {} +
cd "$work/packages"
mv timeline-derive-* timeline-derive
mv timeline-core-* timeline-core

for package in "$work/packages/timeline-derive" "$work/packages/timeline-core"; do
    (cd "$package" && find . ! -type d | sed 's|^\./||' | sort) >"$work/files"
    for wanted in Cargo.toml README.md LICENSE-MIT LICENSE-APACHE src/lib.rs; do
        grep -qx "$wanted" "$work/files" || { echo "$package: no $wanted"; exit 1; }
        [ -s "$package/$wanted" ] && [ ! -L "$package/$wanted" ] || { echo "$package: $wanted is no file"; exit 1; }
    done
    for licence in LICENSE-MIT LICENSE-APACHE; do cmp "$repo/$licence" "$package/$licence"; done
    # Sources, pages of documentation, and what cargo adds: nothing else.
    if grep -vE '^(src/.*\.(rs|txt|html|css|js|svg)|docs/.*\.(md|json)|README\.md|LICENSE-(MIT|APACHE)|Cargo\.(toml|toml\.orig|lock)|\.cargo_vcs_info\.json)$' \
        "$work/files"; then
        echo "$package: the files above belong to no published package" && exit 1
    fi
    size=$(cat "$work"/target/package/"$(basename "$package")"-*.crate | wc -c)
    [ "$size" -lt 1000000 ] || { echo "$package: $size bytes, packed"; exit 1; }
    echo "$(basename "$package"): $(wc -l <"$work/files") files, $size bytes packed"
done

# The repository with the packages in the place of both crates, so that dependencies are built with the features that they
# have there, and are built already.
cd "$repo"
git ls-files -z tests examples Cargo.toml Cargo.lock | tar --null -T - -cf - | tar -C "$work" -xf -
cd "$work"
# Another folder than in the repository: cargo would take one for the other.
sed -i 's#"timeline-\(core\|derive\)"#"packages/timeline-\1"#g' Cargo.toml
sed -i 's#\.\./timeline-core/#../packages/timeline-core/#' tests/Cargo.toml
printf '\n[patch.crates-io]\ntimeline-derive = { path = "packages/timeline-derive" }\n' >>Cargo.toml
target=${CARGO_TARGET_DIR:-$repo/target}
cargo test --quiet --offline --workspace --lib --target-dir "$target" "$@"

# What is for documentation alone is no part of a build. The compiler lists what it has read.
lists=$(find "$target/debug/deps" -name 'timeline_core-*.d' -newer "$work/files")
grep -q '^packages/timeline-core/src/lib.rs:' $lists
if grep -l docs/mistakes.md $lists; then echo "the gallery of mistakes is part of a build" && exit 1; fi
