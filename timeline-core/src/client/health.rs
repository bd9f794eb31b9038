//! What an attempt shows of HubSpot's state; what it means for events is the verdict's.

use std::time::Duration;

use super::http::{Failure, Response};
use crate::wire::v3::{BatchAnswer, BatchStatus, ErrorBody, StoredEvent};

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

/// Where HubSpot does not say how long a limit lasts. Of a limit for the day, nobody says when the day is over.
const LIMITED_WAIT: Duration = Duration::from_secs(1);
const DAILY_WAIT: Duration = Duration::from_secs(60);

impl Response {
    /// How long to wait after a 429 or 477.
    pub(crate) fn limit_wait(&self) -> Duration {
        self.retry_after.unwrap_or_else(|| {
            let body = ErrorBody::parse(&self.body).unwrap_or_default();
            match body.policy_name.as_deref() {
                Some("DAILY") => DAILY_WAIT,
                _ => LIMITED_WAIT,
            }
        })
    }
}

impl Health {
    pub(crate) fn of(answer: Result<&Response, &Failure>) -> Health {
        let Ok(response) = answer else {
            return Health::down(None);
        };
        match response.status {
            200..=299 if response.too_long => Health::Up,
            200..=299 if !response.complete || !tells(&response.body) => {
                Health::down(response.retry_after)
            }
            429 | 477 => Health::Limited {
                wait: response.limit_wait(),
            },
            ..200 | 408 | 421 | 425 | 499.. => Health::down(response.retry_after),
            // These are refusals whatever the body says.
            401 | 403 | 423 => Health::Up,
            400 | 409 | 413 | 415 | 422 if response.complete => Health::Up,
            // What an error without its end means is not known, so it is no answer.
            400.. if response.is_cut() => Health::down(response.retry_after),
            _ => Health::Up,
        }
    }

    pub(super) fn down(retry_after: Option<Duration>) -> Health {
        Health::Down {
            retry_after: retry_after.unwrap_or_default(),
        }
    }
}

/// Whether a success tells of events, for good or ill; not the page of a proxy, nor an outage in the form of a success.
fn tells(body: &[u8]) -> bool {
    let of_a_batch = BatchAnswer::parse(body, 0).is_some_and(|answer| {
        let mut errors = answer.errors.iter();
        // What is not done yet is under way.
        answer.status == BatchStatus::Underway
            || !answer.results.is_empty()
            || errors.any(|error| !error.body.is_internal())
    });
    // Else it may be the event that was read.
    of_a_batch || StoredEvent::parse(body).is_some()
}
