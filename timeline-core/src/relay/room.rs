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

/// A full batch. An account in an outage needs no more than that for its probes, and if a busy account has room for fewer
/// events, none are asked for.
const FEW: usize = 100;

/// While an account has no room, other accounts' events are looked for this often, `LOOKS` times: that reaches 15,000 events
/// far. If no account is found that has nothing to do, the next `SLOW_LOOKS` looks are further apart, so that a long backlog
/// is not given back again and again.
const OFTEN: Duration = Duration::from_millis(100);
const SELDOM: Duration = Duration::from_secs(3);
const LOOKS: u32 = 30;
const SLOW_LOOKS: u32 = 10;

/// How many events an account may have in memory, beside those of other accounts. Each account leaves half of the room, so
/// that several accounts that are slow do not keep others from being sent.
pub(super) fn most_of_one(of_others: usize, is_in_outage: bool) -> usize {
    if is_in_outage {
        return FEW;
    }
    (MOST.saturating_sub(of_others) / 2).clamp(FEW, MOST_OF_ONE)
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
    /// An event of the account was given back, since there was no room for it.
    pub(super) fn note_full(&mut self, account: Account, now: Duration) {
        self.full = Some((account, now));
    }

    /// An event was found of an account that had nothing to do.
    pub(super) fn note_found(&mut self) {
        self.has_found = true;
    }

    /// How many events to ask for, and when to look for other accounts' events. `room_of` gives the room of an account whose
    /// events are being delivered; events of another account are given back, so they do not limit the number.
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

    use super::{AT_ONCE, Search, most_of_one};

    #[test]
    fn each_account_leaves_half_of_the_room() {
        for (of_others, is_in_outage, most) in [
            (0, false, 1_000),
            (500, false, 750),
            (1_000, false, 500),
            (1_750, false, 125),
            (1_900, false, 100),
            (3_000, false, 100),
            (0, true, 100),
            (1_000, true, 100),
        ] {
            assert_eq!(
                most_of_one(of_others, is_in_outage),
                most,
                "{of_others} {is_in_outage}"
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
