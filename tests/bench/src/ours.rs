//! This crate's ways to send, with their defaults but for the limit of requests.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use timeline_core::outbox::Outbox;
use timeline_core::{Client, SendBatch, Sender};

use crate::Job;
use crate::support::{Result, client};
use crate::told::{Told, Word};

/// As many tasks as use a sender at once: a busy web service.
const TASKS: usize = 64;

pub(crate) enum Way {
    Batch(Client),
    Stream(Client),
    Sender(Sender),
    Outbox {
        sender: Sender,
        outbox: Outbox,
        _folder: Folder,
    },
}

/// A folder that is removed when this is dropped.
pub(crate) struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Way {
    pub(crate) async fn new(name: &str, url: &str) -> Result<Self> {
        let client = client(url)?;
        Ok(match name {
            "batch" => Way::Batch(client),
            "stream" => Way::Stream(client),
            "sender" => Way::Sender(client.sender().build()),
            "outbox" => {
                let folder = env::var_os("TIMELINE_FOLDER").map_or_else(env::temp_dir, Into::into);
                let folder = folder.join(format!("timeline-side-by-side-{}", process::id()));
                fs::create_dir_all(&folder)?;
                let outbox = Outbox::open(folder.join("events.db")).await?;
                let sender = client.sender().outbox(outbox.clone()).build();
                Way::Outbox {
                    sender,
                    outbox,
                    _folder: Folder(folder),
                }
            }
            _ => return Err(format!("{name:?} is no way to send").into()),
        })
    }

    pub(crate) async fn send(&self, job: &Job) -> Result<Told> {
        match self {
            Way::Batch(client) => Ok(batch(client, job).await),
            Way::Stream(client) => Ok(streamed(client, job).await),
            Way::Sender(sender) => from_tasks(sender, job).await,
            Way::Outbox { sender, outbox, .. } => {
                let told = from_tasks(sender, job).await?;
                // Of an event whose outcome is not followed, it is only known that the event is on the disk.
                while outbox.stats().await?.waiting > 0 {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                Ok(told)
            }
        }
    }
}

async fn batch(client: &Client, job: &Job) -> Told {
    let report = job.events().send_batch(client).report().await;
    let mut told = Told::default();
    if job.tells {
        for outcome in report.outcomes() {
            told.outcome(outcome);
        }
    } else {
        told.count(Word::Created, report.created());
        told.count(Word::Rejected, report.total() - report.created());
    }
    told
}

async fn streamed(client: &Client, job: &Job) -> Told {
    let mut outcomes = client.send_stream(stream::iter(job.events()));
    let mut told = Told::default();
    while let Some((_, outcome)) = outcomes.next().await {
        match job.tells {
            true => told.outcome(&outcome),
            false if outcome.is_delivered() => told.count(Word::Created, 1),
            false => told.count(Word::Rejected, 1),
        }
    }
    told
}

/// Each task sends one event after the other, and looks at outcomes only if they are wanted.
async fn from_tasks(sender: &Sender, job: &Job) -> Result<Told> {
    let next = Arc::new(AtomicUsize::new(job.numbers.start));
    let tasks = (0..TASKS).map(|_| {
        let (sender, job, next) = (sender.clone(), job.clone(), Arc::clone(&next));
        tokio::spawn(async move {
            let mut pending = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if !job.numbers.contains(&number) {
                    return pending;
                }
                let outcome = sender.send(job.event(number)).await;
                if job.tells {
                    pending.push(outcome);
                }
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut told = Told::default();
    for task in tasks {
        for pending in task.await? {
            told.outcome(&pending.await);
        }
    }
    sender.flush().await;
    if !job.tells {
        // The server's count shows whether this is true.
        told.count(Word::Created, job.numbers.len());
    }
    Ok(told)
}
