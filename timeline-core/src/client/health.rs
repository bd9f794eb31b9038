//! What an attempt shows of HubSpot's state; what it means for events is the verdict's.

use std::time::Duration;

use super::transport::Failure;
use crate::wire::answer::{Answer, BatchProgress, Content};
use crate::wire::meaning::Meaning;

/// What a request has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// HubSpot answers, whatever it thinks of the request.
    Up,
    /// HubSpot cannot be reached or its answer cannot be used. It may have said how long to wait.
    Down { retry_after: Duration },
    /// The account has used up its limit, for so long.
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
            // What an error without its end means is not known, so it is no answer.
            Meaning::CutOff => Health::down(answer.retry_after),
            Meaning::Refused if !answer.complete => Health::down(answer.retry_after),
            // These are what they are whatever the body says.
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

/// Whether a success tells of events; not the page of a proxy, nor an outage in the form of a success.
fn tells(content: &Content) -> bool {
    match content {
        // What is not done yet is under way.
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
