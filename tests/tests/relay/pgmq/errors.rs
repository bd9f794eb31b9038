//! Errors have the right kind, and do not show the password.

use std::time::Duration;

use timeline_core::Queue;
use timeline_core::pgmq::{Pgmq, PgmqError, PgmqErrorKind};

use super::{Database, sandbox, server};
use crate::{order, seal};

async fn refused(url: &str, queue: &str) -> PgmqError {
    let error = Pgmq::connect(url, queue).await.expect_err("no queue");
    let said = format!("{error} {error:?}");
    assert!(
        !said.contains("secret") && !said.contains("hunter2"),
        "{said}"
    );
    error
}

#[tokio::test]
async fn before_there_is_a_connection() {
    for queue in [
        "",
        "Orders",
        "my-queue",
        "a b",
        "ä",
        &"x".repeat(43),
        "x; drop table pets",
    ] {
        let error = refused("postgresql://app:secret@127.0.0.1:9/x", queue).await;
        assert_eq!(error.kind(), PgmqErrorKind::InvalidName, "{error}");
    }
    for config in [
        "",
        "postgres",
        "https://app:hunter2@x",
        "host=x port=y password=hunter2",
        "postgresql://app:hun@ter2/%zz",
    ] {
        let error = refused(config, "orders").await;
        assert!(
            matches!(
                error.kind(),
                PgmqErrorKind::InvalidConfig | PgmqErrorKind::NotConnected
            ),
            "{config}: {error}"
        );
    }
    let error = refused("postgresql://app:secret@127.0.0.1:9/x", "orders").await;
    assert_eq!(error.kind(), PgmqErrorKind::NotConnected, "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn what_the_server_refuses() {
    let Some(url) = server() else { return };
    let error = refused(&url.replace("secret", "hunter2"), "orders").await;
    assert_eq!(error.kind(), PgmqErrorKind::Refused, "{error}");
    let bare = url.replace("/postgres", "/bare");
    let error = refused(&bare, "orders").await;
    assert_eq!(error.kind(), PgmqErrorKind::NotInstalled, "{error}");
    assert!(
        error.to_string().contains("CREATE EXTENSION pgmq"),
        "{error}"
    );
    let error = refused(&url.replace("/postgres", "/none"), "orders").await;
    assert_eq!(error.kind(), PgmqErrorKind::Refused, "{error}");
}

/// A certificate is checked, and the connection works over TLS.
#[tokio::test]
async fn certificates_are_checked() {
    let Some(url) = server() else { return };
    let (_sandbox, client) = sandbox().await;
    let database = Database::new(&url).await;
    let secure = format!("{url}?sslmode=require");
    let error = refused(&secure, &database.name).await;
    assert_eq!(error.kind(), PgmqErrorKind::NotSecure, "{error}");
    let root =
        std::fs::read(std::env::var("TIMELINE_POSTGRES_ROOT").expect("a root")).expect("a file");
    let settings = || Pgmq::builder().root_certificate(root.clone());
    let mut queue = settings()
        .connect(&secure, &database.name)
        .await
        .expect("a trusted root");
    let by_name = secure.replace("127.0.0.1", "localhost");
    drop(
        settings()
            .connect(&by_name, &database.name)
            .await
            .expect("its name"),
    );
    database
        .enqueue_all(&[seal(&client, &order(1)), seal(&client, &order(2))])
        .await;
    assert_eq!(queue.receive(10).await.expect("messages").len(), 2);
    let junk = Pgmq::builder().root_certificate("no certificate");
    let error = junk
        .connect(&secure, &database.name)
        .await
        .expect_err("no root");
    assert_eq!(error.kind(), PgmqErrorKind::NotSecure, "{error}");
}

/// A server that does not answer is not waited for without end.
#[tokio::test]
async fn a_server_that_does_not_answer() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = silent.local_addr().expect("a port").port();
    let settings = Pgmq::builder().timeout(Duration::from_millis(200));
    let url = format!("postgresql://app:secret@127.0.0.1:{port}/x");
    let error = settings
        .connect(&url, "orders")
        .await
        .expect_err("no answer");
    assert_eq!(error.kind(), PgmqErrorKind::TimedOut, "{error}");
}
