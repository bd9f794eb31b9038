//! HubSpot's app events from the same types as v3: what goes out, and what becomes of every event where a request is taken
//! as a whole or not at all.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

mod atomic;
mod moving;
mod names;
mod projects;
mod restarts;
mod verify;

use std::sync::Arc;

use timeline_core::sandbox::{Sandbox, TestClock};
use timeline_core::{Api, Client, ClientBuilder, Outcome, TimelineEvent};

/// An event with an id of the client's making, for both APIs.
#[derive(Clone, TimelineEvent)]
#[timeline(template_id = "1001298", type_name = "visited")]
struct Visit {
    #[timeline(email)]
    who: String,
    page: String,
}

/// An event with an id of the user's own, for app events alone.
#[derive(Clone, TimelineEvent)]
#[timeline(type_name = "ordered")]
struct Order {
    #[timeline(id)]
    id: String,
    #[timeline(email)]
    who: String,
    amount: f64,
}

/// An event whose id follows from a key.
#[derive(Clone, TimelineEvent)]
#[timeline(template = "Seat taken", type_name = "seat_taken")]
struct Seat {
    #[timeline(key)]
    row: u32,
    #[timeline(email)]
    who: String,
}

fn visits(count: usize) -> Vec<Visit> {
    let visit = |n: usize| Visit {
        who: format!("visitor-{n}@example.com"),
        page: format!("/page/{n}"),
    };
    (0..count).map(visit).collect()
}

fn orders(count: usize) -> Vec<Order> {
    let order = |n: usize| Order {
        id: format!("order-{n}"),
        who: "ada@example.com".to_owned(),
        amount: 12.5,
    };
    (0..count).map(order).collect()
}

fn seats(rows: std::ops::Range<u32>) -> Vec<Seat> {
    let seat = |row| Seat {
        row,
        who: "ada@example.com".to_owned(),
    };
    rows.map(seat).collect()
}

async fn sandbox() -> Sandbox {
    let builder = Sandbox::builder().clock(Arc::new(TestClock::new()));
    let sandbox = builder.start().await.expect("a free port");
    sandbox.register::<Visit>();
    sandbox.register::<Order>();
    sandbox.register::<Seat>();
    sandbox
}

fn builder(sandbox: &Sandbox) -> ClientBuilder {
    sandbox.client_builder().api(Api::AppEvents)
}

fn client(sandbox: &Sandbox) -> Client {
    builder(sandbox).build().expect("good settings")
}

/// How many outcomes there are of each kind.
fn counted(outcomes: &[Outcome]) -> String {
    let count = |is_it: fn(&Outcome) -> bool| outcomes.iter().filter(|it| is_it(it)).count();
    let all = [
        ("created", count(|it| matches!(it, Outcome::Created(_)))),
        (
            "exists",
            count(|it| matches!(it, Outcome::AlreadyExists { .. })),
        ),
        ("rejected", count(|it| matches!(it, Outcome::Rejected(_)))),
        (
            "not-sent",
            count(|it| matches!(it, Outcome::NotSent { .. })),
        ),
        ("unknown", count(|it| matches!(it, Outcome::Unknown { .. }))),
    ];
    let some = all.into_iter().filter(|(_, count)| *count > 0);
    let words: Vec<String> = some
        .map(|(word, count)| format!("{word}*{count}"))
        .collect();
    words.join(" ")
}
