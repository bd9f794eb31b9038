//! The lanes of a relay: each account's events are a stream of their own, so that one account's trouble keeps no other back.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::SelectAll;
use tokio::sync::{mpsc, watch};

use super::lane_outcomes::{Account, LaneClient, LaneOutcome, LaneOutcomes, Number, Tag, Way};
use super::room::most_of_one;
use super::settle::{LATER, SOON};
use crate::client::Client;
use crate::delivery::{NotSentReason, Outcome, SendOptions};
use crate::event::SealedEvent;
use crate::trace;

/// A lane: it takes the events of one account.
pub(super) struct Lane {
    pub(super) client: Client,
    feed: mpsc::UnboundedSender<(Tag, SealedEvent)>,
    generation: u64,
    pub(super) in_flight: usize,
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
    pub(super) fn send(&mut self, number: Number, event: SealedEvent) -> Result<(), SealedEvent> {
        let template = template_of(&event);
        let tag = Tag { number, template };
        let sent = self.feed.send((tag, event));
        sent.map_err(|refused| refused.0.1)?;
        self.in_flight += 1;
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

    /// Whether the account is in an outage.
    pub(super) fn is_in_outage(&self) -> bool {
        self.client.portal.traffic.breaker.outage_since().is_some()
    }

    /// Whether events of the account get through. At HubSpot's limit none does for most of its ten seconds.
    pub(super) fn is_delivering(&self, now: Duration) -> bool {
        const LATELY: Duration = Duration::from_secs(15);
        now.saturating_sub(self.delivered_at) < LATELY && !self.is_in_outage()
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
        self.in_flight == 0 && now >= self.idle_since.get_or_insert(now).saturating_add(IDLE)
    }

    fn ended(&mut self, next: &LaneOutcome, now: Duration) {
        let LaneOutcome { tag, outcome, .. } = next;
        self.in_flight = self.in_flight.saturating_sub(1);
        if next.has_no_credentials {
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
        trace::queue_waits(portal_id, template, &reason.to_string(), LATER.as_secs());
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
}

impl Lanes {
    pub(super) fn new(batches: Option<SendOptions>) -> Self {
        Lanes {
            batches,
            lanes: HashMap::new(),
            outcomes: SelectAll::new(),
            generations: 0,
            stop: watch::Sender::new(false),
        }
    }

    /// The account's lane; a new lane sends with the client that `client` gives.
    pub(super) fn of(
        &mut self,
        account: Account,
        now: Duration,
        client: impl FnOnce() -> Option<LaneClient>,
    ) -> Option<&mut Lane> {
        if self
            .lanes
            .get(&account)
            .is_some_and(|lane| lane.must_be_replaced(now))
        {
            self.lanes.remove(&account);
        }
        if !self.lanes.contains_key(&account) {
            let lane = self.open(account, client()?, now);
            self.lanes.insert(account, lane);
        }
        self.lanes.get_mut(&account)
    }

    fn open(&mut self, account: Account, client: LaneClient, now: Duration) -> Lane {
        self.generations += 1;
        let (feed, fed) = mpsc::unbounded_channel();
        let way = Way {
            stop: self.stop.subscribe(),
            batches: self.batches,
        };
        let (LaneClient::Known(known) | LaneClient::LookUp(known, _)) = &client;
        let lane = Lane {
            client: known.clone(),
            feed,
            generation: self.generations,
            in_flight: 0,
            idle_since: None,
            delivered_at: now,
            blocked: None,
            refused_templates: HashMap::new(),
            looks_up_at: None,
        };
        let outcomes = LaneOutcomes::new(account, self.generations, client, fed, way);
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

    /// How many more events the account has room for, if its events get through. `total` events are in memory.
    pub(super) fn room_of_delivering(
        &self,
        account: Account,
        total: usize,
        now: Duration,
    ) -> Option<usize> {
        let lane = self.lanes.get(&account)?;
        let most = most_of_one(total.saturating_sub(lane.in_flight), false);
        let room = most.saturating_sub(lane.in_flight);
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
