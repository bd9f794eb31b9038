//! How a sender takes an event that is kept on disk.

use std::sync::Arc;

use crate::delivery::intake::event::Event;
use crate::delivery::outcome::reason::NotSentReason;
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::sender::capacity::{EventRoom, NoRoom};
use crate::delivery::sender::full::{Full, not_sent};
use crate::delivery::sender::handle::Sender;
use crate::delivery::sender::keep::{Follow, Keep, NotKept};
use crate::delivery::sender::keeping::{in_outbox, uncertain};
use crate::delivery::sender::pending::Pending;
use crate::event::InvalidEvent;

/// RoomResult to follow the event in memory; the `Ok` is `None` after a shutdown.
type RoomResult = Result<Option<EventRoom>, NoRoom>;

impl Sender {
    /// Takes an event once it is on disk.
    pub(in crate::delivery) async fn keep(
        &self,
        keep: &Arc<dyn Keep>,
        event: Event,
        room: RoomResult,
    ) -> Pending {
        if let Ok(None) = room {
            return self.ended_at_once(not_sent(Ok(event), NotSentReason::Stopped));
        }
        let mut writing = Writing {
            sender: self,
            event: Some(Box::new(event)),
        };
        let kept = match &writing.event {
            Some(event) => keep.keep(&event.sealed).await,
            None => return std::future::pending().await,
        };
        match (writing.event.take(), kept) {
            (Some(event), Ok(follow)) => self.follow(*event, room, follow),
            (Some(event), Err(NotKept::Refused(words))) => {
                self.refused_at_once(refused(&event, words))
            }
            (Some(event), Err(NotKept::Failed(cause))) => {
                self.ended_at_once(not_sent(Ok(*event), NotSentReason::NotKept(cause)))
            }
            // Does not happen: the event is taken out only here.
            (None, _) => std::future::pending().await,
        }
    }

    /// Takes an event while the thread waits for the disk.
    pub(in crate::delivery) fn keep_at_once(
        &self,
        keep: &Arc<dyn Keep>,
        event: Event,
        room: RoomResult,
    ) -> Result<Pending, Full> {
        if let Ok(None) = room {
            return Ok(self.ended_at_once(not_sent(Ok(event), NotSentReason::Stopped)));
        }
        match keep.keep_at_once(&event.sealed) {
            Ok(follow) => Ok(self.follow(event, room, follow)),
            Err(NotKept::Refused(words)) => Ok(self.refused_at_once(refused(&event, words))),
            Err(NotKept::Failed(cause)) => Err(Full::not_kept(event, cause)),
        }
    }

    /// Follows an event that is on disk, if there is room for it in memory.
    fn follow(&self, event: Event, room: RoomResult, follow: Follow) -> Pending {
        match room {
            Ok(Some(room)) => self.hand_over(Ok(event), Some(room), Some(follow)),
            _ => {
                let outcome = in_outbox(&event);
                self.control().taken_events.count_at_once(&outcome);
                Pending::of(outcome)
            }
        }
    }
}

fn refused(event: &Event, words: String) -> Rejection {
    Rejection::kept(
        event.id(),
        InvalidEvent::new(words),
        event.undelivered(None),
    )
}

/// An event that is being written.
struct Writing<'s> {
    sender: &'s Sender,
    /// `None` once it is known whether it was written.
    event: Option<Box<Event>>,
}

impl Drop for Writing<'_> {
    /// If the event is still here, the wait was given up. The event may be on disk by now, and be sent.
    fn drop(&mut self) {
        if let Some(event) = self.event.take() {
            self.sender.tell_not_taken(&uncertain(&event));
        }
    }
}
