//! Room for events: a sender's own, and that of all accounts together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// How many more events may be without an outcome.
#[derive(Clone, Debug)]
pub(in crate::delivery) struct Capacity {
    own: Arc<Semaphore>,
    /// Shared by the senders of all accounts.
    in_all: Option<Arc<Semaphore>>,
}

/// An event's room, until it has its outcome.
#[derive(Debug)]
pub(in crate::delivery) struct EventRoom {
    _own: OwnedSemaphorePermit,
    _in_all: Option<OwnedSemaphorePermit>,
}

pub(in crate::delivery) struct NoRoom;

impl Capacity {
    pub(in crate::delivery) fn new(events: usize, in_all: Option<&Arc<Semaphore>>) -> Self {
        Capacity {
            own: Arc::new(Semaphore::new(events)),
            in_all: in_all.map(Arc::clone),
        }
    }

    /// Waits for room; `None` after a shutdown. An event that waits for the room of all accounts has room in its own account
    /// already, so one account has no more events in that line than it has room for.
    pub(in crate::delivery) async fn acquire(&self) -> Option<EventRoom> {
        let own = Arc::clone(&self.own).acquire_owned().await.ok()?;
        let in_all = match &self.in_all {
            Some(in_all) => Some(Arc::clone(in_all).acquire_owned().await.ok()?),
            None => None,
        };
        Some(EventRoom {
            _own: own,
            _in_all: in_all,
        })
    }

    /// Room, if there is some now; the `Ok` is `None` after a shutdown.
    pub(in crate::delivery) fn try_acquire(&self) -> Result<Option<EventRoom>, NoRoom> {
        let Some(own) = permit(&self.own)? else {
            return Ok(None);
        };
        let in_all = match &self.in_all {
            Some(in_all) => match permit(in_all)? {
                None => return Ok(None),
                permit => permit,
            },
            None => None,
        };
        Ok(Some(EventRoom {
            _own: own,
            _in_all: in_all,
        }))
    }

    /// Closes this sender's room: there will be no more.
    pub(in crate::delivery) fn close(&self) {
        self.own.close();
    }

    pub(in crate::delivery) fn available(&self) -> usize {
        self.own.available_permits()
    }
}

fn permit(semaphore: &Arc<Semaphore>) -> Result<Option<OwnedSemaphorePermit>, NoRoom> {
    match Arc::clone(semaphore).try_acquire_owned() {
        Err(TryAcquireError::NoPermits) => Err(NoRoom),
        permit => Ok(permit.ok()),
    }
}
