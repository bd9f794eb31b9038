//! What became of all events of one call, or of a sender.

use std::fmt;
use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::delivery::outcome::counts::{Counts, count_methods};
use crate::delivery::outcome::dead_letter::write::write_undelivered;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::packed::PackedOutcomes;
use crate::error::debug_as_display;
use crate::wire::Api;

/// What became of every event of one call, in the order they were given.
///
/// `created + already_existing + rejected + not_sent + unknown = total`, always.
pub struct BatchReport {
    /// The outcomes, unpacked when they are asked for, or from the beginning if an event was not delivered.
    outcomes: OnceLock<Vec<Outcome>>,
    /// The outcomes until then. The lock is held while they are unpacked or copied, so that a copy always has one of the two.
    packed: Mutex<PackedOutcomes>,
    counts: Counts,
    requests: u64,
    retries: u64,
    elapsed: Duration,
    api: Api,
    has_moved: bool,
}

impl Clone for BatchReport {
    fn clone(&self) -> Self {
        let packed = self.packed();
        BatchReport {
            outcomes: self.outcomes.clone(),
            packed: Mutex::new(packed.clone()),
            ..*self
        }
    }
}

impl BatchReport {
    pub(in crate::delivery) fn new(
        mut packed: PackedOutcomes,
        counts: Counts,
        requests: u64,
        retries: u64,
        elapsed: Duration,
        api: Api,
    ) -> Self {
        let outcomes = OnceLock::new();
        if counts.undelivered() > 0 {
            // These outcomes hold the undelivered events themselves, which must not be in memory twice.
            let _ = outcomes.set(std::mem::take(&mut packed).into_vec());
        }
        BatchReport {
            outcomes,
            packed: Mutex::new(packed),
            counts,
            requests,
            retries,
            elapsed,
            api,
            has_moved: false,
        }
    }

    /// Notes whether the account was found to have moved.
    pub(in crate::delivery) fn moved(mut self, has_moved: bool) -> Self {
        self.has_moved = has_moved;
        self
    }

    /// Whether v3 was found to refuse the account for good, so that its events went on through app events; see
    /// [`ClientBuilder::move_to_app_events`](crate::ClientBuilder::move_to_app_events).
    #[must_use]
    pub fn has_moved(&self) -> bool {
        self.has_moved
    }

    /// The API that its events went through, in the end.
    pub(crate) fn api(&self) -> Api {
        self.api
    }

    /// How many events there were.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.delivered() + self.counts.undelivered()
    }

    fn packed(&self) -> MutexGuard<'_, PackedOutcomes> {
        // No code panics halfway while it holds this lock.
        self.packed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One outcome for each event, in the order they were given.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        if let Some(outcomes) = self.outcomes.get() {
            return outcomes;
        }
        let mut packed = self.packed();
        self.outcomes
            .get_or_init(|| std::mem::take(&mut *packed).into_vec())
    }

    /// One outcome for each event, in the order they were given.
    #[must_use]
    pub fn into_outcomes(self) -> Vec<Outcome> {
        let _ = self.outcomes();
        self.outcomes.into_inner().unwrap_or_default()
    }

    /// The outcomes of the events that are not on HubSpot, with their places in the input.
    pub fn undelivered(&self) -> impl Iterator<Item = (usize, &Outcome)> {
        let all = match self.counts.undelivered() {
            0 => &[],
            _ => self.outcomes(),
        };
        let all = all.iter().enumerate();
        all.filter(|(_, outcome)| !outcome.is_delivered())
    }

    /// Writes the events that are not on HubSpot as JSON Lines, for [`Client::replay`](crate::Client::replay) once the
    /// cause is gone; returns how many lines it wrote.
    ///
    /// A line says which event it is (its `index` in the input, counted from 0, its `template` and its `id`, its `typeName` in
    /// app events if it has one), of which account (`portalId`) if the client knew it, the `api` if it is app events, its
    /// `outcome`, the `reason` and HubSpot's `message`; and it has the `event` as v3 takes it, with its id and timestamp,
    /// whichever API it was for. A line holds the event's data.
    ///
    /// The line of an event that could not be encoded has the `event` without the values that are at fault, and names them as
    /// `missing`. The event is refused again as long as it lacks one of them: put them into the `event`, or take them out of
    /// `missing` if the event is right without. (A hand-written event that gave nothing but an error has no `event` in its
    /// line.)
    ///
    /// Dead letters are added to a file that is opened to append, so that the letters of an earlier call stay:
    /// `OpenOptions::new().append(true).create(true).open("undelivered.jsonl")`.
    ///
    /// ```
    /// # #[cfg(all(feature = "sandbox", feature = "derive"))]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use timeline_core::{EventInput, Fault, RetryPolicy, Sandbox, SendBatch};
    /// # let sandbox = Sandbox::start().await?;
    /// # let template = timeline_core::EventTemplate::new("Visited", timeline_core::ObjectType::Contacts);
    /// # let template_id = sandbox.add_template(template);
    ///
    /// let client = sandbox.client_builder().retry(RetryPolicy::none()).build()?;
    /// sandbox.inject(Fault::status(503));
    /// let event = EventInput::new(&template_id).email("ada@example.com");
    /// let report = [event].send_batch(&client).report().await;
    ///
    /// let mut file = Vec::new(); // or a std::fs::File
    /// assert_eq!(report.write_undelivered(&mut file)?, 1);
    ///
    /// let report = client.replay(&file[..]).await?;
    /// assert_eq!(report.created(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What the writer gives.
    pub fn write_undelivered(&self, writer: impl io::Write) -> io::Result<usize> {
        let rows = self.undelivered();
        write_undelivered(rows.map(|(index, outcome)| (Some(index), outcome)), writer)
    }

    /// How many requests about events were made, retries included; requests for access tokens are not counted.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// How many of the requests repeated one that had failed.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.retries
    }

    /// How long it all took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// One line.
impl fmt::Display for BatchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} ({}, {}, {:.1?})",
            plural(self.total() as u64, "event", "events"),
            self.counts,
            plural(self.requests, "request", "requests"),
            plural(self.retries, "retry", "retries"),
            self.elapsed,
        )?;
        note_move(f, self.has_moved)
    }
}

count_methods!(BatchReport, SenderReport);
debug_as_display!(BatchReport, SenderReport);

/// The counts and the outcomes, without any event's data.
impl Serialize for BatchReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("BatchReport", 10)?;
        report.serialize_field("total", &self.total())?;
        report.serialize_field("created", &self.created())?;
        report.serialize_field("alreadyExisting", &self.already_existing())?;
        report.serialize_field("rejected", &self.rejected())?;
        report.serialize_field("notSent", &self.not_sent())?;
        report.serialize_field("unknown", &self.unknown())?;
        report.serialize_field("requests", &self.requests)?;
        report.serialize_field("retries", &self.retries)?;
        report.serialize_field("elapsedMilliseconds", &self.elapsed.as_millis())?;
        report.serialize_field("outcomes", self.outcomes())?;
        report.end()
    }
}

/// What became of all events that a [`Sender`](crate::Sender) took.
///
/// `created + already_existing + rejected + not_sent + unknown = total`, always.
#[derive(Clone, Default)]
#[must_use = "it may have events that are not on HubSpot"]
pub struct SenderReport {
    pub(in crate::delivery) taken: usize,
    pub(in crate::delivery) counts: Counts,
    pub(in crate::delivery) undelivered: Vec<Outcome>,
    pub(in crate::delivery) has_moved: bool,
}

impl SenderReport {
    /// Adds what another sender has done.
    pub(in crate::delivery) fn add(&mut self, other: SenderReport) {
        self.taken += other.taken;
        self.counts.add_all(&other.counts);
        self.undelivered.extend(other.undelivered);
        self.has_moved |= other.has_moved;
    }

    /// How many events were taken.
    #[must_use]
    pub fn total(&self) -> usize {
        self.taken
    }

    /// How many of those that are [`not_sent`](Self::not_sent) are on disk in the sender's outbox, and are sent later. Nothing has
    /// to be done for them.
    #[must_use]
    pub fn in_outbox(&self) -> usize {
        self.counts.in_outbox
    }

    /// The outcomes of the events that ended undelivered since the shutdown began. A function given to
    /// [`SenderBuilder::on_undelivered`](crate::SenderBuilder::on_undelivered) has been called with these as well as with
    /// earlier ones: write dead letters in one of the two places, not in both.
    #[must_use]
    pub fn undelivered(&self) -> &[Outcome] {
        &self.undelivered
    }

    /// Whether v3 was found to refuse the account for good by the time of the shutdown, so that its events went on through
    /// app events; see [`BatchReport::has_moved`].
    #[must_use]
    pub fn has_moved(&self) -> bool {
        self.has_moved
    }

    /// Writes the [`undelivered`](Self::undelivered) events, as
    /// [`BatchReport::write_undelivered`] does.
    ///
    /// # Errors
    ///
    /// What the writer gives.
    pub fn write_undelivered(&self, writer: impl io::Write) -> io::Result<usize> {
        write_undelivered(
            self.undelivered.iter().map(|outcome| (None, outcome)),
            writer,
        )
    }
}

/// One line.
impl fmt::Display for SenderReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}",
            plural(self.taken as u64, "event", "events"),
            self.counts
        )?;
        note_move(f, self.has_moved)
    }
}

fn note_move(f: &mut fmt::Formatter<'_>, has_moved: bool) -> fmt::Result {
    match has_moved {
        true => f.write_str("; the account has moved to app events"),
        false => Ok(()),
    }
}

fn plural(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
