//! Why an event is not on HubSpot, or why it is not known whether it is.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::client::{CredentialsError, Failure, INSIDE_CALLBACK, NoToken};
use crate::error::{Cause, printable};

/// Why an event is known not to be on HubSpot.
///
/// If another error is the cause, the network's or a token provider's, it is the
/// [`source`](std::error::Error::source).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotSentReason {
    /// No connection: refused, DNS, TLS. The text is the network's own.
    NotConnected(Cause),
    /// No secure connection, for a reason that waiting does not end, so it was not tried again: the certificate is not
    /// trusted or is another host's, or the other side speaks no TLS. The text is the TLS library's own.
    NotSecure(Cause),
    /// The access token was refused (401), and there is no other. v3 answers so as well to every app that has moved to app events,
    /// from seven days after the move on: see [`move_to_app_events`](crate::ClientBuilder::move_to_app_events).
    Unauthorized,
    /// The token endpoint refused to give an access token. The error's [`kind`](CredentialsError::kind) says why: only
    /// a bad refresh token and an uninstalled app say something about the account.
    RefreshRefused(CredentialsError),
    /// No access token could be had: the credentials cannot be right, or the token endpoint or the token provider failed.
    NoAccessToken(CredentialsError),
    /// The token may not do this (403): a scope is missing, or the app's rights.
    Forbidden {
        /// The scopes that HubSpot says are missing, as far as it says so.
        missing_scopes: Arc<[String]>,
    },
    /// The server does not serve the API: it answered with this status and without HubSpot's marks. Is `base_url` right?
    NoSuchPath(u16),
    /// The record was locked (423) for longer than the patience lasted.
    Locked,
    /// The account's limit was used up (429, 477) for longer than the patience lasted.
    RateLimited,
    /// HubSpot's gateway did not pass the request on to HubSpot (521, 522, 523, 525, 526).
    Unavailable(u16),
    /// HubSpot has refused 100 events of the template in this call and accepted none; the rest was not tried.
    TemplateRefused,
    /// The full name of its event type could not be looked up in the client's project for longer than the patience lasted.
    EventTypeUnknown,
    /// HubSpot was failing for longer than the patience lasted, as other requests had found out; this event was not
    /// tried.
    Outage,
    /// The refresh token belongs to another account than the client's `portal_id`.
    OtherPortal {
        /// The account that the tokens are for.
        found: u64,
    },
    /// Sending was stopped before the event left.
    Stopped,
    /// A [`Sender`](crate::Sender) had no room for it; see [`Full`](crate::Full).
    Full,
    /// It was given to a [`Sender`](crate::Sender) that had no room, and the wait for room was given up.
    Cancelled,
    /// It is on disk in the outbox of its [`Sender`](crate::Sender), and is sent later, by this process or the next one, unless the
    /// program puts it aside there.
    InOutbox,
    /// The outbox of its [`Sender`](crate::Sender) could not take it: the disk is full, say.
    NotKept(Cause),
    /// A blocking client was used inside one of its own callbacks, where it would have waited for itself.
    InsideCallback,
}

/// There is no access token to send it with.
impl From<&NoToken> for NotSentReason {
    fn from(reason: &NoToken) -> Self {
        match reason {
            NoToken::Refused => NotSentReason::Unauthorized,
            NoToken::RefreshRefused(error) => NotSentReason::RefreshRefused(error.clone()),
            NoToken::NotSecure(cause) => NotSentReason::NotSecure(cause.clone()),
            NoToken::OtherPortal(found) => NotSentReason::OtherPortal { found: *found },
            NoToken::Unusable(error) | NoToken::Failed { error, .. } => {
                NotSentReason::NoAccessToken(error.clone())
            }
        }
    }
}

impl fmt::Display for NotSentReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotSentReason::NotConnected(cause) => write!(f, "no connection ({cause})"),
            NotSentReason::NotSecure(cause) => write!(
                f,
                "no secure connection ({cause}); trying again would not help: is `base_url` right, and does its \
                 certificate's authority need `.root_certificate(…)`?"
            ),
            NotSentReason::Unauthorized => f.write_str("the access token was refused (401)"),
            NotSentReason::RefreshRefused(error) | NotSentReason::NoAccessToken(error) => {
                error.fmt(f)
            }
            NotSentReason::Forbidden { missing_scopes } => {
                f.write_str("the access token may not do this (403)")?;
                let scopes = printable(&missing_scopes.join("`, `"));
                match missing_scopes.len() {
                    0 => Ok(()),
                    1 => write!(f, ": it lacks the scope `{scopes}`"),
                    _ => write!(f, ": it lacks the scopes `{scopes}`"),
                }
            }
            NotSentReason::NoSuchPath(status) => {
                write!(
                    f,
                    "the server does not serve HubSpot's API there ({status}): is `base_url` right?"
                )
            }
            NotSentReason::Locked => f.write_str("the record was locked (423)"),
            NotSentReason::RateLimited => f.write_str("the account's rate limit was used up"),
            NotSentReason::Unavailable(status) => write!(f, "HubSpot was out of reach ({status})"),
            NotSentReason::EventTypeUnknown => {
                f.write_str("the full name of its event type could not be looked up in the project")
            }
            NotSentReason::TemplateRefused => f.write_str(
                "HubSpot refuses every event of the template; those that are rejected say why",
            ),
            NotSentReason::Outage => {
                f.write_str("HubSpot was failing for too long, as other requests had found out")
            }
            NotSentReason::OtherPortal { found } => {
                write!(f, "the refresh token belongs to another account ({found})")
            }
            NotSentReason::Stopped => f.write_str("sending was stopped before"),
            NotSentReason::Full => f.write_str("the sender had no room for it"),
            NotSentReason::Cancelled => {
                f.write_str("the sender had no room for it, and the wait for room was given up")
            }
            NotSentReason::InOutbox => {
                f.write_str("it is on disk in the outbox, and is sent later")
            }
            NotSentReason::NotKept(cause) => write!(f, "the outbox could not take it: {cause}"),
            NotSentReason::InsideCallback => f.write_str(INSIDE_CALLBACK),
        }
    }
}

impl StdError for NotSentReason {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause().map(|cause| cause.error() as _)
    }
}

impl NotSentReason {
    /// Whether it concerns all events of the account (or the template), and waiting alone does not end it.
    pub(crate) fn is_lasting(&self) -> bool {
        self.is_about_credentials()
            || matches!(
                self,
                NotSentReason::NotSecure(_)
                    | NotSentReason::NoSuchPath(_)
                    | NotSentReason::TemplateRefused
            )
    }

    /// Whether other credentials may end it.
    pub(in crate::delivery) fn is_about_credentials(&self) -> bool {
        matches!(
            self,
            NotSentReason::Unauthorized
                | NotSentReason::RefreshRefused(_)
                | NotSentReason::NoAccessToken(_)
                | NotSentReason::Forbidden { .. }
                | NotSentReason::OtherPortal { .. }
        )
    }

    /// The error beneath that is not ours.
    pub(in crate::delivery) fn cause(&self) -> Option<&Cause> {
        match self {
            NotSentReason::NotConnected(cause)
            | NotSentReason::NotSecure(cause)
            | NotSentReason::NotKept(cause) => Some(cause),
            NotSentReason::RefreshRefused(error) | NotSentReason::NoAccessToken(error) => {
                error.cause()
            }
            _ => None,
        }
    }
}

/// Why it is not known whether an event is on HubSpot.
///
/// If a network error is the cause, it is the [`source`](std::error::Error::source).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownReason {
    /// No answer came within the time for one attempt.
    TimedOut,
    /// The connection ended before the answer. The text is the network's own.
    Disconnected(Cause),
    /// HubSpot answered with an error of its own.
    ServerError(u16),
    /// The answer was cut off, too long, or not JSON.
    Unreadable,
    /// The answer was a success and did not list the event.
    NotListed,
    /// HubSpot says that it canceled the batch, and does not say what became of its events.
    Canceled,
    /// The answer held an error about the event that HubSpot does not call the event's fault.
    NotItsFault,
    /// HubSpot says that the id is in use, or refused the event after an answer was lost; reading the event back did not
    /// show whether it is there.
    CannotReadBack,
    /// Sending was given up while the event was on its way.
    Stopped,
    /// An earlier call could not tell whether the event is there, and this call did not get through.
    Earlier,
    /// The event was taken, and then waited for inside a callback of the same blocking client, where it can have no
    /// outcome yet. It may still be delivered.
    InsideCallback,
}

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnknownReason::TimedOut => f.write_str("no answer in time"),
            UnknownReason::Disconnected(cause) => {
                write!(f, "the connection ended before the answer ({cause})")
            }
            UnknownReason::ServerError(status) => {
                write!(f, "HubSpot answered with status {status}")
            }
            UnknownReason::Unreadable => f.write_str("the answer could not be read"),
            UnknownReason::NotListed => f.write_str("the answer did not list the event"),
            UnknownReason::Canceled => f.write_str("HubSpot canceled the batch"),
            UnknownReason::NotItsFault => {
                f.write_str("HubSpot reported an error that is not the event's fault")
            }
            UnknownReason::CannotReadBack => {
                f.write_str("it may be there, and could not be read back")
            }
            UnknownReason::Stopped => {
                f.write_str("sending was given up while the event was on its way")
            }
            UnknownReason::Earlier => {
                f.write_str("an earlier call could not tell, and this one did not get through")
            }
            UnknownReason::InsideCallback => f.write_str(INSIDE_CALLBACK),
        }
    }
}

impl StdError for UnknownReason {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause().map(|cause| cause.error() as _)
    }
}

impl UnknownReason {
    /// The error beneath that is not ours.
    pub(in crate::delivery) fn cause(&self) -> Option<&Cause> {
        match self {
            UnknownReason::Disconnected(cause) => Some(cause),
            _ => None,
        }
    }
}

/// What is known of a request, as long as no better answer comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum UndeliveredReason {
    NotSent(NotSentReason),
    Unknown(UnknownReason),
}

impl From<&Failure> for UndeliveredReason {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::NotConnected(cause) => {
                UndeliveredReason::NotSent(NotSentReason::NotConnected(cause.clone()))
            }
            Failure::NotSecure(cause) => {
                UndeliveredReason::NotSent(NotSentReason::NotSecure(cause.clone()))
            }
            Failure::TimedOut => UndeliveredReason::Unknown(UnknownReason::TimedOut),
            Failure::Disconnected(cause) => {
                UndeliveredReason::Unknown(UnknownReason::Disconnected(cause.clone()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NotSentReason;

    #[test]
    fn a_403_names_the_scopes_that_it_names() {
        for (scopes, words) in [
            (&[][..], "the access token may not do this (403)"),
            (
                &["timeline"],
                "the access token may not do this (403): it lacks the scope `timeline`",
            ),
            (
                &["timeline", "oauth"],
                "the access token may not do this (403): it lacks the scopes `timeline`, `oauth`",
            ),
        ] {
            let missing_scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
            let reason = NotSentReason::Forbidden {
                missing_scopes: missing_scopes.into(),
            };
            assert_eq!(reason.to_string(), words);
        }
    }
}
