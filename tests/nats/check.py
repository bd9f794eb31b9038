"""The example `nats` between a NATS server and the sandbox: python check.py FOLDER NATS-SERVER EXAMPLES

Every wait is for a condition, with a deadline. The server is ended with SIGKILL: Debian's 2.9 writes each message to its
file before it acknowledges it, and syncs the file once in a minute, so what it has acknowledged is in the system's page
cache and outlives the process. It would not outlive the machine.

Nothing is left when the consumer has nothing left. After a SIGKILL that server may keep acknowledged messages in the
stream: it knows that they are acknowledged, and does not deliver them again.
"""

import asyncio
import http.client
import json
import pathlib
import signal
import socket
import subprocess
import sys
import time

import nats
import nats.js.errors

TEMPLATE = "1001298"
PORTAL = 62515
STREAM, SUBJECT = "EVENTS", "events.1"
started = time.monotonic()


def say(text):
    print(f"nats: {text} ({time.monotonic() - started:.0f}s)", flush=True)


def equal(got, expected, what):
    if got != expected:
        raise AssertionError(f"{what}: {got!r} instead of {expected!r}")


async def until(condition, what, seconds=120):
    deadline = time.monotonic() + seconds
    while not (found := await condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        await asyncio.sleep(0.05)
    return found


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Programs:
    """What is started here is ended here."""

    def __init__(self, folder, server, examples):
        self.folder, self.server, self.examples = folder, server, examples
        self.port, self.running = free_port(), []

    def start(self, name, *arguments):
        log = open(self.folder / f"{name}.log", "w")
        process = subprocess.Popen(arguments, stdout=log, stderr=subprocess.STDOUT)
        process.log = self.folder / f"{name}.log"
        self.running.append(process)
        return process

    def end(self, process, how, seconds=60):
        process.send_signal(how)
        return process.wait(seconds)

    async def broker(self):
        process = self.start(
            "broker", self.server, "-js", "-sd", str(self.folder / "store"), "-a", "127.0.0.1", "-p", str(self.port)
        )

        async def answers():
            equal(process.poll(), None, "the broker's exit code")
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        await until(answers, "the broker listens")
        return process

    async def sandbox(self):
        templates = self.folder / "templates.json"
        template = {"id": TEMPLATE, "name": "Visited", "objectType": "contacts", "tokens": []}
        templates.write_text(json.dumps([template]))
        process = self.start("sandbox", f"{self.examples}/sandbox", "--templates", str(templates))

        async def listens():
            lines = process.log.read_text().splitlines()
            return next((line.split()[-1] for line in lines if line.startswith("listening on")), None)

        self.url = await until(listens, "the sandbox listens")

    def example(self, name, *more):
        return self.start(
            name, f"{self.examples}/nats", "--nats", f"nats://127.0.0.1:{self.port}", "--stream", STREAM,
            "--subject", SUBJECT, "--base-url", self.url, "--access-token", "sandbox-access-token",
            "--portal-id", str(PORTAL), *more,
        )

    def events(self, ids):
        """How many events the sandbox has; all of these are among them."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"))

        def get(path):
            connection.request("GET", path, headers={"Authorization": "Bearer sandbox-access-token"})
            response = connection.getresponse()
            return response.status, response.read()

        for id in ids:
            equal(get(f"/integrators/timeline/v3/events/{TEMPLATE}/{id}")[0], 200, f"the event {id}")
        return json.loads(get("/console/state")[1])["events"]


def sealed(id, **changes):
    event = {
        "version": 1, "id": id, "idOrigin": "keyed", "template": TEMPLATE, "portalId": PORTAL,
        "timestamp": "2026-08-01T12:00:00.000Z", "event": {"email": f"{id}@example.com", "tokens": {}},
    }
    return json.dumps(event | changes).encode()


async def publish(js, messages):
    for at in range(0, len(messages), 500):
        await asyncio.gather(*(js.publish(SUBJECT, message) for message in messages[at : at + 500]))


async def dead(js):
    """The parked messages with their reasons."""
    state = (await js.stream_info(STREAM + "_DEAD")).state
    parked = []
    for sequence in range(max(1, state.first_seq), state.last_seq + 1):
        message = await js.get_msg(STREAM + "_DEAD", sequence)
        parked.append((message.data or b"", message.headers["Timeline-Reason"]))
    return parked


async def check(programs):
    broker = await programs.broker()
    await programs.sandbox()

    async def ignore(_):
        pass

    connection = await nats.connect(
        f"nats://127.0.0.1:{programs.port}", max_reconnect_attempts=-1, reconnect_time_wait=0.1, error_cb=ignore
    )
    js = connection.jetstream()

    async def left():
        """Messages that no relay was given yet, and messages that one was given and has not settled."""
        (consumer,) = await js.consumers_info(STREAM)
        return consumer.num_pending, consumer.num_ack_pending

    async def drained():
        try:
            return await left() == (0, len(newer))
        except (nats.errors.Error, nats.js.errors.Error):
            return False  # While the broker starts.

    # Streams and consumer are made, and events are written by the example itself.
    wrote = programs.example("enqueue", "--enqueue", "150", "--template-id", TEMPLATE)
    equal(wrote.wait(60), 0, "the exit code of --enqueue")
    equal(await left(), (150, 0), "what --enqueue wrote")

    # 1: the guilty ones among the good ones.
    good = [f"first-{n}" for n in range(1_000)]
    refused = [sealed(f"bad-{n}", event={"email": "no address", "tokens": {}}) for n in range(2)]
    refused += [sealed(f"unknown-{n}", template="999") for n in range(2)]
    strangers = [b"", b"no event", b'{"version":1}', b"\xff\x00\xfe", b"[" * 1_000]
    foreign = [sealed(f"foreign-{n}", portalId=71) for n in range(2)]
    newer = [sealed(f"newer-{n}", version=2) for n in range(2)]
    messages = [sealed(id) for id in good]
    for place, guilty in enumerate(refused + strangers + foreign + newer):
        messages.insert(70 * place + 3, guilty)
    await publish(js, messages)
    relay = programs.example("relay", "--rate-limit", "0")
    await until(drained, "only events of a newer version are left")
    count = 150 + len(good)
    equal(programs.events(good), count, "events after the first run")
    say(f"{count} events are on HubSpot once each; {len(newer)} of a newer version wait for a newer relay")

    parked = await dead(js)
    equal(sorted(data for data, _ in parked), sorted(refused + strangers + foreign), "parked messages")
    for data, reason in parked:
        words = "no sealed event" if data in strangers else "71" if data in foreign else "rejected"
        if words not in reason:
            raise AssertionError(f"{data!r} was parked for {reason!r}, which does not say {words!r}")
    say(f"{len(parked)} guilty ones are in {STREAM}_DEAD whole, each once, with its reason")
    equal(programs.end(relay, signal.SIGTERM), 0, "the exit code after SIGTERM")
    report = relay.log.read_text()
    for words in (f"{count} done", f"{len(parked)} parked", "0 unsettled"):
        if words not in report:
            raise AssertionError(f"the report does not say {words!r}: {report}")
    say(f"SIGTERM: exit code 0, {report.strip()}")

    # 2: the broker is killed in the middle, twice. The limit keeps the run from being over before.
    slow = ("--rate-limit", "30")
    second = [f"second-{n}" for n in range(6_000)]
    await publish(js, [sealed(id) for id in second])
    relay = programs.example("relay", *slow)
    for at in (1_000, 2_500):
        await until(lambda: asyncio.sleep(0, programs.events([]) >= count + at), f"{at} events of the second run")
        programs.end(broker, signal.SIGKILL)
        if programs.events([]) >= count + len(second):
            raise AssertionError("the run was over before the broker was killed")
        broker = await programs.broker()
    await until(drained, "everything is settled after the broker's end")
    count += len(second)
    equal(programs.events(second), count, "events after the broker's end")
    equal(len(await dead(js)), len(parked), "parked messages after the broker's end")
    say(f"the broker killed twice in a run of {len(second)}: nothing lost, nothing doubled, the relay still runs")

    # 3: of two relays one is killed in the middle and one stands still past its lease. Two others go on; then it wakes up.
    third = [f"third-{n}" for n in range(8_000)]
    again = [sealed(f"bad-again-{n}", event={"email": "no address", "tokens": {}}) for n in range(2)]
    await publish(js, [sealed(id) for id in third] + again)
    still = programs.example("relay-still", *slow)
    await until(lambda: asyncio.sleep(0, programs.events([]) >= count + 1_000), "1,000 events of the third run")
    still.send_signal(signal.SIGSTOP)
    equal(programs.end(relay, signal.SIGKILL), -signal.SIGKILL, "the exit code after SIGKILL")
    if programs.events([]) >= count + len(third):
        raise AssertionError("the run was over before the relay was killed")
    relays = [programs.example(f"relay-{n}", *slow) for n in range(2)]
    await until(drained, "everything is settled after the relay's end")
    still.send_signal(signal.SIGCONT)
    equal(programs.end(still, signal.SIGTERM), 0, "the exit code of the relay that stood still")
    count += len(third)
    equal(programs.events(third), count, "events after the relay's end")
    equal(len(await dead(js)), len(parked) + len(again), "parked messages after the relay's end")
    equal(await left(), (0, len(newer)), "messages left after the relay's end")
    say(
        f"in a run of {len(third)} one relay killed with -9, another asleep past its lease and awake again, two others go on: "
        "nothing lost, nothing doubled"
    )
    equal(programs.end(relays.pop(), signal.SIGINT), 0, "the exit code after Ctrl-C")

    # 4: the broker goes away for good.
    programs.end(broker, signal.SIGKILL)
    equal(relays[0].wait(60), 1, "the exit code after the broker's end")
    told = relays[0].log.read_text()
    if "patience" not in told:
        raise AssertionError(f"the relay does not say why it ended: {told}")
    say("the broker gone for longer than the patience: exit code 1, with the reason")
    equal(programs.example("no-broker").wait(60), 1, "the exit code without a broker")
    say("all is well")


def main(folder, server, examples):
    programs = Programs(pathlib.Path(folder), server, examples)
    try:
        asyncio.run(check(programs))
    except BaseException:
        for process in programs.running:
            print(f"--- {process.log.name}\n{process.log.read_text()[-2_000:]}", file=sys.stderr)
        raise
    finally:
        for process in programs.running:
            if process.poll() is None:
                process.kill()
                process.wait()


main(*sys.argv[1:])
