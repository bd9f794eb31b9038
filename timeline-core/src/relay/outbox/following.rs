//! The followers of events in the outbox, which are told what becomes of their events.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::leases::Row;
use crate::client::Clock;
use crate::delivery::{Follow, KeptFate, Outcome};
use crate::relay::settle::Settle;

/// The followers of all events.
pub(super) struct Following {
    state: Mutex<FollowState>,
    /// The client's.
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct FollowState {
    /// By the event's id. Several may follow the same event.
    followers: HashMap<Arc<str>, Followers>,
    next: u64,
    /// When the wait for outcomes is over, by the client's clock.
    end: Option<Duration>,
    given_up: bool,
}

#[derive(Default)]
struct Followers {
    to: Vec<Follower>,
    /// Rows under the id that ended while a follower did not know its own row yet.
    ended: Vec<(Row, KeptFate)>,
    /// It is known that no relay has sent the event before it was followed.
    is_new: bool,
    /// The event is on its way.
    is_out: bool,
    /// An answer was lost.
    uncertain: bool,
    /// The event was given back, and is not tried before this time.
    again_at: Option<Duration>,
}

impl Followers {
    /// Whether the event may have left.
    fn is_uncertain(&self) -> bool {
        !self.is_new || self.uncertain || self.is_out
    }
}

struct Follower {
    number: u64,
    /// The event's row, once it is known: after an event was discarded, another one may have its id.
    row: Option<Row>,
    to: oneshot::Sender<KeptFate>,
}

/// A follower of an event that is being written. Dropping this ends the follower, unless the event is kept.
pub(super) struct Begun<'f> {
    following: &'f Following,
    id: &'f Arc<str>,
    number: u64,
    /// No other follower of the event was there before.
    is_first: bool,
    /// Set if following has been given up: then nothing more becomes known.
    late: Option<oneshot::Sender<KeptFate>>,
    is_kept: bool,
}

impl Begun<'_> {
    /// Notes that the event is in the outbox, in this row. `may_have_left`: it was there before, and may have left.
    pub(super) fn kept(mut self, row: Option<Row>, may_have_left: bool) {
        self.is_kept = true;
        if let Some(to) = self.late.take() {
            drop(to.send(KeptFate::Kept {
                uncertain: may_have_left,
            }));
            return;
        }
        let mut state = self.following.state();
        let Some(followers) = state.followers.get_mut(self.id) else {
            return;
        };
        if self.is_first {
            followers.is_new = !may_have_left;
        }
        for follower in &mut followers.to {
            if follower.number == self.number {
                follower.row = row;
            }
        }
        let mut ended = followers.ended.iter();
        let ended = ended.rfind(|(ended, _)| Some(*ended) == row).cloned();
        if let Some((row, fate)) = ended {
            let followers = state.ended(self.id, row, &fate);
            drop(state);
            tell(followers, &fate);
        } else if followers.to.iter().all(|other| other.row.is_some()) {
            followers.ended.clear();
        }
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let mut state = self.following.state();
        if let Some(followers) = state.followers.get_mut(self.id) {
            followers.to.retain(|other| other.number != self.number);
            if followers.to.is_empty() {
                state.followers.remove(self.id);
            }
        }
    }
}

impl Following {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Following {
            state: Mutex::default(),
            clock,
        }
    }

    fn state(&self) -> MutexGuard<'_, FollowState> {
        // The state is whole between any two lines that could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows an event from before it is written, so that nothing is missed.
    pub(super) fn begin<'f>(&'f self, id: &'f Arc<str>) -> (Begun<'f>, Follow) {
        let (to, follow) = oneshot::channel();
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let is_first = !state.followers.contains_key(id);
        let mut late = None;
        if state.given_up {
            late = Some(to);
        } else {
            let followers = state.followers.entry(Arc::clone(id)).or_default();
            followers.to.push(Follower {
                number,
                row: None,
                to,
            });
        }
        let begun = Begun {
            following: self,
            id,
            number,
            is_first,
            late,
            is_kept: false,
        };
        (begun, follow)
    }

    pub(super) fn is_out(&self, id: &str) {
        if let Some(followers) = self.state().followers.get_mut(id) {
            followers.is_out = true;
            followers.again_at = None;
        }
    }

    /// Notes how the event in this row was settled, and tells its followers if that is final.
    pub(super) fn settled(&self, id: &str, row: Row, settle: Settle, outcome: &Outcome) {
        let now = self.clock.elapsed();
        let mut state = self.state();
        match settle {
            Settle::Done | Settle::Park => {
                let fate = KeptFate::Ended(outcome.clone());
                let followers = state.ended(id, row, &fate);
                drop(state);
                tell(followers, &fate);
            }
            Settle::Again(wait) => {
                let Some(followers) = state.followers.get_mut(id) else {
                    return;
                };
                followers.is_out = false;
                followers.again_at = Some(now.saturating_add(wait));
                followers.uncertain |= matches!(outcome, Outcome::Unknown { .. });
                // Followers that do not wait any more are dropped.
                followers.to.retain(|other| !other.to.is_closed());
            }
        }
    }

    /// Tells the followers of the event in this row that the program has put it aside.
    pub(super) fn put_aside(&self, row: Row, id: &str) {
        let mut state = self.state();
        let Some(followers) = state.followers.get(id) else {
            return;
        };
        let uncertain = followers.is_uncertain();
        let fate = KeptFate::Kept { uncertain };
        let followers = state.ended(id, row, &fate);
        drop(state);
        tell(followers, &fate);
    }

    pub(super) fn ends_at(&self, end: Duration) {
        self.state().end = Some(end);
        self.give_up_if_all_come_later();
    }

    pub(super) fn give_up(&self) {
        self.state().give_up();
    }

    /// Gives up if every followed event is tried again only after the end.
    pub(super) fn give_up_if_all_come_later(&self) {
        let mut state = self.state();
        let Some(end) = state.end else {
            return;
        };
        let is_later = |one: &Followers| one.again_at.is_some_and(|again_at| again_at > end);
        if state.followers.values().all(is_later) {
            state.give_up();
        }
    }
}

impl FollowState {
    /// Takes out the followers of the event in this row. A follower that does not know its row yet is told once it does.
    fn ended(&mut self, id: &str, row: Row, fate: &KeptFate) -> Vec<Follower> {
        let Some(followers) = self.followers.get_mut(id) else {
            return Vec::new();
        };
        let is_its = |other: &mut Follower| other.row == Some(row);
        let its = followers.to.extract_if(.., is_its).collect();
        if followers.to.is_empty() {
            self.followers.remove(id);
            return its;
        }
        // The followers that are left follow another event under the id, or may do so.
        (followers.is_new, followers.is_out, followers.uncertain) = (false, false, false);
        followers.again_at = None;
        if followers.to.iter().any(|other| other.row.is_none()) {
            followers.ended.push((row, fate.clone()));
        }
        its
    }

    fn give_up(&mut self) {
        self.given_up = true;
        for (_, followers) in self.followers.drain() {
            let uncertain = followers.is_uncertain();
            for follower in followers.to {
                drop(follower.to.send(KeptFate::Kept { uncertain }));
            }
        }
    }
}

/// Called without the lock, since a waker is the user's code.
fn tell(followers: Vec<Follower>, fate: &KeptFate) {
    for follower in followers {
        drop(follower.to.send(fate.clone()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Following, KeptFate, Outcome, Settle};
    use crate::client::SystemClock;

    /// What a follower was told; `None` if nothing yet.
    fn told(follow: &mut super::Follow) -> Option<bool> {
        match follow.try_recv() {
            Ok(KeptFate::Ended(outcome)) => {
                Some(matches!(outcome, Outcome::AlreadyExists { id } if id == "one"))
            }
            Ok(KeptFate::Kept { .. }) => panic!("given up"),
            Err(_) => None,
        }
    }

    fn outcome(id: &str) -> Outcome {
        Outcome::AlreadyExists { id: id.to_owned() }
    }

    /// An event that was discarded and a later event with its id are two events: each follower is told of its own.
    #[test]
    fn followers_are_told_of_the_event_in_their_row() {
        let following = Following::new(Arc::new(SystemClock::new()));
        let id: Arc<str> = "a".into();
        let settled = |row, outcome: &Outcome| {
            following.settled(&id, row, Settle::Park, outcome);
        };
        let (first, mut follow_first) = following.begin(&id);
        first.kept(Some(1), false);
        // Row 1 is settled on the disk; before that is told, it is discarded and the next two come.
        let (second, mut follow_second) = following.begin(&id);
        second.kept(Some(2), false);
        let (third, mut follow_third) = following.begin(&id);
        // This follower's event was written before row 1 was settled; the follower does not know its row yet.
        let (late, mut follow_late) = following.begin(&id);
        settled(1, &outcome("one"));
        assert_eq!(told(&mut follow_first), Some(true));
        late.kept(Some(1), true);
        assert_eq!(told(&mut follow_late), Some(true));
        third.kept(Some(2), true);
        for follow in [&mut follow_second, &mut follow_third] {
            assert_eq!(told(follow), None);
        }
        settled(2, &outcome("two"));
        for follow in [&mut follow_second, &mut follow_third] {
            assert_eq!(told(follow), Some(false));
        }
        assert!(following.state().followers.is_empty());
    }
}
