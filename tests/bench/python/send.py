"""HubSpot's own client for Python as one of the ways that side_by_side.sh compares: send.py URL EVENTS speed|tell|tell-bad

Batches of 100, from 8 threads, with the retries of the client's README and its statuses made complete. The client gives
nothing back for a batch, so nothing can be compared with what was sent.
"""

import datetime
import json
import sys
import threading

from hubspot import HubSpot
from hubspot.crm.timeline import BatchInputTimelineEvent, TimelineEvent
from urllib3.util.retry import Retry

BATCH_SIZE = 100
CONCURRENCY = 8
START = datetime.datetime(2026, 8, 1, 12, tzinfo=datetime.timezone.utc)

url, count, purpose = sys.argv[1], int(sys.argv[2]), sys.argv[3]
retry = Retry(total=3, backoff_factor=0.3, status_forcelist=(429, 500, 502, 503, 504))
events_api = HubSpot(access_token="access-token", host=url, retry=retry).crm.timeline.events_api


def event(number):
    bad = purpose == "tell-bad" and number % 100 == 37
    return TimelineEvent(
        event_template_id="1001298",
        id=f"adoption-{number}",
        email=f"owner{number}@example.com",
        timestamp=START + datetime.timedelta(milliseconds=number * 1234),
        tokens={"petName": f"Rex {number}", "petKind": "fish" if bad else "dog", "petAge": str(number % 20)},
        extra_data={"clinic": "Paws and Claws", "count": number % 7, "insured": number % 2 == 0},
    )


def send(numbers):
    ids = []
    batches = iter(range(numbers.start, numbers.stop, BATCH_SIZE))
    lock = threading.Lock()

    def worker():
        while True:
            with lock:
                start = next(batches, None)
            if start is None:
                return
            inputs = [event(number) for number in range(start, min(start + BATCH_SIZE, numbers.stop))]
            try:
                # It returns None whatever became of the events, so what is known is the same as after an exception.
                events_api.create_batch(BatchInputTimelineEvent(inputs=inputs))
            except Exception:
                pass
            if purpose != "speed":
                ids.extend(input.id for input in inputs)

    threads = [threading.Thread(target=worker) for _ in range(CONCURRENCY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    words = ("created", "existing", "rejected", "not_sent", "unknown")
    return {**{word: [0, []] for word in words}, "nothing": [len(numbers), ids]}


if purpose == "speed":
    send(range(count, count + count // 10))
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps(send(range(count))), flush=True)
sys.stdin.read()
