"""Runs the ways of side_by_side.sh in turns and prints what they cost and what they know; see there. Linux only.

    side_by_side.py PROGRAM [--node FOLDER] [--python PYTHON] [--smoke]
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = ["batch", "stream", "sender", "outbox"]
HAND = "usual"
NAMES = {
    "batch": "`send_batch`",
    "stream": "`send_stream`",
    "sender": "`client.sender()`",
    "outbox": "`client.sender().outbox(…)`",
    "usual": "hand-written, usual",
    "lean": "hand-written, lean",
    "node": "HubSpot's client for Node",
    "python": "HubSpot's client for Python",
}
TROUBLES = {
    "bad": "1 % of the events are bad",
    "lost": "one answer is lost",
    "unavailable": "503 for 3 s",
}
WORDS = ["created", "existing", "rejected", "not_sent", "unknown", "nothing"]
SAID = ["created", "already there", "rejected", "not sent", "unknown"]
MEGABYTE = 1_000_000


def number(name, default):
    return int(os.environ.get(name, str(default)).replace("_", ""))


class Process:
    """A child that says a first line and ends with its input."""

    def __init__(self, command):
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = command[0]
        self.first = self.line()

    def line(self):
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} has ended with {self.child.wait()}")
        return line.strip()

    def cpu(self):
        # The clock of another process's processor time, all threads together, as clock_getcpuclockid(3) makes its number.
        return time.clock_gettime((~self.child.pid << 3) | 2)

    def peak(self):
        """Resident memory at its peak, in bytes."""
        with open(f"/proc/{self.child.pid}/status", encoding="utf-8") as status:
            return int(re.search(r"VmHWM:\s*(\d+) kB", status.read())[1]) * 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        if self.child.wait(60) != 0:
            raise RuntimeError(f"{self.name} has failed")


class Bench:
    def __init__(self, options):
        self.program = options.program
        self.ways = OURS + ["usual", "lean"]
        self.commands = {way: [self.program, way] for way in self.ways + ["none"]}
        if options.node:
            self.ways.append("node")
            self.commands["node"] = ["node", os.path.join(options.node, "send.js")]
        if options.python:
            self.ways.append("python")
            self.commands["python"] = [options.python, os.path.join(HERE, "python", "send.py")]

    def versions(self):
        """What is compared, with its versions."""

        def output(*command):
            return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

        yield " ".join(output("rustc", "--version").split()[:2])
        if "node" in self.ways:
            package = os.path.join(os.path.dirname(self.commands["node"][1]), "node_modules/@hubspot/api-client/package.json")
            with open(package, encoding="utf-8") as file:
                yield f"@hubspot/api-client {json.load(file)['version']} on Node {output('node', '--version')[1:]}"
        if "python" in self.ways:
            python = self.commands["python"][0]
            code = "import importlib.metadata as m, platform as p; print(m.version('hubspot-api-client'), p.python_version())"
            client, python = output(python, "-c", code).split()
            yield f"hubspot-api-client {client} on Python {python}"

    def server(self, *trouble):
        return Process([self.program, "--serve", *trouble])

    def client(self, way, server, count, purpose):
        return Process([*self.commands[way], f"http://127.0.0.1:{server.first}", str(count), purpose])

    def once(self, way, server, count):
        """One run for its figures: events a second, seconds of processor time an event, bytes at the peak."""
        with self.client(way, server, count, "speed") as client:
            cpu, start = client.cpu(), time.monotonic()
            client.child.stdin.write("go\n")
            client.child.stdin.flush()
            told = json.loads(client.line())
            seconds, cpu = time.monotonic() - start, client.cpu() - cpu
            if way not in ("none", "python") and told["created"][0] != count:
                raise RuntimeError(f"{way}: not all of {count} created: {told}")
            return count / seconds, cpu / count, client.peak()

    def speed(self, count, rounds):
        """For each way its runs, in turns: each round begins with another way."""
        ways = self.ways + ["none"]
        runs = {way: [] for way in ways}
        with self.server() as server:
            for turn in range(rounds):
                for place in range(len(ways)):
                    way = ways[(turn + place) % len(ways)]
                    runs[way].append(self.once(way, server, count))
                print(f"round {turn + 1} of {rounds}", file=sys.stderr)
        return runs

    def trouble(self, way, trouble, count):
        """What is on the server afterwards, and what the way says of it."""
        with self.server(trouble) as server:
            purpose = "tell-bad" if trouble == "bad" else "tell"
            with self.client(way, server, count, purpose) as client:
                client.child.stdin.write("go\n")
                client.child.stdin.flush()
                told = {word: ids for word, (_, ids) in json.loads(client.line()).items()}
            with urllib.request.urlopen(f"http://127.0.0.1:{server.first}/ledger") as answer:
                return Known(count, trouble, json.load(answer), told)

    def troubles(self, count):
        # Nothing is measured, and most of the time is spent in waiting.
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            pairs = [(way, trouble) for way in self.ways for trouble in TROUBLES]
            known = pool.map(lambda pair: self.trouble(*pair, count), pairs)
            return dict(zip(pairs, known))


class Known:
    def __init__(self, count, trouble, ledger, told):
        everything = {f"adoption-{number}" for number in range(count)}
        bad = {f"adoption-{number}" for number in range(37, count, 100)} if trouble == "bad" else set()
        there = {id for id, _ in ledger}
        names = [name for _, name in ledger]
        self.stored = len(set(names))
        self.missing = len(everything - bad - there)
        self.doubled = len(names) - len(set(names))
        self.told = {word: len(told[word]) for word in WORDS}
        said = [id for ids in told.values() for id in ids]
        self.each_told_once = len(said) == count and set(said) == everything
        # What is said to be there or not, against the ledger.
        self.wrong = len(set(told["created"] + told["existing"]) - there)
        self.wrong += len(set(told["rejected"] + told["not_sent"]) & there)
        # Not known: whether it is there, for whatever reason.
        self.open = self.told["unknown"] + self.told["nothing"]

    def is_complete(self):
        """Every good event is there, once, and every event's outcome is known and true."""
        return self.each_told_once and not (self.missing or self.doubled or self.wrong or self.open)

    def cell(self):
        there = [f"{self.stored:,} there"]
        there += [f"**{self.missing:,} missing**"] if self.missing else []
        there += [f"**{self.doubled:,} twice**"] if self.doubled else []
        told = [f"{self.told[word]:,} {said}" for word, said in zip(WORDS, SAID) if self.told[word]]
        told += [f"**nothing of {self.told['nothing']:,}**"] if self.told["nothing"] else []
        told += [f"**{self.wrong:,} of that false**"] if self.wrong else []
        return f"{', '.join(there)}; told: {', '.join(told)}"


def medians(runs, figure):
    return {way: statistics.median(run[figure] for run in of) for way, of in runs.items()}


def ratio(runs, figure, way, to):
    """The median of the ratios of the runs of the same round."""
    pairs = zip(runs[way], runs[to])
    return statistics.median(run[figure] / other[figure] for run, other in pairs)


def row(cells):
    print(f"| {' | '.join(cells)} |")


def speed_table(ways, runs, count, rounds):
    rate, cpu, peak = (medians(runs, figure) for figure in range(3))
    row(["", "events/s (lowest to highest)", "× hand", "CPU µs an event", "× hand", "peak MB", "× hand"])
    row(["---"] + ["---:"] * 6)
    for way in ways:
        rates = [run[0] for run in runs[way]]
        cells = [NAMES[way], f"{rate[way]:,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"]
        cells += [f"{ratio(runs, 0, way, HAND):.2f}", f"{cpu[way] * 1e6:.2f}", f"{ratio(runs, 1, way, HAND):.2f}"]
        cells += [f"{peak[way] / MEGABYTE:.1f}", f"{ratio(runs, 2, way, HAND):.2f}"]
        row(cells)
    print(f"\nMedians of {rounds} rounds of {count:,} events; to make an event alone takes", end=" ")
    print(f"{cpu['none'] * 1e6:.2f} µs of the CPU time in Rust.")


def goals(ways, runs):
    def goal(text, value, met):
        print(f"- {text}: {value}, {'met' if met else '**missed**'}")

    print("\nGoals:\n")
    for way in OURS:
        of_hand = ratio(runs, 0, way, HAND)
        goal(f"{NAMES[way]}, rate at least 1.0 × the usual hand-written loop", f"{of_hand:.2f}", of_hand >= 1)
    if "node" not in ways:
        return
    for way in OURS:
        rate, memory = ratio(runs, 0, way, "node"), ratio(runs, 2, way, "node")
        goal(f"{NAMES[way]}, rate at least 8 × Node", f"{rate:.1f}", rate >= 8)
        goal(f"{NAMES[way]}, memory at most 1/8 of Node's", f"1/{1 / memory:.1f}", memory <= 1 / 8)


def trouble_table(ways, known):
    row(["", *TROUBLES.values()])
    row(["---"] * 4)
    for way in ways:
        row([NAMES[way], *(known[way, trouble].cell() for trouble in TROUBLES)])


def pace(program, seconds):
    figures = subprocess.run([program, "pace", str(seconds)], check=True, stdout=subprocess.PIPE, text=True).stdout
    through, allowed, refused = map(int, figures.split())
    used = through / allowed
    print(f"\nPace: {through} requests in {seconds} s, {used:.1%} of the limit used", end=" ")
    print(f"(goal: at least 95 %, {'met' if used >= 0.95 else '**missed**'});", end=" ")
    print(f"{refused} answers of 429 (goal: 0, {'met' if refused == 0 else '**missed**'}).")


def smoke(bench):
    """A few events: every way of ours sends them, and knows what became of each in trouble. Says nothing of time."""
    for way, runs in bench.speed(1_000, 1).items():
        if way != "none" and not all(figure > 0 for figure in runs[0]):
            raise RuntimeError(f"{way}: no figures: {runs}")
    known = bench.troubles(1_500)
    trouble_table(bench.ways, known)
    wrong = [f"{way}, {trouble}" for (way, trouble), of in known.items() if way in OURS and not of.is_complete()]
    if wrong:
        raise SystemExit(f"not every event's outcome is known and right: {'; '.join(wrong)}")
    # If they knew everything, the server would make no trouble.
    if not known["usual", "lost"].open or not known["lean", "unavailable"].missing:
        raise SystemExit("the loops that are written by hand have met no trouble")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--node")
    parser.add_argument("--python")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    bench = Bench(options)
    if options.smoke:
        return smoke(bench)
    count, rounds = number("TIMELINE_EVENTS", 100_000), number("TIMELINE_ROUNDS", 5)
    told, seconds = number("TIMELINE_TROUBLE_EVENTS", 5_000), number("TIMELINE_PACE", 60)
    runs = bench.speed(count, rounds)
    known = bench.troubles(told)
    print(f"\n`sh tests/bench/side_by_side.sh`, {datetime.date.today():%d %B %Y}, {os.cpu_count()} cores;", end=" ")
    print(f"{', '.join(bench.versions())}.\n")
    speed_table(bench.ways, runs, count, rounds)
    print(f"\n{told:,} events in each trouble: what is on the server, and what the caller is told.\n")
    trouble_table(bench.ways, known)
    goals(bench.ways, runs)
    if seconds:
        pace(options.program, seconds)


if __name__ == "__main__":
    main()
