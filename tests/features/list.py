"""Prints the features of timeline-core, one a line, from its manifest: what is checked for each is checked for a new one, too.

`list.py` prints all, `list.py apart` those that do not bring the client, `list.py documented` those to make
documentation with.
"""

import json
import subprocess
import sys

metadata = subprocess.run(
    ["cargo", "metadata", "--no-deps", "--format-version", "1"], check=True, capture_output=True, text=True
).stdout
core = next(package for package in json.loads(metadata)["packages"] if package["name"] == "timeline-core")
brought = core["features"]
# They add nothing to the API, and one of them needs a C library.
OTHER_TLS = {"native-tls", "rustls-no-provider"}


def closure(feature):
    found, waiting = set(), [feature]
    while waiting:
        one = waiting.pop()
        if one in brought and one not in found:
            found.add(one)
            waiting.extend(brought[one])
    return found


every = set(brought) - {"default"}
# docs.rs makes pages for every item. `cli` adds a program and no item.
on_docs_rs = closure("default").union(*(closure(one) for one in core["metadata"]["docs"]["rs"]["features"])) - {"default"}
missing = every - on_docs_rs - OTHER_TLS - {"cli"}
if missing:
    sys.exit(f"`package.metadata.docs.rs` lacks {', '.join(sorted(missing))}")

what = sys.argv[1] if len(sys.argv) > 1 else "all"
chosen = {
    "all": every,
    "apart": {feature for feature in every if "client" not in closure(feature)},
    "documented": every - OTHER_TLS,
}[what]
print(*sorted(chosen), sep="\n")
