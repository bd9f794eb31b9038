//! Reads v3 answers whole: an event, a batch's answer, an error. Unlike `answer`, which reads what decides over events
//! and skips the rest, this keeps every field. A field of another type than HubSpot's page says spoils nothing: it is
//! kept as it is, beside the typed ones.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::mem::size_of;

use serde_json::{Number, Value};

use super::json::{elements, entries, utf8};
use crate::error::ResponseError;
use crate::event::TimelineIFrame;
use crate::template::ObjectType;
use crate::wire::{BatchResponse, BatchStatus, EventRecord};

/// Errors inside errors are typed so deep, and deeper ones are kept as JSON. HubSpot's own are one deep.
const DEEPEST: u8 = 16;

impl EventRecord {
    /// The answer to reading one event. `None` if the bytes are not a JSON object.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(&utf8(bytes), &Budget::new())
    }

    fn read(json: &str, budget: &Budget) -> Option<Self> {
        let mut fields = Fields::of(json, budget)?;
        let object_type = fields.text("objectType").unwrap_or_default();
        Some(EventRecord {
            id: fields.text("id").unwrap_or_default(),
            event_template_id: fields.text("eventTemplateId").unwrap_or_default(),
            object_type: ObjectType::from(&*object_type),
            tokens: fields.texts("tokens"),
            created_at: fields.text("createdAt"),
            custom_object_type_id: fields.text("customObjectTypeId"),
            domain: fields.text("domain"),
            email: fields.text("email"),
            extra_data: fields.any("extraData"),
            object_id: fields.text("objectId"),
            timeline_iframe: fields.take("timelineIFrame", |json| {
                serde_json::from_str::<TimelineIFrame<'static>>(json).ok()
            }),
            timestamp: fields.text("timestamp"),
            utk: fields.text("utk"),
            other: fields.rest(),
        })
    }
}

impl BatchResponse {
    /// The answer to a batch. `None` if the bytes are not a JSON object: cut off, missing, or not HubSpot's.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (text, budget) = (utf8(bytes), Budget::new());
        let mut fields = Fields::of(&text, &budget)?;
        Some(BatchResponse {
            status: BatchStatus::from(fields.text("status").unwrap_or_default()),
            results: fields.list("results", |json| EventRecord::read(json, &budget)),
            started_at: fields.text("startedAt").unwrap_or_default(),
            completed_at: fields.text("completedAt").unwrap_or_default(),
            requested_at: fields.text("requestedAt"),
            links: fields.texts("links"),
            num_errors: fields.take("numErrors", |json| serde_json::from_str(json).ok()),
            errors: fields.list("errors", |json| ResponseError::read(json, &budget, 0)),
            other: fields.rest(),
        })
    }
}

impl ResponseError {
    /// The body of a refusal. `None` if the bytes are not a JSON object, as from a proxy in between.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(&utf8(bytes), &Budget::new(), 0)
    }

    fn read(json: &str, budget: &Budget, depth: u8) -> Option<Self> {
        let mut fields = Fields::of(json, budget)?;
        let errors = if depth < DEEPEST {
            fields.list("errors", |json| {
                ResponseError::read(json, budget, depth + 1)
            })
        } else {
            Vec::new()
        };
        Some(ResponseError {
            status: fields.text("status").unwrap_or_default(),
            category: fields.text("category").unwrap_or_default(),
            sub_category: fields.any("subCategory"),
            message: fields.text("message").unwrap_or_default(),
            id: fields.text("id"),
            code: fields.text("code"),
            in_field: fields.text("in"),
            correlation_id: fields.text("correlationId"),
            context: fields
                .map("context", |json| all_texts(json, budget))
                .unwrap_or_default(),
            links: fields.texts("links"),
            errors,
            other: fields.rest(),
        })
    }
}

/// The memory that an answer may still take, in bytes: four megabytes of the smallest values would become a hundred.
struct Budget(Cell<usize>);

impl Budget {
    /// HubSpot's answers take some times their length.
    const BYTES: usize = 32 * 1024 * 1024;

    /// An entry of a map, with its key and its value but for their texts.
    const ENTRY: usize = 120;

    /// A value of JSON, likewise.
    const VALUE: usize = 48;

    fn new() -> Self {
        Budget(Cell::new(Self::BYTES))
    }

    /// `None` if there is not so much left.
    fn spend(&self, bytes: usize) -> Option<()> {
        let left = self.0.get().checked_sub(bytes);
        self.0.set(left.unwrap_or(0));
        left.map(drop)
    }
}

/// An object's fields that have found no place yet; of a key that comes twice the last value.
struct Fields<'a, 'b> {
    fields: BTreeMap<&'a str, &'a str>,
    budget: &'b Budget,
}

impl<'a, 'b> Fields<'a, 'b> {
    /// `None` if it is no object, or has more fields than there is memory for.
    fn of(json: &'a str, budget: &'b Budget) -> Option<Self> {
        let mut fields = BTreeMap::new();
        let mut fits = Some(());
        entries(json, |key, value| {
            fits = fits.and_then(|()| budget.spend(Budget::VALUE));
            // `null` says the same as nothing.
            if fits.is_some() && value != "null" {
                fields.insert(key, value);
            } else {
                fields.remove(key);
            }
        })?;
        fits.map(|()| Fields { fields, budget })
    }

    /// Takes a field out, if it is what it should be; else it stays.
    fn take<T>(&mut self, key: &str, read: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
        let value = read(self.fields.get(key)?)?;
        self.fields.remove(key);
        Some(value)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.take(key, text)
    }

    fn any(&mut self, key: &str) -> Option<Value> {
        let budget = self.budget;
        self.take(key, |json| Some(any(json, budget)))
    }

    /// An object whose values are all what they should be.
    fn map<T>(
        &mut self,
        key: &str,
        mut read: impl FnMut(&'a str) -> Option<T>,
    ) -> Option<BTreeMap<String, T>> {
        let budget = self.budget;
        self.take(key, |json| {
            let mut map = Some(BTreeMap::new());
            entries(json, |name, value| {
                let entry = map.as_mut().filter(|_| value != "null").map(|map| {
                    budget.spend(Budget::ENTRY)?;
                    map.insert(unescaped(name), read(value)?);
                    Some(())
                });
                if entry == Some(None) {
                    map = None;
                }
            })?;
            map
        })
    }

    /// An object of texts. A value that is none is given as its JSON.
    fn texts(&mut self, key: &str) -> BTreeMap<String, String> {
        let texts = self.map(key, |json| {
            Some(text(json).unwrap_or_else(|| json.to_owned()))
        });
        texts.unwrap_or_default()
    }

    /// A list of objects. A list with anything else in it stays as it is.
    fn list<T>(&mut self, key: &str, mut read: impl FnMut(&'a str) -> Option<T>) -> Vec<T> {
        let budget = self.budget;
        let list = self.take(key, |json| {
            let mut list = Some(Vec::new());
            elements(Some(json), |element| {
                let added = list.as_mut().map(|list| {
                    // A list that grows has room for as many again.
                    budget.spend(2 * size_of::<T>())?;
                    list.push(read(element)?);
                    Some(())
                });
                if added == Some(None) {
                    list = None;
                }
            })?;
            list
        });
        list.unwrap_or_default()
    }

    /// What has found no place.
    fn rest(self) -> BTreeMap<String, Value> {
        let budget = self.budget;
        let rest = self.fields.into_iter();
        rest.map(|(key, value)| (unescaped(key), any(value, budget)))
            .collect()
    }
}

/// A text, or a number where a text is expected: ids have been seen as both.
fn text(json: &str) -> Option<String> {
    if let Ok(text) = serde_json::from_str(json) {
        return Some(text);
    }
    serde_json::from_str::<Number>(json)
        .ok()
        .map(|number| number.to_string())
}

/// The texts of a list, or one that stands alone. What is no text is given as its JSON.
fn all_texts(json: &str, budget: &Budget) -> Option<Vec<String>> {
    let given = |json: &str| text(json).unwrap_or_else(|| json.to_owned());
    let mut texts = Some(Vec::new());
    let list = elements(Some(json), |element| {
        match (&mut texts, budget.spend(Budget::VALUE)) {
            (Some(texts), Some(())) => texts.push(given(element)),
            (texts, _) => *texts = None,
        }
    });
    match list {
        Some(()) => texts,
        None => Some(vec![given(json)]),
    }
}

/// Whatever it is. What no [`Value`] can hold, since it is nested too deep or half of a character is missing, and what there
/// is no memory for, is given as the text of its JSON.
fn any(json: &str, budget: &Budget) -> Value {
    budget
        .spend(Budget::VALUE.saturating_mul(count(json)))
        .and_then(|()| serde_json::from_str(json).ok())
        .unwrap_or_else(|| Value::String(json.to_owned()))
}

/// How many values and keys there are in it, and perhaps more: what stands in texts is counted, too.
fn count(json: &str) -> usize {
    let marks = json.bytes().filter(|byte| b"[{:,".contains(byte));
    1 + marks.count()
}

/// A key as it is meant: between its quotes it stands as it was written.
fn unescaped(key: &str) -> String {
    if !key.contains('\\') {
        return key.to_owned();
    }
    serde_json::from_str(&format!("\"{key}\"")).unwrap_or_else(|_| key.to_owned())
}

#[cfg(test)]
mod tests {
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
}
