//! The calls for events that are not to be sent as they are: those that were refused, and those that must not leave.

use super::command::Command;
use super::error::OutboxError;
use super::handle::Outbox;
use super::stats::{Dead, Waiting};

impl Outbox {
    /// The events that are neither on HubSpot nor dead, in the order in which they came. All of them are read into memory, and
    /// nothing is written meanwhile.
    ///
    /// # Errors
    ///
    /// As [`stats`](Self::stats).
    pub async fn waiting(&self) -> Result<Vec<Waiting>, OutboxError> {
        self.ask(Command::Waiting).await
    }

    /// Puts waiting events aside, so that they do not leave; returns how many it put aside. They are [`dead`](Self::dead) then:
    /// [`discard`](Self::discard) deletes them, and [`revive`](Self::revive) lets them wait again. If the outcome of such an event
    /// is awaited from a sender on the outbox, the reason is [`InOutbox`](crate::NotSentReason::InOutbox), or the outcome is
    /// [`Unknown`](crate::Outcome::Unknown) if the event may have left before. If this future is dropped before its end, that
    /// outcome comes at the sender's shutdown.
    ///
    /// An id without a waiting event is passed over, and so is an event that a relay has at the moment: it is delivered, or
    /// given back within the time that its requests take, so ask for [`waiting`](Self::waiting) again.
    ///
    /// For the events of an account that has uninstalled the app, or of a person whose data is to be erased
    /// ([`vacuum`](Self::vacuum) says what that takes besides):
    ///
    /// ```
    /// # #[cfg(feature = "sandbox")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use timeline_core::{EventInput, Sandbox, TimelineEvent, outbox::Outbox};
    /// # let folder = std::env::temp_dir().join(format!("timeline-aside-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let client = Sandbox::start().await?.client();
    ///
    /// let outbox = Outbox::open(folder.join("events.db")).await?;
    /// for email in ["ada@example.com", "bob@example.com"] {
    ///     outbox.enqueue(&client.seal(&EventInput::new("1001298").email(email))?).await?;
    /// }
    ///
    /// let mut ids = Vec::new();
    /// for waiting in outbox.waiting().await? {
    ///     let event = waiting.event()?; // `event.portal_id()` says whose it is
    ///     if event.event_input()?.get_email() == Some("ada@example.com") {
    ///         ids.push(waiting.id().to_owned());
    ///     }
    /// }
    /// assert_eq!(outbox.put_aside(&ids).await?, 1);
    /// assert_eq!(outbox.discard(&ids).await?, 1);
    /// assert_eq!(outbox.stats().await?.waiting, 1);
    /// # outbox.close().await?;
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`stats`](Self::stats); nothing has changed then.
    pub async fn put_aside(&self, ids: &[String]) -> Result<usize, OutboxError> {
        let ids = ids.to_vec();
        let aside = self.ask(|reply| Command::PutAside { ids, reply });
        let aside = aside.await?;
        for following in self.following() {
            for (row, id) in &aside {
                following.put_aside(*row, id);
            }
        }
        Ok(aside.len())
    }

    /// The events that were refused or [put aside](Self::put_aside), each with the reason, in the order in which that happened.
    /// All of them are read into memory.
    ///
    /// # Errors
    ///
    /// As [`stats`](Self::stats).
    pub async fn dead(&self) -> Result<Vec<Dead>, OutboxError> {
        self.ask(Command::Dead).await
    }

    /// Lets dead events wait again, under their ids, for instance after a template was corrected; returns how many there were.
    /// An id without a dead event is passed over. An event that was wrong itself is [discarded](Self::discard), and enqueued anew.
    ///
    /// # Errors
    ///
    /// As [`stats`](Self::stats); nothing has changed then.
    pub async fn revive(&self, ids: &[String]) -> Result<usize, OutboxError> {
        let ids = ids.to_vec();
        self.ask(|reply| Command::Revive(ids, reply)).await
    }

    /// Deletes dead events; returns how many there were. An id without a dead event is passed over. From then on the outbox
    /// takes another event under the id: a corrected one with the same `key` and record has the same id.
    ///
    /// A dead event is kept until it is revived or discarded, with the personal data that is in it. As with every event that is
    /// gone, its bytes stay in the file until SQLite uses their space again, or until [`vacuum`](Self::vacuum). To keep a dead event elsewhere first,
    /// write the JSON of [`Dead::event`]: a file with a line for each is what [`Client::replay`](crate::Client::replay) reads.
    ///
    /// # Errors
    ///
    /// As [`stats`](Self::stats); nothing has changed then.
    pub async fn discard(&self, ids: &[String]) -> Result<usize, OutboxError> {
        let ids = ids.to_vec();
        self.ask(|reply| Command::Discard(ids, reply)).await
    }

    /// Rewrites the file, so that nothing of events that are gone is left in it: of those that were delivered or
    /// [discarded](Self::discard). Otherwise their bytes stay until SQLite uses their space again. The file becomes as small as
    /// its events allow.
    ///
    /// It takes as long as copying the file twice does. The outbox's other calls wait meanwhile, in memory and without a limit;
    /// [`blocking_enqueue`](Self::blocking_enqueue) and a sender's `try_send` keep their threads as long. So call it when there is
    /// little to do. SQLite writes a copy into its folder for temporary files (`SQLITE_TMPDIR`), and as much again beside the file.
    ///
    /// To erase a person's data, call it once the person's events are gone. What the file system or a backup keeps of older
    /// states of these files is not changed.
    ///
    /// # Errors
    ///
    /// As [`stats`](Self::stats); the events are as they were.
    pub async fn vacuum(&self) -> Result<(), OutboxError> {
        self.ask(Command::Vacuum).await
    }
}
