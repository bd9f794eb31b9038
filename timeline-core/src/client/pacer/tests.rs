//! The window, without any waiting.

use std::time::Duration;

use super::{Allowance, ShareAtDeparture, Turn, Window};

const INTERVAL: Duration = Duration::from_secs(10);

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn now(ours: usize, sent: u64) -> Turn {
    Turn::Now(ShareAtDeparture { ours, sent })
}

fn answer(window: &mut Window, second: u64) {
    window.in_flight -= 1;
    window.answered.push_back((at(second), false));
}

#[test]
fn a_slot_is_free_again_one_interval_after_its_answer() {
    let mut window = Window::default();
    assert_eq!(window.turn(at(0), 2, INTERVAL), now(1, 1));
    assert_eq!(window.turn(at(0), 2, INTERVAL), now(2, 2));
    assert_eq!(window.turn(at(60), 2, INTERVAL), Turn::WhenOneIsAnswered);
    answer(&mut window, 61);
    assert_eq!(window.turn(at(61), 2, INTERVAL), Turn::At(at(71)));
    assert_eq!(window.turn(at(70), 2, INTERVAL), Turn::At(at(71)));
    assert_eq!(window.turn(at(71), 2, INTERVAL), now(2, 3));
    assert_eq!(window.turn(at(71), 2, INTERVAL), Turn::WhenOneIsAnswered);
    window.answered.push_back((at(72), false));
    let forever = Turn::At(Duration::MAX);
    assert_eq!(window.turn(at(73), 2, Duration::MAX), forever);
}

fn allowance(most: usize, remaining: usize) -> Allowance {
    Allowance {
        most,
        remaining,
        interval: INTERVAL,
    }
}

#[test]
fn what_is_used_up_beyond_ours_is_others() {
    for (most, remaining, ours, sent_since, others) in [
        (110, 109, 1, 0, 0),
        (110, 100, 3, 0, 7),
        // Requests that have left since may have been counted.
        (110, 100, 3, 5, 2),
        (110, 100, 10, 5, 0),
        (110, 0, 10, 0, 100),
        (110, 200, 10, 0, 0),
    ] {
        let mut window = Window {
            sent: 50 + sent_since,
            ..Window::default()
        };
        let share = ShareAtDeparture { ours, sent: 50 };
        window.learn(allowance(most, remaining), false, share, at(0));
        assert_eq!(
            (window.most, window.others()),
            (Some(most), others),
            "{most} {remaining} {ours} {sent_since}"
        );
    }
}

#[test]
fn the_highest_count_of_others_holds_for_an_interval() {
    let mut window = Window::default();
    let share = ShareAtDeparture::default();
    for (second, remaining, others) in [(0, 100, 10), (1, 80, 30), (5, 90, 30), (9, 85, 30)] {
        window.learn(allowance(110, remaining), false, share, at(second));
        assert_eq!(window.others(), others, "second {second}");
    }
    for (second, others) in [(10, 30), (11, 25), (18, 25), (19, 0)] {
        window.forget(at(second), INTERVAL);
        assert_eq!(window.others(), others, "second {second}");
    }
}

/// After a 429 the account's limit is used up. Of ours only the requests count that were surely accepted: neither those
/// that are on their way, nor those that were refused.
#[test]
fn a_429_is_others_beyond_what_was_let_through() {
    for (in_flight, let_through, refused, others) in [
        (0, 0, 1, 110),
        (8, 0, 1, 110),
        (8, 30, 1, 80),
        (8, 30, 5, 80),
        (0, 110, 1, 0),
        (0, 120, 1, 0),
    ] {
        let mut window = Window {
            in_flight,
            sent: 500,
            ..Window::default()
        };
        let answers = [(let_through, false), (refused, true)];
        for (count, was_refused) in answers {
            let answers = std::iter::repeat_n((at(0), was_refused), count);
            window.answered.extend(answers);
        }
        // After an answer that is no 429, all of these would count as ours.
        let share = ShareAtDeparture {
            ours: in_flight + let_through,
            sent: 100,
        };
        let learns = |window: &mut Window, refused| {
            window.learn(allowance(110, 0), refused, share, at(1));
        };
        learns(&mut window, false);
        assert_eq!(window.others(), 0, "{in_flight} {let_through} {refused}");
        learns(&mut window, true);
        assert_eq!(
            window.others(),
            others,
            "{in_flight} {let_through} {refused}"
        );
    }
}

/// How many leave at once.
fn leave(window: &mut Window, limit: usize) -> usize {
    let mut left = 0;
    while let Turn::Now(_) = window.turn(at(1), limit, INTERVAL) {
        left += 1;
    }
    left
}

/// If there are other processes, a fortieth of the limit stays free; if there are none, nothing does.
#[test]
fn a_margin_beside_others() {
    for (limit, most, others, ours) in [
        (110, None, 0, 110),
        (110, Some(110), 0, 110),
        (110, Some(110), 1, 107),
        (110, Some(110), 50, 58),
        (110, Some(110), 108, 1),
        (400, Some(400), 100, 290),
        (39, Some(39), 9, 30),
    ] {
        let mut window = Window {
            most,
            others: [(at(0), others)].into(),
            ..Window::default()
        };
        let mut left = 0;
        while let Turn::Now(_) = window.turn(at(1), limit, INTERVAL) {
            answer(&mut window, 1);
            left += 1;
        }
        assert_eq!(left, ours, "{limit} {most:?} {others}");
    }
}

/// How many requests leave before one is answered, where others use a part of the limit.
#[test]
fn what_is_free_is_for_all() {
    for (ours, others, leave_at_once) in [
        // Half of 68 and of 8.
        (20, 20, 34),
        (50, 50, 4),
        // A tenth of 58 and of 9.
        (5, 45, 5),
        (9, 90, 1),
        (1, 50, 1),
        (1, 107, 0),
        (50, 0, 60),
    ] {
        let mut window = Window {
            most: Some(110),
            answered: std::iter::repeat_n((at(0), false), ours).collect(),
            others: [(at(0), others)].into(),
            ..Window::default()
        };
        assert_eq!(leave(&mut window, 110), leave_at_once, "{ours} {others}");
    }
}

/// If there were other processes, one request leaves after a time without answers, and the rest wait for its answer.
#[test]
fn after_a_silence_one_request_asks() {
    for (others, leave_at_once) in [(0, 110), (5, 1)] {
        let mut window = Window::default();
        let share = ShareAtDeparture { ours: 1, sent: 1 };
        window.learn(allowance(110, 109 - others), false, share, at(0));
        window.forget(at(10), INTERVAL);
        assert_eq!(leave(&mut window, 110), leave_at_once, "{others}");
    }
}

#[test]
fn others_leave_room_for_fewer_but_always_for_one() {
    let mut window = Window::default();
    let Turn::Now(share) = window.turn(at(0), 4, INTERVAL) else {
        panic!("an empty window");
    };
    answer(&mut window, 0);
    window.learn(allowance(4, 1), false, share, at(0));
    // One of ours, two of others, so one more.
    assert_eq!(window.turn(at(1), 4, INTERVAL), now(2, 2));
    assert_eq!(window.turn(at(1), 4, INTERVAL), Turn::At(at(10)));
    answer(&mut window, 2);
    window.others = [(at(2), 4)].into();
    assert_eq!(window.turn(at(11), 4, INTERVAL), Turn::At(at(12)));
    assert_eq!(window.turn(at(12), 4, INTERVAL), now(1, 3));
    // A higher limit than the client was given is not used.
    window.others = [(at(12), 0)].into();
    window.most = Some(200);
    for ours in [2, 3, 4] {
        assert!(matches!(
            window.turn(at(12), 4, INTERVAL),
            Turn::Now(ShareAtDeparture { ours: n, .. }) if n == ours
        ));
    }
    assert_eq!(window.turn(at(12), 4, INTERVAL), Turn::WhenOneIsAnswered);
}
