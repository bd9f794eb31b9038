//! What the answer to reading an event back means.

use std::time::Duration;

use serde_json::Value;

use super::step::{Past, Step, Verdict, uncertain};
use crate::client::{NoToken, Reply};
use crate::delivery::intake::event::Event;
use crate::delivery::{RejectionReason, UnknownReason};
use crate::event::IdOrigin;
use crate::event::same_email;
use crate::wire::answer::{Content, StoredEvent};
use crate::wire::meaning::Meaning;
use crate::wire::token_texts;

/// How long a 404 is believed to mean "not visible yet": HubSpot can list an event before it can be read. HubSpot has
/// not written down for how long; this is an assumption.
const NOT_VISIBLE_YET: Duration = Duration::from_secs(10);

/// How long to wait before reading again: an earlier answer would tell nothing new.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Judges the answer to reading back an event. Either its id, which is the user's own, is in use, or the event was refused
/// after an answer was lost.
pub(in crate::delivery) fn judge_read_back(event: &Event, past: Past, reply: &Reply) -> Verdict {
    let later = || uncertain(UnknownReason::CannotReadBack);
    let (step, least_wait) = match reply {
        Reply::Answer(answer) => {
            let step = match answer.means() {
                // The connection may hold longer the next time; an answer that is too long will be too long again.
                Meaning::Success if !answer.complete && !answer.too_long => later(),
                Meaning::Success => match is_same_event(event, &answer.content) {
                    Some(true) => Step::AlreadyExists,
                    Some(false) => Step::Rejected(RejectionReason::IdTaken, Box::default()),
                    None => Step::Unknown(UnknownReason::CannotReadBack),
                },
                Meaning::Unauthorized if !past.refused => Step::Refresh,
                Meaning::Refused if answer.status == 404 => match past.not_found_for {
                    Some(time) if time >= NOT_VISIBLE_YET => Step::NotFound,
                    _ => later(),
                },
                Meaning::Locked
                | Meaning::Limited
                | Meaning::Failed
                | Meaning::Unavailable
                | Meaning::CutOff => later(),
                // This does not stop the call: a reason that prevents reading need not prevent sending.
                Meaning::Unauthorized
                | Meaning::Forbidden
                | Meaning::Refused
                | Meaning::NoSuchPath => Step::Unknown(UnknownReason::CannotReadBack),
            };
            let wait = match answer.means() {
                Meaning::Limited => Some(answer.limit_wait()),
                _ if answer.status == 404 => answer.retry_after.max(Some(LOOK_AGAIN)),
                _ => answer.retry_after,
            };
            (step, wait)
        }
        Reply::Failure(_) => (later(), None),
        Reply::NoToken(NoToken::Failed { retry_after, .. }) => (later(), *retry_after),
        Reply::NoToken(_) => (Step::Unknown(UnknownReason::CannotReadBack), None),
    };
    Verdict {
        steps: vec![step],
        least_wait: least_wait.unwrap_or_default(),
        leaves_in_doubt: false,
        lost: true,
    }
}

/// Whether the event that HubSpot holds is this one: on its record, and with its tokens. `None` if the answer does not
/// tell.
fn is_same_event(event: &Event, content: &Content) -> Option<bool> {
    let Content::Stored(content) = content else {
        return None;
    };
    let (stored, tokens) = (&content.event, &content.tokens);
    if stored.id != *event.id() || stored.template_id != *event.template {
        return None;
    }
    // No other event has an id that we made.
    if event.sealed.id_origin != IdOrigin::User {
        return Some(true);
    }
    if !is_same_record(stored, event.sealed.content.json())? {
        return Some(false);
    }
    Some(token_texts(event.sealed.content.json())? == *tokens.as_ref()?)
}

/// Compares the first identifier, in HubSpot's order, that both have.
fn is_same_record(stored: &StoredEvent, sent: &[u8]) -> Option<bool> {
    let sent: Value = serde_json::from_slice(sent).ok()?;
    let ours = |key: &str| sent.get(key).and_then(Value::as_str);
    if let (Some(ours), Some(theirs)) = (ours("objectId"), &stored.object_id) {
        return Some(ours == theirs);
    }
    if let (Some(ours), Some(theirs)) = (ours("utk"), &stored.utk) {
        return Some(ours == theirs);
    }
    let (ours, theirs) = (ours("email")?, stored.email.as_deref()?);
    Some(same_email(ours) == same_email(theirs))
}
