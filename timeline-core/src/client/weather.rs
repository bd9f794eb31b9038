//! What an attempt says of HubSpot's state, whatever it means for events.

use std::time::Duration;

use super::{Failure, NoToken, Response, Tried};
use crate::wire::v3::{BatchAnswer, BatchStatus, ErrorBody, StoredEvent};

/// What a request has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// HubSpot answers, whatever it thinks of the request.
    Fair,
    /// HubSpot cannot be reached or answers with nonsense. It may have said how long it wants to be left alone.
    Foul { retry_after: Duration },
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

impl Weather {
    /// `None` if nobody was asked.
    pub(super) fn told_by(tried: &Tried) -> Option<Weather> {
        match tried {
            Tried::NoToken(NoToken::Failed { retry_after, .. }) => {
                Some(Weather::foul(*retry_after))
            }
            Tried::Halted | Tried::NoToken(_) => None,
            // It is like that for good, and no outage: the next call is told so at once, too.
            Tried::Answered {
                answer: Err(Failure::NotSecure(_)),
                ..
            } => None,
            Tried::Answered { answer, .. } => Some(Weather::of(answer.as_ref())),
        }
    }

    pub(crate) fn of(answer: Result<&Response, &Failure>) -> Weather {
        let Ok(response) = answer else {
            return Weather::foul(None);
        };
        match response.status {
            200..=299 if response.too_long => Weather::Fair,
            200..=299 if !response.complete || !tells(&response.body) => {
                Weather::foul(response.retry_after)
            }
            429 | 477 => Weather::Limited {
                wait: response.limit_wait(),
            },
            ..200 | 408 | 421 | 425 | 499.. => Weather::foul(response.retry_after),
            // These are refusals whatever the body says.
            401 | 403 | 423 => Weather::Fair,
            400 | 409 | 413 | 415 | 422 if response.complete => Weather::Fair,
            // What an error without its end means is not known, so it is no answer.
            400.. if response.is_cut() => Weather::foul(response.retry_after),
            _ => Weather::Fair,
        }
    }

    fn foul(retry_after: Option<Duration>) -> Weather {
        Weather::Foul {
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
