//! What became of all events of one call.

use std::fmt;
use std::io;
use std::time::Duration;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::delivery::outcome::dead_letters::write_undelivered;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::rejection::Rejection;
use crate::wire::v3::BATCH_CREATE;

/// What became of every event of one call, in the order they were given.
///
/// `created + already_existing + rejected + not_sent + unknown = total`, always.
#[derive(Clone)]
pub struct BatchReport {
    outcomes: Vec<Outcome>,
    counts: Counts,
    requests: u64,
    retries: u64,
    elapsed: Duration,
}

/// How many events ended how.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) created: usize,
    pub(crate) already_existing: usize,
    pub(crate) rejected: usize,
    pub(crate) not_sent: usize,
    pub(crate) unknown: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Created(_) => &mut self.created,
            Outcome::AlreadyExists { .. } => &mut self.already_existing,
            Outcome::Rejected(_) => &mut self.rejected,
            Outcome::NotSent { .. } => &mut self.not_sent,
            Outcome::Unknown { .. } => &mut self.unknown,
        } += 1;
    }

    pub(crate) fn delivered(&self) -> usize {
        self.created + self.already_existing
    }

    pub(crate) fn undelivered(&self) -> usize {
        self.rejected + self.not_sent + self.unknown
    }
}

impl BatchReport {
    pub(crate) fn new(
        outcomes: Vec<Outcome>,
        requests: u64,
        retries: u64,
        elapsed: Duration,
    ) -> Self {
        let mut counts = Counts::default();
        for outcome in &outcomes {
            counts.add(outcome);
        }
        BatchReport {
            outcomes,
            counts,
            requests,
            retries,
            elapsed,
        }
    }

    /// How many events there were.
    #[must_use]
    pub fn total(&self) -> usize {
        self.outcomes.len()
    }

    /// How many HubSpot lists as created.
    #[must_use]
    pub fn created(&self) -> usize {
        self.counts.created
    }

    /// How many were there before.
    #[must_use]
    pub fn already_existing(&self) -> usize {
        self.counts.already_existing
    }

    /// How many were refused, by HubSpot or by our own check.
    #[must_use]
    pub fn rejected(&self) -> usize {
        self.counts.rejected
    }

    /// How many are known not to be on HubSpot and can be sent again.
    #[must_use]
    pub fn not_sent(&self) -> usize {
        self.counts.not_sent
    }

    /// How many may or may not be on HubSpot and can be sent again under the same id.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.counts.unknown
    }

    /// Whether every event is on HubSpot.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.counts.undelivered() == 0
    }

    /// One outcome for each event, in the order they were given.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// One outcome for each event, in the order they were given.
    #[must_use]
    pub fn into_outcomes(self) -> Vec<Outcome> {
        self.outcomes
    }

    /// The outcomes of the events that are not on HubSpot, with their places in the input.
    pub fn undelivered(&self) -> impl Iterator<Item = (usize, &Outcome)> {
        let all = self.outcomes.iter().enumerate();
        all.filter(|(_, outcome)| !outcome.is_delivered())
    }

    /// Writes the events that are not on HubSpot as JSON Lines, for [`Client::replay`](crate::Client::replay) once the
    /// cause is gone; gives back how many lines there are.
    ///
    /// A line says which event it is (its `index` in the input, counted from 0, its `template` and its `id`), of which
    /// account (`portalId`) if the client knew it, its `outcome`, the `reason` and HubSpot's `message`; and it has the
    /// `event` as it went out or would have gone out, with its id and timestamp. It holds the event's data.
    ///
    /// An event that could not be encoded is in its line but for the values that are at fault, which the line names as
    /// `missing`. It is refused again as long as its `event` lacks one of them: put them in there, or take them out of
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

    /// How many of them repeated one that had failed.
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
        )
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            created,
            already_existing,
            rejected,
            not_sent,
            unknown,
        } = self;
        write!(
            f,
            "{created} created, {already_existing} already there, {rejected} rejected, {not_sent} not sent, {unknown} unknown"
        )
    }
}

pub(in crate::delivery) fn plural(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

impl fmt::Debug for BatchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchReport({self})")
    }
}

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
        report.serialize_field("outcomes", &self.outcomes)?;
        report.end()
    }
}

/// Not every event is on HubSpot. It carries the whole report.
pub struct BatchError {
    report: Box<BatchReport>,
}

impl BatchError {
    /// `Ok` only if every event is on HubSpot.
    pub(crate) fn check(report: BatchReport) -> Result<BatchReport, BatchError> {
        if report.is_delivered() {
            Ok(report)
        } else {
            Err(BatchError {
                report: Box::new(report),
            })
        }
    }

    /// What became of every event.
    #[must_use]
    pub fn report(&self) -> &BatchReport {
        &self.report
    }

    /// What became of every event.
    #[must_use]
    pub fn into_report(self) -> BatchReport {
        *self.report
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not every event is on HubSpot")?;
        if self.report.requests > 0 {
            write!(f, " (POST {BATCH_CREATE})")?;
        }
        write!(f, ": {}", self.report)?;
        match self.report.undelivered().next() {
            Some((index, first)) => write!(f, "; the first is event {index}: {first}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchError({self})")
    }
}

/// What is beneath the first outcome that has something beneath: the network's error, a token provider's, or what is wrong
/// with the event.
impl std::error::Error for BatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.report().outcomes().iter().find_map(Outcome::source)
    }
}

/// The one event that was sent is not on HubSpot.
pub struct SendError {
    outcome: Box<Outcome>,
}

impl SendError {
    pub(crate) fn new(outcome: Outcome) -> Self {
        SendError {
            outcome: Box::new(outcome),
        }
    }

    /// What became of the event: rejected, not sent or unknown.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// What became of the event: rejected, not sent or unknown.
    #[must_use]
    pub fn into_outcome(self) -> Outcome {
        *self.outcome
    }

    /// Why it was refused, if it was: to send it again as it is would be pointless.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        match &*self.outcome {
            Outcome::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event is not on HubSpot")?;
        if self.outcome.attempts().is_some() {
            write!(f, " (POST {BATCH_CREATE})")?;
        }
        write!(f, ": {}", self.outcome)
    }
}

impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SendError({self})")
    }
}

/// Its cause is the [`Rejection`], if it was refused; else what is beneath the words that are shown: the network's error, or
/// a token provider's.
impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.rejection() {
            Some(rejection) => Some(rejection),
            None => self.outcome.source(),
        }
    }
}

/// What became of all events that a [`Sender`](super::Sender) took.
///
/// `created + already_existing + rejected + not_sent + unknown = total`, always.
#[derive(Clone)]
#[must_use = "it may have events that are not on HubSpot"]
pub struct SenderReport {
    pub(in crate::delivery) taken: usize,
    pub(in crate::delivery) counts: Counts,
    pub(in crate::delivery) undelivered: Vec<Outcome>,
}

impl SenderReport {
    /// How many events were taken.
    #[must_use]
    pub fn total(&self) -> usize {
        self.taken
    }

    /// How many HubSpot lists as created.
    #[must_use]
    pub fn created(&self) -> usize {
        self.counts.created
    }

    /// How many were there before.
    #[must_use]
    pub fn already_existing(&self) -> usize {
        self.counts.already_existing
    }

    /// How many were refused, by HubSpot or by our own check.
    #[must_use]
    pub fn rejected(&self) -> usize {
        self.counts.rejected
    }

    /// How many are known not to be on HubSpot and can be sent again.
    #[must_use]
    pub fn not_sent(&self) -> usize {
        self.counts.not_sent
    }

    /// How many may or may not be on HubSpot and can be sent again under the same id.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.counts.unknown
    }

    /// Whether every event is on HubSpot.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.counts.undelivered() == 0
    }

    /// The outcomes of the events that ended undelivered since the shutdown began. A function given to
    /// [`SenderBuilder::on_undelivered`](super::SenderBuilder::on_undelivered) has been told of these, as of those from
    /// before: dead letters are written in one of the two places, not in both.
    #[must_use]
    pub fn undelivered(&self) -> &[Outcome] {
        &self.undelivered
    }

    /// Writes the [`undelivered`](Self::undelivered) events, as
    /// [`BatchReport::write_undelivered`](BatchReport::write_undelivered) does.
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
        )
    }
}

impl fmt::Debug for SenderReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SenderReport({self})")
    }
}
