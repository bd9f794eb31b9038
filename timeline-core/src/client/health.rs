//! What an attempt shows about HubSpot's health. The verdict decides what the answer means for the events.

use std::time::Duration;

use super::transport::Failure;
use crate::wire::answer::{Answer, BatchProgress, Content};
use crate::wire::meaning::Meaning;

/// HubSpot's health, as a request has shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// HubSpot answers, even if it refuses the request.
    Up,
    /// HubSpot cannot be reached or its answer cannot be used. `retry_after` is zero unless the answer says how long to
    /// wait.
    Down { retry_after: Duration },
    /// The account has used up its limit, and has to wait for the time `wait`.
    Limited { wait: Duration },
}

impl Health {
    pub(crate) fn of(answer: Result<&Answer, &Failure>) -> Health {
        let Ok(answer) = answer else {
            return Health::down(None);
        };
        match answer.means() {
            Meaning::Success if answer.too_long => Health::Up,
            Meaning::Success if !tells(&answer.content) => Health::down(answer.retry_after),
            Meaning::Limited => Health::Limited {
                wait: answer.limit_wait(),
            },
            Meaning::Failed | Meaning::Unavailable => Health::down(answer.retry_after),
            // An error that is cut off does not say what it means, so it is no answer.
            Meaning::CutOff => Health::down(answer.retry_after),
            Meaning::Refused if !answer.complete => Health::down(answer.retry_after),
            // Here the body does not matter.
            Meaning::Success
            | Meaning::Refused
            | Meaning::Unauthorized
            | Meaning::Forbidden
            | Meaning::Locked
            | Meaning::NoSuchPath => Health::Up,
        }
    }

    pub(super) fn down(retry_after: Option<Duration>) -> Health {
        Health::Down {
            retry_after: retry_after.unwrap_or_default(),
        }
    }
}

/// Whether a success says something of what was asked for. The page of a proxy does not, nor does a success whose errors are
/// all internal errors of HubSpot's.
fn tells(content: &Content) -> bool {
    match content {
        Content::Listing(listing) => {
            listing.status == BatchProgress::Underway
                || !listing.results.is_empty()
                || listing.errors.iter().any(|error| !error.body.is_internal())
        }
        Content::Stored(_)
        | Content::Record(_)
        | Content::Batch(_)
        | Content::TypeName(_)
        | Content::Templates(_)
        | Content::Template(_)
        | Content::Token(_)
        | Content::Nothing
        | Content::NoTemplate(_) => true,
        Content::Error(_) | Content::Unreadable => false,
    }
}
