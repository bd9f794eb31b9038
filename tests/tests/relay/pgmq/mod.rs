//! A queue in Postgres, on a real server: `sh tests/pgmq/run.sh`. Without one, these tests say so and do nothing.

mod crash;
mod errors;
mod hosts;
mod messages;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use timeline_core::pgmq::{ENQUEUE_SQL, Pgmq};
use timeline_core::{Client, Sandbox, SealedEvent};
use tokio_postgres::NoTls;

use crate::Order;

/// The server's URL.
fn server() -> Option<String> {
    let url = std::env::var("TIMELINE_POSTGRES").ok();
    if url.is_none() {
        println!("skipped: no Postgres; `sh tests/pgmq/run.sh` starts one");
    }
    url
}

/// A queue of the test's own, and a second connection to look at it.
struct Database {
    url: String,
    name: String,
    database: tokio_postgres::Client,
}

impl Database {
    async fn new(url: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let (database, connection) = tokio_postgres::connect(url, NoTls).await.expect("a server");
        tokio::spawn(connection);
        Database {
            url: url.to_owned(),
            name: format!("orders_{process}_{number}"),
            database,
        }
    }

    async fn queue(&self) -> Pgmq {
        Pgmq::connect(&self.url, &self.name).await.expect("a queue")
    }

    async fn enqueue(&self, json: &str) {
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&self.name, &json];
        self.database
            .execute(ENQUEUE_SQL, &values)
            .await
            .expect("a message");
    }

    async fn enqueue_all(&self, events: &[SealedEvent]) {
        for event in events {
            self.enqueue(&serde_json::to_string(event).expect("JSON"))
                .await;
        }
    }

    async fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM pgmq.{table}");
        self.database
            .query_one(&sql, &[])
            .await
            .expect("a table")
            .get(0)
    }

    async fn waiting(&self) -> i64 {
        self.count(&format!("q_{}", self.name)).await
    }

    /// The parked messages with their reasons.
    async fn dead(&self) -> Vec<(String, String)> {
        let sql = format!(
            "SELECT message->>'reason', (message->'message')::text FROM pgmq.q_{}_dead ORDER BY msg_id",
            self.name
        );
        let rows = self.database.query(&sql, &[]).await.expect("a table");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Ready when nothing waits.
    async fn until_empty(&self) {
        let all = format!("SELECT count(*) FROM pgmq.q_{}", self.name);
        self.until_count(&all, 0).await;
    }

    /// Ready when this query counts this many.
    async fn until_count(&self, sql: &str, count: i64) {
        let since = Instant::now();
        loop {
            let found: i64 = self
                .database
                .query_one(sql, &[])
                .await
                .expect("a table")
                .get(0);
            if found == count {
                return;
            }
            assert!(
                since.elapsed() < Duration::from_secs(300),
                "{found} of {count}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A sandbox on the real clock, like the database.
async fn sandbox() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.expect("a free port");
    sandbox.register::<Order>();
    let client = sandbox.client();
    (sandbox, client)
}
