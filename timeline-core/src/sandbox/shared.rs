//! What the handle of a sandbox and its server share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call::Call;
use super::serve::ServedAnswer;
use super::state::{Now, SandboxState};
use crate::client::Clock;

pub(super) struct Shared {
    pub(super) state: Mutex<SandboxState>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, SandboxState> {
        // If a request panics, a test can still read what the sandbox holds.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn serve(&self, call: &Call) -> ServedAnswer {
        // The clock is read under the lock, so that requests are served in the order of their times.
        let mut state = self.lock();
        state.serve(call, self.now())
    }

    pub(super) fn now(&self) -> Now {
        Now::on(&*self.clock)
    }
}
