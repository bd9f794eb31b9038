//! Records events for HubSpot, without a wait for HubSpot.

use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use timeline_core::outbox::Outbox;
use timeline_core::{Client, NotSentReason, Outcome, Sender, SenderReport, TimelineEvent};

/// Made once when the service starts; each request has a clone.
#[derive(Clone)]
pub(crate) struct Timeline {
    client: Client,
    sender: Sender,
    has_outbox: bool,
    dead_letters: Arc<File>,
}

/// Why an event was not recorded, as the request's answer.
pub(crate) type NotRecorded = (StatusCode, String);

impl Timeline {
    /// With an outbox, what an earlier process has left in it is sent, too.
    pub(crate) async fn start(
        client: Client,
        outbox: Option<&Path>,
        dead_letters: &Path,
    ) -> Result<Self, Box<dyn Error>> {
        let mut options = File::options();
        let dead_letters = Arc::new(options.append(true).create(true).open(dead_letters)?);
        let file = Arc::clone(&dead_letters);
        let mut sender = client.sender().on_undelivered(move |outcome| {
            match outcome.write_undelivered(&*file) {
                Ok(_) => eprintln!("{outcome}; written down"),
                Err(error) => eprintln!("{outcome}; not written down: {error}"),
            }
        });
        if let Some(path) = outbox {
            sender = sender.outbox(Outbox::open(path).await?);
        }
        Ok(Timeline {
            sender: sender.build(),
            client,
            has_outbox: outbox.is_some(),
            dead_letters,
        })
    }

    /// Takes an event, and gives its id.
    pub(crate) async fn record(&self, event: &impl TimelineEvent) -> Result<String, NotRecorded> {
        // Its id and its time are fixed here, and one that could never be sent is refused.
        let event = self.client.seal(event).map_err(refused)?;
        let id = event.id().to_owned();
        if !self.has_outbox {
            // There is no room once 10,000 events wait for HubSpot; `send` would wait, too.
            if let Err(full) = self.sender.try_send(event) {
                full.write_undelivered(&*self.dead_letters)
                    .map_err(unavailable)?;
            }
            return Ok(id);
        }
        // `send` is ready when the event is on the disk.
        match self.sender.send(event).await.known() {
            None => Ok(id),
            // Of so many that wait, the sender does not follow this one in memory.
            Some(Outcome::NotSent { reason, .. }) if *reason == NotSentReason::InOutbox => Ok(id),
            // Another event has this id.
            Some(Outcome::Rejected(rejection)) => Err(refused(rejection)),
            // The disk is full, or the service ends.
            Some(outcome) => Err(unavailable(outcome)),
        }
    }

    /// Sends what was taken, and accounts for all of it.
    pub(crate) async fn shutdown(&self, limit: Duration) -> SenderReport {
        self.sender.shutdown(limit).await
    }
}

fn refused(reason: impl Display) -> NotRecorded {
    (StatusCode::UNPROCESSABLE_ENTITY, reason.to_string())
}

fn unavailable(reason: impl Display) -> NotRecorded {
    eprintln!("not recorded: {reason}");
    (StatusCode::SERVICE_UNAVAILABLE, "try again".to_owned())
}
