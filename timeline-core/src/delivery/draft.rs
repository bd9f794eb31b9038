//! What is kept of an event that could not be encoded: for a dead letter that can be found, mended and sent.

use super::Rejection;
use super::encode::{IdOrigin, event_id, now, template_id};
use crate::client::Client;
use crate::event::{EventInput, InvalidEvent, InvalidKind, TemplateRef};
use crate::limits;
use crate::wire::v3::write_event;

/// An event without the value that is at fault.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Unfinished {
    /// The template's id, or its name where the client knows no id.
    pub(super) template: Box<str>,
    pub(super) is_named: bool,
    pub(super) id_origin: Option<IdOrigin>,
    pub(super) portal_id: Option<u64>,
    /// As it would have gone out, but for what is missing.
    pub(super) json: Box<[u8]>,
    /// Whether a value is missing, and not just what the client lacks.
    pub(super) is_incomplete: bool,
}

impl Rejection {
    /// Refused by our own check. The event comes with the error, unless it is here.
    pub(super) fn unencoded(
        mut error: InvalidEvent,
        input: Option<&EventInput<'_>>,
        client: &Client,
    ) -> Self {
        let draft = error.take_draft();
        let (id, unfinished) = match (input, &draft) {
            (Some(input), _) => unfinished(input, input.check().is_ok(), client, &error),
            (None, Some(draft)) => unfinished(draft.input(), draft.is_sound(), client, &error),
            (None, None) => (None, None),
        };
        let mut rejection = Rejection::invalid(id, error);
        rejection.keep_unfinished(unfinished);
        rejection
    }
}

fn unfinished(
    input: &EventInput<'_>,
    is_sound: bool,
    client: &Client,
    error: &InvalidEvent,
) -> (Option<String>, Option<Unfinished>) {
    let template_id = template_id(input, client).ok().filter(|id| !id.is_empty());
    let milliseconds = now(client);
    let id = id_of(input, client, template_id, milliseconds);
    let mut input = input.reborrow();
    let mut guilty = Some(error.kind().clone());
    let mut json = Vec::new();
    let mut is_incomplete = !is_sound;
    // Leaves out what is too long or cannot be written, one by one.
    while let Some(kind) = guilty.take() {
        is_incomplete |= !matches!(
            kind,
            InvalidKind::UnknownTemplate(_) | InvalidKind::KeyWithoutPortal
        );
        match kind {
            InvalidKind::TokenTooLong { name, .. } | InvalidKind::Token(name, _) => {
                input.tokens.retain(|(other, _)| *other != *name);
            }
            InvalidKind::ExtraData(_) => input.extra_data = None,
            InvalidKind::EventTooLong(_) if input.extra_data.is_some() => input.extra_data = None,
            InvalidKind::EventTooLong(_) if !input.tokens.is_empty() => drop_longest(&mut input),
            // Its texts alone are too much.
            InvalidKind::EventTooLong(_) => return (id.map(|(id, _)| id), None),
            _ => {}
        }
        let id = id.as_ref().map(|(id, _)| &**id);
        let timestamp = Some(input.timestamp.unwrap_or(milliseconds));
        if let Err(error) = write_event(&input, template_id, id, timestamp, &mut json) {
            guilty = Some(error.kind().clone());
        }
    }
    let (TemplateRef::Id(template) | TemplateRef::Name(template)) = &input.template;
    let unfinished = Unfinished {
        template: template_id.unwrap_or(template).into(),
        is_named: template_id.is_none(),
        id_origin: id.as_ref().map(|(_, origin)| *origin),
        portal_id: client.portal.id,
        json: json.into(),
        is_incomplete,
    };
    (id.map(|(id, _)| id), Some(unfinished))
}

/// The id that it would go out under, unless that is what is at fault.
fn id_of(
    input: &EventInput<'_>,
    client: &Client,
    template_id: Option<&str>,
    milliseconds: i64,
) -> Option<(String, IdOrigin)> {
    let is_bad = |id: &str| id.len() > limits::EVENT_ID_BYTES || id.contains("{{uuid}}");
    let has_both = input.id.is_some() && !input.key.is_empty();
    if input.lacks_id || has_both || input.get_id().is_some_and(is_bad) {
        return None;
    }
    if template_id.is_none() && !input.key.is_empty() {
        return None;
    }
    let (id, origin) =
        event_id(input, template_id.unwrap_or_default(), client, milliseconds).ok()?;
    Some((id.to_string(), origin))
}

fn drop_longest(input: &mut EventInput<'_>) {
    let longest = input
        .tokens
        .iter()
        .enumerate()
        .max_by_key(|(_, (_, token))| token.to_text().map_or(0, |text| text.len()))
        .map(|(place, _)| place);
    if let Some(place) = longest {
        input.tokens.remove(place);
    }
}
