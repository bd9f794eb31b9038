//! What HubSpot answers. Every field counts as optional, and a field of an unexpected type as absent: what matters is
//! which events an answer names, and nothing else in it may spoil that.

use serde_json::{Map, Value};

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
    /// It, and all texts in `context`, here and in the errors inside: ids may be among them.
    pub(crate) names: Vec<String>,
    pub(crate) body: ErrorBody,
}

/// The body of an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) category: Option<String>,
    pub(crate) sub_category: Option<String>,
    pub(crate) error_type: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) policy_name: Option<String>,
}

impl BatchAnswer {
    /// `None` if the bytes are not a JSON object: cut off, missing, or not HubSpot's.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let body = object(bytes)?;
        let list = |key| {
            body.get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        Some(BatchAnswer {
            results: list("results").filter_map(StoredEvent::read).collect(),
            errors: list("errors").filter_map(EventError::read).collect(),
        })
    }
}

impl StoredEvent {
    /// The answer to reading one event.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(&Value::Object(object(bytes)?))
    }

    /// `None` for an element that does not say which event it is.
    fn read(value: &Value) -> Option<Self> {
        Some(StoredEvent {
            template_id: text(value, "eventTemplateId")?,
            id: text(value, "id")?,
            object_id: text(value, "objectId"),
            email: text(value, "email"),
            utk: text(value, "utk"),
            created_at: text(value, "createdAt"),
        })
    }
}

impl EventError {
    fn read(value: &Value) -> Option<Self> {
        let mut names = Vec::new();
        collect_names(value, &mut names);
        Some(EventError {
            id: text(value, "id"),
            names,
            body: ErrorBody::read(value.as_object()?),
        })
    }
}

impl ErrorBody {
    /// `None` if the bytes are not a JSON object, as from a proxy in between.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        object(bytes).map(|body| Self::read(&body))
    }

    fn read(body: &Map<String, Value>) -> Self {
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        ErrorBody {
            category: text("category"),
            // A string in an error's body, an object in an element of `errors`.
            sub_category: text("subCategory"),
            error_type: text("errorType"),
            message: text("message"),
            correlation_id: text("correlationId"),
            policy_name: text("policyName"),
        }
    }
}

fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(bytes).ok()
}

/// A text, or a number where a text is expected: ids have been seen as both.
fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Every text in `id` and `context`, and in the `errors` inside. The parser has bounded the depth.
fn collect_names(error: &Value, names: &mut Vec<String>) {
    names.extend(text(error, "id"));
    if let Some(context) = error.get("context").and_then(Value::as_object) {
        for value in context.values() {
            match value {
                Value::String(name) => names.push(name.clone()),
                Value::Array(list) => {
                    names.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                _ => {}
            }
        }
    }
    for inner in error
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        collect_names(inner, names);
    }
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
        let deep = format!("{}{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
        assert_eq!(BatchAnswer::parse(deep.as_bytes()), None);
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
            "context":{"eventId":["b"],"token":"c","n":[1]},
            "errors":[{"message":"why","context":{"id":["d"]}}]}]}"#;
        let answer = BatchAnswer::parse(body.as_bytes()).expect("an object");
        let [error] = &answer.errors[..] else {
            panic!("one error: {answer:?}");
        };
        assert_eq!(error.id.as_deref(), Some("a"));
        assert_eq!(error.names, ["a", "b", "c", "d"]);
        assert_eq!(error.body.category.as_deref(), Some("VALIDATION_ERROR"));
        assert_eq!(error.body.sub_category, None);
        assert_eq!(error.body.message.as_deref(), Some("no"));
    }
}
