//! Records events for HubSpot, without a wait for HubSpot.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use timeline_core::outbox::Outbox;
use timeline_core::{Client, Outcome, Sender, SenderReport, TimelineEvent};

/// Made once when the service starts; each request has a clone.
#[derive(Clone)]
pub(crate) struct Timeline {
    client: Client,
    sender: Sender,
    outbox: Option<Outbox>,
    dead_letters: Arc<File>,
}

/// Longer than a process takes to end.
const FOR_THE_LAST: Duration = Duration::from_secs(30);

/// Why an event was not recorded, as the request's answer.
pub(crate) type NotRecorded = (StatusCode, String);

impl Timeline {
    /// With an outbox, the events that an earlier process has left in it are sent, too.
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
        let outbox = match outbox {
            // A deploy may start this process while the one before still ends, and one of them has the file at a time.
            Some(path) => Some(
                Outbox::builder()
                    .lock_patience(FOR_THE_LAST)
                    .open(path)
                    .await?,
            ),
            None => None,
        };
        if let Some(outbox) = &outbox {
            sender = sender.outbox(outbox.clone());
        }
        Ok(Timeline {
            sender: sender.build(),
            client,
            outbox,
            dead_letters,
        })
    }

    /// Takes an event, and gives its id.
    pub(crate) async fn record(&self, event: &impl TimelineEvent) -> Result<String, NotRecorded> {
        // The event's id and time are fixed here, and an event that could never be sent is refused.
        let event = self.client.seal(event).map_err(refused)?;
        let id = event.id().to_owned();
        if self.outbox.is_none() {
            // There is no room once 10,000 events wait for HubSpot; `send` would wait, too.
            if let Err(full) = self.sender.try_send(event) {
                full.write_undelivered(&*self.dead_letters)
                    .map_err(unavailable)?;
            }
            return Ok(id);
        }
        // `send` is ready when the event is on the disk.
        let pending = self.sender.send(event).await;
        match pending.known() {
            _ if pending.is_taken() => Ok(id),
            // Another event has this id, or HubSpot has refused this one before.
            Some(Outcome::Rejected(rejection)) => Err(refused(rejection)),
            // The disk is full, or the service ends.
            outcome => Err(unavailable(format_args!("{outcome:?}"))),
        }
    }

    /// How many events wait, and which ones HubSpot has refused, with the reasons.
    pub(crate) async fn outbox(&self) -> Result<Value, NotRecorded> {
        let outbox = self.outbox.as_ref().ok_or_else(no_outbox)?;
        let stats = outbox.stats().await.map_err(unavailable)?;
        let dead = outbox.dead().await.map_err(unavailable)?;
        let dead = dead.iter().map(|dead| (dead.id(), dead.reason()));
        Ok(json!({
            "waiting": stats.waiting,
            "dead": dead.collect::<BTreeMap<_, _>>(),
        }))
    }

    /// Lets refused events try again, for example after their template was corrected. Gives how many there were.
    pub(crate) async fn revive(&self, ids: &[String]) -> Result<usize, NotRecorded> {
        let outbox = self.outbox.as_ref().ok_or_else(no_outbox)?;
        outbox.revive(ids).await.map_err(unavailable)
    }

    /// Deletes refused events that are wrong themselves. Gives how many there were.
    pub(crate) async fn discard(&self, ids: &[String]) -> Result<usize, NotRecorded> {
        let outbox = self.outbox.as_ref().ok_or_else(no_outbox)?;
        outbox.discard(ids).await.map_err(unavailable)
    }

    /// Sends what was taken, and accounts for all of it.
    pub(crate) async fn shutdown(&self, limit: Duration) -> SenderReport {
        self.sender.shutdown(limit).await
    }
}

fn no_outbox() -> NotRecorded {
    (StatusCode::NOT_FOUND, "started without --outbox".to_owned())
}

fn refused(reason: impl Display) -> NotRecorded {
    (StatusCode::UNPROCESSABLE_ENTITY, reason.to_string())
}

fn unavailable(reason: impl Display) -> NotRecorded {
    eprintln!("not recorded: {reason}");
    (StatusCode::SERVICE_UNAVAILABLE, "try again".to_owned())
}
