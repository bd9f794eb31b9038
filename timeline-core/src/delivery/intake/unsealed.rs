//! What is kept of an event that cannot be encoded, for a dead letter that can be corrected and sent.

use crate::client::Client;
use crate::delivery::intake::seal::{event_id, now};
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::outcome::unsealed_event::UnsealedEvent;
use crate::event::IdOrigin;
use crate::event::{Draft, EventInput, InvalidEvent, InvalidKind, TemplateRef};
use crate::token::Token;
use crate::wire::write_event;

impl Rejection {
    /// An event that our own check refuses. Without `input` the event comes with the error.
    pub(in crate::delivery) fn unencoded(
        mut error: InvalidEvent,
        input: Option<&EventInput<'_>>,
        client: &Client,
    ) -> Self {
        let draft = error.take_draft();
        let (id, unsealed) = match input.or_else(|| draft.as_ref().map(Draft::input)) {
            Some(input) => unsealed(input, client, &error),
            None => (None, None),
        };
        let mut rejection = Rejection::invalid(id, error);
        rejection.keep_unsealed(unsealed);
        rejection
    }
}

fn unsealed(
    input: &EventInput<'_>,
    client: &Client,
    error: &InvalidEvent,
) -> (Option<String>, Option<UnsealedEvent>) {
    let template_id = match &input.template {
        TemplateRef::Id(id) => Some(&**id),
        TemplateRef::Name(name) => client.root.apis.template_id(name),
        TemplateRef::TypeName(_) => None,
    };
    let template_id = template_id.filter(|id| !id.is_empty());
    let milliseconds = now(client);
    let id = id_of(input, client, template_id, milliseconds);
    let mut input = input.reborrow();
    let mut missing: Vec<String> = input.missing().iter().map(ToString::to_string).collect();
    let mut misses = |name: &str| {
        if !missing.iter().any(|other| other == name) {
            missing.push(name.to_owned());
        }
    };
    if id.is_none() {
        misses("id");
    }
    let is_contacts = |name: &str| name == "contacts";
    if input.object_id.is_none() && !input.object_type.as_deref().is_none_or(is_contacts) {
        misses("objectId");
    }
    let has_time = !missing.iter().any(|name| name == "timestamp");
    let timestamp = has_time.then(|| input.timestamp.unwrap_or(milliseconds));
    let mut guilty = Some(error.kind().clone());
    let mut json = Vec::new();
    // Leaves out what is too long or cannot be written, one by one.
    while let Some(kind) = guilty.take() {
        match kind {
            InvalidKind::TokenTooLong { name, .. } | InvalidKind::Token(name, _) => {
                missing.extend(take_token(&mut input, |other| other == name));
            }
            InvalidKind::ExtraData(_) | InvalidKind::EventTooLong(_)
                if input.extra_data.is_some() =>
            {
                input.extra_data = None;
                missing.push("extraData".to_owned());
            }
            InvalidKind::EventTooLong(_) if !input.tokens.is_empty() => {
                let longest = longest_token(&input);
                missing.extend(take_token(&mut input, |other| other == longest));
            }
            // The other texts alone are too long.
            InvalidKind::EventTooLong(_) => return (id.map(|(id, _)| id), None),
            _ => {}
        }
        let id = id.as_ref().map(|(id, _)| &**id);
        if let Err(error) = write_event(&input, template_id, id, timestamp, &mut json) {
            guilty = Some(error.kind().clone());
        }
    }
    let template = match &input.template {
        TemplateRef::Id(text) | TemplateRef::Name(text) => text,
        TemplateRef::TypeName(_) => "",
    };
    let own = |text: Option<&str>| text.map(Box::from);
    let unsealed = UnsealedEvent {
        template: template_id.unwrap_or(template).into(),
        is_named: template_id.is_none(),
        type_name: own(input.get_type_name()),
        object_type_name: own(input.object_type_name.as_deref()),
        id_origin: id.as_ref().map(|(_, origin)| *origin),
        portal_id: client.portal.id,
        is_stamped: has_time && input.timestamp.is_none(),
        json: json.into(),
        missing,
    };
    (id.map(|(id, _)| id), Some(unsealed))
}

/// The id that the event would be sent under; `None` if the id is at fault or cannot be made.
fn id_of(
    input: &EventInput<'_>,
    client: &Client,
    template_id: Option<&str>,
    milliseconds: i64,
) -> Option<(String, IdOrigin)> {
    let is_bad = |id: &str| InvalidKind::of_id(id).is_some();
    let has_both = input.id.is_some() && !input.key.is_empty();
    let is_missing = input.missing().iter().any(|name| name == "id");
    if is_missing || has_both || input.get_id().is_some_and(is_bad) {
        return None;
    }
    if template_id.is_none() && !input.key.is_empty() {
        return None;
    }
    let (id, origin) =
        event_id(input, template_id.unwrap_or_default(), client, milliseconds).ok()?;
    Some((id.to_string(), origin))
}

fn longest_token(input: &EventInput<'_>) -> String {
    let length = |token: &Token<'_>| token.to_text().map_or(0, |text| text.len());
    let tokens = input.tokens.iter();
    let longest = tokens.max_by_key(|(_, token)| length(token));
    longest.map_or_else(String::new, |(name, _)| name.to_string())
}

/// Removes a token; returns the name under which it is listed as missing.
fn take_token(input: &mut EventInput<'_>, is_it: impl Fn(&str) -> bool) -> Option<String> {
    let (place, _) = input
        .tokens
        .iter()
        .enumerate()
        .find(|(_, (name, _))| is_it(name))?;
    let (name, _) = input.tokens.remove(place);
    Some(format!("tokens.{name}"))
}
