"""HubSpot's client for its new platform against the sandbox: python check.py http://127.0.0.1:4010

Its three calls about app events, with strict validation of the answers.
"""

import datetime
import json
import os
import sys

import hubspot_sdk
from hubspot_sdk import HubSpot

FULL_NAME = "a62515_pet-adopted"


def equal(got, expected, what):
    if got != expected:
        raise AssertionError(f"{what}: {got!r} instead of {expected!r}")


def refused(status, category, call):
    try:
        call()
    except hubspot_sdk.APIStatusError as error:
        equal(error.status_code, status, "status")
        equal(json.loads(error.response.text)["category"], category, "category")
    else:
        raise AssertionError(f"not refused with {status}")


def main(url):
    # Without its own repetitions, which would send a 409 again.
    client = HubSpot(
        access_token="sandbox-access-token", base_url=url, max_retries=0, _strict_response_validation=True
    )
    timeline = client.crm.timeline

    found = timeline.create_project_type(developer_symbol="pet-adopted", project_name="shelter")
    equal(found.fully_qualified_name, FULL_NAME, "full name")
    refused(
        404,
        "OBJECT_NOT_FOUND",
        lambda: timeline.create_project_type(developer_symbol="pet-sold", project_name="shelter"),
    )

    happened = datetime.datetime(2026, 8, 1, 12, 0, 0, 123456, tzinfo=datetime.timezone.utc)

    def event(number, **more):
        return {
            "id": f"sdk-{number}",
            "event_type_name": FULL_NAME,
            "email": f"owner-{number % 7}@example.com",
            "properties": {"petName": f"Rex {number}", "petAge": str(number)},
            "timestamp": happened,
            "extra_data": {"shelter": {"beds": number}},
            **more,
        }

    answer = timeline.batch.create(inputs=[event(number) for number in range(500)])
    equal((answer.status, len(answer.results)), ("COMPLETE", 500), "batch")
    results = {result.id: result for result in answer.results}
    equal(len(results), 500, "ids")
    one = results["sdk-3"]
    equal(one.event_type_name, FULL_NAME, "event type")
    equal(one.properties, {"petName": "Rex 3", "petAge": "3"}, "properties")
    equal(one.extra_data, {"shelter": {"beds": 3}}, "extra data")
    equal(one.object_id is not None, True, "contact")
    equal(len(timeline.batch.create(inputs=[]).results), 0, "nothing")

    # A request is taken as a whole or not at all.
    refused(409, "CONFLICT", lambda: timeline.batch.create(inputs=[event(500), event(3)]))
    bad = event(501, properties={"petNmae": "Rex"})
    refused(400, "VALIDATION_ERROR", lambda: timeline.batch.create(inputs=[event(500), bad]))
    equal(len(timeline.batch.create(inputs=[event(500)]).results), 1, "it was not there")
    many = [event(number) for number in range(1000, 1501)]
    refused(400, "VALIDATION_ERROR", lambda: timeline.batch.create(inputs=many))
    unknown = event(502, event_type_name="a62515_pet-sold")
    refused(400, "VALIDATION_ERROR", lambda: timeline.batch.create(inputs=[unknown]))

    equal(timeline.create_event(**event(503)), None, "single event")
    refused(409, "CONFLICT", lambda: timeline.create_event(**event(503)))
    print("sdk: all as expected")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.environ["SANDBOX_URL"])
