//! How many events a relay has in memory, and how many it asks for while an account has no room for more. Pure.
//!
//! A queue gives its events in its own order. So events of an account without room must be given back, to reach other
//! accounts' events behind them; and each event that is given back costs the queue a write.

use std::time::Duration;

use super::lane_outcomes::Account;

/// Messages in memory at most, and their bytes.
pub(super) const MOST: usize = 2_000;
pub(super) const MOST_BYTES: usize = 32_000_000;

/// How many of these one account may have.
pub(super) const MOST_OF_ONE: usize = 1_000;

/// How many messages are asked for at once.
pub(super) const AT_ONCE: usize = 500;

/// A full batch. If a busy account has room for fewer events, none are asked for.
const FEW: usize = 100;

/// While an account has no room, other accounts' events are looked for this often, `LOOKS` times: that reaches 15,000 events
/// far. If no account is found that has nothing to do, the next `SLOW_LOOKS` looks are further apart, so that a long backlog
/// is not given back again and again.
const OFTEN: Duration = Duration::from_millis(100);
const SELDOM: Duration = Duration::from_secs(3);
const LOOKS: u32 = 30;
const SLOW_LOOKS: u32 = 10;

/// Events in memory, and the bytes of their messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) events: usize,
    pub(super) bytes: usize,
}

impl Load {
    pub(super) fn add(&mut self, bytes: usize) {
        self.events += 1;
        self.bytes += bytes;
    }

    pub(super) fn join(&mut self, other: Load) {
        self.events += other.events;
        self.bytes += other.bytes;
    }

    pub(super) fn without(self, part: Load) -> Load {
        Load {
            events: self.events.saturating_sub(part.events),
            bytes: self.bytes.saturating_sub(part.bytes),
        }
    }

    pub(super) fn remove(&mut self, bytes: usize) {
        self.events = self.events.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// How many events an account may have in memory, beside these of other accounts. Each account leaves half of the room, so
/// that several accounts that are slow do not keep others from being sent.
pub(super) fn most_of_one(of_others: usize) -> usize {
    (MOST.saturating_sub(of_others) / 2).clamp(FEW, MOST_OF_ONE)
}

/// Whether an account that has this load may have one more event, beside the load of other accounts.
pub(super) fn has_room(own: Load, of_others: Load) -> bool {
    let most_bytes = MOST_BYTES.saturating_sub(of_others.bytes) / 2;
    own.events == 0 || own.events < most_of_one(of_others.events) && own.bytes < most_bytes
}

/// Whether an account that sends nothing at the moment may have one more event: it is in an outage, or its credentials are
/// looked up. It needs no more than a batch, and all such accounts leave half of the room.
pub(super) fn has_room_in_trouble(own: Load, of_all_in_trouble: Load) -> bool {
    let is_small = own.events < FEW && own.bytes < MOST_BYTES / 16;
    let all = of_all_in_trouble;
    is_small && all.events < MOST / 2 && all.bytes < MOST_BYTES / 2
}

/// The search for other accounts' events while an account has no room.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// The account that had no room for its events last, and when that was.
    full: Option<(Account, Duration)>,
    /// How many looks in a row have found no account that had nothing to do.
    in_vain: u32,
    has_found: bool,
}

impl Search {
    /// An event of the account, which is being delivered to, was given back, since there was no room for it.
    pub(super) fn note_full(&mut self, account: Account, now: Duration) {
        self.full = Some((account, now));
    }

    /// An event was found of an account that had nothing to do.
    pub(super) fn note_found(&mut self) {
        self.has_found = true;
    }

    /// How many events to ask for, and when to look for other accounts' events. `room_of` gives the room of an account whose
    /// events are being delivered.
    pub(super) fn ask_for(
        &mut self,
        now: Duration,
        room_of: impl FnOnce(Account) -> Option<usize>,
    ) -> (usize, Option<Duration>) {
        let Some((account, since)) = self.full else {
            return (AT_ONCE, None);
        };
        let pause = if self.in_vain < LOOKS { OFTEN } else { SELDOM };
        let until = since.saturating_add(pause);
        match room_of(account) {
            Some(room) if now < until => (if room < FEW { 0 } else { room }, Some(until)),
            _ => {
                self.full = None;
                self.in_vain = match std::mem::take(&mut self.has_found) {
                    true => 0,
                    false => (self.in_vain + 1) % (LOOKS + SLOW_LOOKS),
                };
                (AT_ONCE, None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{AT_ONCE, Load, MOST_BYTES, Search, has_room, has_room_in_trouble};

    #[test]
    fn each_account_leaves_half_of_the_room() {
        let none = Load::default();
        let load = |events: usize, bytes: usize| Load { events, bytes };
        for (own, of_others, has_more) in [
            (load(999, 1_000), none, true),
            (load(1_000, 1_000), none, false),
            (load(499, 1_000), load(1_000, 1_000), true),
            (load(500, 1_000), load(1_000, 1_000), false),
            // A batch at least, and one event whatever there is.
            (load(99, 1_000), load(1_990, 1_000), true),
            (load(100, 1_000), load(1_990, 1_000), false),
            (none, load(3_000, MOST_BYTES), true),
            // By bytes.
            (load(20, 15_999_999), none, true),
            (load(20, 16_000_000), none, false),
            (load(20, 8_000_000), load(20, 16_000_000), false),
        ] {
            assert_eq!(has_room(own, of_others), has_more, "{own:?} {of_others:?}");
        }
    }

    #[test]
    fn accounts_in_trouble_have_little_room() {
        let load = |events: usize, bytes: usize| Load { events, bytes };
        for (own, of_all, has_more) in [
            (load(0, 0), load(0, 0), true),
            (load(99, 1_999_999), load(999, 15_999_999), true),
            (load(100, 1_000), load(100, 1_000), false),
            (load(2, 2_000_000), load(2, 2_000_000), false),
            (load(0, 0), load(1_000, 1_000), false),
            (load(0, 0), load(10, 16_000_000), false),
        ] {
            assert_eq!(
                has_room_in_trouble(own, of_all),
                has_more,
                "{own:?} {of_all:?}"
            );
        }
    }

    /// How many looks there are in so many seconds of a full account.
    fn looks(seconds: u64, finds: bool) -> usize {
        let mut search = Search::default();
        let mut looks = 0;
        for tenth in 0..seconds * 10 {
            let now = Duration::from_millis(tenth * 100);
            if let (AT_ONCE, None) = search.ask_for(now, |_| Some(0)) {
                looks += 1;
                search.note_full(Some(71), now);
                if finds {
                    search.note_found();
                }
            }
        }
        looks
    }

    #[test]
    fn looks_in_vain_become_seldom() {
        // 30 in three seconds, then 10 in thirty.
        assert_eq!(looks(3, false), 30);
        assert!(
            (39..=42).contains(&looks(33, false)),
            "{}",
            looks(33, false)
        );
        assert!(
            (78..=84).contains(&looks(66, false)),
            "{}",
            looks(66, false)
        );
        assert_eq!(looks(33, true), 330);
    }

    #[test]
    fn an_account_that_delivers_gets_what_it_has_room_for() {
        let now = Duration::from_secs(5);
        let soon = now + Duration::from_millis(100);
        for (room, asked) in [
            (Some(0), (0, Some(soon))),
            (Some(99), (0, Some(soon))),
            (Some(100), (100, Some(soon))),
            (Some(400), (400, Some(soon))),
            // It is in an outage: its events are given back, whatever the number.
            (None, (AT_ONCE, None)),
        ] {
            let mut search = Search::default();
            search.note_full(Some(71), now);
            assert_eq!(search.ask_for(now, |_| room), asked, "{room:?}");
        }
    }
}
