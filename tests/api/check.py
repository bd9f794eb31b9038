"""Compares the public API of timeline-core with the file beside this one. With `--update`, writes the file."""

import difflib
import json
import pathlib
import sys

from listing import Listing

file = pathlib.Path(__file__).parent / "public-api.txt"
with open(sys.argv[1], encoding="utf-8") as document:
    document = json.load(document)
# What rustdoc writes is not stable. The gate's compiler is Rust 1.95.
if document["format_version"] != 57:
    print(f"skipped: rustdoc writes its format {document['format_version']}, and this script reads format 57")
    sys.exit()
listing = Listing(document)
lines = listing.of_the_crate(document["root"])

for crate, places in sorted(listing.foreign.items()):
    print(f"a public signature names a type of {crate}: {', '.join(sorted(places))}")
if listing.foreign:
    sys.exit(1)
if len(lines) < 500:
    sys.exit(f"only {len(lines)} public items were found")

new = "".join(f"{line}\n" for line in lines)
if "--update" in sys.argv[2:]:
    file.write_text(new, encoding="utf-8")
elif file.read_text(encoding="utf-8") != new:
    old = file.read_text(encoding="utf-8").splitlines()
    for line in difflib.unified_diff(old, lines, "public-api.txt", "the code", lineterm="", n=0):
        print(line)
    sys.exit("the public API has changed: if it is meant, `sh tests/api/run.sh --update`, and tell it in the changelog")
print(f"{len(lines)} public items")
