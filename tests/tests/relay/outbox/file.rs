//! The outbox's file.

use std::error::Error;
use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;
use timeline_core::outbox::{Outbox, OutboxErrorKind};

use super::{Folder, open};
use crate::{order, sandbox, seal};

async fn refused(path: &std::path::Path) -> timeline_core::outbox::OutboxError {
    let builder = Outbox::builder().lock_patience(Duration::from_millis(50));
    builder.open(path).await.expect_err("no outbox")
}

#[tokio::test]
async fn files_that_cannot_be_opened() {
    let folder = Folder::new();
    let missing = folder.0.join("missing").join("events.db");
    let error = refused(&missing).await;
    assert_eq!(error.kind(), OutboxErrorKind::CannotOpen, "{error}");
    assert!(error.to_string().contains("events.db"), "{error}");
    assert!(error.source().is_some());
    assert_eq!(refused(&folder.0).await.kind(), OutboxErrorKind::CannotOpen);

    let text = folder.0.join("notes.txt");
    std::fs::write(
        &text,
        "no database, and longer than the head of one: ".repeat(100),
    )
    .expect("a file");
    assert_eq!(refused(&text).await.kind(), OutboxErrorKind::NotAnOutbox);

    // Another program's database stays as it is.
    let theirs = folder.0.join("theirs.db");
    let connection = Connection::open(&theirs).expect("a database");
    connection
        .execute_batch("CREATE TABLE pets (name TEXT)")
        .expect("a table");
    drop(connection);
    let before = std::fs::read(&theirs).expect("a file");
    let error = refused(&theirs).await;
    assert_eq!(error.kind(), OutboxErrorKind::NotAnOutbox, "{error}");
    assert_eq!(std::fs::read(&theirs).expect("a file"), before);
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let outbox = open(folder.file(), &sandbox).await;
    outbox
        .enqueue(&seal(&sandbox.client(), &order(1)))
        .await
        .expect("room");
    outbox.close().await.expect("open");
    let connection = Connection::open(folder.file()).expect("a database");
    connection
        .execute_batch("PRAGMA user_version = 2")
        .expect("a version");
    drop(connection);
    let error = refused(&folder.file()).await;
    assert_eq!(error.kind(), OutboxErrorKind::Newer);
    assert!(
        error.to_string().contains("version 2") && error.to_string().contains("update"),
        "{error}"
    );
}

/// One handle has the file: another of this process is refused in words, and so is another process.
#[tokio::test]
async fn one_process_at_a_time() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    for _ in 0..2 {
        let error = refused(&folder.file()).await;
        assert_eq!(error.kind(), OutboxErrorKind::InUse, "{error}");
        assert!(error.to_string().contains("open elsewhere"), "{error}");
    }
    // The refusals have not taken the lock away.
    assert_eq!(in_another_process(&folder), "InUse");
    outbox
        .enqueue(&seal(&client, &order(1)))
        .await
        .expect("room");
    outbox.close().await.expect("open");
    assert_eq!(in_another_process(&folder), "1 waiting");
}

fn in_another_process(folder: &Folder) -> String {
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "outbox::file::another_process", "--nocapture"])
        .env("TIMELINE_OUTBOX", folder.file())
        .output()
        .expect("another process");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let told = text.lines().find_map(|line| line.split_once("told: "));
    told.unwrap_or_else(|| panic!("{text}")).1.to_owned()
}

/// The other process of the test above.
#[tokio::test]
async fn another_process() {
    let Ok(path) = std::env::var("TIMELINE_OUTBOX") else {
        return;
    };
    let builder = Outbox::builder().lock_patience(Duration::from_millis(50));
    match builder.open(path).await {
        Ok(outbox) => println!("\ntold: {} waiting", super::waiting(&outbox).await),
        Err(error) => println!("\ntold: {:?}", error.kind()),
    }
}

/// A deploy: the new process waits until the old one has ended.
#[tokio::test]
async fn an_open_waits_for_the_lock() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let outbox = open(folder.file(), &sandbox).await;
    let opening = tokio::spawn(
        Outbox::builder()
            .lock_patience(Duration::from_secs(60))
            .open(folder.file()),
    );
    tokio::task::yield_now().await;
    outbox.close().await.expect("open");
    drop(opening.await.expect("no panic").expect("free by now"));
}

/// Events are personal data.
#[cfg(unix)]
#[tokio::test]
async fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let outbox = open(folder.file(), &sandbox).await;
    outbox
        .enqueue(&seal(&sandbox.client(), &order(1)))
        .await
        .expect("room");
    let mut files = 0;
    for file in std::fs::read_dir(&folder.0).expect("a folder") {
        let file = file.expect("a file");
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", file.file_name());
        files += 1;
    }
    assert!(files >= 2);
    drop(outbox);
}
