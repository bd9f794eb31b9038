//! The accounts of a service: a sender for each that is awake, and the sums of those that fell asleep.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::delivery::outcome::report::SenderReport;
use crate::delivery::sender::control::Control;
use crate::delivery::sender::handle::Sender;

/// The number of an account's sender, from its waking to its end. An account that wakes again gets another number.
pub(in crate::delivery) type WakeNumber = u64;

#[derive(Default)]
pub(in crate::delivery) struct Accounts(Mutex<AccountTable>);

#[derive(Default)]
struct AccountTable {
    awake: HashMap<u64, (WakeNumber, Sender)>,
    /// The senders of accounts that fell asleep, whose workers have not ended.
    ending: HashMap<WakeNumber, Control>,
    /// What became of the events of all senders that have ended.
    ended: SenderReport,
    wakes: WakeNumber,
    is_shut: bool,
}

impl Accounts {
    /// The account's sender, and the task to run that `wake` gives with it, if the account was asleep. After a shutdown there
    /// is no task to run, so the sender takes nothing.
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

    /// Lets go of an account's sender. Clones of it can still send; the sender ends when the last clone is gone and every
    /// event that it took has its outcome.
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

    /// Notes that the worker of an account that fell asleep has ended.
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

    /// Lets no account wake any more. Returns all senders that have not ended.
    pub(in crate::delivery) fn shut(&self) -> Vec<Control> {
        self.known().is_shut = true;
        self.controls()
    }

    /// All senders that have not ended.
    pub(in crate::delivery) fn controls(&self) -> Vec<Control> {
        let known = self.known();
        let awake = known.awake.values().map(|(_, sender)| sender.control());
        awake.chain(known.ending.values()).cloned().collect()
    }

    /// The sums over all accounts.
    pub(in crate::delivery) fn report(&self) -> SenderReport {
        let known = self.known();
        let mut report = known.ended.clone();
        let awake = known.awake.values().map(|(_, sender)| sender.control());
        for control in awake.chain(known.ending.values()) {
            report.add(control.report());
        }
        report
    }

    /// How many accounts are awake, and workers of sleeping accounts that have not ended.
    pub(in crate::delivery) fn awake(&self) -> usize {
        let known = self.known();
        known.awake.len() + known.ending.len()
    }

    fn known(&self) -> MutexGuard<'_, AccountTable> {
        // The state is whole between any two lines that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
