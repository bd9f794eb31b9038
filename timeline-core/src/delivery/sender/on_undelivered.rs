//! Tells a caller's function of events that did not get there, one at a time, wherever they end.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{ThreadId, current};

use crate::delivery::outcome::event::Outcome;
use crate::guard::apart;

pub(in crate::delivery) type OnUndelivered = Box<dyn FnMut(&Outcome) + Send>;

pub(in crate::delivery) struct UndeliveredCallback(Option<Mutex<Desk>>);

struct Desk {
    /// `None` while somebody is at it.
    tell: Option<OnUndelivered>,
    /// Who is at it.
    thread: Option<ThreadId>,
    waiting: VecDeque<Outcome>,
}

impl UndeliveredCallback {
    pub(in crate::delivery) fn new(tell: Option<OnUndelivered>) -> Self {
        UndeliveredCallback(tell.map(|tell| {
            Mutex::new(Desk {
                tell: Some(tell),
                thread: None,
                waiting: VecDeque::new(),
            })
        }))
    }

    pub(in crate::delivery) fn tell(&self, outcome: Outcome) {
        let Some(desk) = &self.0 else {
            return;
        };
        let mut open = lock(desk);
        // The function sends events itself. To tell it what becomes of them could have no end; their outcomes are given
        // to it where it sends them.
        if open.thread == Some(current().id()) {
            return;
        }
        open.waiting.push_back(outcome);
        // Whoever is at it sees to this one, too.
        let Some(mut tell) = open.tell.take() else {
            return;
        };
        open.thread = Some(current().id());
        while let Some(outcome) = open.waiting.pop_front() {
            drop(open);
            // Its panic is its own matter: the events behind this one are to be told.
            apart(|| tell(&outcome));
            open = lock(desk);
        }
        open.thread = None;
        open.tell = Some(tell);
    }
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    // It is whole between any two lines that could panic.
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
