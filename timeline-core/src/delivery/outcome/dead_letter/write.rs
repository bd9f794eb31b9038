//! Dead letters: events that are not on HubSpot, as JSON Lines. `replay` sends them again.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::rejection::RejectionReason;
use crate::delivery::outcome::undelivered::UndeliveredEvent;
use crate::event::{IdOrigin, SEALED_VERSION};
use crate::wire::Api;

/// In a line, the name of the API of an event that went through app events.
pub(in crate::delivery) const APP_EVENTS: &str = "appEvents";

/// One line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeadLetter<'l> {
    /// The version of the format of [`SealedEvent`](crate::SealedEvent)s, which the line of an encoded event has as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// The event's place in the input of the call; for a replayed event, in the input of the call before.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    /// The template's id, or its name if the client knew no id.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'l str>,
    /// The names of the event type and of a custom object in app events.
    #[serde(skip_serializing_if = "Option::is_none")]
    type_name: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_type_name: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    portal_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'l str>,
    /// The event's own timestamp, repeated here where it is easily found.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    /// Whether the timestamp is the call's time, which another call would not repeat.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stamped: bool,
    /// The API that may have the event; left out for v3.
    #[serde(skip_serializing_if = "Option::is_none")]
    api: Option<&'static str>,
    outcome: DeadLetterOutcome,
    reason: String,
    /// HubSpot's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'l str>,
    /// Where the id comes from, which decides what "already in use" means.
    #[serde(skip_serializing_if = "Option::is_none")]
    id_origin: Option<IdOrigin>,
    /// Whether its id is another event's of this call: sent first, it would be taken for that one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    same_id_twice: bool,
    /// The values that the event lacks. It is refused as long as it lacks one of them.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    missing: &'l [String],
    /// The event as v3 takes it, whichever API it was for.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    event: Option<&'l RawValue>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::delivery) enum DeadLetterOutcome {
    Rejected,
    NotSent,
    Unknown,
}

pub(in crate::delivery) fn write_undelivered<'o>(
    outcomes: impl Iterator<Item = (Option<usize>, &'o Outcome)>,
    mut writer: impl Write,
) -> io::Result<usize> {
    let mut lines = 0;
    for (index, outcome) in outcomes {
        lines += usize::from(outcome.write_line(index, &mut writer)?);
    }
    writer.flush()?;
    Ok(lines)
}

impl Outcome {
    /// Writes the event as one line of JSON if it is not on HubSpot; `true` if it wrote a line. See
    /// [`BatchReport::write_undelivered`](crate::BatchReport::write_undelivered).
    ///
    /// ```
    /// # #[cfg(feature = "rustls")]
    /// # async fn run(client: timeline_core::Client, visits: Vec<timeline_core::EventInput<'static>>) -> std::io::Result<()> {
    /// use futures_util::{StreamExt, stream};
    /// use std::fs::OpenOptions;
    ///
    /// let mut file = OpenOptions::new().append(true).create(true).open("undelivered.jsonl")?;
    /// let mut outcomes = client.send_stream(stream::iter(visits));
    /// while let Some((index, outcome)) = outcomes.next().await {
    ///     outcome.write_undelivered_row(index, &mut file)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the writer gives.
    pub fn write_undelivered(&self, writer: impl Write) -> io::Result<bool> {
        self.write_line(None, writer)
    }

    /// As [`write_undelivered`](Self::write_undelivered), with the event's place in the input as the line's `index`. A
    /// stream of outcomes gives this place with each outcome.
    ///
    /// # Errors
    ///
    /// What the writer gives.
    pub fn write_undelivered_row(&self, index: usize, writer: impl Write) -> io::Result<bool> {
        self.write_line(Some(index), writer)
    }

    fn write_line(&self, index: Option<usize>, mut writer: impl Write) -> io::Result<bool> {
        let rejection = match self {
            Outcome::Rejected(rejection) => Some(rejection),
            _ => None,
        };
        // A line that could not be sent again is written as it was read.
        if let Some(line) = rejection.and_then(|rejection| rejection.line()) {
            writer.write_all(&[line, b"\n"].concat())?;
            return Ok(true);
        }
        let (outcome, reason) = match self {
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => return Ok(false),
            Outcome::Rejected(rejection) => {
                (DeadLetterOutcome::Rejected, rejection.reason().to_string())
            }
            Outcome::NotSent { reason, .. } => (DeadLetterOutcome::NotSent, reason.to_string()),
            Outcome::Unknown { reason, .. } => (DeadLetterOutcome::Unknown, reason.to_string()),
        };
        let message = rejection
            .and_then(|rejection| rejection.message())
            .or_else(|| self.attempts()?.message())
            .filter(|message| *message != reason);
        let kept = self.kept();
        let unsealed = rejection.and_then(|rejection| rejection.unsealed());
        let json = kept
            .map(UndeliveredEvent::json)
            .or_else(|| unsealed.map(|event| &*event.json));
        // The event is JSON. Were it not, the line would have no `event`, and would be refused when it is read.
        let event: Option<&RawValue> = json.and_then(|json| serde_json::from_slice(json).ok());
        let letter = DeadLetter {
            version: kept.map(|_| SEALED_VERSION),
            index: kept.and_then(|kept| kept.earlier_index.get()).or(index),
            template: match (kept, unsealed) {
                (Some(kept), _) => kept.sealed.template_id().or(kept.sealed.template_name()),
                (None, unsealed) => unsealed
                    .map(|event| &*event.template)
                    .filter(|template| !template.is_empty()),
            },
            type_name: match (kept, unsealed) {
                (Some(kept), _) => kept.sealed.type_name(),
                (None, unsealed) => unsealed.and_then(|event| event.type_name.as_deref()),
            },
            object_type_name: match (kept, unsealed) {
                (Some(kept), _) => kept.sealed.object_type_name(),
                (None, unsealed) => unsealed.and_then(|event| event.object_type_name.as_deref()),
            },
            portal_id: self.portal_id(),
            id: self.id(),
            timestamp: json.and_then(timestamp),
            stamped: match (kept, unsealed) {
                (Some(kept), _) => kept.sealed.is_stamped,
                (None, unsealed) => unsealed.is_some_and(|event| event.is_stamped),
            },
            api: kept
                .filter(|kept| kept.api == Api::AppEvents)
                .map(|_| APP_EVENTS),
            outcome,
            reason,
            message,
            id_origin: match (kept, unsealed) {
                (Some(kept), _) => Some(kept.sealed.id_origin),
                (None, unsealed) => unsealed.and_then(|event| event.id_origin),
            },
            same_id_twice: rejection
                .is_some_and(|rejection| *rejection.reason() == RejectionReason::SameIdTwice),
            missing: unsealed.map_or(&[], |event| &event.missing),
            event,
        };
        let mut line = serde_json::to_vec(&letter)?;
        line.push(b'\n');
        writer.write_all(&line)?;
        Ok(true)
    }
}

fn timestamp(json: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Head {
        timestamp: Option<String>,
    }
    let head: Head = serde_json::from_slice(json).ok()?;
    head.timestamp
}
