//! How many events of a call or a sender ended how.

use std::fmt;

use crate::delivery::outcome::event::Outcome;

/// How many events ended how.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::delivery) struct Counts {
    pub(in crate::delivery) created: usize,
    pub(in crate::delivery) already_existing: usize,
    pub(in crate::delivery) rejected: usize,
    pub(in crate::delivery) not_sent: usize,
    /// How many of the `not_sent` events are on disk, and are sent later.
    pub(in crate::delivery) in_outbox: usize,
    pub(in crate::delivery) unknown: usize,
}

impl Counts {
    pub(in crate::delivery) fn add(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Created(_) => &mut self.created,
            Outcome::AlreadyExists { .. } => &mut self.already_existing,
            Outcome::Rejected(_) => &mut self.rejected,
            Outcome::NotSent { .. } => &mut self.not_sent,
            Outcome::Unknown { .. } => &mut self.unknown,
        } += 1;
        self.in_outbox += usize::from(outcome.is_in_outbox());
    }

    pub(in crate::delivery) fn add_all(&mut self, others: &Counts) {
        let Counts {
            created,
            already_existing,
            rejected,
            not_sent,
            in_outbox,
            unknown,
        } = others;
        self.created += created;
        self.already_existing += already_existing;
        self.rejected += rejected;
        self.not_sent += not_sent;
        self.in_outbox += in_outbox;
        self.unknown += unknown;
    }

    pub(in crate::delivery) fn delivered(&self) -> usize {
        self.created + self.already_existing
    }

    pub(in crate::delivery) fn undelivered(&self) -> usize {
        self.rejected + self.not_sent + self.unknown
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            created,
            already_existing,
            rejected,
            not_sent,
            in_outbox,
            unknown,
        } = self;
        write!(
            f,
            "{created} created, {already_existing} already there, {rejected} rejected, {not_sent} not sent"
        )?;
        if *in_outbox > 0 {
            write!(f, " ({in_outbox} of them in the outbox, to be sent later)")?;
        }
        write!(f, ", {unknown} unknown")
    }
}

/// The methods of both reports that tell their counts.
macro_rules! count_methods {
    ($($report:ty),*) => {$(
        impl $report {
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
        }
    )*};
}

pub(in crate::delivery) use count_methods;
