//! Dead letters: events that are not on HubSpot, as JSON Lines, and the way back.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::task::{Context, Poll};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::encode::{Encoder, Event, IdOrigin};
use super::outcome::Kept;
use super::source::{Given, Next, Source};
use super::{Outcome, Rejection, RejectionReason, Sending, UnknownReason};
use crate::client::Client;
use crate::event::InvalidEvent;
use crate::limits;

/// One line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Letter<'l> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    portal_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The event's own, again where it is easily found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    outcome: Ended,
    reason: String,
    /// HubSpot's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Decides what "already in use" means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_origin: Option<IdOrigin>,
    /// It has another event's id, and would take its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    same_id_twice: bool,
    /// As it went out or would have gone out.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    event: Option<&'l RawValue>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Ended {
    Rejected,
    NotSent,
    Unknown,
}

/// What of an event is needed to send it again.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    event_template_id: String,
    id: String,
    timestamp: Option<String>,
}

pub(super) fn write_undelivered(outcomes: &[Outcome], mut writer: impl Write) -> io::Result<usize> {
    let mut lines = 0;
    for outcome in outcomes {
        lines += usize::from(outcome.write_undelivered(&mut writer)?);
    }
    writer.flush()?;
    Ok(lines)
}

impl Outcome {
    /// Writes the event as one line of JSON if it is not on HubSpot; whether it was. See
    /// [`BatchReport::write_undelivered`](super::BatchReport::write_undelivered).
    ///
    /// # Errors
    ///
    /// What the writer gives.
    pub fn write_undelivered(&self, mut writer: impl Write) -> io::Result<bool> {
        if let Outcome::Rejected(rejection) = self
            && let Some(line) = rejection.line()
        {
            writer.write_all(&[line, b"\n"].concat())?;
            return Ok(true);
        }
        let (outcome, reason, message) = match self {
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => return Ok(false),
            Outcome::Rejected(rejection) => (
                Ended::Rejected,
                rejection.reason().to_string(),
                rejection.message().map(str::to_owned),
            ),
            Outcome::NotSent { reason, .. } => (Ended::NotSent, reason.to_string(), None),
            Outcome::Unknown { reason, .. } => (Ended::Unknown, reason.to_string(), None),
        };
        let message = message
            .or_else(|| Some(self.attempts()?.message()?.to_owned()))
            .filter(|message| *message != reason);
        let kept = self.kept();
        // It was JSON before; if it were not, the line would say so when it is read.
        let event = kept.and_then(|kept| serde_json::from_slice(&kept.json).ok());
        let head: Option<Head> = kept.and_then(|kept| serde_json::from_slice(&kept.json).ok());
        let letter = Letter {
            portal_id: kept.and_then(|kept| kept.portal_id),
            id: self.id().map(str::to_owned),
            timestamp: head.and_then(|head| head.timestamp),
            outcome,
            reason,
            message,
            id_origin: kept.map(|kept| kept.id_origin),
            same_id_twice: matches!(
                self,
                Outcome::Rejected(rejection) if *rejection.reason() == RejectionReason::SameIdTwice
            ),
            event,
        };
        let mut line = serde_json::to_vec(&letter)?;
        line.push(b'\n');
        writer.write_all(&line)?;
        Ok(true)
    }
}

impl Client {
    /// Sends again what [`BatchReport::write_undelivered`](super::BatchReport::write_undelivered) has written, under the
    /// same ids and with the same timestamps. Every line ends in one outcome.
    ///
    /// A line of another account than the client's `portal_id` is [`Rejected`](Outcome::Rejected), and so is one that
    /// names an account if the client knows none. So are a line that cannot be read, and one whose event could not be
    /// encoded, or has the id of another event of its call and other content: for that reason, again. What is rejected
    /// can be written once more.
    ///
    /// The reader is read between requests, so it should be quick: a file or a buffer, not a socket.
    pub fn replay<'e>(&self, reader: impl Read + Send + 'e) -> Sending<'e> {
        let encoder = Encoder::new(self.clone());
        let letters = Letters {
            reader: BufReader::new(reader),
            encoder: encoder.clone(),
            line: 0,
            failed: false,
        };
        Sending::new(encoder, Box::new(letters))
    }
}

/// A line is longer than its event by an id, a reason and HubSpot's words. More than twice the longest event is none.
const LONGEST_LINE: u64 = 2 * limits::EVENT_BYTES as u64;

struct Letters<R> {
    reader: BufReader<R>,
    encoder: Encoder,
    line: usize,
    failed: bool,
}

impl<R: Read + Send> Source for Letters<R> {
    fn poll_next(&mut self, _: &mut Context<'_>, take: &mut dyn FnMut(Given<'_>)) -> Poll<Next> {
        let mut line = Vec::new();
        loop {
            if self.failed {
                return Poll::Ready(Next::End);
            }
            line.clear();
            self.line += 1;
            let read = (&mut self.reader)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line);
            match read {
                Ok(0) => return Poll::Ready(Next::End),
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => break,
                Err(error) => {
                    self.failed = true;
                    let reason = format!(
                        "the dead letters could not be read from line {} on: {error}",
                        self.line
                    );
                    take(Given::Event(Err(refused(reason))));
                    return Poll::Ready(Next::Event);
                }
            }
        }
        take(Given::Event(self.open(&line)));
        Poll::Ready(Next::Event)
    }
}

fn refused(reason: String) -> Rejection {
    Rejection::invalid(None, InvalidEvent::new(reason))
}

impl<R> Letters<R> {
    fn open(&self, line: &[u8]) -> Result<Event, Rejection> {
        let number = self.line;
        let line = line.trim_ascii();
        let refused = |why: String| Rejection::unsendable(InvalidEvent::new(why), line);
        let not_one = |why: &str| refused(format!("line {number} is no dead letter: {why}"));
        let letter: Letter<'_> = serde_json::from_slice(line)
            .map_err(|error| not_one(&format!("{:?} error", error.classify())))?;
        let Some(json) = letter.event else {
            return Err(refused(format!("line {number}: {}", letter.reason)));
        };
        let json = json.get().as_bytes();
        let head: Head = serde_json::from_slice(json)
            .map_err(|_| not_one("its event has no template id or no id"))?;
        if json.len() > limits::EVENT_BYTES || head.id.len() > limits::EVENT_ID_BYTES {
            return Err(not_one("its event or the event's id is too long"));
        }
        let event = Event {
            index: 0,
            template_id: head.event_template_id.into(),
            id: head.id.into(),
            // Without a word on it, nothing is presumed.
            id_origin: letter.id_origin.unwrap_or(IdOrigin::User),
            json: json.into(),
            content: Some(self.encoder.content(json)),
            uncertain: (letter.outcome == Ended::Unknown).then_some(UnknownReason::Earlier),
            lost: letter.outcome == Ended::Unknown,
            attempts: 0,
        };
        let ours = self.encoder.client.portal.id;
        match letter.portal_id {
            Some(theirs) if ours != Some(theirs) => {
                let reason = match ours {
                    Some(ours) => format!("line {number} is of account {theirs}, not of {ours}"),
                    None => format!(
                        "line {number} is of account {theirs}; tell the client that this is its `portal_id`"
                    ),
                };
                let kept = Kept::new(&event, Some(theirs), None);
                Err(Rejection::kept(&event.id, InvalidEvent::new(reason), kept))
            }
            // The one that has the id was taken. Another id in the line's event makes it one of its own.
            _ if letter.same_id_twice && letter.id.as_deref() == Some(&*event.id) => {
                Err(Rejection::same_id_twice(&event, ours))
            }
            _ => Ok(event),
        }
    }
}
