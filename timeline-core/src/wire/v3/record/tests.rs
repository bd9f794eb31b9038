//! What HubSpot's answers are read as, field by field.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::error::ResponseError;
use crate::template::ObjectType;
use crate::wire::{BatchResponse, BatchStatus, EventRecord};

/// A result with every field of HubSpot's page.
fn full() -> Value {
    json!({
        "id": "full",
        "eventTemplateId": "1001298",
        "objectType": "2-3308615",
        "tokens": { "petName": "Rex", "petAge": "3" },
        "createdAt": "2026-08-01T12:00:00.123Z",
        "customObjectTypeId": "2-3308615",
        "domain": "example.com",
        "email": "ada@example.com",
        "extraData": { "list": [1, 2.5, null, "x"] },
        "objectId": "512",
        "timelineIFrame": {
            "linkLabel": "Open", "headerLabel": "Pet", "url": "https://example.com", "width": 800, "height": 300,
        },
        "timestamp": "2026-08-01T11:59:59.999Z",
        "utk": "cookie",
    })
}

fn record(json: &Value) -> EventRecord {
    EventRecord::parse(json.to_string().as_bytes()).expect("an object")
}

fn response(json: &Value) -> BatchResponse {
    BatchResponse::parse(json.to_string().as_bytes()).expect("an object")
}

#[test]
fn every_field_of_a_result() {
    let record = record(&full());
    assert_eq!(
        (&*record.id, &*record.event_template_id),
        ("full", "1001298")
    );
    assert_eq!(record.object_type, ObjectType::from("2-3308615"));
    assert_eq!(record.tokens["petAge"], "3");
    assert_eq!(
        record.extra_data,
        Some(json!({ "list": [1, 2.5, null, "x"] }))
    );
    let iframe = record.timeline_iframe.as_ref().expect("one");
    assert_eq!(
        (&*iframe.url, iframe.width, iframe.height),
        ("https://example.com", 800, 300)
    );
    for (field, expected) in [
        (&record.created_at, "2026-08-01T12:00:00.123Z"),
        (&record.custom_object_type_id, "2-3308615"),
        (&record.domain, "example.com"),
        (&record.email, "ada@example.com"),
        (&record.object_id, "512"),
        (&record.timestamp, "2026-08-01T11:59:59.999Z"),
        (&record.utk, "cookie"),
    ] {
        assert_eq!(field.as_deref(), Some(expected));
    }
    assert_eq!(record.other, BTreeMap::new());
}

#[test]
fn every_field_of_a_batch_and_of_its_errors() {
    let json = json!({
        "status": "COMPLETE",
        "results": [full()],
        "startedAt": "2026-08-01T12:00:00.000001Z",
        "completedAt": "2026-08-01T12:00:00.000002Z",
        "requestedAt": "2026-08-01T12:00:00.000000Z",
        "links": { "next": "https://example.com/next" },
        "numErrors": 1,
        "errors": [{
            "status": "error",
            "category": "VALIDATION_ERROR",
            "subCategory": { "name": "timeline" },
            "message": "no",
            "id": "e-1",
            "context": { "eventId": ["a", "b"] },
            "links": { "docs": "https://example.com/docs" },
            "errors": [{
                "message": "why", "code": "INVALID_TOKEN", "in": "tokens", "subCategory": "fine",
                "context": { "tokenName": ["petAge"] },
            }],
        }],
    });
    let response = response(&json);
    assert_eq!(response.status, BatchStatus::Complete);
    assert_eq!(response.results, [record(&full())]);
    assert_eq!(response.started_at, "2026-08-01T12:00:00.000001Z");
    assert_eq!(response.completed_at, "2026-08-01T12:00:00.000002Z");
    assert_eq!(
        response.requested_at.as_deref(),
        Some("2026-08-01T12:00:00.000000Z")
    );
    assert_eq!(response.links["next"], "https://example.com/next");
    assert_eq!(response.num_errors, Some(1));
    let [error] = &response.errors[..] else {
        panic!("one error: {response:?}");
    };
    assert_eq!(
        (&*error.status, &*error.category),
        ("error", "VALIDATION_ERROR")
    );
    assert_eq!(error.sub_category, Some(json!({ "name": "timeline" })));
    assert_eq!((&*error.message, error.id.as_deref()), ("no", Some("e-1")));
    assert_eq!(error.context["eventId"], ["a", "b"]);
    assert_eq!(error.links["docs"], "https://example.com/docs");
    let [inner] = &error.errors[..] else {
        panic!("one error inside: {error:?}");
    };
    assert_eq!(
        (&*inner.message, inner.code.as_deref()),
        ("why", Some("INVALID_TOKEN"))
    );
    assert_eq!(inner.in_field.as_deref(), Some("tokens"));
    assert_eq!(inner.sub_category, Some("fine".into()));
    assert_eq!(inner.context["tokenName"], ["petAge"]);

    // What is stored is HubSpot's own JSON, and can be read again.
    let stored = serde_json::to_value(&response).expect("JSON");
    assert_eq!(stored, json);
    let again: BatchResponse = serde_json::from_value(stored).expect("the same shape");
    assert_eq!(again, response);
}

#[test]
fn what_a_batch_can_be() {
    for (word, status) in [
        ("CANCELED", BatchStatus::Canceled),
        ("COMPLETE", BatchStatus::Complete),
        ("PENDING", BatchStatus::Pending),
        ("PROCESSING", BatchStatus::Processing),
        ("COMPLETED", BatchStatus::Other("COMPLETED".into())),
        ("complete", BatchStatus::Other("complete".into())),
        ("", BatchStatus::Other(String::new())),
    ] {
        assert_eq!(
            response(&json!({ "status": word })).status,
            status,
            "{word}"
        );
        assert_eq!(status.as_str(), word);
    }
    assert_eq!(response(&json!({})), BatchResponse::default());
}

/// A field of another type spoils nothing, and is kept: beside the others, under its name.
#[test]
fn fields_of_a_wrong_type_are_kept_as_they_are() {
    let json = json!({
        "status": ["COMPLETE"],
        "results": [full(), 7],
        "startedAt": {},
        "numErrors": "one",
        "links": "none",
        "errors": { "message": "no" },
        "hasMore": false,
    });
    let told = response(&json);
    assert_eq!(told.status, BatchStatus::default());
    assert_eq!(
        (told.results.len(), told.errors.len(), told.num_errors),
        (0, 0, None)
    );
    for key in [
        "status",
        "results",
        "startedAt",
        "numErrors",
        "links",
        "errors",
        "hasMore",
    ] {
        assert_eq!(told.other.get(key), Some(&json[key]), "{key}");
    }
    assert_eq!(serde_json::to_value(&told).expect("JSON"), json);

    let mut json = full();
    json["email"] = json!(["ada@example.com"]);
    json["tokens"] = json!([1]);
    json["objectType"] = json!({});
    json["timelineIFrame"]["width"] = json!("wide");
    let told = record(&json);
    assert_eq!(
        (&told.email, told.tokens.len(), told.object_type.as_str()),
        (&None, 0, "")
    );
    assert_eq!((&told.timeline_iframe, &*told.id), (&None, "full"));
    for key in ["email", "tokens", "objectType", "timelineIFrame"] {
        assert_eq!(told.other.get(key), Some(&json[key]), "{key}");
    }
    assert_eq!(serde_json::to_value(&told).expect("JSON"), json);
}

#[test]
fn numbers_are_taken_for_texts_and_null_for_nothing() {
    let told = record(&json!({
        "id": 12, "eventTemplateId": 1_001_298, "objectId": 77, "email": null, "extraData": null,
        "timestamp": 1_785_585_599_999_i64,
        "tokens": { "age": 3, "tame": true, "none": null, "list": [1], "name": "Rex" },
    }));
    assert_eq!((&*told.id, &*told.event_template_id), ("12", "1001298"));
    assert_eq!(told.object_id.as_deref(), Some("77"));
    assert_eq!(told.timestamp.as_deref(), Some("1785585599999"));
    assert_eq!((told.email, told.extra_data), (None, None));
    let tokens: Vec<(&str, &str)> = told.tokens.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(
        tokens,
        [
            ("age", "3"),
            ("list", "[1]"),
            ("name", "Rex"),
            ("tame", "true")
        ]
    );
    assert_eq!(told.other, BTreeMap::new());
}

/// Nothing that an answer can hold makes the rest unreadable.
#[test]
fn no_json_is_too_deep_or_too_odd() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for rest in [r#""\ud83d""#, &deep, r#"{"a":1,"a":2}"#] {
        let body = format!(
            r#"{{"x":{rest},"results":[{{"id":"a","eventTemplateId":"t","tokens":{{"y":{rest}}},"extraData":{rest}}}]}}"#
        );
        let told = BatchResponse::parse(body.as_bytes()).expect(rest);
        assert_eq!(told.results[0].id, "a", "{rest}");
        assert!(told.other.contains_key("x"), "{rest}");
        assert!(told.results[0].extra_data.is_some(), "{rest}");
        assert_eq!(told.results[0].tokens["y"], rest, "{rest}");
    }
    let nested = format!(
        "{}{{}}{}",
        r#"{"errors":[{"id":"a"},"#.repeat(10_000),
        "]}".repeat(10_000)
    );
    let mut depth = 0;
    let told = BatchResponse::parse(nested.as_bytes()).expect("an object");
    let mut errors = &told.errors;
    while let Some(inner) = errors.get(1) {
        depth += 1;
        errors = &inner.errors;
        assert!(depth < 100);
    }
    assert_eq!(depth, 17);

    let invalid = b"{\"\xff\":1,\"results\":[{\"id\":\"a\",\"eventTemplateId\":\"t\",\"tokens\":{\"y\":\"\xff\"}}]}";
    let told = BatchResponse::parse(invalid).expect("an object");
    assert_eq!(told.results[0].id, "a");
}

#[test]
fn what_is_not_a_json_object_is_no_answer() {
    for body in [
        "",
        "null",
        "[]",
        "\"OK\"",
        "7",
        "<html>",
        r#"{"results":[{"id":"#,
        "{}x",
    ] {
        assert_eq!(BatchResponse::parse(body.as_bytes()), None, "{body}");
        assert_eq!(EventRecord::parse(body.as_bytes()), None, "{body}");
        assert_eq!(ResponseError::parse(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn debug_shows_names_and_no_values() {
    let mut json = full();
    json["secret"] = json!("canary");
    for key in ["email", "domain", "utk", "objectId"] {
        json[key] = json!("canary");
    }
    json["tokens"] = json!({ "petName": "canary" });
    json["extraData"] = json!("canary");
    json["timelineIFrame"]["url"] = json!("canary");
    let error = json!({
        "message": "canary", "category": "VALIDATION_ERROR", "subCategory": "canary",
        "context": { "name": ["canary"] }, "links": { "to": "canary" }, "errors": [{ "message": "canary" }],
    });
    let told =
        response(&json!({ "results": [json], "errors": [error], "links": { "to": "canary" } }));
    let shown = format!("{told:?} {told:#?}");
    assert!(!shown.contains("canary"), "{shown}");
    for name in [
        "full",
        "petName",
        "email",
        "secret",
        "VALIDATION_ERROR",
        "name",
    ] {
        assert!(shown.contains(name), "{name}: {shown}");
    }
}
