//! A sender on an outbox: what it takes is on disk first, and a relay of its own sends it from there.

use std::collections::HashMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::select;
use tokio::sync::{oneshot, watch};

use super::command::Enqueued;
use super::error::{OutboxError, OutboxErrorKind};
use super::handle::Outbox;
use super::leases::Row;
use super::queue::OutboxTicket;
use crate::client::{Client, Clock};
use crate::delivery::{Fate, Follow, Keep, Kept, NotKept, Outcome, SendOptions, SenderBuilder};
use crate::error::Cause;
use crate::event::SealedEvent;
use crate::relay::queue::{Queue, Settled};
use crate::relay::settle::Settle;

impl SenderBuilder {
    /// Puts the sender on an outbox: an event is on disk when it is taken, and goes to HubSpot from there. What a process
    /// leaves when it dies is sent by the next one that has a sender or a relay on the file.
    ///
    /// - [`send`](crate::Sender::send) is ready when the event is on the disk, and waits for nothing else.
    ///   [`try_send`](crate::Sender::try_send) keeps its thread until then (one wait for the disk, usually below a
    ///   millisecond), so that `Ok` means the same. Both take events while HubSpot is down, up to the outbox's own limit.
    /// - The outcome that is waited for is the final one: an event that is given back is tried again, for days if need be.
    ///   Up to [`capacity`](Self::capacity) events are followed in memory; of those beyond, the outcome is at once
    ///   [`NotSent`](Outcome::NotSent) with the reason [`InOutbox`](crate::NotSentReason::InOutbox): they are sent like any other.
    ///   At a shutdown the same is said of those that are left; no dead letter is needed for them. It does not wait for events that
    ///   were given back and would be tried after its limit. In the last second of its time
    ///   nothing new leaves, so that it is known of each event whether it has left. What is on its way even then is
    ///   [`Unknown`](Outcome::Unknown).
    ///   `on_undelivered` is not told what becomes of them later; [`dead`](Outbox::dead) has those that HubSpot refuses.
    /// - What the outbox cannot take ends with the reason [`NotKept`](crate::NotSentReason::NotKept); `try_send` gives it back in
    ///   [`Full`](crate::Full).
    /// - What HubSpot refuses is among the outbox's [`dead`](Outbox::dead) events, and what the client's project has no type for: the next
    ///   lookup, a minute later, may find it, so an upload and a `revive` mend that.
    /// - The report of a shutdown is about what this sender has taken. What an earlier process has left is sent too, and is not
    ///   in it.
    ///
    /// One outbox is one account's here: events of other accounts stay in it. For many accounts, enqueue and let a
    /// [relay](Client::relay) with [`for_portals`](crate::Relay::for_portals) send.
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
        self.kept(Arc::new(KeptInOutbox {
            outbox,
            following: Arc::default(),
        }))
    }
}

struct KeptInOutbox {
    outbox: Outbox,
    following: Arc<Following>,
}

/// Who wants to know what becomes of which event.
#[derive(Default)]
struct Following(Mutex<State>);

#[derive(Default)]
struct State {
    /// By the event's id. Several may follow the same event.
    followers: HashMap<Arc<str>, Followers>,
    next: u64,
    /// When the wait for outcomes is over, by the client's clock.
    end: Option<Duration>,
    given_up: bool,
}

#[derive(Default)]
struct Followers {
    to: Vec<Follower>,
    /// Rows under the id that were settled while a follower did not know its own yet.
    ended: Vec<(Row, Outcome)>,
    /// It is known that no relay has sent it before it was followed.
    is_new: bool,
    /// The event is on its way.
    is_out: bool,
    /// An answer was lost.
    uncertain: bool,
    /// It was given back, and is not tried before this time.
    again_at: Option<Duration>,
}

struct Follower {
    number: u64,
    /// The event's row, once it is known: after an event was discarded, another one may have its id.
    row: Option<Row>,
    to: oneshot::Sender<Fate>,
}

/// One of those who follow an event; it is over when this is dropped, unless the event is kept.
struct Begun<'f> {
    following: &'f Following,
    id: &'f Arc<str>,
    number: u64,
    /// Nothing is known of the event from before.
    is_first: bool,
    /// After the end nothing more becomes known.
    late: Option<oneshot::Sender<Fate>>,
    is_kept: bool,
}

impl Begun<'_> {
    /// The event is in the outbox, in this row; perhaps it was before, and has left.
    fn kept(mut self, row: Option<Row>, may_have_left: bool) {
        self.is_kept = true;
        if let Some(to) = self.late.take() {
            drop(to.send(Fate::Kept {
                uncertain: may_have_left,
            }));
            return;
        }
        let mut state = self.following.state();
        let Some(followers) = state.followers.get_mut(self.id) else {
            return;
        };
        if self.is_first {
            followers.is_new = !may_have_left;
        }
        for follower in &mut followers.to {
            if follower.number == self.number {
                follower.row = row;
            }
        }
        let mut ended = followers.ended.iter();
        let ended = ended.rfind(|(ended, _)| Some(*ended) == row).cloned();
        if let Some((row, outcome)) = ended {
            let followers = state.ended(self.id, row, &outcome);
            drop(state);
            tell(followers, &outcome);
        } else if followers.to.iter().all(|other| other.row.is_some()) {
            followers.ended.clear();
        }
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let mut state = self.following.state();
        if let Some(followers) = state.followers.get_mut(self.id) {
            followers.to.retain(|other| other.number != self.number);
            if followers.to.is_empty() {
                state.followers.remove(self.id);
            }
        }
    }
}

impl Following {
    fn state(&self) -> MutexGuard<'_, State> {
        // It is whole between any two lines that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows an event from before it is written, so that nothing is missed.
    fn begin<'f>(&'f self, id: &'f Arc<str>) -> (Begun<'f>, Follow) {
        let (to, follow) = oneshot::channel();
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let is_first = !state.followers.contains_key(id);
        let mut late = None;
        if state.given_up {
            late = Some(to);
        } else {
            let followers = state.followers.entry(Arc::clone(id)).or_default();
            followers.to.push(Follower {
                number,
                row: None,
                to,
            });
        }
        let begun = Begun {
            following: self,
            id,
            number,
            is_first,
            late,
            is_kept: false,
        };
        (begun, follow)
    }

    fn is_out(&self, id: &str) {
        if let Some(followers) = self.state().followers.get_mut(id) {
            followers.is_out = true;
            followers.again_at = None;
        }
    }

    /// The event in this row was settled like this.
    fn settled(&self, id: &str, row: Row, settle: Settle, outcome: &Outcome, now: Duration) {
        let mut state = self.state();
        match settle {
            Settle::Done | Settle::Park => {
                let followers = state.ended(id, row, outcome);
                drop(state);
                tell(followers, outcome);
            }
            Settle::Again(wait) => {
                let Some(followers) = state.followers.get_mut(id) else {
                    return;
                };
                followers.is_out = false;
                followers.again_at = Some(now.saturating_add(wait));
                followers.uncertain |= matches!(outcome, Outcome::Unknown { .. });
                // No one waits for it any more.
                followers.to.retain(|other| !other.to.is_closed());
            }
        }
    }

    fn ends_at(&self, end: Duration) {
        self.state().end = Some(end);
        self.give_up_if_all_come_later();
    }

    /// Gives up if all that is followed is tried again after the end alone.
    fn give_up_if_all_come_later(&self) {
        let mut state = self.state();
        let Some(end) = state.end else {
            return;
        };
        let is_later = |one: &Followers| one.again_at.is_some_and(|again_at| again_at > end);
        if state.followers.values().all(is_later) {
            state.give_up();
        }
    }
}

impl State {
    /// Takes out those who follow the event in this row. One that does not know its row yet is told once it does.
    fn ended(&mut self, id: &str, row: Row, outcome: &Outcome) -> Vec<Follower> {
        let Some(followers) = self.followers.get_mut(id) else {
            return Vec::new();
        };
        let is_its = |other: &mut Follower| other.row == Some(row);
        let its = followers.to.extract_if(.., is_its).collect();
        if followers.to.is_empty() {
            self.followers.remove(id);
            return its;
        }
        // What is left follows another event under the id, or may do so.
        (followers.is_new, followers.is_out, followers.uncertain) = (false, false, false);
        followers.again_at = None;
        if followers.to.iter().any(|other| other.row.is_none()) {
            followers.ended.push((row, outcome.clone()));
        }
        its
    }

    fn give_up(&mut self) {
        self.given_up = true;
        for (_, followers) in self.followers.drain() {
            let uncertain = !followers.is_new || followers.uncertain || followers.is_out;
            for follower in followers.to {
                drop(follower.to.send(Fate::Kept { uncertain }));
            }
        }
    }
}

/// Without the lock: a waker is the user's.
fn tell(followers: Vec<Follower>, outcome: &Outcome) {
    for follower in followers {
        drop(follower.to.send(Fate::Ended(outcome.clone())));
    }
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
        let (outbox, following) = (self.outbox.clone(), Arc::clone(&self.following));
        Box::pin(async move {
            let stopped = || {
                let mut stop = stop.clone();
                async move { drop(stop.wait_for(|stopped| *stopped).await) }
            };
            loop {
                let queue = Observed {
                    outbox: outbox.clone(),
                    following: Arc::clone(&following),
                    clock: Arc::clone(&client.root.clock),
                };
                let relay = client.relay(queue).of_a_sender(options).stop_on(stopped());
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
        self.following.state().give_up();
    }
}

/// After the outbox has failed for the relay's patience, it is tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// The outbox as the queue of the sender's relay, which tells the followers what becomes of their events.
struct Observed {
    outbox: Outbox,
    following: Arc<Following>,
    clock: Arc<dyn Clock>,
}

impl Queue for Observed {
    type Ticket = OutboxTicket;
    type Error = OutboxError;

    async fn receive(
        &mut self,
        at_most: usize,
    ) -> Result<Vec<(Vec<u8>, Self::Ticket)>, Self::Error> {
        let received = self.outbox.receive(at_most).await?;
        for (_, ticket) in &received {
            self.following.is_out(&ticket.id);
        }
        Ok(received)
    }

    async fn settle(&mut self, settled: Vec<Settled<Self::Ticket>>) -> Result<(), Self::Error> {
        // All of them: one that is not followed now may be enqueued again, and followed, before it is settled.
        let told: Vec<_> = settled
            .iter()
            .map(|one| {
                let OutboxTicket { row, id } = &one.ticket;
                (id.clone(), *row, one.settle, one.outcome.clone())
            })
            .collect();
        self.outbox.settle(settled).await?;
        let now = self.clock.elapsed();
        for (id, row, settle, outcome) in told {
            self.following.settled(&id, row, settle, &outcome, now);
        }
        self.following.give_up_if_all_come_later();
        Ok(())
    }

    async fn hold(&mut self, tickets: &[&Self::Ticket]) -> Result<(), Self::Error> {
        self.outbox.hold(tickets).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Fate, Following, Outcome, Settle};

    /// What a follower was told; `None` if nothing yet.
    fn told(follow: &mut super::Follow) -> Option<bool> {
        match follow.try_recv() {
            Ok(Fate::Ended(outcome)) => {
                Some(matches!(outcome, Outcome::AlreadyExists { id } if id == "one"))
            }
            Ok(Fate::Kept { .. }) => panic!("given up"),
            Err(_) => None,
        }
    }

    fn outcome(id: &str) -> Outcome {
        Outcome::AlreadyExists { id: id.to_owned() }
    }

    /// An event that was discarded and one that has its id since are two: each follower is told of its own.
    #[test]
    fn followers_are_told_of_the_event_in_their_row() {
        let following = Following::default();
        let id: Arc<str> = "a".into();
        let settled = |row, outcome: &Outcome| {
            following.settled(&id, row, Settle::Park, outcome, Duration::ZERO);
        };
        let (first, mut follow_first) = following.begin(&id);
        first.kept(Some(1), false);
        // Row 1 is settled on the disk; before that is told, it is discarded and the next two come.
        let (second, mut follow_second) = following.begin(&id);
        second.kept(Some(2), false);
        let (third, mut follow_third) = following.begin(&id);
        // One that was written before row 1 was settled, and has not heard of it.
        let (late, mut follow_late) = following.begin(&id);
        settled(1, &outcome("one"));
        assert_eq!(told(&mut follow_first), Some(true));
        late.kept(Some(1), true);
        assert_eq!(told(&mut follow_late), Some(true));
        third.kept(Some(2), true);
        for follow in [&mut follow_second, &mut follow_third] {
            assert_eq!(told(follow), None);
        }
        settled(2, &outcome("two"));
        for follow in [&mut follow_second, &mut follow_third] {
            assert_eq!(told(follow), Some(false));
        }
        assert!(following.state().followers.is_empty());
    }
}
