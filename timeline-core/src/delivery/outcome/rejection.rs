//! Why an event was refused.

use std::error::Error as StdError;
use std::fmt;

use crate::delivery::outcome::undelivered::UndeliveredEvent;
use crate::delivery::outcome::unsealed_event::UnsealedEvent;
use crate::error::printable;
use crate::event::InvalidEvent;
use crate::wire::error_body::ErrorBody;

/// Why an event was refused. Its `Display` and `Debug` show the template, the category and the correlation id; HubSpot's
/// [`message`](Self::message), which may quote what the event holds, only if the client
/// [shows messages](crate::ClientBuilder::show_messages).
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
    event: Option<Box<UndeliveredEvent>>,
    /// What is kept of an event that could not be encoded.
    unsealed: Option<UnsealedEvent>,
    /// The dead letter that could not be sent again, as it was read.
    line: Option<Box<[u8]>>,
}

/// Who refused an event, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectionReason {
    /// Our own check, before anything was sent.
    Invalid(InvalidEvent),
    /// Another event of the same call has the same template and id, and different content.
    ///
    /// Content is compared as JSON values, so the order of a map's keys does not matter, down to 64 levels of extra data.
    /// Numbers are compared as they are written, since HubSpot shows `1` and `1.0` as two texts. In an e-mail address, upper
    /// and lower case and blanks around it make no difference. The time of the call makes no difference either, if an event
    /// has no timestamp of its own. Equal events are sent once and share their outcome.
    SameIdTwice,
    /// HubSpot, with this HTTP status; 207 for an event of a batch whose other events were taken.
    Refused(u16),
    /// HubSpot, because another event has this id: one of another record, or one with other tokens.
    IdTaken,
}

impl fmt::Display for RejectionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RejectionReason::Invalid(error) => error.fmt(f),
            RejectionReason::SameIdTwice => f.write_str(
                "an earlier event of this call has the same template and id but other content: give each event an id of \
                 its own; a `timestamp` is content, too",
            ),
            // 207 is the status of the whole batch, whose other events may have been taken: it says nothing about this event.
            RejectionReason::Refused(207) => f.write_str("HubSpot refused it"),
            RejectionReason::Refused(status) => {
                write!(f, "HubSpot refused it with status {status}")
            }
            RejectionReason::IdTaken => f.write_str(
                "another event has this id: all records and accounts share the ids of a template, so choose another one, \
                 or a `key`",
            ),
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

    /// A line that is no dead letter, or one that cannot be sent again.
    pub(in crate::delivery) fn unsendable(
        id: Option<String>,
        error: InvalidEvent,
        line: &[u8],
    ) -> Self {
        let mut rejection = Rejection::invalid(id, error);
        rejection.inner.line = Some(line.into());
        rejection
    }

    pub(in crate::delivery) fn keep_unsealed(&mut self, unsealed: Option<UnsealedEvent>) {
        self.inner.unsealed = unsealed;
    }

    /// Refused by us, with the event kept for later.
    pub(crate) fn kept(id: &str, error: InvalidEvent, event: Box<UndeliveredEvent>) -> Self {
        Rejection::new(
            Some(id.to_owned()),
            RejectionReason::Invalid(error),
            None,
            None,
            None,
            Some(event),
        )
    }

    pub(in crate::delivery) fn same_id_twice(id: &str, event: Box<UndeliveredEvent>) -> Self {
        let reason = RejectionReason::SameIdTwice;
        let (id, message) = (Some(id.to_owned()), Some(reason.to_string()));
        Self::new(id, reason, None, message, None, Some(event))
    }

    pub(in crate::delivery) fn by_hubspot(
        id: String,
        reason: RejectionReason,
        body: ErrorBody,
        event: Box<UndeliveredEvent>,
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
        event: Option<Box<UndeliveredEvent>>,
    ) -> Self {
        let inner = Inner {
            id,
            reason,
            category,
            message,
            correlation_id,
            event,
            unsealed: None,
            line: None,
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

    /// The event's template; `None` if its id is not known.
    #[must_use]
    pub fn template_id(&self) -> Option<&str> {
        let unsealed = || self.unsealed().filter(|event| !event.is_named);
        match &self.inner.event {
            Some(kept) => kept.sealed.template_id(),
            None => unsealed().map(|event| &*event.template),
        }
    }

    /// The event's type in app events, if it has a `type_name` of its own.
    #[must_use]
    pub fn type_name(&self) -> Option<&str> {
        match &self.inner.event {
            Some(kept) => kept.sealed.type_name(),
            None => self.unsealed()?.type_name.as_deref(),
        }
    }

    /// Who refused it, and why.
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

    /// The correlation id, which HubSpot's support asks for.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.inner.correlation_id.as_deref()
    }

    pub(in crate::delivery) fn line(&self) -> Option<&[u8]> {
        self.inner.line.as_deref()
    }

    pub(in crate::delivery) fn event(&self) -> Option<&UndeliveredEvent> {
        self.inner.event.as_deref()
    }

    pub(in crate::delivery) fn unsealed(&self) -> Option<&UnsealedEvent> {
        self.inner.unsealed.as_ref()
    }
}

/// What happened, HubSpot's words if they may be shown, to which template's event, and what to do.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        inner.reason.fmt(f)?;
        let attempts = inner.event.as_ref().and_then(|kept| kept.attempts.as_ref());
        let is_hubspots = matches!(inner.reason, RejectionReason::Refused(_));
        let shows = attempts.is_some_and(|attempts| attempts.show_messages);
        let message = inner.message.as_ref().filter(|_| is_hubspots);
        if let Some(message) = message.filter(|_| shows) {
            write!(f, ": {}", printable(message))?;
        }
        if let Some(kept) = &inner.event {
            let template = &kept.sealed.template;
            write!(f, " ({} {}", template.kind(), printable(template.text()))?;
        } else if let Some(id) = self.template_id() {
            write!(f, " (template {}", printable(id))?;
        } else if let Some(event) = self.unsealed().filter(|event| !event.template.is_empty()) {
            write!(f, " (template {:?}", printable(&event.template))?;
        } else {
            return Ok(());
        }
        if let Some(category) = &inner.category {
            write!(f, ", {category}")?;
        }
        if let Some(id) = &inner.correlation_id {
            write!(f, ", correlation id {id}")?;
        }
        if let Some(attempts) = attempts.filter(|attempts| attempts.count > 1) {
            write!(
                f,
                ", {} attempts in {:.1?}",
                attempts.count, attempts.elapsed
            )?;
        }
        f.write_str(")")?;
        match message {
            Some(_) if !shows => f.write_str(
                "; HubSpot's reason is not shown: build the client with `.show_messages(true)` to see it here",
            ),
            None if is_hubspots => f.write_str(
                "; HubSpot gives no reason: compare the event's fields and tokens with the template",
            ),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rejection({self})")
    }
}

/// The source is the [`InvalidEvent`] of our own check.
impl StdError for Rejection {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.inner.reason {
            RejectionReason::Invalid(error) => Some(error),
            _ => None,
        }
    }
}
