//! The attempts to deliver an event, which errors report.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::text::printable;

/// The attempts to deliver an event, and how the last one ended.
///
/// `Display` shows all of it. It shows [`message`](Self::message), which may quote the event's values, only if the client
/// [shows messages](crate::ClientBuilder::show_messages).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempts {
    /// How many requests have carried the event, including the first one and those after its batch was split.
    pub count: u32,
    /// The time from the first of them to the end of the last.
    pub elapsed: Duration,
    /// The status of the last answer; `None` if the last attempt had none. If there was no access token to send the event
    /// with, it is the status of the token endpoint's answer, and so are category, correlation id and message.
    pub status: Option<u16>,
    /// HubSpot's category in that answer, such as `RATE_LIMITS`.
    pub category: Option<String>,
    /// The id of that answer, which HubSpot's support asks for.
    pub correlation_id: Option<String>,
    pub(crate) message: Option<Message>,
    /// Whether `Display` may show HubSpot's message.
    pub(crate) show_messages: bool,
    /// Whether the last answer was the token endpoint's; the reason then shows what it said.
    pub(crate) of_a_token: bool,
}

/// HubSpot's own message, which `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Message(pub(crate) String);

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl Attempts {
    /// The same attempts for one event, which `count` requests have carried.
    pub(crate) fn of_one(self: &Arc<Self>, count: u32) -> Arc<Self> {
        if self.count == count {
            return Arc::clone(self);
        }
        Arc::new(Attempts {
            count,
            ..Attempts::clone(self)
        })
    }

    /// HubSpot's message in the last answer. It may quote the event's values, such as an e-mail address: take care where you
    /// show it.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(|message| &*message.0)
    }
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => write!(f, "1 attempt in {:.1?}", self.elapsed)?,
            count => write!(f, "{count} attempts in {:.1?}", self.elapsed)?,
        }
        if !self.of_a_token {
            if let Some(status) = self.status {
                write!(f, ", status {status}")?;
            }
            if let Some(category) = &self.category {
                write!(f, ", {category}")?;
            }
            if let Some(id) = &self.correlation_id {
                write!(f, ", correlation id {id}")?;
            }
        }
        if let Some(message) = self.message().filter(|_| self.show_messages) {
            write!(f, ": {}", printable(message))?;
        }
        Ok(())
    }
}
