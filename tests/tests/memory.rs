//! What is held in memory: by an account that does nothing, by a stream that does not end, and by a file that holds no
//! dead letters.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

use std::future::{pending, ready};
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, SandboxBuilder};
use timeline_core::{
    Api, Client, Clock, Credentials, EventInput, EventTemplate, OAuth, ObjectType, Outcome,
    RateLimit, Sandbox, Senders, TestClock,
};
use tokio::runtime::{Builder, Runtime};

/// `TIMELINE_API=app-events` runs these tests through app events.
fn api() -> Api {
    match std::env::var("TIMELINE_API").as_deref() {
        Ok("app-events") => Api::AppEvents,
        _ => Api::V3,
    }
}

/// A sandbox on a thread of its own, so that its memory is not counted: the counter is this thread's.
fn sandbox(limit: RateLimit) -> (Client, String) {
    started(Sandbox::builder(), limit)
}

/// A sandbox with this clock, whose accounts are numbered from 1.
fn sandbox_with(limit: RateLimit, clock: &TestClock) -> (Client, String) {
    let builder = Sandbox::builder().clock(Arc::new(clock.clone()));
    // HubSpot asks for room for access tokens of 300 characters.
    started(builder.access_token("x".repeat(300)), limit)
}

fn started(builder: SandboxBuilder, limit: RateLimit) -> (Client, String) {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        runtime().block_on(async {
            let sandbox = builder.api(api()).start().await;
            let sandbox = sandbox.expect("a free port");
            for id in 1..2_000 {
                sandbox.add_portal(id, refresh_token(id));
            }
            let template = EventTemplate::new("Visited", ObjectType::Contacts);
            let template_id = sandbox.add_template(template);
            let client = sandbox
                .client_builder()
                .rate_limit(limit)
                .build()
                .expect("good settings");
            tell.send((client, template_id)).expect("somebody waits");
            pending::<()>().await;
        });
    });
    told.recv().expect("a sandbox")
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

fn refresh_token(id: u64) -> String {
    format!("{id:08}-0000-1111-2222-333333333333")
}

fn visit(template_id: &str) -> EventInput<'_> {
    EventInput::new(template_id).email("ada@example.com")
}

#[test]
fn an_idle_account_costs_less_than_a_kilobyte() {
    const ACCOUNTS: u64 = 300;
    let (root, template_id) = sandbox(RateLimit::default());
    let runtime = runtime();
    let account = |id| {
        let refresh_token = format!("{id}-0000-1111-2222-333333333333");
        root.for_portal(id, OAuth::new("client-id", "client-secret", refresh_token))
    };
    let sent = |id| {
        let token = Credentials::access_token(timeline_core::sandbox::ACCESS_TOKEN);
        let client = root.for_portal(id, token);
        runtime.block_on(async { client.send(&visit(&template_id)).await.expect("created") });
        client
    };
    // The connection, and whatever else all accounts share.
    drop(sent(1));

    let mut clients = Vec::with_capacity(2 * ACCOUNTS as usize);
    let measure = |clients: &mut Vec<Client>, make: &dyn Fn(u64) -> Client, first: u64| {
        let measured = allocation_counter::measure(|| {
            clients.extend((first..first + ACCOUNTS).map(make));
        });
        measured.bytes_current / ACCOUNTS.cast_signed()
    };
    let made = measure(&mut clients, &account, 1000);
    let used = measure(&mut clients, &sent, 2000);
    println!("bytes per account: {made} when made, {used} after an event");
    assert!(made < 1024, "{made} bytes");
    assert!(used < 1024, "{used} bytes");
}

/// What is left of an account with senders that has had many events and fell asleep: its client's state with an access token,
/// and its share of what the senders keep.
#[test]
fn an_account_that_is_asleep_costs_at_most_a_kilobyte() {
    const ACCOUNTS: u64 = 300;
    const REQUESTS: usize = 150;
    let clock = TestClock::new();
    let (root, template_id) = sandbox_with(RateLimit::default(), &clock);
    let runtime = runtime();
    let senders = {
        let _inside = runtime.enter();
        // Refresh tokens are about as long as HubSpot's.
        let oauth = |id| OAuth::new(CLIENT_ID, CLIENT_SECRET, refresh_token(id));
        let senders = root.senders(move |id| ready(Some(oauth(id))));
        senders.linger(Duration::ZERO).build()
    };
    let asleep = |senders: &Senders| {
        runtime.block_on(async {
            while senders.awake() > 0 {
                clock.sleep(Duration::from_secs(1)).await;
            }
        });
    };
    let send = |ids: Range<u64>, requests: usize| {
        for id in ids {
            runtime.block_on(async {
                for _ in 0..requests {
                    let outcome = senders.send(id, visit(&template_id)).await.await;
                    assert!(outcome.is_delivered(), "{outcome}");
                }
            });
        }
    };
    // The connection, and whatever else all accounts share.
    send(1..3, 1);
    asleep(&senders);

    // The first accounts send as many requests as the limit lets through at once, and more.
    let mut awake = 0;
    let measured = allocation_counter::measure(|| {
        let first = 1_000..1_010;
        send(first.clone(), REQUESTS);
        let measured = allocation_counter::measure(|| send(first.end..1_000 + ACCOUNTS, 1));
        awake = measured.bytes_max / (ACCOUNTS - 10);
        asleep(&senders);
    });
    let bytes = measured.bytes_current / ACCOUNTS.cast_signed();
    println!("bytes per account: {bytes} asleep, {awake} awake without events");
    assert!(bytes <= 1024, "{bytes} bytes");
    assert!(awake <= 16 * 1024, "{awake} bytes");

    // After the access token's end there is nothing left to remember.
    runtime.block_on(clock.sleep(Duration::from_secs(3600)));
    let tasks = runtime.metrics().num_alive_tasks();
    assert!(tasks <= 4, "{tasks} tasks");
    let report = runtime.block_on(senders.shutdown(Duration::ZERO));
    let total = 2 + 10 * REQUESTS + 290;
    assert_eq!((report.total(), report.created()), (total, total));
}

#[test]
fn a_longer_stream_needs_no_more() {
    let (client, template_id) = sandbox(RateLimit::unlimited());
    let runtime = runtime();
    let most = |events: usize| {
        let measured = allocation_counter::measure(|| {
            runtime.block_on(async {
                let events = stream::iter((0..events).map(|_| visit(&template_id)));
                let outcomes = client.send_stream(events);
                let delivered = outcomes.filter(|(_, outcome)| {
                    let is_delivered = outcome.is_delivered();
                    async move { is_delivered }
                });
                assert!(delivered.count().await > 0);
            });
        });
        measured.bytes_max
    };
    // More events than are under way at once: 8 requests of 100 events, or of 500.
    let few = match api() {
        Api::V3 => 1_000,
        _ => 5_000,
    };
    most(few);
    let (short, long) = (most(few), most(10 * few));
    println!("at most {short} bytes for {few} events, {long} for ten times as many");
    assert!(long < 2 * short, "{short} bytes, then {long}");
}

/// This many bytes without a line break, made as they are read.
struct Endless(usize);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = buffer.len().min(self.0);
        buffer[..bytes].fill(b'x');
        self.0 -= bytes;
        Ok(bytes)
    }
}

/// The line is one rejection, its text is not kept, and the lines around it are sent.
#[test]
fn a_line_of_300_megabytes_is_not_kept() {
    let (client, template_id) = sandbox(RateLimit::unlimited());
    let runtime = runtime();
    let event = |id: &str| {
        format!(
            r#"{{"eventTemplateId":"{template_id}","id":"{id}","email":"ada@example.com","tokens":{{}}}}"#
        )
    };
    let first = event("first") + "\n";
    let last = String::from("\n") + &event("last");
    let mut delivered = Vec::new();
    let measured = allocation_counter::measure(|| {
        let file = first
            .as_bytes()
            .chain(Endless(300_000_000))
            .chain(last.as_bytes());
        let report = runtime.block_on(client.replay(file).report());
        delivered.extend(report.outcomes().iter().map(Outcome::is_delivered));
    });
    println!("at most {} bytes", measured.bytes_max);
    assert_eq!(delivered, [true, false, true]);
    assert!(measured.bytes_max < 8_000_000, "{}", measured.bytes_max);
}
