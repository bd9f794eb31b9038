//! The handle of an outbox.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::command::{Command, Enqueue, Enqueued, Now, Reply, RowFate, Taken};
use super::error::OutboxError;
use super::file;
use super::following::Following;
use super::leases::Row;
use super::rows::{NewEvent, TakenEvent};
use super::settings::OutboxBuilder;
use super::stats::OutboxStats;
use super::writer;
use crate::client::{Clock, HeldClock};
use crate::event::SealedEvent;

/// Events that are on disk until HubSpot has them: an embedded queue in one SQLite file.
///
/// [`enqueue`](Self::enqueue) returns when the event is on the disk, whatever dies after that. A relay
/// ([`Client::relay`](crate::Client::relay) with the outbox, which is a [`Queue`](crate::Queue)) or a sender
/// ([`SenderBuilder::outbox`](crate::SenderBuilder::outbox)) sends the events in it. An event that HubSpot refuses is kept
/// with the reason, see [`dead`](Self::dead).
///
/// ```
/// # #[cfg(feature = "sandbox")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use std::time::Duration;
/// use timeline_core::{EventInput, Sandbox, outbox::Outbox};
/// # let folder = std::env::temp_dir().join(format!("timeline-outbox-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("events.db");
/// # let sandbox = Sandbox::start().await?;
/// # let template = timeline_core::EventTemplate::new("Visited", timeline_core::ObjectType::Contacts);
/// # let template_id = sandbox.add_template(template);
/// # let client = sandbox.client();
///
/// let outbox = Outbox::open(&path).await?;
/// let event = EventInput::new(&template_id).id("visit-17").email("ada@example.com");
/// outbox.enqueue(&client.seal(&event)?).await?; // it is on the disk now
///
/// let stop = tokio::time::sleep(Duration::from_secs(3)); // a signal, in a service
/// let report = client.relay(outbox.clone()).stop_on(stop).await?;
/// assert_eq!(report.done(), 1);
/// assert_eq!(outbox.stats().await?.waiting, 0);
/// # outbox.close().await?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **The file.** `open` makes it, readable by its owner alone, and SQLite keeps a log beside it (`-wal`): leave them together, on
/// a local disk. One process has it at a time; another one is refused ([`InUse`](super::OutboxErrorKind::InUse)) after some
/// seconds. Clones of the handle share it inside the process, and it is closed with the last of them. Space of events that
/// are gone is used again; only [`vacuum`](Outbox::vacuum) makes the file smaller.
///
/// **Order.** Events go out in the order in which they came, in several requests at a time; an event that was given back
/// comes again later. HubSpot orders a timeline by the events' own times.
///
/// **Speed.** Events that many tasks enqueue at the same time are written together, with one wait for the disk (SQLite's
/// log with `synchronous = FULL`). The outbox has a thread of its own for that, so no task waits for the disk in the runtime.
pub struct Outbox {
    shared: Arc<Shared>,
    /// The answer that a dropped `receive` has asked for; the next `receive` gets it.
    asked: Option<Answered<Taken>>,
    /// Events of that answer that are left, if the next `receive` has asked for fewer.
    left: Vec<TakenEvent>,
    /// When the lease of both is over.
    leased_until: Duration,
}

/// The answer to a command.
type Answered<T> = oneshot::Receiver<Result<T, OutboxError>>;

impl Clone for Outbox {
    fn clone(&self) -> Self {
        Outbox {
            shared: Arc::clone(&self.shared),
            asked: None,
            left: Vec::new(),
            leased_until: Duration::ZERO,
        }
    }
}

/// Gives back at once the events that were taken and not received.
impl Drop for Outbox {
    fn drop(&mut self) {
        if self.left.is_empty() {
            return;
        }
        // After their lease the events come back by themselves, and another relay may have them.
        if self.now().elapsed >= self.leased_until {
            return;
        }
        let back = |event: TakenEvent| (event.row, RowFate::Again(Duration::ZERO));
        let settled = std::mem::take(&mut self.left);
        let (reply, _) = oneshot::channel();
        // After `close` there are no leases.
        let _ = self.command(Command::Settle {
            settled: settled.into_iter().map(back).collect(),
            reply: Reply::Task(reply),
        });
    }
}

struct Shared {
    path: PathBuf,
    commands: Sender<Command>,
    /// Counts up when there may be something to take.
    news: watch::Receiver<u64>,
    clock: Arc<dyn Clock>,
    waits: bool,
    /// The followers of each sender, which are told what becomes of the outbox's events.
    following: Mutex<Vec<Weak<Following>>>,
}

impl OutboxBuilder {
    /// Opens the file, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// [`OutboxError`] if the file cannot be opened or made, is open elsewhere, is another program's, or was written by a
    /// newer version of this crate.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<Outbox, OutboxError> {
        let path = path.as_ref().to_owned();
        let (commands, received) = channel();
        let (opened, ready) = oneshot::channel();
        let (news_of, news) = watch::channel(0);
        let (limit, patience, file) = (self.limit, self.lock_patience, path.clone());
        let clock = Arc::clone(&self.clock);
        let work = move || serve(&file, patience, limit, opened, &received, &news_of, &*clock);
        let thread = thread::Builder::new().name("timeline-outbox".to_owned());
        thread.spawn(work).map_err(OutboxError::no_thread)?;
        let _held = HeldClock::new(Arc::clone(&self.clock));
        ready.await.unwrap_or_else(|_| Err(OutboxError::closed()))?;
        Ok(Outbox {
            shared: Arc::new(Shared {
                path,
                commands,
                news,
                clock: self.clock,
                waits: self.waits,
                following: Mutex::default(),
            }),
            asked: None,
            left: Vec::new(),
            leased_until: Duration::ZERO,
        })
    }
}

/// What the thread does.
fn serve(
    path: &Path,
    patience: Duration,
    limit: usize,
    opened: oneshot::Sender<Result<(), OutboxError>>,
    commands: &Receiver<Command>,
    news: &watch::Sender<u64>,
    clock: &dyn Clock,
) {
    match file::open(path, patience) {
        Ok(connection) => {
            if opened.send(Ok(())).is_ok() {
                writer::run(connection, limit, commands, news, clock);
            }
        }
        Err(error) => drop(opened.send(Err(error))),
    }
}

impl Outbox {
    /// Opens the outbox in this file with the default settings, and makes it if it is not there; see
    /// [`OutboxBuilder::open`].
    ///
    /// # Errors
    ///
    /// As [`OutboxBuilder::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OutboxError> {
        Self::builder().open(path).await
    }

    /// Settings for an outbox.
    pub fn builder() -> OutboxBuilder {
        OutboxBuilder::new()
    }

    /// Takes an event; when this returns `Ok`, it is on the disk.
    ///
    /// An event that is in the outbox already, dead ones among them, is not taken twice: the same id and the same content
    /// is `Ok` and changes nothing. Once an event was delivered, the outbox knows nothing of it; if it is enqueued again, it is
    /// sent again, and HubSpot says that it is there already.
    ///
    /// If this future is dropped before it is ready, the event may have been taken or not; to enqueue it again does no harm.
    ///
    /// # Errors
    ///
    /// [`OutboxError`]. The event was not taken then, unless the kind is [`Io`](super::OutboxErrorKind::Io): then it may have
    /// been taken, and to enqueue it again does no harm.
    pub async fn enqueue(&self, event: &SealedEvent) -> Result<(), OutboxError> {
        self.enqueue_all(std::slice::from_ref(event)).await
    }

    /// Takes events, all of them or none, with one wait for the disk; see [`enqueue`](Self::enqueue).
    ///
    /// # Errors
    ///
    /// [`OutboxError`]. None of the events was taken then, unless the kind is [`Io`](super::OutboxErrorKind::Io): then all of
    /// them may have been taken.
    pub async fn enqueue_all(&self, events: &[SealedEvent]) -> Result<(), OutboxError> {
        if events.is_empty() {
            return Ok(());
        }
        self.put(events).await.map(drop)
    }

    pub(super) async fn put(&self, events: &[SealedEvent]) -> Result<Enqueued, OutboxError> {
        let events = rows_of(events)?;
        let (reply, answered) = oneshot::channel();
        let command = Command::Enqueue(Enqueue {
            events,
            waits: self.shared.waits,
            now: self.now(),
            reply: Reply::Task(reply),
            held: Some(self.held()),
        });
        self.answer(command, answered).await
    }

    /// As [`enqueue`](Self::enqueue), for a thread without an async runtime: the thread waits for the disk.
    ///
    /// # Errors
    ///
    /// As [`enqueue`](Self::enqueue).
    pub fn blocking_enqueue(&self, event: &SealedEvent) -> Result<(), OutboxError> {
        self.put_at_once(event, self.shared.waits).map(drop)
    }

    /// `waits`: for room, where the backlog is full.
    pub(super) fn put_at_once(
        &self,
        event: &SealedEvent,
        waits: bool,
    ) -> Result<Enqueued, OutboxError> {
        let (reply, answered) = sync_channel(1);
        self.command(Command::Enqueue(Enqueue {
            events: rows_of(std::slice::from_ref(event))?,
            waits,
            now: self.now(),
            reply: Reply::Thread(reply),
            held: None,
        }))?;
        answered
            .recv()
            .unwrap_or_else(|_| Err(OutboxError::closed()))
    }

    /// How many events wait, are out, and are dead.
    ///
    /// # Errors
    ///
    /// [`OutboxError`] if the file cannot be read, or the outbox was closed.
    pub async fn stats(&self) -> Result<OutboxStats, OutboxError> {
        self.ask(Command::Stats).await
    }

    /// Closes the file, for all clones of the handle: earlier calls are carried out, and later calls return an error
    /// ([`Closed`](super::OutboxErrorKind::Closed)). Without this call the file is closed after the last handle is gone.
    ///
    /// # Errors
    ///
    /// [`OutboxError`] if it was closed before.
    pub async fn close(&self) -> Result<(), OutboxError> {
        self.ask(Command::Close).await
    }

    /// Takes events for a relay. If this is dropped, the events that it takes are given next time.
    pub(super) async fn take(
        &mut self,
        at_most: usize,
        lease: Duration,
    ) -> Result<Taken, OutboxError> {
        let _held = self.held();
        let mut wait = self.asked().await?;
        let now = self.now();
        // After their lease, another relay may have these events.
        if now.elapsed >= self.leased_until {
            self.left.clear();
        }
        // If the earlier answer was empty, events may have come since.
        if self.left.is_empty() {
            let (reply, answered) = oneshot::channel();
            self.command(Command::Take {
                at_most,
                lease,
                reply: Reply::Task(reply),
            })?;
            self.asked = Some(answered);
            self.leased_until = now.elapsed.saturating_add(lease);
            wait = self.asked().await?;
        }
        let left = self.left.split_off(at_most.min(self.left.len()));
        let events = std::mem::replace(&mut self.left, left);
        Ok(Taken { events, wait })
    }

    /// Receives the answer that has been asked for. If it has no events, returns how long there may be none.
    async fn asked(&mut self) -> Result<Option<Duration>, OutboxError> {
        let Some(asked) = &mut self.asked else {
            return Ok(None);
        };
        let taken = asked.await;
        self.asked = None;
        let taken = taken.unwrap_or_else(|_| Err(OutboxError::closed()))?;
        self.left = taken.events;
        Ok(taken.wait)
    }

    pub(super) async fn settle_rows(
        &self,
        settled: Vec<(Row, RowFate)>,
    ) -> Result<(), OutboxError> {
        self.ask(|reply| Command::Settle { settled, reply }).await
    }

    pub(super) async fn hold_rows(
        &self,
        rows: Vec<Row>,
        lease: Duration,
    ) -> Result<(), OutboxError> {
        self.ask(|reply| Command::Hold { rows, lease, reply }).await
    }

    /// Tells these followers what becomes of events, as long as they exist.
    pub(super) fn follow(&self, following: &Arc<Following>) {
        let mut all = self.lock_following();
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(following));
    }

    /// The followers of all senders. The lock is not held when they are told, since a waker is the user's code.
    pub(super) fn following(&self) -> Vec<Arc<Following>> {
        let all = self.lock_following();
        all.iter().filter_map(Weak::upgrade).collect()
    }

    fn lock_following(&self) -> MutexGuard<'_, Vec<Weak<Following>>> {
        let following = self.shared.following.lock();
        following.unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes when there may be something to take that was not there before.
    pub(super) fn news(&self) -> watch::Receiver<u64> {
        let mut news = self.shared.news.clone();
        news.mark_unchanged();
        news
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    pub(super) async fn ask<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, OutboxError> {
        let (reply, answered) = oneshot::channel();
        let _held = self.held();
        self.answer(command(Reply::Task(reply)), answered).await
    }

    async fn answer<T>(&self, command: Command, answered: Answered<T>) -> Result<T, OutboxError> {
        self.command(command)?;
        answered
            .await
            .unwrap_or_else(|_| Err(OutboxError::closed()))
    }

    fn command(&self, command: Command) -> Result<(), OutboxError> {
        let sent = self.shared.commands.send(command);
        sent.map_err(|_| OutboxError::closed())
    }

    /// Holds a test clock while the thread works.
    fn held(&self) -> HeldClock {
        HeldClock::new(Arc::clone(&self.shared.clock))
    }

    fn now(&self) -> Now {
        Now::of(&*self.shared.clock)
    }
}

fn rows_of(events: &[SealedEvent]) -> Result<Vec<NewEvent>, OutboxError> {
    let row_of = |event: &SealedEvent| {
        Ok(NewEvent {
            id: event.id().into(),
            message: serde_json::to_vec(event).map_err(OutboxError::unwritten)?,
        })
    };
    events.iter().map(row_of).collect()
}

/// Shows the path.
impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("path", &self.shared.path)
            .finish_non_exhaustive()
    }
}
