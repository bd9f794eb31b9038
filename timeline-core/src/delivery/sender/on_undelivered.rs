//! Calls a caller's function with the outcomes of undelivered events, one at a time.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{ThreadId, current};

use crate::delivery::outcome::event::Outcome;
use crate::guard::apart;

/// The caller's function. It gets the event's account, if that is known.
pub(in crate::delivery) type OnUndelivered = Box<dyn FnMut(Option<u64>, &Outcome) + Send>;

pub(in crate::delivery) struct UndeliveredCallback(Option<Mutex<CallbackState>>);

struct CallbackState {
    /// `None` while it is being called.
    function: Option<OnUndelivered>,
    /// The thread that is calling it.
    thread: Option<ThreadId>,
    waiting: VecDeque<(Option<u64>, Outcome)>,
}

impl UndeliveredCallback {
    pub(in crate::delivery) fn new(function: Option<OnUndelivered>) -> Self {
        UndeliveredCallback(function.map(|function| {
            Mutex::new(CallbackState {
                function: Some(function),
                thread: None,
                waiting: VecDeque::new(),
            })
        }))
    }

    pub(in crate::delivery) fn call(&self, portal_id: Option<u64>, outcome: Outcome) {
        let Some(state) = &self.0 else {
            return;
        };
        let mut locked = lock(state);
        // The function itself sends events. Calling it with their outcomes could have no end; it gets these outcomes where
        // it sends the events.
        if locked.thread == Some(current().id()) {
            return;
        }
        locked.waiting.push_back((portal_id, outcome));
        // Another thread is calling the function, and takes this outcome, too.
        let Some(mut function) = locked.function.take() else {
            return;
        };
        locked.thread = Some(current().id());
        while let Some((portal_id, outcome)) = locked.waiting.pop_front() {
            drop(locked);
            // If it panics, it is still called with the outcomes behind this one.
            apart(|| function(portal_id, &outcome));
            locked = lock(state);
        }
        locked.thread = None;
        locked.function = Some(function);
    }
}

fn lock(state: &Mutex<CallbackState>) -> MutexGuard<'_, CallbackState> {
    // The state is whole between any two lines that could panic.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
