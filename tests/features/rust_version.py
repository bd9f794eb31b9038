"""Holds the stated Rust version against those that the dependencies of the two published crates state.

Reads the output of `cargo metadata --all-features`. What is built for tests and examples alone does not count.
"""

import json
import sys

metadata = json.load(sys.stdin)
packages = {package["id"]: package for package in metadata["packages"]}
needed = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}


def version(text):
    numbers = [int(number) for number in text.split(".")]
    return tuple(numbers + [0] * (3 - len(numbers)))


published = [package for package in packages.values() if package["name"] in ("timeline-core", "timeline-derive")]
assert len(published) == 2, published
waiting = [package["id"] for package in published]
found = set(waiting)
while waiting:
    for dependency in needed[waiting.pop()]:
        is_built = any(kind["kind"] in (None, "build") for kind in dependency["dep_kinds"])
        if is_built and dependency["pkg"] not in found:
            found.add(dependency["pkg"])
            waiting.append(dependency["pkg"])
found -= {package["id"] for package in published}

stated = [(version(packages[one]["rust_version"]), packages[one]) for one in found if packages[one]["rust_version"]]
highest = max(stated, key=lambda pair: pair[0])[0]
those = sorted(f"{package['name']} {package['version']}" for needs, package in stated if needs == highest)
shown = ".".join(map(str, highest))
for package in published:
    ours = version(package["rust_version"])
    if ours < highest:
        sys.exit(f"{package['name']} states Rust {package['rust_version']}, but {', '.join(those)} need {shown}")
    if package["name"] == "timeline-core" and ours > highest:
        sys.exit(f"{package['name']} states Rust {package['rust_version']}, but its dependencies need no more than {shown}")
print(f"of {len(found)} dependencies, {len(stated)} state a Rust version; the highest is {shown} ({', '.join(those)})")
