//! What a call gives if an event is not on HubSpot: the report or the outcome, as an error.

use std::error::Error as StdError;
use std::fmt;

use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::reason::NotSentReason;
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::outcome::report::BatchReport;
use crate::error::debug_as_display;
use crate::wire::Api;

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
        if self.report.requests() > 0 {
            write!(f, " ({})", self.report.api().create_route())?;
        }
        write!(f, ": {}", self.report)?;
        let Some((index, first)) = self.report.undelivered().next() else {
            return Ok(());
        };
        write!(f, "; the first is event {index}: {first}")?;
        let Outcome::NotSent {
            reason: NotSentReason::TemplateRefused,
            event,
            ..
        } = first
        else {
            return Ok(());
        };
        // The rejected events of the template say why.
        let of_template = |outcome: &Outcome| {
            let kept = outcome.kept();
            kept.is_some_and(|kept| kept.sealed.template == event.sealed.template)
        };
        let mut rejected = self
            .report
            .undelivered()
            .filter(|(_, outcome)| matches!(outcome, Outcome::Rejected(_)) && of_template(outcome));
        match rejected.next() {
            Some((index, rejected)) => write!(f, "; event {index}: {rejected}"),
            None => Ok(()),
        }
    }
}

/// The source is that of the first outcome that has one: the network's error, a token provider's error, or what is wrong
/// with the event.
impl StdError for BatchError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.report().outcomes().iter().find_map(Outcome::source)
    }
}

/// The one event that was sent is not on HubSpot.
pub struct SendError {
    outcome: Box<Outcome>,
    api: Api,
}

impl SendError {
    pub(crate) fn new(outcome: Outcome, api: Api) -> Self {
        SendError {
            outcome: Box::new(outcome),
            api,
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
            write!(f, " ({})", self.api.create_route())?;
        }
        write!(f, ": {}", self.outcome)
    }
}

/// The source is the [`Rejection`] if the event was refused, else the network's or a token provider's error, if there is
/// one.
impl StdError for SendError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.rejection() {
            Some(rejection) => Some(rejection),
            None => self.outcome.source(),
        }
    }
}

debug_as_display!(BatchError, SendError);
