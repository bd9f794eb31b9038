//! The verdict: what an answer means for each event of a request. Pure: no network, no time, no chance.
//! `docs/verdict.md` has the table for users; a test compares it with what is here.
//!
//! What has once been uncertain never ends as not sent.

mod naming;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use self::naming::Named;
use crate::client::{Failure, NoToken, Response, is_addressable};
use crate::delivery::encode::{Event, IdOrigin};
use crate::delivery::reason::Doubt;
use crate::delivery::{NotSentReason, RejectionReason, UnknownReason};
use crate::wire::v3::{BatchAnswer, ErrorBody, EventError, StoredEvent, missing_scopes};

/// What came of one attempt.
#[derive(Debug)]
pub(in crate::delivery) enum Answer {
    Response(Response),
    Failure(Failure),
    NoToken(NoToken),
}

/// What is known of the batch beside its events.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::delivery) struct Past {
    /// It was sent before because an answer did not name its events.
    pub(in crate::delivery) again: bool,
    /// Its last attempt was answered with 401.
    pub(in crate::delivery) refused: bool,
    /// How many attempts have failed before this one.
    pub(in crate::delivery) failures: u32,
    /// How many of them, reading an event back, have not found it.
    pub(in crate::delivery) not_found: u32,
}

/// What follows for one event.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::delivery) enum Step {
    Created {
        object_id: Option<String>,
        created_at: Option<String>,
    },
    AlreadyExists,
    /// Find out who has the id: somebody does, or this event may have got there before it was refused for this reason.
    ReadBack(Option<(RejectionReason, ErrorBody)>),
    Rejected(RejectionReason, ErrorBody),
    /// It was read back, and is not there.
    NotFound,
    /// Send it again at once, with the others of which the answer said nothing.
    Together,
    /// Send it again at once, with its part of the batch.
    Split(Parts),
    /// Send it again, with the whole batch, and with another access token.
    Refresh,
    /// Send it again after a wait; once patience is over, the doubt is the outcome.
    Later(Doubt),
    /// More tries would tell no more.
    Unknown(UnknownReason),
    /// Nothing like it can be sent: the call stops.
    Stop(NotSentReason),
}

/// How a batch is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum Parts {
    Halves,
    /// Halves of equal size: the body was too large.
    HalvesByBytes,
    Singles,
}

/// What follows for all events of a request, in their order.
#[derive(Debug, PartialEq)]
pub(in crate::delivery) struct Verdict {
    pub(in crate::delivery) steps: Vec<Step>,
    /// How long to wait at least before trying again.
    pub(in crate::delivery) least_wait: Duration,
    /// A success: whom it does not name it leaves in doubt, also those that go again at once.
    pub(in crate::delivery) success: bool,
    /// Who is in doubt by this may have got there, and nothing was said of it. An answer with errors has said which.
    pub(in crate::delivery) lost: bool,
}

/// How long a record stays locked at least, as HubSpot says.
const LOCKED_WAIT: Duration = Duration::from_secs(2);

/// What an attempt to create these events means for each of them.
pub(in crate::delivery) fn judge(events: &[Event], past: Past, answer: &Answer) -> Verdict {
    let mut least_wait = match answer {
        Answer::Response(response) => response.retry_after,
        Answer::NoToken(NoToken::Failed { retry_after, .. }) => *retry_after,
        _ => None,
    };
    let all = |step: Step| vec![step; events.len()];
    let mut lost = true;
    let steps = match answer {
        Answer::Response(response) => match response.status {
            200..=299 if response.too_long => match events {
                // It would be as long again.
                [_] => all(Step::Unknown(UnknownReason::Unreadable)),
                _ => all(Step::Split(Parts::HalvesByBytes)),
            },
            200..=299 if !response.complete => all(uncertain(UnknownReason::Unreadable)),
            200..=299 => match BatchAnswer::parse(&response.body, events.len()) {
                Some(body) => {
                    lost = body.errors.is_empty();
                    judge_list(events, past, &body, response.status)
                }
                None => all(uncertain(UnknownReason::Unreadable)),
            },
            401 if past.refused => all(Step::Stop(NotSentReason::Unauthorized)),
            401 => all(Step::Refresh),
            423 => {
                least_wait = least_wait.max(Some(LOCKED_WAIT));
                all(absent(NotSentReason::Locked))
            }
            429 | 477 => {
                least_wait = Some(response.limit_wait());
                all(absent(NotSentReason::RateLimited))
            }
            403 => all(Step::Stop(NotSentReason::Forbidden {
                missing_scopes: missing_scopes(&response.body).into(),
            })),
            status => {
                let body = ErrorBody::parse(&response.body);
                match refusal(status, body) {
                    Refusal::OfTheEvents(body) => match events {
                        // The rest of the body might have said that the id is in use.
                        [_] if !response.complete => all(uncertain(UnknownReason::Unreadable)),
                        [event] => vec![refused(event, status, body)],
                        _ if status == 413 => all(Step::Split(Parts::HalvesByBytes)),
                        _ => all(Step::Split(Parts::Halves)),
                    },
                    Refusal::OfTheCall(step) => all(step),
                }
            }
        },
        // More tries would end alike.
        Answer::Failure(Failure::NotSecure(cause)) => {
            all(Step::Stop(NotSentReason::NotSecure(cause.clone())))
        }
        Answer::Failure(failure) => all(Step::Later(failure.into())),
        Answer::NoToken(reason @ NoToken::Failed { .. }) => all(absent(reason.into())),
        Answer::NoToken(reason) => all(Step::Stop(reason.into())),
    };
    Verdict {
        steps,
        least_wait: least_wait.unwrap_or_default(),
        success: matches!(answer, Answer::Response(response) if matches!(response.status, 200..=299)),
        lost,
    }
}

fn absent(reason: NotSentReason) -> Step {
    Step::Later(Doubt::Absent(reason))
}

fn uncertain(reason: UnknownReason) -> Step {
    Step::Later(Doubt::Uncertain(reason))
}

enum Refusal {
    OfTheEvents(ErrorBody),
    OfTheCall(Step),
}

/// A status that is neither a success nor a matter of tokens and limits.
fn refusal(status: u16, body: Option<ErrorBody>) -> Refusal {
    let is_hubspots = body.as_ref().is_some_and(ErrorBody::is_hubspots);
    match status {
        400 | 409 | 413 | 415 | 422 => Refusal::OfTheEvents(body.unwrap_or_default()),
        // An answer that is none yet says nothing.
        ..200 | 408 | 421 | 425 | 499 | 500..=520 | 524 | 527.. => {
            Refusal::OfTheCall(uncertain(UnknownReason::ServerError(status)))
        }
        521 | 522 | 523 | 525 | 526 => {
            Refusal::OfTheCall(absent(NotSentReason::Unavailable(status)))
        }
        // These are never about an event.
        405 | 407 | 410 => Refusal::OfTheCall(Step::Stop(NotSentReason::NoSuchPath(status))),
        400.. if is_hubspots => Refusal::OfTheEvents(body.unwrap_or_default()),
        // What bears none of HubSpot's marks comes from a gateway: nobody serves the path, or not to us.
        _ => Refusal::OfTheCall(Step::Stop(NotSentReason::NoSuchPath(status))),
    }
}

/// The refusal of a lone event.
fn refused(event: &Event, status: u16, body: ErrorBody) -> Step {
    if status == 409 || is_in_use(event, &body) {
        already_in_use(event)
    } else {
        rejected(event, status, body)
    }
}

/// An event that may have got there before, when an answer was lost, is looked for first.
fn rejected(event: &Event, status: u16, body: ErrorBody) -> Step {
    let reason = RejectionReason::Refused(status);
    if !event.lost {
        Step::Rejected(reason, body)
    } else if is_addressable(&event.id) {
        Step::ReadBack(Some((reason, body)))
    } else {
        Step::Unknown(UnknownReason::CannotReadBack)
    }
}

fn already_in_use(event: &Event) -> Step {
    match event.id_origin {
        IdOrigin::Made | IdOrigin::Keyed => Step::AlreadyExists,
        // No URL leads to it.
        IdOrigin::User if !is_addressable(&event.id) => {
            Step::Unknown(UnknownReason::CannotReadBack)
        }
        IdOrigin::User => Step::ReadBack(None),
    }
}

/// An id that was made for this event and has not left before cannot be in conflict; another thing of it can, such as
/// the contact's e-mail address.
fn is_in_use(event: &Event, body: &ErrorBody) -> bool {
    let is_new = event.id_origin == IdOrigin::Made && event.uncertain.is_none();
    says_in_use(body) || (is_conflict(body) && !is_new)
}

/// HubSpot's announcement of 2021 says "Event ID already in use". The word "id" must stand before "already in use":
/// an e-mail address can be in use as well.
fn says_in_use(body: &ErrorBody) -> bool {
    let texts = [
        &body.message,
        &body.sub_category,
        &body.category,
        &body.error_type,
    ];
    texts.into_iter().flatten().any(|text| {
        let text = text.to_ascii_lowercase().replace('_', " ");
        let before = text.find("already in use").and_then(|at| text.get(..at));
        let mut words = before
            .into_iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
        words.any(|word| word == "id")
    })
}

/// The category of a 409, and so what a 409 in a 207 would have.
fn is_conflict(body: &ErrorBody) -> bool {
    body.category.as_deref() == Some("CONFLICT")
}

/// Whether HubSpot calls it the event's fault. An error without a category stands in the event's own place, and is.
fn is_the_events_fault(body: &ErrorBody) -> bool {
    body.category
        .as_ref()
        .is_none_or(|category| category.to_ascii_uppercase().contains("VALIDATION"))
}

/// An answer that lists what was created and, perhaps, what was not.
fn judge_list(events: &[Event], past: Past, answer: &BatchAnswer, status: u16) -> Vec<Step> {
    let results: HashMap<(&str, &str), &StoredEvent> = answer
        .results
        .iter()
        .map(|result| ((&*result.template_id, &*result.id), result))
        .collect();
    let listed: Vec<Option<&StoredEvent>> = events
        .iter()
        .map(|event| results.get(&(&*event.template_id, &*event.id)).copied())
        .collect();
    let is_listed = |place: usize| listed.get(place).is_some_and(Option::is_some);
    let named = Named::new(events, &answer.errors, is_listed);
    let error_of = |place: usize| match events {
        [event] => lone_error(event, &answer.errors, is_listed(place)),
        _ => named.error_of(place, is_listed(place)),
    };
    let decided: Vec<Option<Step>> = events
        .iter()
        .zip(&listed)
        .enumerate()
        .map(|(place, (event, listed))| match (error_of(place), listed) {
            (Some(error), _) => Some(step_of_error(event, &error.body, status)),
            (None, Some(result)) => Some(Step::Created {
                object_id: result.object_id.clone(),
                created_at: result.created_at.clone(),
            }),
            (None, None) => None,
        })
        .collect();
    let progress = decided
        .iter()
        .flatten()
        .any(|step| !matches!(step, Step::Later(_)));
    let is_fault = |error: &EventError| {
        is_the_events_fault(&error.body) || says_in_use(&error.body) || is_conflict(&error.body)
    };
    let rest = if progress {
        Step::Together
    } else if events.len() > 1 && answer.errors.iter().any(is_fault) {
        // Every event is guilty if there is an error for each.
        let all_guilty =
            answer.errors.iter().filter(|error| is_fault(error)).count() >= events.len();
        Step::Split(if all_guilty {
            Parts::Singles
        } else {
            Parts::Halves
        })
    } else if !answer.errors.is_empty() {
        uncertain(UnknownReason::NotItsFault)
    } else if events.len() > 1 && past.again {
        Step::Split(Parts::Halves)
    } else {
        uncertain(UnknownReason::NotListed)
    };
    decided
        .into_iter()
        .map(|step| step.unwrap_or_else(|| rest.clone()))
        .collect()
}

/// The error of a lone event is its own, even if it carries another id; but if the event is listed, an error that says
/// that it is another's is.
fn lone_error<'e>(
    event: &Event,
    errors: &'e [EventError],
    is_listed: bool,
) -> Option<&'e EventError> {
    let is_own = |error: &&EventError| error.id.as_deref() == Some(&*event.id);
    let is_nobodys = |error: &&EventError| error.id.is_none() || !is_listed;
    errors
        .iter()
        .find(is_own)
        .or_else(|| errors.iter().find(is_nobodys))
}

fn step_of_error(event: &Event, error: &ErrorBody, status: u16) -> Step {
    if is_in_use(event, error) {
        already_in_use(event)
    } else if is_the_events_fault(error) {
        rejected(event, status, error.clone())
    } else {
        uncertain(UnknownReason::NotItsFault)
    }
}

/// How often a 404 is believed to mean "not visible yet": HubSpot can list an event before it can be read.
const NOT_VISIBLE_YET: u32 = 3;

/// What reading back an event means, whose id of the user's own is in use.
pub(in crate::delivery) fn judge_read_back(event: &Event, past: Past, answer: &Answer) -> Verdict {
    let later = || uncertain(UnknownReason::CannotReadBack);
    let (step, least_wait) = match answer {
        Answer::Response(response) => {
            let step = match response.status {
                200..=299 => match is_same_record(event, response) {
                    Some(true) => Step::AlreadyExists,
                    Some(false) => Step::Rejected(RejectionReason::IdTaken, ErrorBody::default()),
                    None => Step::Unknown(UnknownReason::CannotReadBack),
                },
                401 if !past.refused => Step::Refresh,
                // Without HubSpot's marks it is the path that was not found.
                404 if ErrorBody::parse(&response.body).is_some_and(|body| body.is_hubspots()) => {
                    if past.not_found < NOT_VISIBLE_YET {
                        later()
                    } else {
                        Step::NotFound
                    }
                }
                408 | 423 | 429 | 477 | 500.. => later(),
                // Not even a stop: whatever is wrong with reading need not be wrong with sending.
                _ => Step::Unknown(UnknownReason::CannotReadBack),
            };
            let wait = match response.status {
                429 | 477 => Some(response.limit_wait()),
                _ => response.retry_after,
            };
            (step, wait)
        }
        Answer::Failure(_) => (later(), None),
        Answer::NoToken(NoToken::Failed { retry_after, .. }) => (later(), *retry_after),
        Answer::NoToken(_) => (Step::Unknown(UnknownReason::CannotReadBack), None),
    };
    Verdict {
        steps: vec![step],
        least_wait: least_wait.unwrap_or_default(),
        success: false,
        lost: true,
    }
}

/// Whether the event that HubSpot holds is on the record that this one is for: by the identifier that comes first in
/// HubSpot's order, of those that both have. `None` if the answer does not tell.
fn is_same_record(event: &Event, response: &Response) -> Option<bool> {
    let stored = StoredEvent::parse(&response.body).filter(|_| response.complete)?;
    let sent: Value = serde_json::from_slice(&event.json).ok()?;
    let ours = |key: &str| sent.get(key).and_then(Value::as_str);
    if stored.id != *event.id || stored.template_id != *event.template_id {
        return None;
    }
    // Nobody else has an id that we made.
    if event.id_origin != IdOrigin::User {
        return Some(true);
    }
    if let (Some(ours), Some(theirs)) = (ours("objectId"), &stored.object_id) {
        return Some(ours == theirs);
    }
    if let (Some(ours), Some(theirs)) = (ours("utk"), &stored.utk) {
        return Some(ours == theirs);
    }
    let (ours, theirs) = (ours("email")?, stored.email?);
    Some(ours.to_lowercase() == theirs.to_lowercase())
}

#[cfg(test)]
mod tests;
