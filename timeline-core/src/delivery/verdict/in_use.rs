//! What "already in use" means for an event, and how an answer says so.

use super::step::{Past, Step};
use crate::client::is_addressable;
use crate::delivery::intake::event::Event;
use crate::delivery::{RejectionReason, UnknownReason};
use crate::event::IdOrigin;
use crate::wire::answer::EventError;
use crate::wire::error_body::ErrorBody;

/// What follows if the event's id is in use.
pub(super) fn already_in_use(event: &Event, past: Past) -> Step {
    match event.sealed.id_origin {
        IdOrigin::Made | IdOrigin::Keyed => Step::AlreadyExists,
        IdOrigin::User if !can_be_read(event, past) => Step::Unknown(UnknownReason::CannotReadBack),
        IdOrigin::User => Step::ReadBack(None),
    }
}

/// What follows after a refusal. An event that may have arrived before, when an answer was lost, is looked for first.
pub(super) fn rejected(event: &Event, past: Past, status: u16, body: ErrorBody) -> Step {
    let (reason, body) = (RejectionReason::Refused(status), Box::new(body));
    if !event.lost {
        Step::Rejected(reason, body)
    } else if can_be_read(event, past) {
        Step::ReadBack(Some((reason, body)))
    } else {
        Step::Unknown(UnknownReason::CannotReadBack)
    }
}

/// Whether there is a call that reads the event, and a URL that leads to it.
fn can_be_read(event: &Event, past: Past) -> bool {
    !past.atomic && is_addressable(event.id())
}

/// Whether the body says that the event's id is in use. An id that was made for this event and has not left before cannot
/// be in conflict; something else of the event can, such as the contact's e-mail address.
pub(super) fn is_in_use(event: &Event, body: &ErrorBody) -> bool {
    body.says_in_use() || (is_conflict(body) && !is_new(event))
}

fn is_new(event: &Event) -> bool {
    event.sealed.id_origin == IdOrigin::Made && event.uncertain.is_none()
}

/// Whether the ids of all these events are in use: there is one such error for each event, and no other error. Which
/// error is about which event does not matter then.
///
/// It is an assumption that each error is about a different event: HubSpot has not written it down.
pub(super) fn are_all_in_use(errors: &[&EventError], events: &[&Event]) -> bool {
    errors.len() == events.len()
        && !errors.is_empty()
        && errors.iter().all(|error| {
            let body = &error.body;
            body.says_in_use() || (is_conflict(body) && !events.iter().any(|event| is_new(event)))
        })
}

/// Whether the error has the category of a 409, which a 409 in a 207 would have as well.
pub(super) fn is_conflict(body: &ErrorBody) -> bool {
    body.category.as_deref() == Some(CONFLICT)
}

/// The category of a 409.
pub(super) const CONFLICT: &str = "CONFLICT";
