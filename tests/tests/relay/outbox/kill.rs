//! A process that is killed: what the outbox said it had taken is there. `TIMELINE_KILLS` changes the number of kills.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use timeline_core::outbox::Outbox;
use timeline_core::{Client, EventInput};

use super::{Folder, open, until_empty};
use crate::sandbox;

#[tokio::test]
async fn nothing_that_was_taken_is_lost() {
    let kills = std::env::var("TIMELINE_KILLS").map_or(4, |text| text.parse().expect("a number"));
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let mut random = fastrand::Rng::with_seed(kills);
    let mut taken = BTreeSet::new();
    for run in 0..kills {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "outbox::kill::child", "--nocapture"])
            .env("TIMELINE_OUTBOX_KILL", folder.file())
            .env("TIMELINE_RUN", run.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        // The process is killed in the middle of its work, at another point each time.
        for _ in 0..random.usize(1..400) {
            let line = lines.next().expect("it writes until it is killed");
            taken.extend(
                line.expect("UTF-8")
                    .strip_prefix("taken ")
                    .map(str::to_owned),
            );
        }
        child.kill().expect("a process");
        // The lines that it wrote before its end count, too.
        let rest = lines.map_while(Result::ok);
        taken.extend(rest.filter_map(|line| line.strip_prefix("taken ").map(str::to_owned)));
        child.wait().expect("a process");
    }
    assert!(taken.len() > 100 || kills < 4, "{}", taken.len());

    let outbox = open(folder.file(), &sandbox).await;
    let client = sandbox.client();
    let empty = until_empty(&outbox, &sandbox);
    let report = client.relay(outbox.clone()).stop_on(empty).await;
    let report = report.expect("a sound outbox");
    let there: BTreeSet<String> = sandbox.events().into_iter().map(|event| event.id).collect();
    let lost: Vec<_> = taken.difference(&there).collect();
    assert!(lost.is_empty(), "{report}: {lost:?}");
    println!(
        "{kills} kills, {} acknowledged, {} there, 0 lost",
        taken.len(),
        there.len()
    );
}

/// The process that is killed: three tasks put events into the outbox, one by one and in batches, and a fourth sends through
/// a sender on it, whose server is not there.
#[tokio::test]
async fn child() {
    let Ok(path) = std::env::var("TIMELINE_OUTBOX_KILL") else {
        return;
    };
    let run = std::env::var("TIMELINE_RUN").expect("a number");
    let builder = Outbox::builder().lock_patience(Duration::from_secs(60));
    let outbox = builder.open(path).await.expect("an outbox");
    let client = Client::builder()
        .base_url("http://127.0.0.1:9")
        .access_token("token")
        .portal_id(62_515);
    let client = client.build().expect("good settings");
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let seal = |task: usize| {
        let id = format!("{run}-{task}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let event = EventInput::new("1001298")
            .id(id)
            .email("ada@example.com")
            .token("order", "17")
            .token("amount", 12.5);
        client.seal(&event).expect("sound")
    };
    // Under strace, a few events one after the other.
    let few = std::env::var("TIMELINE_EVENTS").ok();
    let few = few.map(|text| text.parse::<usize>().expect("a number"));
    let work = async |task: usize, many: usize| {
        for _ in 0..few.unwrap_or(usize::MAX) {
            let events: Vec<_> = (0..many).map(|_| seal(task)).collect();
            outbox.enqueue_all(&events).await.expect("room");
            // In one write, so that a line is whole or not there.
            let lines: String = events
                .iter()
                .map(|event| format!("taken {}\n", event.id()))
                .collect();
            std::io::stdout()
                .write_all(lines.as_bytes())
                .expect("a reader");
        }
    };
    if few.is_some() {
        return work(1, 1).await;
    }
    let sender = client.sender().outbox(outbox.clone()).build();
    let sends = async {
        loop {
            let event = seal(4);
            let line = format!("taken {}\n", event.id());
            let pending = sender.send(event).await;
            assert!(pending.known().is_none());
            std::io::stdout()
                .write_all(line.as_bytes())
                .expect("a reader");
        }
    };
    tokio::join!(work(1, 1), work(2, 1), work(3, 7), sends);
}
