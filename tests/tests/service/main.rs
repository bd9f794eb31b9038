//! The example `axum` as a process: an event that it has answered with 202 is on HubSpot once, however the process
//! ends.
#![cfg(unix)]
// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

mod process;
mod traffic;

// The example's own types, for the sandbox's templates.
#[allow(unreachable_pub)]
#[path = "../../../examples/axum/events.rs"]
mod events;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use timeline_core::{Api, Fault, Sandbox, TimelineEvent};
use tokio::task::spawn_blocking;

use crate::process::{Keeps, LETTERS, Service, terminate_once_it_listens};
use crate::traffic::Traffic;

/// How many requests are answered before something happens in the middle of more of them.
const ANSWERED: usize = 300;

async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    sandbox.register::<events::SignedUp>();
    sandbox.register::<events::OrderPlaced>();
    sandbox
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("service-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of the last run");
    }
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// How often each address has an event: each request of the traffic has its own, also if it is made twice.
fn events_by_address(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for event in sandbox.events() {
        assert_eq!(event.writes, 1, "{event:?}");
        *counts.entry(event.email.unwrap_or_default()).or_default() += 1;
    }
    counts
}

/// Waits until another process has done something, for a minute at most.
async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(60), wait).await;
    in_time.expect("what the next start sends");
}

fn missing<'a>(sandbox: &Sandbox, accepted: &'a [String]) -> Vec<&'a String> {
    let there = events_by_address(sandbox);
    let is_missing = |address: &&String| !there.contains_key(*address);
    accepted.iter().filter(is_missing).collect()
}

fn assert_each_is_there_once(sandbox: &Sandbox, accepted: &[String]) {
    let there = events_by_address(sandbox);
    let doubled = there.iter().filter(|(_, count)| **count > 1);
    assert_eq!(doubled.count(), 0);
    assert_eq!(missing(sandbox, accepted), Vec::<&String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sigterm_in_the_middle_of_traffic_loses_nothing() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503));
    sandbox.inject(Fault::cut_after().after(1));
    let folder = folder("sigterm");
    let service = Service::start(&sandbox, &folder, Keeps::InMemory);

    let mut traffic = Traffic::start(service.url());
    traffic.until_answered(ANSWERED).await;
    let ended = service.terminate().await;

    let accepted = traffic.until_gone().await;
    assert!(ended.is_success, "{ended:?}");
    assert!(
        ended.out.contains(" 0 rejected, 0 not sent, 0 unknown"),
        "{ended:?}"
    );
    assert_each_is_there_once(&sandbox, &accepted);
    let letters = fs::read_to_string(folder.join(LETTERS));
    assert_eq!(letters.expect("dead letters"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sigterm_counts_as_soon_as_it_listens() {
    let sandbox = sandbox().await;
    for _ in 0..5 {
        let folder = folder("early-sigterm");
        let base_url = sandbox.base_url().to_owned();
        let ended = spawn_blocking(move || terminate_once_it_listens(&base_url, &folder));
        assert!(ended.await.expect("its end"));
    }
}

/// As in a new app, the event types are in its project.
#[tokio::test(flavor = "multi_thread")]
async fn app_events_survive_a_kill_and_a_sigterm_too() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let templates = [
        events::SignedUp::templates(),
        events::OrderPlaced::templates(),
    ];
    for template in templates.concat() {
        let type_name = template.type_name().expect("both have one").to_owned();
        let definition = template.to_definition(&type_name).expect("good names");
        sandbox.add_definition("shop", definition);
    }
    sandbox.inject(Fault::status(503));
    sandbox.inject(Fault::cut_after().after(1));
    let folder = folder("app-events");
    let start = || Service::start_with(&sandbox, &folder, Keeps::OnDisk, &["--project", "shop"]);
    let mut accepted = Vec::new();
    for is_killed in [true, false] {
        let service = start();
        let mut traffic = Traffic::start(service.url());
        traffic.until_answered(ANSWERED).await;
        if is_killed {
            // HubSpot is down, so the events that come now are only on the disk.
            sandbox.inject(Fault::status(503).forever());
            traffic.until_answered(ANSWERED).await;
            service.kill().await;
        } else {
            service.terminate_well().await;
        }
        accepted.extend(traffic.until_gone().await);
        if is_killed {
            let missing = missing(&sandbox, &accepted);
            assert!(!missing.is_empty(), "nothing was left to lose");
            sandbox.clear_faults();
        }
    }
    let service = start();
    until(|| missing(&sandbox, &accepted).is_empty()).await;
    service.terminate_well().await;
    assert_each_is_there_once(&sandbox, &accepted);
    assert!(
        sandbox
            .events()
            .iter()
            .all(|event| event.api == Api::AppEvents)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_delivered_is_written_down() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(403).forever());
    let folder = folder("letters");
    let service = Service::start(&sandbox, &folder, Keeps::InMemory);

    let mut traffic = Traffic::start(service.url());
    traffic.until_answered(ANSWERED).await;
    let ended = service.terminate().await;

    let accepted = traffic.until_gone().await;
    assert!(ended.is_success, "{ended:?}");
    assert_eq!(sandbox.event_count(), 0);
    sandbox.clear_faults();
    let letters = fs::File::open(folder.join(LETTERS)).expect("dead letters");
    let report = sandbox.client().replay(letters).report().await;
    assert!(report.is_delivered(), "{report}");
    assert_each_is_there_once(&sandbox, &accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_outbox_a_kill_in_the_middle_of_traffic_loses_nothing() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503));
    sandbox.inject(Fault::cut_after().after(1));
    let folder = folder("kill");
    let service = Service::start(&sandbox, &folder, Keeps::OnDisk);

    let mut traffic = Traffic::start(service.url());
    traffic.until_answered(ANSWERED).await;
    // HubSpot is down, so the events that come now are only on the disk.
    sandbox.inject(Fault::status(503).forever());
    traffic.until_answered(ANSWERED).await;
    service.kill().await;

    let accepted = traffic.until_gone().await;
    assert!(
        !missing(&sandbox, &accepted).is_empty(),
        "nothing was left to lose"
    );
    sandbox.clear_faults();
    let service = Service::start(&sandbox, &folder, Keeps::OnDisk);
    until(|| missing(&sandbox, &accepted).is_empty()).await;
    let ended = service.terminate().await;
    assert!(ended.is_success, "{ended:?}");
    assert_each_is_there_once(&sandbox, &accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_outbox_events_are_taken_while_hubspot_is_down() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503).forever());
    let folder = folder("down");
    let service = Service::start(&sandbox, &folder, Keeps::OnDisk);

    let event = r#"{"email":"ada@example.com","userId":"u-17","plan":"proYearly"}"#;
    let other = r#"{"email":"ada@example.com","userId":"u-17","plan":"free"}"#;
    let without_key = r#"{"email":"ada@example.com","userId":"","plan":"free"}"#;
    let http = reqwest::Client::new();
    let post = |path, body| traffic::post(&http, service.url(), path, body);
    assert_eq!(post("signups", event).await, Some(202));
    assert_eq!(post("signups", event).await, Some(202), "the same again");
    assert_eq!(
        post("signups", other).await,
        Some(422),
        "one id is one event"
    );
    assert_eq!(post("signups", without_key).await, Some(422));
    assert_eq!(post("orders", event).await, Some(422), "no order");

    service.kill().await;
    sandbox.clear_faults();
    let service = Service::start(&sandbox, &folder, Keeps::OnDisk);
    until(|| sandbox.event_count() > 0).await;
    let ended = service.terminate().await;
    assert!(ended.is_success, "{ended:?}");
    assert_each_is_there_once(&sandbox, &["ada@example.com".to_owned()]);
    assert_eq!(sandbox.event_count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hubspot_refuses_is_shown_and_can_be_revived() {
    let sandbox = sandbox().await;
    let folder = folder("refused");
    let service = Service::start(&sandbox, &folder, Keeps::OnDisk);
    let http = reqwest::Client::new();
    for (user, email) in [
        ("u-1", "no address"),
        ("u-2", "ada@example.com"),
        ("u-3", "none"),
    ] {
        let body = format!(r#"{{"email":"{email}","userId":"{user}","plan":"free"}}"#);
        let status = traffic::post(&http, service.url(), "signups", &body).await;
        assert_eq!(status, Some(202), "{user}");
    }
    let seen = async || {
        let answer = http.get(format!("{}/outbox", service.url())).send().await;
        let answer = answer.expect("an answer").json::<serde_json::Value>();
        answer.await.expect("JSON")
    };
    let all_refused = async || {
        let dead = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let shown = seen().await;
                let dead = shown["dead"].as_object().expect("an object").clone();
                if dead.len() == 2 && shown["waiting"] == 0 {
                    return dead;
                }
            }
        });
        dead.await.expect("two are refused")
    };
    let dead = all_refused().await;
    for reason in dead.values() {
        let reason = reason.as_str().expect("a text");
        assert!(reason.contains("HubSpot refused it"), "{reason}");
    }
    let ids: Vec<&String> = dead.keys().collect();
    for (route, counted) in [("revive", "revived"), ("discard", "discarded")] {
        all_refused().await;
        let post = http.post(format!("{}/outbox/{route}", service.url()));
        let answer = post.json(&ids).send().await.expect("an answer");
        let answer: serde_json::Value = answer.json().await.expect("JSON");
        assert_eq!(answer[counted], 2, "{route}");
    }
    assert_eq!(seen().await["dead"], serde_json::json!({}));
    service.terminate_well().await;
    assert_each_is_there_once(&sandbox, &["ada@example.com".to_owned()]);
}
