"""Runs the commands of a page one after the other. A block of text below them is what they print, among other lines."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

repo, work = map(Path, sys.argv[1:])
page = (repo / "timeline-core/docs/sandbox.md").read_text()
# Another gate may run on this machine.
port = str(20_000 + os.getpid() % 20_000)
page = page.replace("7700", port)
# One shell runs all of it, since one block sets what the next ones need. It stands in a folder of its own, for the files
# that are written.
(work / "examples").symlink_to(repo / "examples")
shell = r"""
cargo() {
    [ "$1" != install ] || return 0
    verb=$1; shift
    command cargo "$verb" --quiet --manifest-path "$REPO/Cargo.toml" "$@"
}
"""
env = dict(os.environ, REPO=str(repo), PATH=f"{work / 'bin'}:{os.environ['PATH']}")
for name in [name for name in env if name.startswith("HUBSPOT_")]:
    del env[name]


def words(text):
    return " ".join(text.split())


def compare(commands, printed, expected):
    lines = [words(line) for line in expected.splitlines() if line.strip()]
    missing = [line for line in lines if line not in words(printed)]
    if missing:
        sys.exit(f"$ {commands}\n{printed}\ndoes not print: {missing}")


blocks = re.findall(r"```sh\n(.*?)```(?:\n+```text\n(.*?)```)?", page, re.DOTALL)
assert len(blocks) == page.count("```sh") == 5, "every block is run"
(first, listening), *rest = blocks
start = next(line for line in first.splitlines() if line.startswith("timeline sandbox"))
sandbox = subprocess.Popen(start.split(), cwd=work, env=env, stdout=subprocess.PIPE, text=True)
try:
    printed = ""
    while "template " not in printed:
        line = sandbox.stdout.readline()
        if not line:
            sys.exit(f"$ {start}\n{printed}\nhas ended")
        printed += line
    compare(start, printed, listening)

    end = "-- end of a block --"
    script = shell + "".join(f"{commands}\necho; echo '{end}'\n" for commands, _ in rest)
    ran = subprocess.run(["bash", "-c", script], cwd=work, env=env, stdout=subprocess.PIPE, text=True)
    for (commands, expected), printed in zip(rest, ran.stdout.split(end), strict=False):
        compare(commands, printed, expected)

    sandbox.send_signal(signal.SIGINT)
    rest, _ = sandbox.communicate(timeout=30)
    compare("Ctrl-C", rest, "999 events")
finally:
    sandbox.kill()
print(f"{len(blocks)} blocks of commands do what the page says")
