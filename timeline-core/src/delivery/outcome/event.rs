//! What became of one event.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::client::Client;
use crate::client::metrics::names;
use crate::delivery::outcome::reason::{NotSentReason, UnknownReason};
use crate::delivery::outcome::rejection::{Rejection, RejectionReason};
use crate::delivery::outcome::undelivered::UndeliveredEvent;
use crate::error::Attempts;
use crate::error::printable;
use crate::event::{InvalidEvent, InvalidKind};
use crate::trace::{Line, Undelivered};

/// What became of one event. Every input event has exactly one.
///
/// Matching on the variants with fields needs `..`, since they also keep the event itself for
/// [`json`](Self::json).
#[derive(Clone)]
pub enum Outcome {
    /// HubSpot lists it as created. It can take a while until people see it.
    Created(CreatedEvent),
    /// It was there before, under an id that is surely this event's.
    #[non_exhaustive]
    AlreadyExists {
        /// The event's id.
        id: String,
    },
    /// HubSpot or our own check refused it. To send it again as it is would be pointless.
    Rejected(Rejection),
    /// This call has not brought it to HubSpot, for certain. Sending it again is safe.
    #[non_exhaustive]
    NotSent {
        /// The event's id.
        id: String,
        /// Why it did not get there.
        reason: NotSentReason,
        #[doc(hidden)]
        event: Box<UndeliveredEvent>,
    },
    /// It was sent, and no answer says whether HubSpot has it. Sending it again under the same id is safe.
    #[non_exhaustive]
    Unknown {
        /// The event's id.
        id: String,
        /// Why that is not known.
        reason: UnknownReason,
        #[doc(hidden)]
        event: Box<UndeliveredEvent>,
    },
}

impl Outcome {
    /// The event's id; `None` only for an event that was refused before it had any: the id itself is at fault, or the event
    /// gave nothing but an error.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Outcome::Created(created) => Some(&created.id),
            Outcome::Rejected(rejection) => rejection.id(),
            Outcome::AlreadyExists { id }
            | Outcome::NotSent { id, .. }
            | Outcome::Unknown { id, .. } => Some(id),
        }
    }

    /// Whether the event is on HubSpot: created now, or there before.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        matches!(self, Outcome::Created(_) | Outcome::AlreadyExists { .. })
    }

    /// The event as v3 takes it, whichever API it was for, with the id and the timestamp that make it safe to send again;
    /// `None` for delivered events and for those that could not be encoded.
    ///
    /// It holds the event's data, which no `Debug` or `Display` here shows.
    #[must_use]
    pub fn json(&self) -> Option<&[u8]> {
        self.kept().map(UndeliveredEvent::json)
    }

    /// The event's template; `None` for delivered events, and where its id is not known.
    #[must_use]
    pub fn template_id(&self) -> Option<&str> {
        match self {
            Outcome::Rejected(rejection) => rejection.template_id(),
            _ => self.kept()?.sealed.template_id(),
        }
    }

    /// The event's type in app events, if it has a `type_name` of its own; `None` as for
    /// [`template_id`](Self::template_id).
    #[must_use]
    pub fn type_name(&self) -> Option<&str> {
        match self {
            Outcome::Rejected(rejection) => rejection.type_name(),
            _ => self.kept()?.sealed.type_name(),
        }
    }

    /// The attempts to send the event; `None` for delivered events and for those that never left.
    #[must_use]
    pub fn attempts(&self) -> Option<&Attempts> {
        self.kept()?.attempts.as_deref()
    }

    /// The error beneath: the network's, a token provider's, or what is wrong with the event.
    pub(in crate::delivery) fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Outcome::NotSent { reason, .. } => std::error::Error::source(reason),
            Outcome::Unknown { reason, .. } => std::error::Error::source(reason),
            Outcome::Rejected(_) => self.invalid().map(|error| error as _),
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => None,
        }
    }

    /// What our own check has found.
    fn invalid(&self) -> Option<&InvalidEvent> {
        match self {
            Outcome::Rejected(rejection) => match rejection.reason() {
                RejectionReason::Invalid(error) => Some(error),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the event is kept on disk for later, so that nothing else has to keep it.
    pub(in crate::delivery) fn is_in_outbox(&self) -> bool {
        matches!(
            self,
            Outcome::NotSent {
                reason: NotSentReason::InOutbox,
                ..
            }
        )
    }

    /// Whether it ended for lack of credentials, or for a reason that other credentials may end.
    pub(in crate::delivery) fn is_about_credentials(&self) -> bool {
        match self {
            Outcome::NotSent { reason, .. } => reason.is_about_credentials(),
            _ => self
                .invalid()
                .is_some_and(|error| matches!(error.kind(), InvalidKind::NoCredentials(_))),
        }
    }

    /// Whether the event was refused only because the client or its project lacks something: a template's id, a `portal_id`, an
    /// event type that is not uploaded or is misspelt. The event itself is sound, and others of its type end like it. A job
    /// should stop there, correct the client and send the event again, instead of treating it as a bad event.
    #[must_use]
    pub fn needs_setting(&self) -> bool {
        self.invalid()
            .is_some_and(|error| error.kind().needs_setting())
    }

    pub(in crate::delivery) fn metric(&self) -> &'static str {
        match self {
            Outcome::Created(_) => names::EVENTS_CREATED,
            Outcome::AlreadyExists { .. } => names::EVENTS_ALREADY_EXISTING,
            Outcome::Rejected(_) => names::EVENTS_REJECTED,
            Outcome::NotSent { .. } => names::EVENTS_NOT_SENT,
            Outcome::Unknown { .. } => names::EVENTS_UNKNOWN,
        }
    }

    /// Logs the event if it is not on HubSpot. `is_kept`: a queue keeps it, unless it is rejected.
    pub(crate) fn log(&self, client: &Client, is_kept: bool) {
        if self.is_delivered() {
            return;
        }
        let (outcome, reason) = match self {
            Outcome::NotSent { reason, .. } => ("not sent", reason.to_string()),
            Outcome::Unknown { reason, .. } => ("unknown", reason.to_string()),
            Outcome::Rejected(rejection) => ("rejected", rejection.reason().to_string()),
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => return,
        };
        let attempts = self.attempts();
        let (category, correlation_id) = match self {
            Outcome::Rejected(rejection) => (rejection.category(), rejection.correlation_id()),
            _ => (
                attempts.and_then(|attempts| attempts.category.as_deref()),
                attempts.and_then(|attempts| attempts.correlation_id.as_deref()),
            ),
        };
        let line = if self.is_in_outbox() || is_kept && !matches!(self, Outcome::Rejected(_)) {
            Line::Kept
        } else if self
            .shared_line(&reason)
            .is_some_and(|line| !client.root.may_log(&line))
        {
            Line::NotDeliveredEither
        } else {
            Line::NotDelivered
        };
        Undelivered {
            portal_id: self.portal_id(),
            outcome,
            id: self.id(),
            template_id: self.template_id(),
            type_name: self.type_name(),
            reason,
            category,
            correlation_id,
            attempts: attempts.map_or(0, |attempts| attempts.count),
            line,
        }
        .log();
    }

    /// A reason that is not the event's own: the log says it once a minute for all events that share it.
    fn shared_line(&self, reason: &str) -> Option<String> {
        match self {
            Outcome::NotSent {
                reason: NotSentReason::TemplateRefused,
                event,
                ..
            } => {
                let (account, template) = (event.sealed.portal_id, event.sealed.template.text());
                Some(format!("{reason} {account:?} {template}"))
            }
            _ => self.needs_setting().then(|| reason.to_owned()),
        }
    }

    /// The account that the event was for, as a report for many accounts needs it; `None` for delivered events, and if the
    /// client knew no account.
    #[must_use]
    pub fn portal_id(&self) -> Option<u64> {
        let unsealed = match self {
            Outcome::Rejected(rejection) => rejection.unsealed(),
            _ => None,
        };
        let kept = self.kept().and_then(|kept| kept.sealed.portal_id);
        kept.or_else(|| unsealed?.portal_id)
    }

    pub(in crate::delivery) fn kept(&self) -> Option<&UndeliveredEvent> {
        match self {
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => None,
            Outcome::Rejected(rejection) => rejection.event(),
            Outcome::NotSent { event, .. } | Outcome::Unknown { event, .. } => Some(event),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.id() {
            write!(f, "{} ", printable(id))?;
        }
        match self {
            Outcome::Created(_) => f.write_str("created"),
            Outcome::AlreadyExists { .. } => f.write_str("already there"),
            Outcome::Rejected(rejection) => write!(f, "rejected: {rejection}"),
            Outcome::NotSent {
                reason: reason @ NotSentReason::TemplateRefused,
                event,
                ..
            } => write!(
                f,
                "not sent: {reason} ({} {})",
                event.sealed.template.kind(),
                printable(event.sealed.template.text())
            ),
            Outcome::NotSent { reason, .. } => write!(f, "not sent: {reason}"),
            Outcome::Unknown { reason, .. } => write!(f, "unknown: {reason}"),
        }?;
        match (self, self.attempts()) {
            // A rejection itself tells of its attempts.
            (Outcome::NotSent { .. } | Outcome::Unknown { .. }, Some(attempts)) => {
                write!(f, " ({attempts})")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outcome({self})")
    }
}

/// The outcome's name, the id, the template and type of an event that is not there, and the reason; never the event's data.
impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Row<'s> {
            outcome: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'s str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            template_id: Option<&'s str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            type_name: Option<&'s str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            object_id: Option<&'s str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            created_at: Option<&'s str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            reason: Option<String>,
        }
        let (outcome, created, reason) = match self {
            Outcome::Created(created) => ("created", Some(created), None),
            Outcome::AlreadyExists { .. } => ("alreadyExists", None, None),
            Outcome::Rejected(rejection) => ("rejected", None, Some(rejection.to_string())),
            Outcome::NotSent { reason, .. } => ("notSent", None, Some(reason.to_string())),
            Outcome::Unknown { reason, .. } => ("unknown", None, Some(reason.to_string())),
        };
        Row {
            outcome,
            id: self.id(),
            template_id: self.template_id(),
            type_name: self.type_name(),
            object_id: created.and_then(|created| created.object_id.as_deref()),
            created_at: created.and_then(|created| created.created_at.as_deref()),
            reason,
        }
        .serialize(serializer)
    }
}

/// An event that HubSpot lists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedEvent {
    /// The event's id.
    pub id: String,
    /// The record it is on, where HubSpot says so.
    pub object_id: Option<String>,
    /// When HubSpot created it, in ISO-8601 as HubSpot wrote it. Usually `None`: HubSpot's page calls the field unused, and
    /// none of its recorded answers has it.
    pub created_at: Option<String>,
}

impl CreatedEvent {
    pub(crate) fn new(id: String, object_id: Option<String>, created_at: Option<String>) -> Self {
        CreatedEvent {
            id,
            object_id,
            created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    /// There is an outcome for each event, a million perhaps.
    #[test]
    fn an_outcome_is_small() {
        let bytes = size_of::<Outcome>();
        assert!(bytes <= 72, "{bytes} bytes");
    }
}
