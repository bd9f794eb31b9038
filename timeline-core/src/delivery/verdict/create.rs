//! What an attempt to create events means for each of them, by the status of its answer.

use std::time::Duration;

use super::atomic::judge_atomic;
use super::in_use::{already_in_use, is_in_use, rejected};
use super::list::{judge_list, judge_refused};
use super::step::{Parts, Past, Step, Verdict, absent, uncertain};
use crate::client::{Failure, NoToken, Reply};
use crate::delivery::intake::event::Event;
use crate::delivery::outcome::reason::{NotSentReason, UnknownReason};
use crate::wire::answer::{Answer, BatchProgress, Content};
use crate::wire::error_body::ErrorBody;
use crate::wire::meaning::Meaning;

/// How long a record stays locked at least, as HubSpot says.
const LOCKED_WAIT: Duration = Duration::from_secs(2);

/// How long to wait at least for a batch that HubSpot says is not done yet.
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
    let mut leaves_in_doubt = matches!(reply, Reply::Answer(answer) if answer.is_success());
    let steps = match reply {
        Reply::Answer(answer) => match answer.means() {
            Meaning::Success if answer.too_long => match events {
                // A second answer would be too long as well.
                [_] => all(Step::Unknown(UnknownReason::Unreadable)),
                _ => all(Step::Split(Parts::HalvesByBytes)),
            },
            Meaning::Success => match &answer.content {
                Content::Listing(listing) => {
                    // An event that nothing speaks against may be there.
                    lost = listing.errors.is_empty()
                        || listing.are_some_in_use()
                        || listing.status != BatchProgress::Complete;
                    if listing.status == BatchProgress::Underway {
                        least_wait = least_wait.max(Some(UNDERWAY_WAIT));
                    }
                    let judged = judge_list(events, past, listing, answer.status);
                    leaves_in_doubt &= !judged.rest_is_refused;
                    judged.steps
                }
                _ => all(uncertain(UnknownReason::Unreadable)),
            },
            Meaning::Unauthorized if past.refused && past.moves => all(Step::Move),
            Meaning::Unauthorized if past.refused => all(Step::Stop(NotSentReason::Unauthorized)),
            Meaning::Unauthorized => all(Step::Refresh),
            Meaning::Locked => {
                least_wait = least_wait.max(Some(LOCKED_WAIT));
                all(absent(NotSentReason::Locked))
            }
            Meaning::Limited => {
                least_wait = Some(answer.limit_wait());
                all(absent(NotSentReason::RateLimited))
            }
            Meaning::Forbidden => all(Step::Stop(NotSentReason::Forbidden {
                missing_scopes: missing_scopes(answer).into(),
            })),
            Meaning::Refused => match (events, answer.error()) {
                // The rest of the body might have said that the id is in use.
                ([_], _) if !answer.complete => all(uncertain(UnknownReason::Unreadable)),
                (_, Some(error)) if past.atomic => judge_atomic(events, past, answer.status, error),
                ([event], Some(error)) => {
                    vec![refused(event, past, answer.status, error.body.clone())]
                }
                (_, Some(error)) => judge_refused(events, past, answer.status, error),
                // Does not happen: an answer that is no success has an error's content.
                (_, None) => all(uncertain(UnknownReason::Unreadable)),
            },
            Meaning::Failed => all(uncertain(UnknownReason::ServerError(answer.status))),
            Meaning::Unavailable => all(absent(NotSentReason::Unavailable(answer.status))),
            Meaning::CutOff => all(uncertain(UnknownReason::Unreadable)),
            Meaning::NoSuchPath => all(Step::Stop(NotSentReason::NoSuchPath(answer.status))),
        },
        // More tries would end in the same way.
        Reply::Failure(Failure::NotSecure(cause)) => {
            all(Step::Stop(NotSentReason::NotSecure(cause.clone())))
        }
        Reply::Failure(failure) => all(Step::Later(failure.into())),
        // The provider returned the refused token again.
        Reply::NoToken(NoToken::Refused) if past.refused && past.moves => all(Step::Move),
        Reply::NoToken(reason @ NoToken::Failed { .. }) => all(absent(reason.into())),
        Reply::NoToken(reason) => all(Step::Stop(reason.into())),
    };
    Verdict {
        steps,
        least_wait: least_wait.unwrap_or_default(),
        leaves_in_doubt,
        lost,
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
fn refused(event: &Event, past: Past, status: u16, body: ErrorBody) -> Step {
    if status == 409 || is_in_use(event, &body) {
        already_in_use(event, past)
    } else {
        rejected(event, past, status, body)
    }
}
