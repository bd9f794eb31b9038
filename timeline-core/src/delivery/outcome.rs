//! What became of one event.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::attempts::Attempts;
use super::pack::{Event, IdOrigin};
use crate::client::metrics::names;
use crate::client::{Failure, NoToken};
use crate::error::printable;
use crate::event::InvalidEvent;
use crate::trace::Undelivered;
use crate::wire::v3::ErrorBody;

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
    /// It is known not to be on HubSpot. Sending it again is safe.
    #[non_exhaustive]
    NotSent {
        /// The event's id.
        id: String,
        /// Why it did not get there.
        reason: NotSentReason,
        #[doc(hidden)]
        event: Kept,
    },
    /// It left, and the answer was lost. Sending it again under the same id is safe.
    #[non_exhaustive]
    Unknown {
        /// The event's id.
        id: String,
        /// What happened to the answer.
        reason: UnknownReason,
        #[doc(hidden)]
        event: Kept,
    },
}

impl Outcome {
    /// The event's id; `None` only for one that was refused before it had any.
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

    /// The event as it went out or would have gone out, with the id and the timestamp that make it safe to send again;
    /// `None` for delivered events and for those that could not be encoded.
    ///
    /// It holds the event's data, which no `Debug` or `Display` here shows.
    #[must_use]
    pub fn json(&self) -> Option<&[u8]> {
        self.kept().map(|kept| &*kept.json)
    }

    /// The event's template, where the event is kept: not for delivered events and those that could not be encoded.
    #[must_use]
    pub fn template_id(&self) -> Option<&str> {
        self.kept().map(|kept| &*kept.template_id)
    }

    /// What was done for the event before it ended; `None` for delivered events and for those that never left.
    #[must_use]
    pub fn attempts(&self) -> Option<&Attempts> {
        self.kept()?.attempts.as_deref()
    }

    pub(super) fn metric(&self) -> &'static str {
        match self {
            Outcome::Created(_) => names::EVENTS_CREATED,
            Outcome::AlreadyExists { .. } => names::EVENTS_ALREADY_EXISTING,
            Outcome::Rejected(_) => names::EVENTS_REJECTED,
            Outcome::NotSent { .. } => names::EVENTS_NOT_SENT,
            Outcome::Unknown { .. } => names::EVENTS_UNKNOWN,
        }
    }

    /// A line in the log if the event is not on HubSpot.
    pub(super) fn warn(&self) {
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
        Undelivered {
            outcome,
            id: self.id(),
            template_id: self.template_id(),
            reason,
            category,
            correlation_id,
            attempts: attempts.map_or(0, |attempts| attempts.count),
        }
        .warn();
    }

    pub(super) fn kept(&self) -> Option<&Kept> {
        match self {
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => None,
            Outcome::Rejected(rejection) => rejection.inner.event.as_ref(),
            Outcome::NotSent { event, .. } | Outcome::Unknown { event, .. } => Some(event),
        }
    }
}

/// What is kept of an event that is not on HubSpot, out of sight: its encoded bytes, and what was done for it.
#[doc(hidden)]
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    pub(super) json: Arc<[u8]>,
    pub(super) template_id: Arc<str>,
    pub(super) id_origin: IdOrigin,
    pub(super) portal_id: Option<u64>,
    pub(super) attempts: Option<Arc<Attempts>>,
}

impl Kept {
    pub(super) fn new(
        event: &Event,
        portal_id: Option<u64>,
        attempts: Option<Arc<Attempts>>,
    ) -> Self {
        Kept {
            json: Arc::clone(&event.json),
            template_id: Arc::clone(&event.template_id),
            id_origin: event.id_origin,
            portal_id,
            attempts,
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
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
            Outcome::NotSent { reason, .. } => write!(f, "not sent: {reason}"),
            Outcome::Unknown { reason, .. } => write!(f, "unknown: {reason}"),
        }?;
        match (self, self.attempts()) {
            // A rejection tells of its answer itself.
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

/// The outcome's name, the id and the reason; never the event's data.
impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Row<'s> {
            outcome: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'s str>,
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
    /// When HubSpot created it, in ISO-8601 as HubSpot wrote it.
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

/// Why an event was refused. Its `Display` and `Debug` show the category and the correlation id, and never
/// [`message`](Self::message), which may quote what the event holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    inner: Box<Inner>,
}

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    id: Option<String>,
    reason: RejectionReason,
    category: Option<String>,
    message: Option<String>,
    correlation_id: Option<String>,
    event: Option<Kept>,
}

/// Who refused an event, and over what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectionReason {
    /// Our own check, before anything was sent.
    Invalid(InvalidEvent),
    /// Another event of the same call has the same template and id, and different content.
    SameIdTwice,
    /// HubSpot, with this HTTP status; 207 for an event of a batch whose other events were taken.
    Refused(u16),
    /// HubSpot, because another record holds an event with this id.
    IdTaken,
}

impl fmt::Display for RejectionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RejectionReason::Invalid(error) => error.fmt(f),
            RejectionReason::SameIdTwice => f.write_str(
                "an earlier event of this call has the same template and id but other content",
            ),
            // The status of its batch, whose other events may have been taken: it says nothing of this one.
            RejectionReason::Refused(207) => f.write_str("HubSpot refused it"),
            RejectionReason::Refused(status) => {
                write!(f, "HubSpot refused it with status {status}")
            }
            RejectionReason::IdTaken => f.write_str("another record holds an event with this id"),
        }
    }
}

impl Rejection {
    pub(crate) fn invalid(id: Option<String>, error: InvalidEvent) -> Self {
        let message = Some(error.to_string());
        Self::new(
            id,
            RejectionReason::Invalid(error),
            None,
            message,
            None,
            None,
        )
    }

    /// Refused by us, with the event kept for later.
    pub(super) fn kept(id: &str, error: InvalidEvent, event: Kept) -> Self {
        Rejection::new(
            Some(id.to_owned()),
            RejectionReason::Invalid(error),
            None,
            None,
            None,
            Some(event),
        )
    }

    pub(super) fn same_id_twice(event: &Event, portal_id: Option<u64>) -> Self {
        let reason = RejectionReason::SameIdTwice;
        let (id, message) = (Some(event.id.to_string()), Some(reason.to_string()));
        let kept = Kept::new(event, portal_id, None);
        Self::new(id, reason, None, message, None, Some(kept))
    }

    pub(super) fn by_hubspot(
        id: String,
        reason: RejectionReason,
        body: ErrorBody,
        event: Kept,
    ) -> Self {
        let category = body.category.map(|text| printable(&text));
        let correlation_id = body.correlation_id.map(|text| printable(&text));
        let message = match reason {
            RejectionReason::IdTaken => Some(reason.to_string()),
            _ => body.message,
        };
        Self::new(
            Some(id),
            reason,
            category,
            message,
            correlation_id,
            Some(event),
        )
    }

    fn new(
        id: Option<String>,
        reason: RejectionReason,
        category: Option<String>,
        message: Option<String>,
        correlation_id: Option<String>,
        event: Option<Kept>,
    ) -> Self {
        let inner = Inner {
            id,
            reason,
            category,
            message,
            correlation_id,
            event,
        };
        Rejection {
            inner: Box::new(inner),
        }
    }

    /// The event's id; `None` if it was refused before it had any.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.inner.id.as_deref()
    }

    /// Who refused it, and over what.
    #[must_use]
    pub fn reason(&self) -> &RejectionReason {
        &self.inner.reason
    }

    /// HubSpot's category, such as `VALIDATION_ERROR`.
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        self.inner.category.as_deref()
    }

    /// HubSpot's message or that of our own check. HubSpot's may quote what the event holds, an e-mail address for
    /// instance: mind where you show it.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.inner.message.as_deref()
    }

    /// What HubSpot's support asks for.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.inner.correlation_id.as_deref()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        inner.reason.fmt(f)?;
        let Some(kept) = &inner.event else {
            return Ok(());
        };
        write!(f, " (template {}", printable(&kept.template_id))?;
        if let Some(category) = &inner.category {
            write!(f, ", {category}")?;
        }
        if let Some(id) = &inner.correlation_id {
            write!(f, ", correlation id {id}")?;
        }
        if let Some(attempts) = kept.attempts.as_ref().filter(|attempts| attempts.count > 1) {
            write!(
                f,
                ", {} attempts in {:.1?}",
                attempts.count, attempts.elapsed
            )?;
        }
        let is_hubspots = matches!(inner.reason, RejectionReason::Refused(_));
        if is_hubspots && inner.message.is_some() {
            f.write_str("; its words are in `message()`")?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rejection({self})")
    }
}

/// Why an event is known not to be on HubSpot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotSentReason {
    /// No connection: refused, DNS, TLS. The text is the network's own.
    NotConnected(String),
    /// The access token was refused (401), and there is no other.
    Unauthorized,
    /// The token endpoint refused the refresh token or the client's secret: the app was uninstalled, perhaps.
    RefreshRefused,
    /// No access token could be had: the token endpoint or the token provider failed.
    NoAccessToken,
    /// The token may not do this (403); the scope `timeline` may be missing, or the app's rights.
    Forbidden,
    /// The server does not serve the API, by this status and the lack of HubSpot's marks: is `base_url` right?
    NoSuchPath(u16),
    /// The record was locked (423) for longer than the patience lasted.
    Locked,
    /// The account's limit was used up (429, 477) for longer than the patience lasted.
    RateLimited,
    /// HubSpot's gateway did not let the request through to it (521, 522, 523, 525, 526).
    Unavailable(u16),
    /// HubSpot has refused 100 events of the template in this call and accepted none; the rest was not tried.
    TemplateRefused,
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
}

/// There is no access token to send it with.
impl From<&NoToken> for NotSentReason {
    fn from(reason: &NoToken) -> Self {
        match reason {
            NoToken::Refused => NotSentReason::Unauthorized,
            NoToken::RefreshRefused => NotSentReason::RefreshRefused,
            NoToken::OtherPortal(found) => NotSentReason::OtherPortal { found: *found },
            NoToken::Failed { .. } => NotSentReason::NoAccessToken,
        }
    }
}

impl fmt::Display for NotSentReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotSentReason::NotConnected(cause) => write!(f, "no connection ({cause})"),
            NotSentReason::Unauthorized => f.write_str("the access token was refused (401)"),
            NotSentReason::RefreshRefused => {
                f.write_str("the token endpoint refused the refresh token or the client's secret")
            }
            NotSentReason::NoAccessToken => f.write_str("no access token could be had"),
            NotSentReason::Forbidden => f.write_str("the access token may not do this (403)"),
            NotSentReason::NoSuchPath(status) => {
                write!(
                    f,
                    "the server does not serve HubSpot's API there ({status})"
                )
            }
            NotSentReason::Locked => f.write_str("the record was locked (423)"),
            NotSentReason::RateLimited => f.write_str("the account's rate limit was used up"),
            NotSentReason::Unavailable(status) => write!(f, "HubSpot was out of reach ({status})"),
            NotSentReason::TemplateRefused => {
                f.write_str("HubSpot refuses every event of the template")
            }
            NotSentReason::Outage => {
                f.write_str("HubSpot was failing for too long, as other requests had found out")
            }
            NotSentReason::OtherPortal { found } => {
                write!(f, "the refresh token belongs to another account ({found})")
            }
            NotSentReason::Stopped => f.write_str("sending was stopped before"),
        }
    }
}

/// Why it is not known whether an event is on HubSpot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownReason {
    /// No answer came within the time for one attempt.
    TimedOut,
    /// The connection ended before the answer. The text is the network's own.
    Disconnected(String),
    /// HubSpot answered with an error of its own.
    ServerError(u16),
    /// The answer was cut off, too long, or not JSON.
    Unreadable,
    /// The answer was a success and did not list the event.
    NotListed,
    /// The answer held an error about the event that HubSpot does not call the event's fault.
    NotItsFault,
    /// HubSpot says that the id is in use, and the event that has it could not be read.
    CannotReadBack,
    /// Sending was given up while the event was on its way.
    Stopped,
    /// An earlier call could not tell, and this one did not get through.
    Earlier,
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
            UnknownReason::NotItsFault => {
                f.write_str("HubSpot reported an error that is not the event's fault")
            }
            UnknownReason::CannotReadBack => {
                f.write_str("the id is in use, and the event that has it could not be read")
            }
            UnknownReason::Stopped => {
                f.write_str("sending was given up while the event was on its way")
            }
            UnknownReason::Earlier => {
                f.write_str("an earlier call could not tell, and this one did not get through")
            }
        }
    }
}

/// What is known of a request, as long as no better answer comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    Absent(NotSentReason),
    Uncertain(UnknownReason),
}

impl From<&Failure> for Doubt {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::NotConnected(cause) => {
                Doubt::Absent(NotSentReason::NotConnected(cause.clone()))
            }
            Failure::TimedOut => Doubt::Uncertain(UnknownReason::TimedOut),
            Failure::Disconnected(cause) => {
                Doubt::Uncertain(UnknownReason::Disconnected(cause.clone()))
            }
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Absent(reason) => reason.fmt(f),
            Doubt::Uncertain(reason) => reason.fmt(f),
        }
    }
}
