//! What HubSpot answers. Every field counts as optional, and a field of an unexpected type as absent: what matters is
//! which events an answer names, and nothing else in it may spoil that. What is not asked for is skipped undecoded.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// A JSON object whose values are not decoded yet.
type Object<'a> = HashMap<Cow<'a, str>, &'a RawValue>;

/// The answer to a batch, whatever its status.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct BatchAnswer {
    /// The events that HubSpot says it has.
    pub(crate) results: Vec<StoredEvent>,
    /// What HubSpot says against some of the others.
    pub(crate) errors: Vec<EventError>,
}

/// An event as HubSpot tells it back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredEvent {
    pub(crate) template_id: String,
    pub(crate) id: String,
    pub(crate) object_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) utk: Option<String>,
    pub(crate) created_at: Option<String>,
}

/// An element of a batch answer's `errors`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EventError {
    /// The id in the error's own `id`.
    pub(crate) id: Option<String>,
    /// Texts that may be ids of events, here and in the errors inside, and whether they stand where ids stand: in `id`,
    /// or in `context` under a key such as `eventId`.
    pub(crate) names: Vec<(String, bool)>,
    pub(crate) body: ErrorBody,
}

/// The body of an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) category: Option<String>,
    pub(crate) sub_category: Option<String>,
    pub(crate) error_type: Option<String>,
    pub(crate) policy_name: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) correlation_id: Option<String>,
}

impl BatchAnswer {
    /// `None` if the bytes are not a JSON object: cut off, missing, or not HubSpot's.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let body = object(&text)?;
        Some(BatchAnswer {
            results: list(&body, "results")
                .filter_map(StoredEvent::read)
                .collect(),
            errors: list(&body, "errors").filter_map(EventError::read).collect(),
        })
    }
}

impl StoredEvent {
    /// The answer to reading one event.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(&String::from_utf8_lossy(bytes))
    }

    /// `None` for an element that does not say which event it is.
    fn read(json: &str) -> Option<Self> {
        let event = object(json)?;
        Some(StoredEvent {
            template_id: text(&event, "eventTemplateId")?,
            id: text(&event, "id")?,
            object_id: text(&event, "objectId"),
            email: text(&event, "email"),
            utk: text(&event, "utk"),
            created_at: text(&event, "createdAt"),
        })
    }
}

impl EventError {
    fn read(json: &str) -> Option<Self> {
        let error = object(json)?;
        let mut names = Vec::new();
        collect_names(&error, &mut names, 0);
        Some(EventError {
            id: text(&error, "id"),
            names,
            body: ErrorBody::read(&error),
        })
    }
}

impl ErrorBody {
    /// `None` if the bytes are not a JSON object, as from a proxy in between.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        object(&text).map(|body| Self::read(&body))
    }

    /// Whether it bears HubSpot's marks; what a gateway says of a path that nobody serves does not.
    pub(crate) fn is_hubspots(&self) -> bool {
        self.category.is_some() || self.correlation_id.is_some()
    }

    fn read(body: &Object<'_>) -> Self {
        ErrorBody {
            category: text(body, "category"),
            // A string in an error's body, an object in an element of `errors`.
            sub_category: text(body, "subCategory"),
            error_type: text(body, "errorType"),
            policy_name: text(body, "policyName"),
            message: text(body, "message"),
            correlation_id: text(body, "correlationId"),
        }
    }
}

fn object(json: &str) -> Option<Object<'_>> {
    serde_json::from_str(json).ok()
}

/// A text, or a number where a text is expected: ids have been seen as both.
fn text(object: &Object<'_>, key: &str) -> Option<String> {
    match serde_json::from_str(object.get(key)?.get()).ok()? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The elements of a list; none if it is no list.
fn list<'a>(object: &Object<'a>, key: &str) -> impl Iterator<Item = &'a str> {
    let elements: Option<Vec<&'a RawValue>> = object
        .get(key)
        .and_then(|list| serde_json::from_str(list.get()).ok());
    elements.into_iter().flatten().map(RawValue::get)
}

/// Every text in `id` and `context`, and in the `errors` inside.
fn collect_names(error: &Object<'_>, names: &mut Vec<(String, bool)>, depth: u8) {
    // HubSpot's own errors are one deep; a hostile answer must not exhaust the stack.
    const DEEP: u8 = 8;
    names.extend(text(error, "id").map(|id| (id, true)));
    let context = error
        .get("context")
        .and_then(|context| object(context.get()));
    for (key, value) in context.iter().flatten() {
        let is_id = is_id_key(key);
        // The id of another thing, such as `objectId`, can be equal to an event's.
        if !is_id
            && ["Id", "ID", "_id"]
                .iter()
                .any(|end| key.trim_end_matches('s').ends_with(end))
        {
            continue;
        }
        let texts: Vec<Value> = match serde_json::from_str(value.get()) {
            Ok(Value::Array(texts)) => texts,
            Ok(text) => vec![text],
            Err(_) => continue,
        };
        names.extend(
            texts
                .iter()
                .filter_map(Value::as_str)
                .map(|text| (text.to_owned(), is_id)),
        );
    }
    if depth < DEEP {
        for inner in list(error, "errors").filter_map(object) {
            collect_names(&inner, names, depth + 1);
        }
    }
}

/// `id`, `ids`, `eventId`, `event_ids`.
fn is_id_key(key: &str) -> bool {
    let one = key.strip_suffix('s').unwrap_or(key);
    matches!(one, "id" | "ID" | "eventId" | "eventID" | "event_id")
}

#[cfg(test)]
mod tests {
    use super::{BatchAnswer, ErrorBody, StoredEvent};

    #[test]
    fn what_is_not_a_json_object_is_no_answer() {
        for body in ["", "null", "[]", "OK", "<html>", r#"{"results":[{"id":"#] {
            assert_eq!(BatchAnswer::parse(body.as_bytes()), None, "{body}");
            assert_eq!(ErrorBody::parse(body.as_bytes()), None, "{body}");
        }
    }

    /// Whatever is wrong with what nobody asks for, the events are read.
    #[test]
    fn the_rest_of_an_answer_spoils_nothing() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let nested = format!(
            "{}{{}}{}",
            r#"{"errors":[{"id":"a"},"#.repeat(10_000),
            "]}".repeat(10_000)
        );
        for rest in [r#""\ud83d""#, &deep, r#"{"a":1,"a":2}"#] {
            let body = format!(
                r#"{{"x":{rest},"results":[{{"id":"a","eventTemplateId":"t","tokens":{{"y":{rest}}},"utk":{rest}}}]}}"#
            );
            let answer = BatchAnswer::parse(body.as_bytes()).expect(rest);
            assert_eq!(answer.results.len(), 1, "{rest}");
        }
        let invalid = b"{\"x\":\"\xff\",\"results\":[{\"id\":\"a\",\"eventTemplateId\":\"t\",\"tokens\":{\"y\":\"\xff\"}}]}";
        assert_eq!(
            BatchAnswer::parse(invalid).map(|answer| answer.results.len()),
            Some(1)
        );
        let answer = BatchAnswer::parse(nested.as_bytes()).expect("an object");
        assert!(
            answer.errors.iter().all(|error| error.names.len() < 20),
            "{answer:?}"
        );
    }

    #[test]
    fn fields_of_a_wrong_type_are_absent() {
        for body in [
            "{}",
            r#"{"results":null,"errors":7}"#,
            r#"{"results":{"id":"a"},"errors":"none"}"#,
            r#"{"results":[null,7,"a",[],{},{"id":"a"},{"eventTemplateId":"t"},{"id":{},"eventTemplateId":"t"}]}"#,
            r#"{"errors":[null,7,"a",[]]}"#,
        ] {
            assert_eq!(
                BatchAnswer::parse(body.as_bytes()),
                Some(BatchAnswer::default()),
                "{body}"
            );
        }
    }

    #[test]
    fn results_are_read_for_what_they_name() {
        let body = r#"{"status":"COMPLETE","results":[
            {"id":"a","eventTemplateId":"1001298","objectType":"contacts","tokens":{},"objectId":"77",
             "email":"ada@example.com","createdAt":"2026-08-01T12:00:00.123Z"},
            {"id":12,"eventTemplateId":1001298}]}"#;
        let answer = BatchAnswer::parse(body.as_bytes()).expect("an object");
        assert_eq!(
            answer.results,
            [
                StoredEvent {
                    template_id: "1001298".into(),
                    id: "a".into(),
                    object_id: Some("77".into()),
                    email: Some("ada@example.com".into()),
                    utk: None,
                    created_at: Some("2026-08-01T12:00:00.123Z".into()),
                },
                StoredEvent {
                    template_id: "1001298".into(),
                    id: "12".into(),
                    ..StoredEvent::default()
                },
            ]
        );
    }

    #[test]
    fn an_error_names_events_in_id_and_context_at_any_depth() {
        let body = r#"{"errors":[{"id":"a","category":"VALIDATION_ERROR","subCategory":{"x":1},"message":"no",
            "context":{"eventId":["b"],"token":"c","n":[1],"objectId":["e"],"contactIds":["e"]},
            "errors":[{"message":"why","context":{"id":["d"]}}]}]}"#;
        let answer = BatchAnswer::parse(body.as_bytes()).expect("an object");
        let [error] = &answer.errors[..] else {
            panic!("one error: {answer:?}");
        };
        assert_eq!(error.id.as_deref(), Some("a"));
        let mut names: Vec<(&str, bool)> = error
            .names
            .iter()
            .map(|(name, is_id)| (&**name, *is_id))
            .collect();
        names.sort_unstable();
        assert_eq!(names, [("a", true), ("b", true), ("c", false), ("d", true)]);
        assert_eq!(error.body.category.as_deref(), Some("VALIDATION_ERROR"));
        assert_eq!(error.body.sub_category, None);
        assert_eq!(error.body.message.as_deref(), Some("no"));
    }
}
