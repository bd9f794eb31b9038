//! What an attempt to create events means for each of them, by the status of its answer.

use std::time::Duration;

use super::in_use::{already_in_use, is_in_use, rejected};
use super::list::{judge_list, judge_refused};
use super::step::{Parts, Past, Step, Verdict, absent, uncertain};
use crate::client::{Failure, NoToken, Reply};
use crate::delivery::intake::seal::Event;
use crate::delivery::outcome::reason::{NotSentReason, UndeliveredReason, UnknownReason};
use crate::wire::answer::{Answer, BatchProgress, Content, ErrorBody, ErrorContent};

/// How long a record stays locked at least, as HubSpot says.
const LOCKED_WAIT: Duration = Duration::from_secs(2);

/// How long a batch has at least that HubSpot says is not done yet.
const UNDERWAY_WAIT: Duration = Duration::from_secs(1);

/// What an attempt to create these events means for each of them.
pub(in crate::delivery) fn judge(events: &[Event], past: Past, reply: &Reply) -> Verdict {
    let mut least_wait = match reply {
        Reply::Answer(answer) => answer.retry_after,
        Reply::NoToken(NoToken::Failed { retry_after, .. }) => *retry_after,
        _ => None,
    };
    let all = |step: Step| vec![step; events.len()];
    let mut lost = true;
    let steps = match reply {
        Reply::Answer(answer) => match answer.status {
            200..=299 if answer.too_long => match events {
                // It would be as long again.
                [_] => all(Step::Unknown(UnknownReason::Unreadable)),
                _ => all(Step::Split(Parts::HalvesByBytes)),
            },
            200..=299 => match &answer.content {
                Content::Listing(listing) => {
                    // Where nothing is said against an event, it may be there.
                    lost = listing.errors.is_empty()
                        || listing.are_some_in_use()
                        || listing.status != BatchProgress::Complete;
                    if listing.status == BatchProgress::Underway {
                        least_wait = least_wait.max(Some(UNDERWAY_WAIT));
                    }
                    judge_list(events, past, listing, answer.status)
                }
                _ => all(uncertain(UnknownReason::Unreadable)),
            },
            401 if past.refused => all(Step::Stop(NotSentReason::Unauthorized)),
            401 => all(Step::Refresh),
            423 => {
                least_wait = least_wait.max(Some(LOCKED_WAIT));
                all(absent(NotSentReason::Locked))
            }
            429 | 477 => {
                least_wait = Some(answer.limit_wait());
                all(absent(NotSentReason::RateLimited))
            }
            403 => all(Step::Stop(NotSentReason::Forbidden {
                missing_scopes: missing_scopes(answer).into(),
            })),
            status => match refusal(answer) {
                Refusal::OfTheEvents(error) => match events {
                    // The rest of the body might have said that the id is in use.
                    [_] if !answer.complete => all(uncertain(UnknownReason::Unreadable)),
                    [event] => vec![refused(event, status, error.body.clone())],
                    _ => judge_refused(events, past, status, error),
                },
                Refusal::ForNow(reason) => all(Step::Later(reason)),
                Refusal::OfTheCall(reason) => all(Step::Stop(reason)),
            },
        },
        // More tries would end alike.
        Reply::Failure(Failure::NotSecure(cause)) => {
            all(Step::Stop(NotSentReason::NotSecure(cause.clone())))
        }
        Reply::Failure(failure) => all(Step::Later(failure.into())),
        Reply::NoToken(reason @ NoToken::Failed { .. }) => all(absent(reason.into())),
        Reply::NoToken(reason) => all(Step::Stop(reason.into())),
    };
    Verdict {
        steps,
        least_wait: least_wait.unwrap_or_default(),
        success: matches!(reply, Reply::Answer(answer) if answer.is_success()),
        lost,
    }
}

/// Whom a refusal is about.
enum Refusal<'a> {
    OfTheEvents(&'a ErrorContent),
    /// It is tried again; once patience is over, this is the outcome.
    ForNow(UndeliveredReason),
    /// More tries would end alike.
    OfTheCall(NotSentReason),
}

/// A status that is neither a success nor a matter of tokens and limits.
fn refusal(answer: &Answer) -> Refusal<'_> {
    let unknown = |reason| Refusal::ForNow(UndeliveredReason::Unknown(reason));
    let Some(error) = answer.error() else {
        return unknown(UnknownReason::Unreadable);
    };
    match answer.status {
        400 | 409 | 413 | 415 | 422 => Refusal::OfTheEvents(error),
        // An answer that is none yet says nothing.
        status @ (..200 | 408 | 421 | 425 | 499 | 500..=520 | 524 | 527..) => {
            unknown(UnknownReason::ServerError(status))
        }
        status @ (521 | 522 | 523 | 525 | 526) => Refusal::ForNow(UndeliveredReason::NotSent(
            NotSentReason::Unavailable(status),
        )),
        // These are never about an event.
        status @ (405 | 407 | 410) => Refusal::OfTheCall(NotSentReason::NoSuchPath(status)),
        // HubSpot's marks may have been in the rest.
        400.. if answer.is_cut() => unknown(UnknownReason::Unreadable),
        400.. if error.body.is_hubspots() => Refusal::OfTheEvents(error),
        // What bears none of HubSpot's marks comes from a gateway that does not serve the path, or not to us.
        status => Refusal::OfTheCall(NotSentReason::NoSuchPath(status)),
    }
}

/// The scopes that the access token lacks.
pub(in crate::delivery) fn missing_scopes(answer: &Answer) -> Vec<String> {
    let error = answer.error();
    error
        .map(|error| error.missing_scopes.clone())
        .unwrap_or_default()
}

/// The refusal of a lone event.
fn refused(event: &Event, status: u16, body: ErrorBody) -> Step {
    if status == 409 || is_in_use(event, &body) {
        already_in_use(event)
    } else {
        rejected(event, status, body)
    }
}
