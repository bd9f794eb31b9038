//! The outcomes of messages whose events are not sent, and which outcomes the user's function is told of.

use crate::client::{Client, CredentialsError, CredentialsErrorKind};
use crate::delivery::{NotSentReason, Outcome, Rejection, UndeliveredEvent};
use crate::event::{InvalidEvent, InvalidKind, SealedEvent};
use crate::relay::settle::Settle;

/// The outcome of an event that is given back without a request.
pub(super) fn not_sent(client: &Client, event: SealedEvent, reason: NotSentReason) -> Outcome {
    Outcome::NotSent {
        id: event.id().to_owned(),
        reason,
        event: Box::new(UndeliveredEvent::unsent(event, client.api())),
    }
}

/// The outcome of an event that is given back because the function that knows its account's client has failed.
pub(super) fn lookup_failed(client: &Client, event: SealedEvent, words: &str) -> Outcome {
    let error = CredentialsError::new(CredentialsErrorKind::LookupFailed).in_words(words);
    not_sent(client, event, NotSentReason::NoAccessToken(error))
}

/// The outcome of a message that cannot be sent.
pub(super) fn refused(id: Option<&str>, words: String) -> Outcome {
    let id = id.map(str::to_owned);
    Outcome::Rejected(Rejection::invalid(id, InvalidEvent::new(words)))
}

/// The outcome of an event whose account has no client, or no credentials.
pub(super) fn no_client(client: &Client, event: SealedEvent, words: String) -> Outcome {
    let id = event.id().to_owned();
    let kept = Box::new(UndeliveredEvent::unsent(event, client.api()));
    Outcome::Rejected(Rejection::kept(
        &id,
        InvalidKind::NoClient(words).into(),
        kept,
    ))
}

/// Whether the function for undelivered events is told of it. It is not told of events that are given back because there is no
/// room for them, or for other processes: nothing is wrong with them.
pub(super) fn is_to_be_told(outcome: &Outcome, settle: Settle) -> bool {
    match outcome {
        Outcome::NotSent { reason, .. } => *reason != NotSentReason::Full,
        Outcome::Rejected(_) => settle == Settle::Park,
        Outcome::Unknown { .. } => true,
        Outcome::Created(_) | Outcome::AlreadyExists { .. } => false,
    }
}
