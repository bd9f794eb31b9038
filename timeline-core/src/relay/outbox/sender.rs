//! A sender on an outbox: its events are on disk first, and a relay of its own sends them from there.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select;
use tokio::sync::watch;

use super::command::Enqueued;
use super::error::{OutboxError, OutboxErrorKind};
use super::following::{Begun, Following};
use super::handle::Outbox;
use crate::client::Client;
use crate::delivery::{Follow, Keep, Kept, NotKept, SendOptions, SenderBuilder};
use crate::error::Cause;
use crate::event::SealedEvent;

impl SenderBuilder {
    /// Puts the sender on an outbox: an event is on disk when it is taken, and goes to HubSpot from there. Events that a
    /// process leaves when it dies are sent by the next process that has a sender or a relay on the file.
    ///
    /// - [`send`](crate::Sender::send) is ready when the event is on the disk, and waits for nothing else.
    ///   [`try_send`](crate::Sender::try_send) keeps its thread until then (one wait for the disk, usually below a
    ///   millisecond), so that `Ok` means the same. Both take events while HubSpot is down, up to the outbox's own limit.
    /// - The awaited outcome is the final one: an event that is given back is tried again, for days if need be.
    ///   Up to [`capacity`](Self::capacity) events are followed in memory. Further events end at once as
    ///   [`NotSent`](crate::Outcome::NotSent) with the reason [`InOutbox`](crate::NotSentReason::InOutbox), and are sent like
    ///   any other.
    ///   At a shutdown the events that are left end in the same way; they need no dead letter. The shutdown does not wait for
    ///   events that were given back and would be tried after its limit. In the last second of its time
    ///   nothing new leaves, so that it is known of each event whether it has left. An event that is on its way even then is
    ///   [`Unknown`](crate::Outcome::Unknown).
    ///   `on_undelivered` is not called with what becomes of these events later; [`dead`](Outbox::dead) has those that HubSpot
    ///   refuses.
    /// - An event that the outbox cannot take ends with the reason [`NotKept`](crate::NotSentReason::NotKept); `try_send` gives it
    ///   back in [`Full`](crate::Full).
    /// - Events that HubSpot refuses are among the outbox's [`dead`](Outbox::dead) events. So are events whose type the client's
    ///   project does not have: upload the type and `revive` the events. The next lookup, a minute later, may find the type.
    /// - The report of a shutdown is about the events that this sender has taken. Events that an earlier process has left are
    ///   sent too, and are not in the report.
    ///
    /// Under a sender, an outbox is for one account: events of other accounts stay in it. For many accounts, enqueue and let a
    /// [relay](Client::relay) with [`credentials`](crate::Relay::credentials) send. Several senders of one account, and relays
    /// beside them, may share an outbox in one process: whichever sends an event, its outcome comes to the sender that took it.
    ///
    /// ```
    /// # #[cfg(feature = "sandbox")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use std::time::Duration;
    /// use timeline_core::{EventInput, Sandbox, outbox::Outbox};
    /// # let folder = std::env::temp_dir().join(format!("timeline-sender-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let path = folder.join("events.db");
    /// # let sandbox = Sandbox::start().await?;
    /// # let template = timeline_core::EventTemplate::new("Visited", timeline_core::ObjectType::Contacts);
    /// # let template_id = sandbox.add_template(template);
    /// # let client = sandbox.client();
    ///
    /// let outbox = Outbox::open(&path).await?;
    /// let sender = client.sender().outbox(outbox).build();
    /// let pending = sender.send(EventInput::new(&template_id).email("ada@example.com")).await;
    /// assert!(pending.is_taken()); // it is on the disk
    /// assert!(pending.await.is_delivered()); // if it matters here
    /// # let _ = sender.shutdown(Duration::from_secs(30)).await;
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outbox(self, outbox: Outbox) -> Self {
        let following = Arc::new(Following::new(self.clock()));
        outbox.follow(&following);
        self.kept(Arc::new(KeptInOutbox { outbox, following }))
    }
}

struct KeptInOutbox {
    outbox: Outbox,
    following: Arc<Following>,
}

impl KeptInOutbox {
    fn kept(
        enqueued: Result<Enqueued, OutboxError>,
        begun: Begun<'_>,
        follow: Follow,
    ) -> Result<Follow, NotKept> {
        match enqueued {
            Ok(Enqueued {
                dead: None,
                row,
                may_have_left,
                _held,
            }) => {
                begun.kept(row, may_have_left);
                Ok(follow)
            }
            Ok(Enqueued {
                dead: Some(reason), ..
            }) => Err(NotKept::Refused(format!(
                "it is among the dead events of the outbox already: {reason}"
            ))),
            Err(error) if error.kind() == OutboxErrorKind::OtherContent => {
                Err(NotKept::Refused(error.words().to_owned()))
            }
            Err(error) => Err(NotKept::Failed(Cause::new(error))),
        }
    }
}

impl Keep for KeptInOutbox {
    fn keep<'k>(&'k self, event: &'k SealedEvent) -> Kept<'k> {
        Box::pin(async move {
            let (begun, follow) = self.following.begin(&event.id);
            let enqueued = self.outbox.put(std::slice::from_ref(event)).await;
            Self::kept(enqueued, begun, follow)
        })
    }

    fn keep_at_once(&self, event: &SealedEvent) -> Result<Follow, NotKept> {
        let (begun, follow) = self.following.begin(&event.id);
        Self::kept(self.outbox.put_at_once(event, false), begun, follow)
    }

    fn send(
        &self,
        client: Client,
        options: SendOptions,
        stop: watch::Receiver<bool>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let outbox = self.outbox.clone();
        Box::pin(async move {
            let stopped = || {
                let mut stop = stop.clone();
                async move { drop(stop.wait_for(|stopped| *stopped).await) }
            };
            loop {
                let relay = client.relay(outbox.clone());
                let relay = relay.of_a_sender(options).stop_on(stopped());
                match relay.await {
                    Ok(_) => return,
                    Err(error) => match error.into_queue_error().kind() {
                        OutboxErrorKind::Closed => return,
                        _ => {
                            let pause = client.root.clock.sleep(PAUSE);
                            select(pin!(stopped()), pause).await;
                        }
                    },
                }
            }
        })
    }

    fn ends_at(&self, end: Duration) {
        self.following.ends_at(end);
    }

    fn give_up(&self) {
        self.following.give_up();
    }
}

/// The pause before the outbox is tried again, after it has failed for the relay's patience.
const PAUSE: Duration = Duration::from_secs(5);
