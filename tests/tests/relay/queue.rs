//! A queue in memory, with leases on the sandbox's clock and faults on both sides of its calls.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use timeline_core::{Clock, Queue, Settle, Settled};

pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// The queue's messages, shared with the test.
#[derive(Clone)]
pub(crate) struct Store {
    state: Arc<Mutex<State>>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct State {
    next: u64,
    messages: BTreeMap<u64, Message>,
    dead: Vec<(Vec<u8>, String)>,
    /// How often each message was received.
    received: BTreeMap<u64, u32>,
    /// The longest time between two holds of a message that was out.
    longest_hold: Duration,
    /// What the next calls do; `None` is as usual.
    faults: Vec<Option<Fault>>,
    broken: bool,
}

struct Message {
    bytes: Vec<u8>,
    visible: Duration,
    held: Option<Duration>,
}

/// What happens to a call of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is done, and the call fails.
    Before,
    /// All is done, and the call fails.
    After,
}

#[derive(Debug)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is broken")
    }
}

impl std::error::Error for Broken {}

impl Store {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Store {
            state: Arc::default(),
            clock,
        }
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test has panicked")
    }

    pub(crate) fn push(&self, bytes: Vec<u8>) {
        let mut state = self.state();
        state.next += 1;
        let (number, visible) = (state.next, Duration::ZERO);
        let message = Message {
            bytes,
            visible,
            held: None,
        };
        state.messages.insert(number, message);
    }

    /// Messages that are neither acknowledged nor parked.
    pub(crate) fn waiting(&self) -> usize {
        self.state().messages.len()
    }

    pub(crate) fn dead(&self) -> Vec<(Vec<u8>, String)> {
        self.state().dead.clone()
    }

    pub(crate) fn receipts(&self) -> Vec<u32> {
        self.state().received.values().copied().collect()
    }

    pub(crate) fn longest_hold(&self) -> Duration {
        self.state().longest_hold
    }

    /// Sets what the next calls do, the last one first.
    pub(crate) fn inject(&self, faults: Vec<Option<Fault>>) {
        self.state().faults = faults;
    }

    /// From now on every call fails, or none.
    pub(crate) fn breaks(&self, broken: bool) {
        self.state().broken = broken;
    }

    pub(crate) fn queue(&self) -> InMemory {
        InMemory(self.clone())
    }

    fn call<T>(&self, does: impl FnOnce(&mut State, Duration) -> T) -> Result<T, Broken> {
        let mut state = self.state();
        let fault = match state.broken {
            true => Some(Fault::Before),
            false => state.faults.pop().flatten(),
        };
        if fault == Some(Fault::Before) {
            return Err(Broken);
        }
        let done = does(&mut state, self.clock.elapsed());
        match fault {
            Some(_) => Err(Broken),
            None => Ok(done),
        }
    }
}

pub(crate) struct InMemory(Store);

impl Queue for InMemory {
    type Ticket = u64;
    type Error = Broken;

    async fn receive(&mut self, at_most: usize) -> Result<Vec<(Vec<u8>, u64)>, Broken> {
        assert!(at_most > 0);
        self.0.call(|state, now| {
            let visible = state.messages.iter_mut();
            let visible = visible.filter(|(_, message)| message.visible <= now);
            let mut out = Vec::new();
            for (number, message) in visible.take(at_most) {
                message.visible = now + LEASE;
                message.held = Some(now);
                *state.received.entry(*number).or_default() += 1;
                out.push((message.bytes.clone(), *number));
            }
            out
        })
    }

    async fn settle(&mut self, settled: Vec<Settled<u64>>) -> Result<(), Broken> {
        assert!(!settled.is_empty());
        self.0.call(|state, now| {
            for one in settled {
                match one.settle {
                    Settle::Done => drop(state.messages.remove(&one.ticket)),
                    Settle::Again(after) => {
                        if let Some(message) = state.messages.get_mut(&one.ticket) {
                            message.visible = now + after;
                            message.held = None;
                        }
                    }
                    Settle::Park => {
                        if let Some(message) = state.messages.remove(&one.ticket) {
                            state.dead.push((message.bytes, one.outcome.to_string()));
                        }
                    }
                }
            }
        })
    }

    async fn hold(&mut self, tickets: &[&u64]) -> Result<(), Broken> {
        assert!(!tickets.is_empty());
        self.0.call(|state, now| {
            for ticket in tickets {
                if let Some(message) = state.messages.get_mut(ticket) {
                    let since = message.held.replace(now).unwrap_or(now);
                    state.longest_hold = state.longest_hold.max(now - since);
                    message.visible = now + LEASE;
                }
            }
        })
    }
}
