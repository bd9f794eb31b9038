//! The accounts of a service: a sender for each that is awake, and the sums of those that fell asleep.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::delivery::outcome::report::SenderReport;
use crate::delivery::sender::control::Control;
use crate::delivery::sender::handle::Sender;

/// A sender of an account, from its waking to its end. An account that wakes again has another one.
pub(in crate::delivery) type WakeNumber = u64;

#[derive(Default)]
pub(in crate::delivery) struct Accounts(Mutex<Known>);

#[derive(Default)]
struct Known {
    awake: HashMap<u64, (WakeNumber, Sender)>,
    /// Those that fell asleep and whose workers have not ended.
    ending: HashMap<WakeNumber, Control>,
    /// What became of the events of all that have ended.
    ended: SenderReport,
    wakes: WakeNumber,
    is_shut: bool,
}

impl Accounts {
    /// The account's sender, and what `wake` gives beside it if the account was asleep: the task to run. After a shutdown it
    /// is not run, so that the sender takes nothing.
    pub(in crate::delivery) fn get_or_wake<T>(
        &self,
        portal_id: u64,
        wake: impl FnOnce(WakeNumber) -> (Sender, T),
    ) -> (Sender, Option<T>) {
        let mut known = self.known();
        if let Some((_, sender)) = known.awake.get(&portal_id) {
            return (sender.clone(), None);
        }
        known.wakes += 1;
        let number = known.wakes;
        let (sender, beside) = wake(number);
        if known.is_shut {
            drop(known);
            drop(beside);
            return (sender, None);
        }
        known.awake.insert(portal_id, (number, sender.clone()));
        (sender, Some(beside))
    }

    /// Lets go of an account's sender. Who has a clone of it can still send by it; it ends when the last of these is gone
    /// and what it took has its outcome.
    pub(in crate::delivery) fn fall_asleep(&self, portal_id: u64, number: WakeNumber) {
        let mut known = self.known();
        let is_this = |(other, _): &(WakeNumber, Sender)| *other == number;
        if !known.awake.get(&portal_id).is_some_and(is_this) {
            return;
        }
        let asleep = known.awake.remove(&portal_id);
        if let Some((number, sender)) = &asleep {
            known.ending.insert(*number, sender.control().clone());
        }
        if known.awake.len() < known.awake.capacity() / 4 {
            known.awake.shrink_to_fit();
        }
        drop(known);
        drop(asleep);
    }

    /// The worker of an account that fell asleep has ended.
    pub(in crate::delivery) fn ended(&self, number: WakeNumber) {
        let mut known = self.known();
        let ended = known.ending.remove(&number);
        if let Some(control) = &ended {
            known.ended.add(control.report());
        }
        if known.ending.is_empty() {
            known.ending.shrink_to_fit();
        }
        drop(known);
        drop(ended);
    }

    /// Nothing wakes any more. All that have not ended.
    pub(in crate::delivery) fn shut(&self) -> Vec<Control> {
        self.known().is_shut = true;
        self.controls()
    }

    /// All that have not ended.
    pub(in crate::delivery) fn controls(&self) -> Vec<Control> {
        let known = self.known();
        let awake = known.awake.values().map(|(_, sender)| sender.control());
        awake.chain(known.ending.values()).cloned().collect()
    }

    /// The sums of all.
    pub(in crate::delivery) fn report(&self) -> SenderReport {
        let known = self.known();
        let mut report = known.ended.clone();
        let awake = known.awake.values().map(|(_, sender)| sender.control());
        for control in awake.chain(known.ending.values()) {
            report.add(control.report());
        }
        report
    }

    /// How many are awake.
    pub(in crate::delivery) fn awake(&self) -> usize {
        let known = self.known();
        known.awake.len() + known.ending.len()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // It is whole between any two lines that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
