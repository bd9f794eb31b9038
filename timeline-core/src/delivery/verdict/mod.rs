//! The verdict: what an answer means for each event of a request. Pure: no network, no time, no chance.
//! `docs/verdict.md` has the table for users; a test compares it with what is here.
//!
//! What has once been uncertain never ends as not sent.

mod in_use;
mod list;
mod naming;
mod read_back;

use std::time::Duration;

use self::in_use::{already_in_use, is_in_use, rejected};
use self::list::{judge_list, judge_refused};
pub(in crate::delivery) use self::read_back::judge_read_back;
use crate::client::{Failure, NoToken, Response};
use crate::delivery::intake::seal::Event;
use crate::delivery::outcome::reason::UndeliveredReason;
use crate::delivery::{NotSentReason, RejectionReason, UnknownReason};
use crate::wire::v3::{BatchAnswer, BatchStatus, ErrorBody, missing_scopes};

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
    /// How long ago reading an event back has found nothing for the first time.
    pub(in crate::delivery) not_found_for: Option<Duration>,
    /// The number of errors says nothing: several may be about one event.
    pub(in crate::delivery) uncounted: bool,
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
    /// Send it again at once, with the others that seem to be in use, without the rest.
    Apart,
    /// Send it again at once, with its part of the batch.
    Split(Parts),
    /// Send it again, with the whole batch, and with another access token.
    Refresh,
    /// Send it again after a wait; once patience is over, the doubt is the outcome.
    Later(UndeliveredReason),
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

/// How long a batch has at least that HubSpot says is not done yet.
const UNDERWAY_WAIT: Duration = Duration::from_secs(1);

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
                    // Where nothing is said against an event, it may be there.
                    lost = body.errors.is_empty()
                        || body.are_some_in_use()
                        || body.status != BatchStatus::Complete;
                    if body.status == BatchStatus::Underway {
                        least_wait = least_wait.max(Some(UNDERWAY_WAIT));
                    }
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
            status => match refusal(response) {
                Refusal::OfTheEvents(body) => match events {
                    // The rest of the body might have said that the id is in use.
                    [_] if !response.complete => all(uncertain(UnknownReason::Unreadable)),
                    [event] => vec![refused(event, status, body)],
                    _ => judge_refused(events, past, response, &body),
                },
                Refusal::OfTheCall(step) => all(step),
            },
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
    Step::Later(UndeliveredReason::NotSent(reason))
}

fn uncertain(reason: UnknownReason) -> Step {
    Step::Later(UndeliveredReason::Unknown(reason))
}

enum Refusal {
    OfTheEvents(ErrorBody),
    OfTheCall(Step),
}

/// A status that is neither a success nor a matter of tokens and limits.
fn refusal(response: &Response) -> Refusal {
    let body = ErrorBody::parse(&response.body);
    let is_hubspots = body.as_ref().is_some_and(ErrorBody::is_hubspots);
    match response.status {
        400 | 409 | 413 | 415 | 422 => Refusal::OfTheEvents(body.unwrap_or_default()),
        // An answer that is none yet says nothing.
        status @ (..200 | 408 | 421 | 425 | 499 | 500..=520 | 524 | 527..) => {
            Refusal::OfTheCall(uncertain(UnknownReason::ServerError(status)))
        }
        status @ (521 | 522 | 523 | 525 | 526) => {
            Refusal::OfTheCall(absent(NotSentReason::Unavailable(status)))
        }
        // These are never about an event.
        status @ (405 | 407 | 410) => {
            Refusal::OfTheCall(Step::Stop(NotSentReason::NoSuchPath(status)))
        }
        // HubSpot's marks may have been in the rest.
        400.. if response.is_cut() => Refusal::OfTheCall(uncertain(UnknownReason::Unreadable)),
        400.. if is_hubspots => Refusal::OfTheEvents(body.unwrap_or_default()),
        // What bears none of HubSpot's marks comes from a gateway: nobody serves the path, or not to us.
        status => Refusal::OfTheCall(Step::Stop(NotSentReason::NoSuchPath(status))),
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

#[cfg(test)]
mod tests;
