//! The verdict: what an answer means for each event of a request. Pure: no network, no time, no chance.
//!
//! | answer | what follows |
//! |---|---|
//! | 2xx that lists the event | created |
//! | 207 with an error of the event's own, of category validation or none | rejected |
//! | 207 with an error of another category | tried again; at the end unknown |
//! | 2xx that says nothing of the event | tried again with the others like it, then apart; at the end unknown |
//! | 2xx that is cut off, too long or not JSON | tried again; at the end unknown |
//! | 409, or "already in use" | an id of ours: already there; the user's own: read back |
//! | 400, 404 of HubSpot's, 413, 415, 422, another 4xx | a batch is split; a lone event is rejected |
//! | 401 | another token, once; then not sent, and the call stops |
//! | 403, 404 without a category, 405, 407, 410, 3xx | not sent, and the call stops |
//! | 423, 429, 477, 521, 522, 523, 525, 526 | tried again; at the end not sent |
//! | another 5xx, 408, no answer, a connection that broke | tried again; at the end unknown |
//! | no connection, no access token | tried again; at the end not sent |
//!
//! What has once been uncertain never ends as not sent.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use crate::client::{Failure, NoToken, Response};
use crate::delivery::pack::{Event, IdOrigin};
use crate::delivery::{NotSentReason, RejectionReason, UnknownReason};
use crate::wire::v3::{BatchAnswer, ErrorBody, EventError, StoredEvent};

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
}

/// What follows for one event.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::delivery) enum Step {
    Created {
        object_id: Option<String>,
        created_at: Option<String>,
    },
    AlreadyExists,
    /// Somebody has the id: find out who.
    ReadBack,
    Rejected(RejectionReason, ErrorBody),
    /// Send it again at once, with the others of which the answer said nothing.
    Together,
    /// Send it again at once, with its half of the batch.
    Split,
    /// Send it again, with the whole batch, and with another access token.
    Refresh,
    /// Send it again after a wait; once patience is over, the doubt is the outcome.
    Later(Doubt),
    /// More tries would tell no more.
    Unknown(UnknownReason),
    /// Nothing like it can be sent: the call stops.
    Stop(NotSentReason),
}

/// What an event is, as long as no better answer comes.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::delivery) enum Doubt {
    Absent(NotSentReason),
    Uncertain(UnknownReason),
}

/// What follows for all events of a request, in their order.
#[derive(Debug, PartialEq)]
pub(in crate::delivery) struct Verdict {
    pub(in crate::delivery) steps: Vec<Step>,
    /// How long to wait at least before trying again.
    pub(in crate::delivery) least_wait: Duration,
    /// Halve by bytes, not by count: the body was too large.
    pub(in crate::delivery) by_bytes: bool,
    /// A success: whom it does not name it leaves in doubt, also those that go again at once.
    pub(in crate::delivery) success: bool,
}

/// Waits of which HubSpot says that they are the least, where it does not name one with the answer.
const LOCKED_WAIT: Duration = Duration::from_secs(2);
const LIMITED_WAIT: Duration = Duration::from_secs(1);

/// What an attempt to create these events means for each of them.
pub(in crate::delivery) fn judge(events: &[Event], past: Past, answer: &Answer) -> Verdict {
    let mut least_wait = match answer {
        Answer::Response(response) => response.retry_after,
        Answer::NoToken(NoToken::Failed { retry_after }) => *retry_after,
        _ => None,
    };
    let all = |step: Step| vec![step; events.len()];
    let steps = match answer {
        Answer::Response(response) => match response.status {
            200..=299 => match BatchAnswer::parse(&response.body) {
                Some(body) if response.complete => judge_list(events, past, &body, response.status),
                _ => all(uncertain(UnknownReason::Unreadable)),
            },
            401 if past.refused => all(Step::Stop(NotSentReason::Unauthorized)),
            401 => all(Step::Refresh),
            423 => {
                least_wait = least_wait.or(Some(LOCKED_WAIT));
                all(absent(NotSentReason::Locked))
            }
            429 | 477 => {
                least_wait = least_wait.or(Some(LIMITED_WAIT));
                all(absent(NotSentReason::RateLimited))
            }
            status => {
                let body = ErrorBody::parse(&response.body);
                match refusal(status, body) {
                    Refusal::OfTheEvents(body) => match events {
                        [event] => vec![refused(event, status, body)],
                        _ => all(Step::Split),
                    },
                    Refusal::OfTheCall(step) => all(step),
                }
            }
        },
        Answer::Failure(failure) => all(Step::Later(doubt(failure))),
        Answer::NoToken(NoToken::Refused) => all(Step::Stop(NotSentReason::Unauthorized)),
        Answer::NoToken(NoToken::Failed { .. }) => all(absent(NotSentReason::NoAccessToken)),
    };
    Verdict {
        steps,
        least_wait: least_wait.unwrap_or_default(),
        by_bytes: matches!(answer, Answer::Response(response) if response.status == 413),
        success: matches!(answer, Answer::Response(response) if matches!(response.status, 200..=299)),
    }
}

fn absent(reason: NotSentReason) -> Step {
    Step::Later(Doubt::Absent(reason))
}

fn uncertain(reason: UnknownReason) -> Step {
    Step::Later(Doubt::Uncertain(reason))
}

fn doubt(failure: &Failure) -> Doubt {
    match failure {
        Failure::NotConnected(cause) => Doubt::Absent(NotSentReason::NotConnected(cause.clone())),
        Failure::TimedOut => Doubt::Uncertain(UnknownReason::TimedOut),
        Failure::Disconnected(cause) => {
            Doubt::Uncertain(UnknownReason::Disconnected(cause.clone()))
        }
    }
}

enum Refusal {
    OfTheEvents(ErrorBody),
    OfTheCall(Step),
}

/// A status that is neither a success nor a matter of tokens and limits.
fn refusal(status: u16, body: Option<ErrorBody>) -> Refusal {
    match status {
        403 => Refusal::OfTheCall(Step::Stop(NotSentReason::Forbidden)),
        // A path that nobody serves is answered by a gateway, without HubSpot's marks.
        404 if !body.as_ref().is_some_and(is_hubspots) => {
            Refusal::OfTheCall(Step::Stop(NotSentReason::NoSuchPath(status)))
        }
        100..=199 | 300..=399 | 405 | 407 | 410 => {
            Refusal::OfTheCall(Step::Stop(NotSentReason::NoSuchPath(status)))
        }
        521 | 522 | 523 | 525 | 526 => {
            Refusal::OfTheCall(absent(NotSentReason::Unavailable(status)))
        }
        408 | 500.. => Refusal::OfTheCall(uncertain(UnknownReason::ServerError(status))),
        _ => Refusal::OfTheEvents(body.unwrap_or_default()),
    }
}

fn is_hubspots(body: &ErrorBody) -> bool {
    body.category.is_some() || body.correlation_id.is_some()
}

/// The refusal of a lone event.
fn refused(event: &Event, status: u16, body: ErrorBody) -> Step {
    if status == 409 || is_already_in_use(&body) {
        already_in_use(event)
    } else {
        Step::Rejected(RejectionReason::Refused(status), body)
    }
}

fn already_in_use(event: &Event) -> Step {
    match event.id_origin {
        IdOrigin::Ours => Step::AlreadyExists,
        IdOrigin::User => Step::ReadBack,
    }
}

/// HubSpot's announcement of 2021 says "Event ID already in use"; only these words are trusted, since an e-mail
/// address can also "already exist". `CONFLICT` is the category of a 409, and what a 409 in a 207 would have.
fn is_already_in_use(body: &ErrorBody) -> bool {
    let texts = [
        &body.message,
        &body.sub_category,
        &body.category,
        &body.error_type,
    ];
    texts.into_iter().flatten().any(|text| {
        let text = text.to_ascii_lowercase().replace('_', " ");
        text.contains("already in use")
    }) || body.category.as_deref() == Some("CONFLICT")
}

/// Whether HubSpot calls it the event's fault. An error without a category stands in the event's own place, and is.
fn is_the_events_fault(body: &ErrorBody) -> bool {
    body.category
        .as_ref()
        .is_none_or(|category| category.to_ascii_uppercase().contains("VALIDATION"))
}

/// An answer that lists what was created and, perhaps, what was not.
fn judge_list(events: &[Event], past: Past, answer: &BatchAnswer, status: u16) -> Vec<Step> {
    let listed: HashMap<(&str, &str), &StoredEvent> = answer
        .results
        .iter()
        .map(|result| ((&*result.template_id, &*result.id), result))
        .collect();
    let named = Named::new(events, &answer.errors);
    let own_error = |index: usize| match events {
        // An error beside a lone event is its own, unless it says that it is another's.
        [event] => {
            let is_own =
                |error: &&EventError| error.id.as_deref().is_none_or(|id| id == &*event.id);
            answer.errors.iter().find(is_own)
        }
        _ => named.error_of(index),
    };
    let decided: Vec<Option<Step>> = events
        .iter()
        .enumerate()
        .map(|(index, event)| {
            if let Some(error) = own_error(index) {
                return Some(step_of_error(event, &error.body, status));
            }
            listed
                .get(&(&*event.template_id, &*event.id))
                .map(|result| Step::Created {
                    object_id: result.object_id.clone(),
                    created_at: result.created_at.clone(),
                })
        })
        .collect();
    let progress = decided
        .iter()
        .flatten()
        .any(|step| !matches!(step, Step::Later(_)));
    let rest = if progress {
        Step::Together
    } else if events.len() > 1 && (past.again || !answer.errors.is_empty()) {
        Step::Split
    } else {
        uncertain(UnknownReason::NotListed)
    };
    decided
        .into_iter()
        .map(|step| step.unwrap_or_else(|| rest.clone()))
        .collect()
}

fn step_of_error(event: &Event, error: &ErrorBody, status: u16) -> Step {
    if is_already_in_use(error) {
        already_in_use(event)
    } else if is_the_events_fault(error) {
        Step::Rejected(RejectionReason::Refused(status), error.clone())
    } else {
        uncertain(UnknownReason::NotItsFault)
    }
}

/// Which error is about which event. Nothing ties them by position, so only ids count.
struct Named<'e> {
    by_event: HashMap<usize, &'e EventError>,
}

impl<'e> Named<'e> {
    fn new(events: &[Event], errors: &'e [EventError]) -> Self {
        let mut indexes: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, event) in events.iter().enumerate() {
            indexes.entry(&event.id).or_default().push(index);
        }
        let mut by_event = HashMap::new();
        for error in errors {
            let mut matched: Vec<usize> = error
                .names
                .iter()
                .filter_map(|name| indexes.get(&**name))
                .flatten()
                .copied()
                .collect();
            if let (true, Some(message)) = (matched.is_empty(), &error.body.message) {
                matched = events
                    .iter()
                    .enumerate()
                    .filter(|(_, event)| mentions(message, &event.id))
                    .map(|(index, _)| index)
                    .collect();
                // A message that seems to name several names none for certain.
                if matched.len() > 1 {
                    matched.clear();
                }
            }
            for index in matched {
                by_event.entry(index).or_insert(error);
            }
        }
        Named { by_event }
    }

    fn error_of(&self, index: usize) -> Option<&'e EventError> {
        self.by_event.get(&index).copied()
    }
}

/// Whether a message names an id: as a word of its own, and a short one only between quotes or brackets, since "1" or
/// "id" may be any word. An id that is a common longer word can still be mistaken.
fn mentions(message: &str, id: &str) -> bool {
    const SHORT: usize = 4;
    let is_id_like =
        |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/' | ':');
    let is_quote = |c: char| {
        matches!(
            c,
            '"' | '\'' | '`' | '[' | ']' | '(' | ')' | '<' | '>' | '{' | '}'
        )
    };
    message.match_indices(id).any(|(start, _)| {
        let before = message
            .get(..start)
            .and_then(|text| text.chars().next_back());
        let mut after = message.get(start + id.len()..).unwrap_or_default().chars();
        let (next, beyond) = (after.next(), after.next());
        if id.len() < SHORT {
            return before.is_some_and(is_quote) && next.is_some_and(is_quote);
        }
        // A full stop or colon ends a sentence or introduces one, if no more of a word follows.
        let ends = |c: char| {
            !is_id_like(c) || (matches!(c, '.' | ':') && beyond.is_none_or(|c| !is_id_like(c)))
        };
        before.is_none_or(|c| !is_id_like(c)) && next.is_none_or(ends)
    })
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
                404 if past.failures < NOT_VISIBLE_YET => later(),
                408 | 423 | 429 | 477 | 500.. => later(),
                // Not even a stop: whatever is wrong with reading need not be wrong with sending.
                _ => Step::Unknown(UnknownReason::CannotReadBack),
            };
            (step, response.retry_after)
        }
        Answer::Failure(_) => (later(), None),
        Answer::NoToken(NoToken::Failed { retry_after }) => (later(), *retry_after),
        Answer::NoToken(NoToken::Refused) => (Step::Unknown(UnknownReason::CannotReadBack), None),
    };
    Verdict {
        steps: vec![step],
        least_wait: least_wait.unwrap_or_default(),
        by_bytes: false,
        success: false,
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
