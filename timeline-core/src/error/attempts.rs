//! What was done for an event before it ended: for errors, which must say so.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::text::printable;

/// What was done for an event, and how the last try went.
///
/// `Display` shows all of it; but [`message`](Self::message), which may quote what the event holds, only if the client
/// [shows messages](crate::ClientBuilder::show_messages).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempts {
    /// How many requests have carried the event, the first try and those of the batches that were split among them.
    pub count: u32,
    /// From the first of them to the end of the last.
    pub elapsed: Duration,
    /// The status of the last answer; `None` if the last try had none. If the event did not leave for lack of an access
    /// token, it is the token endpoint's, as are category, correlation id and message.
    pub status: Option<u16>,
    /// HubSpot's category in it, such as `RATE_LIMITS`.
    pub category: Option<String>,
    /// What HubSpot's support asks for.
    pub correlation_id: Option<String>,
    pub(crate) message: Option<Message>,
    /// Whether HubSpot's words, in an answer to these attempts, may be shown.
    pub(crate) show_messages: bool,
    /// The last answer was the token endpoint's, and the reason shows what it said.
    pub(crate) of_a_token: bool,
}

/// HubSpot's own words, out of sight.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Message(pub(crate) String);

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl Attempts {
    /// The same for an event of them that so many requests have carried.
    pub(crate) fn of_one(self: &Arc<Self>, count: u32) -> Arc<Self> {
        if self.count == count {
            return Arc::clone(self);
        }
        Arc::new(Attempts {
            count,
            ..Attempts::clone(self)
        })
    }

    /// HubSpot's message with the last answer. It may quote what the event holds, an e-mail address for instance: mind
    /// where you show it.
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
