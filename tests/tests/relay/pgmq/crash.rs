//! A server that stops at once, and relays that are gone: nothing is lost. `TIMELINE_CRASHES`, `TIMELINE_KILLS` and
//! `TIMELINE_EVENTS` change the amount of work.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use timeline_core::pgmq::Pgmq;
use tokio_postgres::NoTls;

use super::{Database, sandbox, server};
use crate::{order, seal};

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| {
        text.replace('_', "").parse().expect("a number")
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost() {
    let Some(url) = server() else { return };
    let (crashes, kills) = (number("TIMELINE_CRASHES", 2), number("TIMELINE_KILLS", 4));
    let events = number("TIMELINE_EVENTS", 1_500);
    let (sandbox, client) = sandbox().await;
    let mut database = Database::new(&url).await;
    drop(database.queue().await);
    let sealed: Vec<_> = (0..events).map(|n| seal(&client, &order(n))).collect();
    database.enqueue_all(&sealed).await;

    let killed = Arc::new(AtomicUsize::new(0));
    // Two relays that are killed now and then, and come again.
    let relays: Vec<_> = (0..2)
        .map(|_| {
            let (client, url, name) = (sandbox.client(), url.clone(), database.name.clone());
            let killed = Arc::clone(&killed);
            tokio::spawn(async move {
                loop {
                    let settings = Pgmq::builder().lease(Duration::from_secs(10));
                    let Ok(queue) = settings.connect(&url, &name).await else {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    };
                    let patience = Duration::from_secs(120);
                    let relay = client.relay(queue).queue_patience(patience);
                    let life = match killed.load(Ordering::Relaxed) < kills {
                        true => Duration::from_millis(300 + fastrand::u64(0..1_500)),
                        false => Duration::from_secs(3_600),
                    };
                    // To drop the relay in the middle of its work is like killing its process.
                    if tokio::time::timeout(life, relay).await.is_err() {
                        killed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    let crash = std::env::var("TIMELINE_POSTGRES_CRASH").expect("a way to stop the server");
    for _ in 0..crashes {
        tokio::time::sleep(Duration::from_millis(500 + fastrand::u64(0..1_500))).await;
        let command = crash.clone();
        let crashed = tokio::task::spawn_blocking(move || {
            Command::new("sh")
                .args(["-c", &command])
                .output()
                .expect("a shell")
        });
        let crashed = crashed.await.expect("no panic");
        assert!(crashed.status.success(), "{crashed:?}");
    }
    let (again, connection) = tokio_postgres::connect(&url, NoTls)
        .await
        .expect("a server");
    tokio::spawn(connection);
    database.database = again;
    database.until_empty().await;
    for relay in relays {
        relay.abort();
    }
    assert_eq!(sandbox.event_count(), events);
    assert_eq!(database.dead().await.len(), 0);
    println!(
        "{crashes} crashes, {} kills, {events} events, 0 lost",
        killed.load(Ordering::Relaxed)
    );
}
