//! A relay between a queue and HubSpot: every message is settled by what became of its event.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

mod accounts;
mod credentials;
mod messages;
mod outbox;
mod pgmq;
mod property;
mod queue;
mod troubles;

use std::sync::Arc;
use std::time::Duration;

use timeline_core::sandbox::{Sandbox, TestClock};
use timeline_core::{Client, SealedEvent, TimelineEvent};

use crate::queue::Store;

#[derive(Clone, TimelineEvent)]
#[timeline(template_id = "1001298", type_name = "ordered")]
struct Order {
    #[timeline(key, token = "order")]
    id: String,
    #[timeline(email)]
    customer: String,
    amount: f64,
}

/// An event of another template.
#[derive(TimelineEvent)]
#[timeline(template_id = "2002")]
struct Visit {
    #[timeline(email)]
    who: String,
    page: String,
}

fn order(n: usize) -> Order {
    Order {
        id: format!("order-{n}"),
        customer: format!("customer-{n}@example.com"),
        amount: 12.5,
    }
}

/// An order that HubSpot refuses.
fn bad(n: usize) -> Order {
    Order {
        customer: "nobody".to_owned(),
        ..order(n)
    }
}

fn seal(client: &Client, order: &Order) -> SealedEvent {
    client.seal(order).expect("a sound event")
}

fn json(event: &SealedEvent) -> Vec<u8> {
    serde_json::to_vec(event).expect("JSON")
}

async fn sandbox() -> Sandbox {
    let builder = Sandbox::builder().clock(Arc::new(TestClock::new()));
    let sandbox = builder.start().await.expect("a free port");
    sandbox.register::<Order>();
    sandbox
}

/// Ready when the queue has had nothing for a second.
async fn until_empty(store: &Store) {
    loop {
        store.clock().sleep(Duration::from_secs(1)).await;
        if store.waiting() == 0 {
            return;
        }
    }
}
