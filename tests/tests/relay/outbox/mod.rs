//! The embedded outbox: what it has taken is on the disk, and stays there until HubSpot has it.

mod aside;
mod backlog;
mod dead;
mod enqueue;
mod file;
mod kill;
mod property;
mod relay;
mod sender;
mod shared;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use timeline_core::Sandbox;
use timeline_core::outbox::Outbox;

/// A folder that is removed with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("timeline-outbox-{process}-{number}"));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("events.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// An outbox on the sandbox's clock.
async fn open(path: impl AsRef<Path>, sandbox: &Sandbox) -> Outbox {
    let outbox = Outbox::builder().clock(sandbox.clock()).open(path).await;
    outbox.expect("an outbox")
}

async fn waiting(outbox: &Outbox) -> usize {
    outbox.stats().await.expect("stats").waiting
}

/// Ready when nothing waits.
async fn until_empty(outbox: &Outbox, sandbox: &Sandbox) {
    while waiting(outbox).await > 0 {
        sandbox
            .clock()
            .sleep(std::time::Duration::from_secs(1))
            .await;
    }
}
