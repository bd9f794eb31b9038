//! The lanes of a relay: each account's events are a stream of their own, so that one account's trouble keeps no other back.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::SelectAll;
use tokio::sync::{Semaphore, mpsc, watch};

use super::lane_outcomes::{Account, LaneClient, LaneOutcome, LaneOutcomes, Number, Tag, Way};
use super::room::{Load, has_room, has_room_in_trouble, most_of_one};
use super::settle::{LATER, SOON};
use crate::client::Client;
use crate::delivery::{NotSentReason, Outcome, SendOptions};
use crate::event::SealedEvent;
use crate::guard::apart;
use crate::trace;

/// A lane: it takes the events of one account.
pub(super) struct Lane {
    pub(super) client: Client,
    feed: mpsc::UnboundedSender<(Tag, SealedEvent)>,
    generation: u64,
    /// Its events in memory.
    pub(super) load: Load,
    /// Whether the account's credentials are known.
    is_found: Arc<AtomicBool>,
    /// Since when nothing is in flight.
    idle_since: Option<Duration>,
    /// When the last of its events was delivered, or the lane was opened.
    delivered_at: Duration,
    /// The account's events are given back until then, for this reason.
    blocked: Option<(Duration, NotSentReason)>,
    /// The events of these templates are given back until then.
    refused_templates: HashMap<String, Duration>,
    /// When the account's credentials are looked up again, if none were found.
    looks_up_at: Option<Duration>,
}

/// A lane that has been idle for this long is given up. The root client keeps the state of the account's client.
const IDLE: Duration = Duration::from_secs(60);

impl Lane {
    /// Sends an event; it comes back if the lane takes none any more.
    pub(super) fn send(
        &mut self,
        number: Number,
        bytes: usize,
        event: SealedEvent,
    ) -> Result<(), SealedEvent> {
        let tag = Tag {
            number,
            bytes,
            template: template_of(&event),
        };
        let sent = self.feed.send((tag, event));
        sent.map_err(|refused| refused.0.1)?;
        self.load.add(bytes);
        self.idle_since = None;
        Ok(())
    }

    /// Why this event is given back now.
    pub(super) fn blocks(&self, event: &SealedEvent, now: Duration) -> Option<NotSentReason> {
        if let Some((until, reason)) = &self.blocked
            && now < *until
        {
            return Some(reason.clone());
        }
        let until = self.refused_templates.get(&template_of(event))?;
        (now < *until).then_some(NotSentReason::TemplateRefused)
    }

    /// Whether the account's credentials are known.
    pub(super) fn is_found(&self) -> bool {
        self.is_found.load(Ordering::Relaxed)
    }

    /// Whether nothing of the account leaves at the moment: it is in an outage, or its credentials are looked up.
    fn is_in_trouble(&self) -> bool {
        !self.is_found() || self.client.portal.traffic.breaker.outage_since().is_some()
    }

    /// Whether events of the account get through. At HubSpot's limit none does for most of its ten seconds.
    pub(super) fn is_delivering(&self, now: Duration) -> bool {
        const LATELY: Duration = Duration::from_secs(15);
        now.saturating_sub(self.delivered_at) < LATELY && !self.is_in_trouble()
    }

    /// Whether the lane must be replaced: the time of a refusal is over, but this lane refuses for good.
    fn must_be_replaced(&self, now: Duration) -> bool {
        let account = self.blocked.as_ref().map(|(until, _)| until);
        let mut ends = account
            .into_iter()
            .chain(&self.looks_up_at)
            .chain(self.refused_templates.values());
        ends.any(|until| now >= *until)
    }

    fn is_idle(&mut self, now: Duration) -> bool {
        self.load.events == 0 && now >= self.idle_since.get_or_insert(now).saturating_add(IDLE)
    }

    fn ended(&mut self, next: &LaneOutcome, now: Duration) {
        let LaneOutcome { tag, outcome, .. } = next;
        self.load.remove(tag.bytes);
        if next.is_not_installed {
            self.looks_up_at.get_or_insert(now.saturating_add(SOON));
        }
        if outcome.is_delivered() {
            self.delivered_at = now;
        }
        let Outcome::NotSent { reason, .. } = outcome else {
            return;
        };
        let until = now.saturating_add(LATER);
        let template = match reason {
            NotSentReason::TemplateRefused => {
                match self.refused_templates.entry(tag.template.clone()) {
                    Entry::Occupied(_) => return,
                    Entry::Vacant(place) => place.insert(until),
                };
                Some(&*tag.template)
            }
            reason if reason.is_lasting() && self.blocked.is_none() => {
                self.blocked = Some((until, reason.clone()));
                None
            }
            _ => return,
        };
        let portal_id = self.client.portal_id();
        // A subscriber is the user's code, and may panic.
        apart(|| trace::queue_waits(portal_id, template, &reason.to_string(), LATER.as_secs()));
    }
}

fn template_of(event: &SealedEvent) -> String {
    event.template.text().to_string()
}

/// All lanes.
pub(super) struct Lanes {
    lanes: HashMap<Account, Lane>,
    /// The outcomes of all lanes, also of lanes that are given up and have events in flight.
    outcomes: SelectAll<LaneOutcomes>,
    generations: u64,
    stop: watch::Sender<bool>,
    /// How batches are made; `None` for the client's own way.
    batches: Option<SendOptions>,
    lookups: Arc<Semaphore>,
}

/// So many accounts are looked up at once: the user's database has other work, too.
const LOOKUPS: usize = 64;

impl Lanes {
    pub(super) fn new(batches: Option<SendOptions>) -> Self {
        Lanes {
            batches,
            lookups: Arc::new(Semaphore::new(LOOKUPS)),
            lanes: HashMap::new(),
            outcomes: SelectAll::new(),
            generations: 0,
            stop: watch::Sender::new(false),
        }
    }

    /// Opens the account's lane, if it has none that can be used. A new lane sends with the client that `client` gives.
    pub(super) fn prepare(
        &mut self,
        account: Account,
        now: Duration,
        client: impl FnOnce() -> Option<LaneClient>,
    ) {
        if self
            .lanes
            .get(&account)
            .is_some_and(|lane| lane.must_be_replaced(now))
        {
            self.lanes.remove(&account);
        }
        if !self.lanes.contains_key(&account)
            && let Some(client) = client()
        {
            let lane = self.open(account, client, now);
            self.lanes.insert(account, lane);
        }
    }

    fn open(&mut self, account: Account, client: LaneClient, now: Duration) -> Lane {
        self.generations += 1;
        let (feed, fed) = mpsc::unbounded_channel();
        let way = Way {
            stop: self.stop.subscribe(),
            batches: self.batches,
            lookups: Arc::clone(&self.lookups),
        };
        let (LaneClient::Known(known) | LaneClient::LookUp(known, _)) = &client;
        let known = known.clone();
        let outcomes = LaneOutcomes::new(account, self.generations, client, fed, way);
        let lane = Lane {
            client: known,
            feed,
            generation: self.generations,
            load: Load::default(),
            is_found: outcomes.is_found(),
            idle_since: None,
            delivered_at: now,
            blocked: None,
            refused_templates: HashMap::new(),
            looks_up_at: None,
        };
        self.outcomes.push(outcomes);
        lane
    }

    /// The next outcome of any lane.
    pub(super) fn poll(
        &mut self,
        now: Duration,
        context: &mut Context<'_>,
    ) -> Poll<(Number, Outcome)> {
        let next = Pin::new(&mut self.outcomes).poll_next(context);
        let Poll::Ready(Some(next)) = next else {
            // Without lanes there is nothing to wait for.
            return Poll::Pending;
        };
        if let Some(lane) = self.lanes.get_mut(&next.account)
            && lane.generation == next.generation
        {
            lane.ended(&next, now);
        }
        Poll::Ready((next.tag.number, next.outcome))
    }

    /// Gives up the lanes that have been idle for long.
    pub(super) fn forget(&mut self, now: Duration) {
        self.lanes.retain(|_, lane| !lane.is_idle(now));
    }

    pub(super) fn get(&mut self, account: Account) -> Option<&mut Lane> {
        self.lanes.get_mut(&account)
    }

    /// Whether the account may have one more event in memory, where `total` is.
    pub(super) fn have_room(&self, account: Account, total: Load) -> bool {
        let Some(lane) = self.lanes.get(&account) else {
            return true;
        };
        if !lane.is_in_trouble() {
            return has_room(lane.load, total.without(lane.load));
        }
        let mut in_trouble = Load::default();
        for lane in self.lanes.values().filter(|lane| lane.is_in_trouble()) {
            in_trouble.join(lane.load);
        }
        has_room_in_trouble(lane.load, in_trouble)
    }

    /// How many more events the account has room for, if its events get through. `events` are in memory.
    pub(super) fn room_of_delivering(
        &self,
        account: Account,
        events: usize,
        now: Duration,
    ) -> Option<usize> {
        let lane = self.lanes.get(&account)?;
        let own = lane.load.events;
        let room = most_of_one(events.saturating_sub(own)).saturating_sub(own);
        lane.is_delivering(now).then_some(room)
    }

    /// Stops all lanes: nothing new leaves, and the rest ends by itself.
    pub(super) fn stop(&mut self) {
        self.stop.send_replace(true);
    }

    pub(super) fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }
}
