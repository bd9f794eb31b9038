"""HubSpot's own client for Python against the sandbox: python check.py http://127.0.0.1:4010"""

import datetime
import json
import os
import sys

from hubspot import HubSpot
from hubspot.crm.timeline import (
    BatchInputTimelineEvent,
    TimelineEvent,
    TimelineEventIFrame,
    TimelineEventTemplateCreateRequest,
    TimelineEventTemplateToken,
    TimelineEventTemplateTokenOption,
    TimelineEventTemplateTokenUpdateRequest,
    TimelineEventTemplateUpdateRequest,
)
from hubspot.crm.timeline.exceptions import ApiException

APP = 7


def equal(got, expected, what):
    if got != expected:
        raise AssertionError(f"{what}: {got!r} instead of {expected!r}")


def refused(status, category, call):
    try:
        call()
    except ApiException as error:
        equal(error.status, status, "status")
        equal(json.loads(error.body)["category"], category, "category")
    else:
        raise AssertionError(f"not refused with {status}")


def main(url):
    client = HubSpot(access_token="sandbox-access-token", api_key="sandbox-developer-key", host=url)
    events, templates, tokens = (
        client.crm.timeline.events_api,
        client.crm.timeline.templates_api,
        client.crm.timeline.tokens_api,
    )

    def token(name, label, type, options=()):
        options = [TimelineEventTemplateTokenOption(value=value, label=value.title()) for value in options]
        return TimelineEventTemplateToken(name=name, label=label, type=type, options=options)

    template = templates.create(
        APP,
        TimelineEventTemplateCreateRequest(
            name="Pet adopted",
            object_type="contacts",
            tokens=[token("petName", "Pet name", "string"), token("species", "Species", "enumeration", ["dog", "cat"])],
        ),
    )
    equal(template.object_type, "contacts", "object type")
    equal([token.name for token in template.tokens], ["petName", "species"], "tokens")
    equal(isinstance(template.created_at, datetime.datetime), True, "created at")
    made = tokens.create(template.id, APP, token("petAge", "Pet age", "number"))
    equal((made.name, made.type), ("petAge", "number"), "token")
    changed = tokens.update(
        template.id, "petAge", APP, TimelineEventTemplateTokenUpdateRequest(label="Age", options=[])
    )
    equal(changed.label, "Age", "label")
    updated = templates.update(
        template.id,
        APP,
        TimelineEventTemplateUpdateRequest(
            id=template.id, name="Pet adopted at last", tokens=templates.get_by_id(template.id, APP).tokens
        ),
    )
    equal((updated.name, len(updated.tokens)), ("Pet adopted at last", 3), "template")

    happened = datetime.datetime(2026, 8, 1, 12, 0, 0, 123000, tzinfo=datetime.timezone.utc)
    sent = [
        TimelineEvent(
            event_template_id=template.id,
            id=f"python/ä {number}",
            email=f"owner-{number % 7}@example.com",
            timestamp=happened,
            tokens={"petName": f"Rex {number}", "petAge": str(number), "species": "dog"},
            extra_data={"shelter": {"beds": number}},
            timeline_i_frame=TimelineEventIFrame(
                link_label="Open", header_label="The pet", url="https://example.com", width=800, height=300
            ),
        )
        for number in range(100)
    ]
    # The client throws the answer away: what came of the batch is known from reading it back alone.
    equal(events.create_batch(BatchInputTimelineEvent(inputs=sent)), None, "answer of the batch")
    contacts = {}
    for event in sent:
        found = events.get_by_id(template.id, event.id)
        equal(found.id, event.id, "id")
        equal(found.event_template_id, template.id, "template")
        equal(found.object_type, "contacts", "object type")
        equal(found.tokens, event.tokens, "tokens")
        equal(found.email, event.email, "email")
        equal(found.timestamp, happened, "timestamp")
        equal(found.extra_data, event.extra_data, "extra data")
        equal(found.timeline_i_frame.to_dict(), event.timeline_i_frame.to_dict(), "iframe")
        equal(found.utk, None, "utk")
        equal(contacts.setdefault(event.email, found.object_id), found.object_id, "contact")
    equal(len(set(contacts.values())), 7, "contacts")

    single = events.create(
        TimelineEvent(event_template_id=template.id, id="python-single", object_id="512", tokens={"petAge": "1"})
    )
    equal((single.id, single.object_id, single.tokens), ("python-single", "512", {"petAge": "1"}), "single event")

    # A 207 goes unnoticed, too; the good event is there and the bad one is not.
    def mixed(id, **tokens):
        return TimelineEvent(event_template_id=template.id, id=id, object_id="512", tokens=tokens)

    equal(
        events.create_batch(BatchInputTimelineEvent(inputs=[mixed("good"), mixed("bad", species="fish")])), None, "207"
    )
    equal(events.get_by_id(template.id, "good").id, "good", "good event")
    refused(404, "OBJECT_NOT_FOUND", lambda: events.get_by_id(template.id, "bad"))

    refused(400, "VALIDATION_ERROR", lambda: events.create(sent[0]))
    refused(501, "NOT_IMPLEMENTED", lambda: events.get_detail_by_id(template.id, "good"))
    refused(501, "NOT_IMPLEMENTED", lambda: events.get_render_by_id(template.id, "good"))
    too_many = BatchInputTimelineEvent(inputs=[mixed(f"many-{number}") for number in range(101)])
    refused(400, "VALIDATION_ERROR", lambda: events.create_batch(too_many))
    stranger = HubSpot(access_token="wrong", host=url).crm.timeline.events_api
    refused(401, "EXPIRED_AUTHENTICATION", lambda: stranger.get_by_id(template.id, "good"))

    granted = client.oauth.tokens_api.create(
        grant_type="refresh_token",
        client_id="sandbox-client-id",
        client_secret="sandbox-client-secret",
        refresh_token="sandbox-refresh-token",
    )
    equal((granted.token_type, granted.expires_in), ("bearer", 1800), "granted token")
    told = client.oauth.access_tokens_api.get(granted.access_token)
    equal((told.token, told.token_type, told.hub_id), (granted.access_token, "access", 62515), "told of the token")
    equal(client.oauth.refresh_tokens_api.get(granted.refresh_token).hub_id, 62515, "told of the refresh token")
    fresh = HubSpot(access_token=granted.access_token, host=url).crm.timeline.events_api
    equal(fresh.get_by_id(template.id, "good").id, "good", "event read with it")

    tokens.archive(template.id, "petAge", APP)
    equal(len(templates.get_by_id(template.id, APP).tokens), 2, "tokens left")
    templates.archive(template.id, APP)
    refused(404, "OBJECT_NOT_FOUND", lambda: events.get_by_id(template.id, "good"))
    print("python: all as expected")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.environ["SANDBOX_URL"])
