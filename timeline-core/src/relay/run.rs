//! The loop of a relay: it receives, sends, holds and settles, one call of the queue at a time, and polls the lanes meanwhile.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::coop::consume_budget;

use super::lane::Lanes;
use super::lane_outcomes::{LaneClient, Number};
use super::queue::{Queue, Settled};
use super::report::{RelayError, RelayProgress, RelayReport};
use super::room::{AT_ONCE, Load, MOST, MOST_BYTES, MOST_OF_ONE, Search};
use super::settings::{Portals, Settings};
use super::settle::{LATER, SOON, Settle};
use super::told::{is_to_be_told, lookup_failed, no_client, not_sent, refused};
use crate::client::{Client, Clock, metrics};
use crate::delivery::{NotSentReason, Outcome};
use crate::event::SealedEvent;
use crate::guard::apart;

/// Events of a busy account that find no room come again after this time, which is shorter than `SOON`: the account would stand
/// still until then.
const SOON_AGAIN: Duration = Duration::from_secs(3);

/// Messages are settled together, after this time or when `TOGETHER` of them have their outcomes.
const GATHER: Duration = Duration::from_millis(100);
const TOGETHER: usize = 500;

/// How often leases are held; the promise is every five seconds.
const HOLD: Duration = Duration::from_secs(4);

/// An empty queue is asked again after this, then after twice that, and within a second.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(900);

/// A queue that fails is asked again after this, then after twice that.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY: Duration = Duration::from_secs(5);

/// Failures that are further apart than this, which is longer than a lease and its pauses, are not one trouble.
const LONG_AGO: Duration = Duration::from_secs(120);

/// A message in memory.
struct Held<T> {
    ticket: T,
    bytes: usize,
}

pub(super) struct Run<'r> {
    client: Client,
    settings: Settings<'r>,
    lanes: Lanes,
    report: RelayReport,
    /// Messages that have an outcome and are to be settled.
    done: Vec<(Number, Settle, Outcome)>,
    /// When the first of these got its outcome.
    done_since: Option<Duration>,
    search: Search,
}

/// Why a call of the queue was waited for no longer.
enum Interrupt {
    /// There is something to settle.
    Settle,
    /// The relay is to stop.
    Stop,
    /// The time is over.
    Time,
}

impl<'r> Run<'r> {
    pub(super) fn new(client: Client, settings: Settings<'r>) -> Self {
        Run {
            client,
            lanes: Lanes::new(settings.batches),
            settings,
            report: RelayReport::default(),
            done: Vec::new(),
            done_since: None,
            search: Search::default(),
        }
    }

    pub(super) async fn run<Q: Queue>(
        mut self,
        mut queue: Q,
    ) -> Result<RelayReport, RelayError<Q::Error>> {
        let clock = Arc::clone(&self.client.root.clock);
        let mut held: HashMap<Number, Held<Q::Ticket>> = HashMap::new();
        let mut bytes = 0_usize;
        let mut next = 0;
        let mut trouble = Trouble::default();
        let (mut pause, mut receive_at) = (FIRST_PAUSE, Duration::ZERO);
        let mut hold_at = clock.elapsed().saturating_add(HOLD);
        // Receiving may go well while settling does not: then nothing more is received for a while.
        let mut settling = Trouble::default();
        loop {
            // A queue that is always ready must not keep other tasks from running.
            consume_budget().await;
            let now = clock.elapsed();
            self.lanes.forget(now);
            if self.lanes.is_stopped() && held.is_empty() {
                return Ok(self.report);
            }
            let paused = trouble.until.max(settling.until) > now;
            if self.is_settle_due(now) && settling.until <= now {
                let settled = self.take_settled(&mut held, &mut bytes);
                let count = settled.len() as u64;
                let sums = Sums::of(&settled);
                let call = queue.settle(settled);
                match self.uninterrupted(call, &clock).await {
                    Ok(()) => {
                        (trouble, settling) = (Trouble::default(), Trouble::default());
                        self.count(&sums);
                    }
                    Err(error) => {
                        // These messages come again by their leases, whatever became of their events.
                        self.report.unsettled += count;
                        self.failed(&mut settling, error, &clock, &mut held)?;
                    }
                }
                self.tell(held.len());
                continue;
            }
            if now >= hold_at && !held.is_empty() {
                let tickets: Vec<&Q::Ticket> = held.values().map(|held| &held.ticket).collect();
                let call = queue.hold(&tickets);
                let told = self.uninterrupted(call, &clock).await;
                hold_at = clock.elapsed().saturating_add(HOLD);
                match told {
                    Ok(()) => trouble = Trouble::default(),
                    Err(error) => self.failed(&mut trouble, error, &clock, &mut held)?,
                }
                continue;
            }
            // Without clients for other accounts there is no other account to keep back. With this limit no event of the
            // one account has to be given back for lack of room.
            let most = match self.settings.portals {
                Some(_) => MOST,
                None => MOST_OF_ONE,
            };
            let room = most.saturating_sub(held.len()).min(AT_ONCE);
            let (lanes, events) = (&self.lanes, held.len());
            let room_of = |account| lanes.room_of_delivering(account, events, now);
            let (asked_for, look_behind_at) = self.search.ask_for(now, room_of);
            let room = room.min(asked_for);
            let wants_more = room > 0 && bytes < MOST_BYTES && !self.lanes.is_stopped();
            let hold_at = (!held.is_empty()).then_some(hold_at);
            let wake = self.wake(now, hold_at, &trouble, &settling);
            if !wants_more || paused || now < receive_at {
                let wake = wake.min(look_behind_at.unwrap_or(wake));
                let wake = match wants_more && !paused {
                    true => wake.min(receive_at),
                    false => wake,
                };
                let nothing = std::future::pending::<()>();
                self.interrupted(nothing, wake, settling.until, &clock)
                    .await
                    .err();
                continue;
            }
            let call = queue.receive(room);
            match self.interrupted(call, wake, settling.until, &clock).await {
                Err(_) => {}
                Ok(Ok(messages)) => {
                    trouble = Trouble::default();
                    if messages.is_empty() {
                        receive_at = clock.elapsed().saturating_add(pause);
                        pause = (2 * pause).min(LONGEST_PAUSE);
                    } else {
                        pause = FIRST_PAUSE;
                    }
                    for (message, ticket) in messages {
                        next += 1;
                        self.report.received += 1;
                        self.metric(metrics::names::RELAY_RECEIVED, 1);
                        bytes += message.len();
                        let held_bytes = message.len();
                        held.insert(
                            next,
                            Held {
                                ticket,
                                bytes: held_bytes,
                            },
                        );
                        let total = Load {
                            events: held.len(),
                            bytes,
                        };
                        self.take(next, &message, total, clock.elapsed());
                    }
                }
                Ok(Err(error)) => self.failed(&mut trouble, error, &clock, &mut held)?,
            }
        }
    }

    /// When the loop has something to do by itself.
    fn wake(
        &self,
        now: Duration,
        hold_at: Option<Duration>,
        trouble: &Trouble,
        settling: &Trouble,
    ) -> Duration {
        let settle_at = self
            .done_since
            .map(|since| since.saturating_add(GATHER).max(settling.until));
        let ends = [trouble.until, settling.until];
        let ends = ends.into_iter().filter(|end| *end > now);
        let longest = now.saturating_add(Duration::from_secs(3600));
        let times = hold_at.into_iter().chain(settle_at).chain(ends);
        times.fold(longest, Duration::min)
    }

    fn is_settle_due(&self, now: Duration) -> bool {
        let Some(since) = self.done_since else {
            return false;
        };
        self.done.len() >= TOGETHER
            || self.lanes.is_stopped()
            || now >= since.saturating_add(GATHER)
    }

    /// Sends a message's event on its way, or says at once what is done with it.
    /// `total` is all that is in memory, with this message.
    fn take(&mut self, number: Number, message: &[u8], total: Load, now: Duration) {
        let event = match SealedEvent::from_json(message) {
            Ok(event) => event,
            Err(error) if error.is_newer() => {
                let outcome = refused(None, error.to_string());
                return self.finish(number, Settle::Again(LATER), outcome, now);
            }
            Err(error) => {
                let outcome = refused(None, format!("the message is no sealed event: {error}"));
                return self.finish(number, Settle::Park, outcome, now);
            }
        };
        let portal_id = event.portal_id();
        let own = self.client.portal_id();
        let (client, portals) = (&self.client, &mut self.settings.portals);
        let mut has_panicked = false;
        self.lanes.prepare(portal_id, now, || match portal_id {
            None => Some(LaneClient::Known(client.clone())),
            Some(id) if own == Some(id) => Some(LaneClient::Known(client.clone())),
            Some(id) => match portals.as_mut()? {
                Portals::Credentials(lookup) => {
                    Some(LaneClient::LookUp(client.of_account(id), lookup.clone()))
                }
                Portals::Clients(find) => {
                    // The function is the user's code, and may panic.
                    let found = apart(|| find(id));
                    has_panicked = found.is_none();
                    found.flatten().map(LaneClient::Known)
                }
            },
        });
        let has_room_beside_others = self.lanes.have_room(portal_id, total);
        let Some(lane) = self.lanes.get(portal_id) else {
            let id = portal_id.unwrap_or_default();
            if has_panicked {
                let words =
                    format!("the function of `for_portals` has panicked over the account {id}");
                let outcome = lookup_failed(&self.client, event, &words);
                if self.client.root.may_log(&words) {
                    apart(|| outcome.log(&self.client, false));
                }
                return self.finish(number, outcome.settle(), outcome, now);
            }
            let words = format!(
                "it was sealed for the account {id}, for which there is no client: `for_portals` gives none"
            );
            let outcome = no_client(&self.client, event, words);
            if self.settings.gives_back {
                return self.finish(number, Settle::Again(LATER), outcome, now);
            }
            apart(|| outcome.log(&self.client, true));
            return self.finish(number, Settle::Park, outcome, now);
        };
        let has_room = match self.settings.portals {
            Some(_) => has_room_beside_others,
            None => lane.load.events < MOST_OF_ONE,
        };
        let reason = match lane.blocks(&event, now) {
            None if !has_room => Some(NotSentReason::Full),
            reason => reason,
        };
        if let Some(reason) = reason {
            let settle = match reason {
                NotSentReason::Full if lane.is_delivering(now) => {
                    self.search.note_full(portal_id, now);
                    Settle::Again(SOON_AGAIN)
                }
                NotSentReason::Full if !lane.is_found() => Settle::Again(SOON_AGAIN),
                NotSentReason::Full if self.settings.portals.is_none() => Settle::Again(SOON),
                _ => Settle::Again(LATER),
            };
            let outcome = not_sent(&lane.client, event, reason);
            return self.finish(number, settle, outcome, now);
        }
        let had_nothing_to_do = lane.load.events == 0;
        if let Err(event) = lane.send(number, message.len(), event) {
            let outcome = not_sent(&lane.client, event, NotSentReason::Stopped);
            self.finish(number, Settle::Again(SOON), outcome, now);
        } else if had_nothing_to_do {
            self.search.note_found();
        }
    }

    fn finish(&mut self, number: Number, settle: Settle, outcome: Outcome, now: Duration) {
        if let Some(tell) = &mut self.settings.undelivered
            && is_to_be_told(&outcome, settle)
        {
            // The function is the user's code, and may panic.
            apart(|| tell(&outcome));
        }
        self.done_since.get_or_insert(now);
        self.done.push((number, settle, outcome));
    }

    fn take_settled<T>(
        &mut self,
        held: &mut HashMap<Number, Held<T>>,
        bytes: &mut usize,
    ) -> Vec<Settled<T>> {
        self.done_since = None;
        let done = std::mem::take(&mut self.done);
        let settled = done.into_iter().filter_map(|(number, settle, outcome)| {
            let Held {
                ticket,
                bytes: freed,
            } = held.remove(&number)?;
            *bytes = bytes.saturating_sub(freed);
            Some(Settled {
                ticket,
                settle,
                outcome,
            })
        });
        settled.collect()
    }

    /// Waits for a call of the queue to its end, and polls the lanes meanwhile.
    async fn uninterrupted<F: Future>(&mut self, call: F, clock: &Arc<dyn Clock>) -> F::Output {
        let mut call = pin!(call);
        poll_fn(|context| {
            self.poll_lanes(clock, context);
            call.as_mut().poll(context)
        })
        .await
    }

    /// Waits for a call of the queue until there is something else to do. Nothing is settled before `settles_from`.
    async fn interrupted<F: Future>(
        &mut self,
        call: F,
        wake: Duration,
        settles_from: Duration,
        clock: &Arc<dyn Clock>,
    ) -> Result<F::Output, Interrupt> {
        let mut call = pin!(call);
        let wait = wake.saturating_sub(clock.elapsed());
        let mut timer = pin!(clock.sleep(wait));
        // The end of the time to gather outcomes, once the first one has come.
        let mut gathered = None;
        poll_fn(|context| {
            let waits_already = self.done_since.is_some();
            self.poll_lanes(clock, context);
            // The stop is polled before the call, which may always be ready.
            if let Some(stop) = &mut self.settings.stop
                && stop.as_mut().poll(context).is_ready()
            {
                self.settings.stop = None;
                self.lanes.stop();
                return Poll::Ready(Err(Interrupt::Stop));
            }
            if let Poll::Ready(answered) = call.as_mut().poll(context) {
                return Poll::Ready(Ok(answered));
            }
            if self.done.len() >= TOGETHER && settles_from <= clock.elapsed() {
                return Poll::Ready(Err(Interrupt::Settle));
            }
            if !waits_already && self.done_since.is_some() {
                gathered = Some(clock.sleep(GATHER));
            }
            if let Some(gathered) = &mut gathered
                && gathered.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(Err(Interrupt::Settle));
            }
            timer.as_mut().poll(context).map(|()| Err(Interrupt::Time))
        })
        .await
    }

    /// Takes the outcomes that the lanes have by now.
    fn poll_lanes(&mut self, clock: &Arc<dyn Clock>, context: &mut Context<'_>) {
        let now = clock.elapsed();
        while self.done.len() < 2 * MOST
            && let Poll::Ready((number, outcome)) = self.lanes.poll(now, context)
        {
            self.finish(number, outcome.settle(), outcome, now);
        }
    }

    /// Notes that the queue has failed: it is asked again after a pause, unless it has failed for too long.
    fn failed<T, E>(
        &mut self,
        trouble: &mut Trouble,
        error: E,
        clock: &Arc<dyn Clock>,
        held: &mut HashMap<Number, Held<T>>,
    ) -> Result<(), RelayError<E>> {
        let now = clock.elapsed();
        self.report.queue_errors += 1;
        self.metric(metrics::names::RELAY_QUEUE_ERRORS, 1);
        if now.saturating_sub(trouble.last) > LONG_AGO {
            trouble.since = None;
        }
        trouble.last = now;
        let since = *trouble.since.get_or_insert(now);
        if now.saturating_sub(since) >= self.settings.queue_patience {
            self.report.unsettled += held.len() as u64;
            return Err(RelayError {
                report: self.report,
                error,
            });
        }
        trouble.pause = (2 * trouble.pause).clamp(FIRST_RETRY, LONGEST_RETRY);
        trouble.until = now.saturating_add(trouble.pause);
        Ok(())
    }

    fn count(&mut self, sums: &Sums) {
        self.report.done += sums.done;
        self.report.given_back += sums.given_back;
        self.report.parked += sums.parked;
        self.metric(metrics::names::RELAY_DONE, sums.done);
        self.metric(metrics::names::RELAY_GIVEN_BACK, sums.given_back);
        self.metric(metrics::names::RELAY_PARKED, sums.parked);
    }

    fn metric(&self, name: &'static str, by: u64) {
        if by > 0 {
            self.client.root.metrics.add(name, by);
        }
    }

    fn tell(&mut self, in_memory: usize) {
        let report = self.report;
        if let Some(progress) = &mut self.settings.progress {
            // The function is the user's code, and may panic.
            apart(|| progress(RelayProgress { report, in_memory }));
        }
    }
}

/// Since when the queue fails, and when it is asked again.
#[derive(Default)]
struct Trouble {
    since: Option<Duration>,
    /// When it failed last.
    last: Duration,
    pause: Duration,
    until: Duration,
}

#[derive(Default)]
struct Sums {
    done: u64,
    given_back: u64,
    parked: u64,
}

impl Sums {
    fn of<T>(settled: &[Settled<T>]) -> Self {
        let mut sums = Sums::default();
        for one in settled {
            match one.settle {
                Settle::Done => sums.done += 1,
                Settle::Again(_) => sums.given_back += 1,
                Settle::Park => sums.parked += 1,
            }
        }
        sums
    }
}
