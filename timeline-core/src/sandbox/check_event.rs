//! The rules about an event's contents: a pure function from an event and its template to a refusal or nothing.

use std::collections::HashMap;

use super::email::is_address;
use super::input::{self, Incoming};
use super::refusal::Refusal;
use super::rules::Rules;
use crate::limits;
use crate::template::{EventTemplate, ObjectType, TokenDefinition};
use crate::token::TokenType;
use crate::wire::Api;

/// A template, with its tokens by their names.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub(super) object_type: ObjectType,
    tokens: HashMap<String, TokenDefinition>,
}

impl Schema {
    pub(super) fn new(template: &EventTemplate) -> Self {
        let tokens = template
            .tokens
            .iter()
            .map(|token| (token.name.clone(), token.clone()));
        Schema {
            object_type: template.object_type.clone(),
            tokens: tokens.collect(),
        }
    }
}

/// Checks the rules that concern one event alone.
pub(super) fn check(
    event: &Incoming,
    api: Api,
    schema: Option<&Schema>,
    rules: &Rules,
) -> Result<(), Refusal> {
    let Some(schema) = schema else {
        if api == Api::AppEvents {
            let name = &event.template_id;
            let message = format!(
                "No event type with the name {name} exists (the sandbox has those of `register`, `add_event_type` and \
                 `add_definition`)"
            );
            return Err(
                Refusal::invalid("UNKNOWN_EVENT_TYPE", message).context("eventTypeName", name)
            );
        }
        let id = &event.template_id;
        return Err(Refusal::invalid(
            "UNKNOWN_TEMPLATE",
            format!(
                "No event template with id {id} exists (the sandbox has those of `register` and `add_template`)"
            ),
        )
        .context("eventTemplateId", id));
    };
    if api == Api::AppEvents {
        custom_object(event, &schema.object_type)?;
    }
    identified(event, &schema.object_type)?;
    addressed(event)?;
    sizes(event)?;
    if rules.extra_data_is_object
        && event
            .extra_data
            .as_ref()
            .is_some_and(|data| !data.is_object())
    {
        let message = "extraData must be an object";
        return Err(Refusal::invalid("INVALID_EXTRA_DATA", message));
    }
    event.tokens.iter().try_for_each(|(name, value)| {
        let token = schema.tokens.get(name).ok_or_else(|| {
            Refusal::invalid(
                "UNKNOWN_TOKEN",
                format!("The event template has no token named {name}"),
            )
            .context("tokenName", name)
        })?;
        value_fits(event, token, value)
    })
}

/// App events need the name of a custom object if the event type is for one, and refuse it otherwise.
fn custom_object(event: &Incoming, object_type: &ObjectType) -> Result<(), Refusal> {
    let is_custom = matches!(object_type, ObjectType::Custom(_));
    let message = match (is_custom, event.custom_object_type_id.is_some()) {
        (true, false) => "objectTypeFullyQualifiedName is needed for a custom object",
        (false, true) => "objectTypeFullyQualifiedName is for custom objects only",
        _ => return Ok(()),
    };
    Err(Refusal::invalid("INVALID_OBJECT_TYPE", message))
}

fn identified(event: &Incoming, object_type: &ObjectType) -> Result<(), Refusal> {
    let given = |part: &Option<String>| part.as_deref().is_some_and(|text| !text.is_empty());
    let by_object = given(&event.object_id);
    match object_type {
        ObjectType::Contacts if by_object || given(&event.utk) || given(&event.email) => Ok(()),
        ObjectType::Contacts => Err(Refusal::invalid(
            "MISSING_IDENTIFIER",
            "One of objectId, utk or email is needed to find the contact",
        )),
        _ if by_object => Ok(()),
        other => Err(Refusal::invalid(
            "MISSING_IDENTIFIER",
            format!("objectId is needed for events on {other}"),
        )),
    }
}

/// An invalid e-mail address is refused for any kind of record. That is an assumption for records that the e-mail does
/// not identify.
fn addressed(event: &Incoming) -> Result<(), Refusal> {
    match event.email.as_deref() {
        Some(email) if !email.is_empty() && !is_address(email) => Err(Refusal::invalid(
            "INVALID_EMAIL_ADDRESS",
            format!("invalid email: {email}"),
        )
        .context("propertyName", "email")),
        _ => Ok(()),
    }
}

/// The refusal of an event that is too large; its message names the event.
fn too_large(event: &Incoming, code: &'static str, what: &str) -> Refusal {
    let id = event.id.as_deref().unwrap_or("null");
    let message = format!("Event {id} failed with validation error(s): {what}");
    Refusal::invalid(code, message)
}

fn sizes(event: &Incoming) -> Result<(), Refusal> {
    if let Some(id) = &event.id {
        let bytes = id.len();
        if id.is_empty() {
            return Err(Refusal::invalid("INVALID_ID", "The event's id is empty"));
        }
        if bytes > limits::EVENT_ID_BYTES {
            let most = limits::EVENT_ID_BYTES;
            let what = format!("the id has {bytes} bytes, at most {most} are allowed");
            return Err(too_large(event, "ID_TOO_LONG", &what));
        }
    }
    let bytes = event.bytes;
    if bytes > limits::EVENT_BYTES {
        let most = limits::EVENT_BYTES;
        let what = format!("the event has {bytes} bytes, at most {most} are allowed");
        return Err(too_large(event, "EVENT_TOO_LARGE", &what));
    }
    Ok(())
}

fn value_fits(event: &Incoming, token: &TokenDefinition, value: &str) -> Result<(), Refusal> {
    let name = &token.name;
    // JSON writes a byte as six at most, so most values need not be counted.
    if value.len() > limits::TOKEN_BYTES / 6 {
        let bytes = input::size(&value).saturating_sub(2);
        if bytes > limits::TOKEN_BYTES {
            let most = limits::TOKEN_BYTES;
            let what = format!("the token {name} has {bytes} bytes, at most {most} are allowed");
            return Err(too_large(event, "TOKEN_TOO_LARGE", &what).context("tokenName", name));
        }
    }
    let (fits, expected) = match token.token_type {
        TokenType::String => (true, ""),
        TokenType::Number => (is_number(value), "a number"),
        TokenType::Date => (
            value.parse::<i64>().is_ok(),
            "a date in milliseconds since 1970",
        ),
        TokenType::Enumeration => (
            token.options.iter().any(|option| option.value == value),
            "one of the token's options",
        ),
    };
    if fits {
        return Ok(());
    }
    Err(Refusal::invalid(
        "INVALID_TOKEN",
        format!("The value of the token {name} is not {expected}"),
    )
    .context("tokenName", name))
}

/// Whether the text is digits with a sign, a point or an exponent. Rust also parses `inf` and `NaN`.
fn is_number(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    text.bytes().all(plain) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Replaces `{{uuid}}` in an id by a new UUID, as HubSpot does: a retry then creates a second event.
pub(super) fn expand(id: &str, mut uuid: impl FnMut() -> String) -> String {
    let mut expanded = String::with_capacity(id.len());
    let mut rest = id;
    while let Some((before, after)) = rest.split_once("{{uuid}}") {
        expanded.push_str(before);
        expanded.push_str(&uuid());
        rest = after;
    }
    expanded.push_str(rest);
    expanded
}
