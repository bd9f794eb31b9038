//! The JSON of HubSpot's answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::dates::{with_microseconds, with_milliseconds};
use super::event::{Listed, StoredEvent};
use super::refusal::{REQUIRED_SCOPES, Refusal};
use super::rules::{ErrorId, Rules};
use super::templates::{Held, Times};

/// An answer before a fault changes it.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) content: ReplyContent,
}

#[derive(Debug)]
pub(super) enum ReplyContent {
    Empty,
    Json(Value),
    Event {
        event: Arc<StoredEvent>,
        created_at: bool,
    },
    Batch(Batch),
    Bytes(Vec<u8>),
}

/// The answer to a batch.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Batch {
    pub(super) status: String,
    #[serde(serialize_with = "results")]
    pub(super) results: Results,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_at: Option<String>,
    started_at: String,
    completed_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_errors: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<BTreeMap<String, String>>,
}

#[derive(Debug)]
pub(super) struct Results {
    pub(super) events: Vec<Arc<StoredEvent>>,
    created_at: bool,
}

fn results<S: serde::Serializer>(results: &Results, serializer: S) -> Result<S::Ok, S::Error> {
    let created_at = results.created_at;
    let events = results.events.iter();
    serializer.collect_seq(events.map(|event| Listed { event, created_at }))
}

impl Batch {
    /// Without refusals all events were accepted. Creating them takes no time on the sandbox's clock.
    pub(super) fn new(
        events: Vec<Arc<StoredEvent>>,
        errors: Vec<Value>,
        rules: &Rules,
        now_us: i64,
    ) -> Self {
        let now = with_microseconds(now_us);
        Batch {
            status: rules.status.clone(),
            results: Results {
                events,
                created_at: rules.created_at,
            },
            requested_at: rules.requested_at.then(|| now.clone()),
            started_at: now.clone(),
            completed_at: now,
            num_errors: (!errors.is_empty()).then_some(errors.len()),
            errors,
            links: (!rules.links.is_empty()).then(|| rules.links.clone()),
        }
    }
}

impl Reply {
    pub(super) fn new(status: u16, content: ReplyContent) -> Self {
        Reply {
            status,
            headers: Vec::new(),
            content,
        }
    }

    /// Why the request is refused, if it is.
    pub(super) fn reason(&self) -> Option<String> {
        match &self.content {
            ReplyContent::Json(body) if self.status >= 400 => {
                Some(body.get("message")?.as_str()?.to_owned())
            }
            _ => None,
        }
    }

    pub(super) fn json(status: u16, body: Value) -> Self {
        Self::new(status, ReplyContent::Json(body))
    }

    pub(super) fn empty(status: u16) -> Self {
        Self::new(status, ReplyContent::Empty)
    }

    pub(super) fn into_bytes(content: ReplyContent) -> Vec<u8> {
        let bytes = match content {
            ReplyContent::Empty => Ok(Vec::new()),
            ReplyContent::Json(body) => serde_json::to_vec(&body),
            ReplyContent::Event { event, created_at } => serde_json::to_vec(&Listed {
                event: &event,
                created_at,
            }),
            ReplyContent::Batch(batch) => serde_json::to_vec(&batch),
            ReplyContent::Bytes(bytes) => Ok(bytes),
        };
        // Cannot fail: all keys are strings, and all values come from JSON.
        bytes.unwrap_or_default()
    }
}

/// The body of a refusal; the further refusals stand under `errors`.
pub(super) fn error_body(refusals: &[Refusal], place: ErrorId, correlation_id: &str) -> Reply {
    if let [refusal] = refusals
        && let Some(scopes) = refusal.context.get(REQUIRED_SCOPES)
    {
        return Reply::new(refusal.status, missing_scopes(scopes, correlation_id));
    }
    if let [refusal] = refusals
        && refusal.category.is_none()
    {
        let body = json!({
            "status": "error",
            "message": refusal.message,
            "correlationId": correlation_id,
        });
        return Reply::json(refusal.status, body);
    }
    let conflict = !refusals.is_empty() && refusals.iter().all(|refusal| refusal.status == 409);
    let Some(first) = refusals.first() else {
        return Reply::empty(500);
    };
    let lead = refusals
        .iter()
        .find(|refusal| conflict || refusal.status != 409)
        .unwrap_or(first);
    let errors: Vec<Value> = refusals
        .iter()
        .map(|refusal| detail(refusal, place))
        .collect();
    let body = json!({
        "status": "error",
        "message": message(lead, place),
        "correlationId": correlation_id,
        "category": lead.category,
        "context": context(lead, place),
        "errors": errors,
    });
    Reply::json(lead.status, body)
}

/// An element of the `errors` of a 207.
pub(super) fn error_element(refusal: &Refusal, place: ErrorId) -> Value {
    let mut element = json!({
        "status": "error",
        "category": refusal.category,
        "message": message(refusal, place),
        "context": context(refusal, place),
        "errors": [detail(refusal, place)],
        "links": {},
    });
    if let (ErrorId::Id, Some(id), Some(keys)) = (place, &refusal.event_id, element.as_object_mut())
    {
        keys.insert("id".to_owned(), Value::from(&**id));
    }
    element
}

fn detail(refusal: &Refusal, place: ErrorId) -> Value {
    json!({
        "message": message(refusal, place),
        "code": refusal.code,
        "context": context(refusal, place),
    })
}

fn message(refusal: &Refusal, place: ErrorId) -> String {
    match (place, &refusal.event_id) {
        (ErrorId::Message, Some(id)) => format!("{} (event {id})", refusal.message),
        _ => refusal.message.clone(),
    }
}

fn context(refusal: &Refusal, place: ErrorId) -> BTreeMap<String, Vec<String>> {
    let mut context = refusal.context.clone();
    if let (ErrorId::Context, Some(id)) = (place, &refusal.event_id) {
        context.insert("id".to_owned(), vec![id.clone()]);
    }
    context
}

/// HubSpot's answer to an unknown path. It has no category; the answer about an unknown event or template has one.
pub(super) fn no_such_path(correlation_id: &str) -> Reply {
    let body = json!({
        "status": "error",
        "message": "resource not found",
        "correlationId": correlation_id,
    });
    Reply::json(404, body)
}

/// A template as HubSpot shows it.
pub(super) fn template(held: &Held) -> Value {
    let template = &held.template;
    let tokens: Vec<Value> = template
        .tokens
        .iter()
        .map(|token| {
            let times = held
                .token_times
                .get(&token.name)
                .copied()
                .unwrap_or(held.times);
            stamped(token, times)
        })
        .collect();
    let mut value = stamped(template, held.times);
    if let Some(keys) = value.as_object_mut() {
        keys.insert("id".to_owned(), Value::from(template.id()));
        keys.insert("tokens".to_owned(), Value::from(tokens));
    }
    value
}

/// A template or token with the times of its creation and its last change.
pub(super) fn stamped(part: &impl Serialize, times: Times) -> Value {
    let mut value = serde_json::to_value(part).unwrap_or_default();
    if let Some(keys) = value.as_object_mut() {
        keys.insert(
            "createdAt".to_owned(),
            Value::from(with_milliseconds(times.created_at)),
        );
        keys.insert(
            "updatedAt".to_owned(),
            Value::from(with_milliseconds(times.updated_at)),
        );
    }
    value
}

/// The body that HubSpot sends with a status that a fault has set.
pub(super) fn for_status(status: u16, correlation_id: &str) -> ReplyContent {
    let (category, message) = match status {
        204 | 304 => return ReplyContent::Empty,
        200..300 => return ReplyContent::Json(json!({})),
        400 => ("VALIDATION_ERROR", "Invalid request"),
        401 => (
            "EXPIRED_AUTHENTICATION",
            "The OAuth token used to make this call has expired",
        ),
        403 => return missing_scopes(&["timeline".to_owned()], correlation_id),
        404 => ("OBJECT_NOT_FOUND", "Object not found"),
        409 => ("CONFLICT", "An event with this id exists already"),
        413 => ("VALIDATION_ERROR", "The request is too large"),
        415 => ("VALIDATION_ERROR", "The content type is not supported"),
        423 => ("LOCKED", "The resource is locked"),
        429 => {
            return ReplyContent::Json(json!({
                "status": "error",
                "message": "You have reached your ten_secondly_rolling limit.",
                "errorType": "RATE_LIMIT",
                "policyName": "TEN_SECONDLY_ROLLING",
                "category": "RATE_LIMITS",
                "correlationId": correlation_id,
            }));
        }
        477 => (
            "MIGRATION_IN_PROGRESS",
            "The account is being moved to another data centre",
        ),
        500..600 => ("INTERNAL_ERROR", "There was a problem with the request"),
        _ => ("ERROR", "The request was refused"),
    };
    ReplyContent::Json(json!({
        "status": "error",
        "message": message,
        "correlationId": correlation_id,
        "category": category,
    }))
}

/// HubSpot's answer to a token that lacks a scope. Only its `errors` name the scope.
pub(super) fn missing_scopes(scopes: &[String], correlation_id: &str) -> ReplyContent {
    ReplyContent::Json(json!({
        "status": "error",
        "message": "This app has not been granted all required scopes to make this call",
        "correlationId": correlation_id,
        "category": "MISSING_SCOPES",
        "errors": [{
            "message": "One or more of the following scopes are required.",
            "context": { REQUIRED_SCOPES: scopes },
        }],
    }))
}
