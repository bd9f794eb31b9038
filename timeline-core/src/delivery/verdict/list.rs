//! Answers that tell events apart: by what they list, and by their errors.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::in_use::{CONFLICT, already_in_use, are_all_in_use, is_conflict, is_in_use, rejected};
use super::naming::{Named, are_all_found};
use super::step::{Parts, Past, Step, uncertain};
use crate::delivery::UnknownReason;
use crate::delivery::intake::event::Event;
use crate::wire::answer::{BatchProgress, ErrorContent, EventError, ListedEvent, Listing};
use crate::wire::error_body::ErrorBody;
use crate::wire::texts::Texts;

/// What an answer that lists events says of them.
pub(super) struct Judged {
    pub(super) steps: Vec<Step>,
    /// There are as many faults as undecided events, so each of these events is refused, whichever fault is its own.
    pub(super) rest_is_refused: bool,
}

/// An answer that lists what was created and, perhaps, what was not.
pub(super) fn judge_list(events: &[Event], past: Past, answer: &Listing, status: u16) -> Judged {
    let results = Results::new(answer);
    let listed = |place: usize| results.of(place, events.get(place)?);
    let is_listed = |place: usize| listed(place).is_some();
    let named = Named::new(events, &answer.errors, is_listed);
    let mut steps: Vec<Option<Step>> = events
        .iter()
        .enumerate()
        .map(
            |(place, event)| match (named.error_of(place), listed(place)) {
                (Some(error), _) => Some(step_of_error(event, past, &error.body, status)),
                (None, Some(result)) => Some(Step::Created {
                    object_id: result.object_id,
                    created_at: result.created_at,
                }),
                (None, None) => None,
            },
        )
        .collect();
    if let ([event], [step @ None]) = (events, &mut steps[..]) {
        // The error of a lone event is its own, even if it carries another id.
        let mut errors = named.loose().iter().copied().chain(&answer.errors);
        let error = errors.next();
        *step = error.map(|error| step_of_error(event, past, &error.body, status));
    }
    let counts = !past.errors_are_uncounted && answer.says_all_errors();
    let loose = named.loose();
    // Every event has one result or one error, and there are no others. Otherwise an error may be about an event that is
    // decided, and an undecided event may be there.
    let adds_up = answer.results.len() + loose.len() == events.len()
        && loose.len() == answer.errors.len()
        && loose.len() == undecided(&steps).len();
    let rest_is_refused = counts
        && adds_up
        && answer.status == BatchProgress::Complete
        && loose.iter().all(|error| {
            let is_named = error.body.category.is_some();
            is_named && is_the_events_fault(&error.body) && !is_about_use(error)
        });
    decide_by_errors(events, past, &named, counts, &mut steps, |event, error| {
        step_of_error(event, past, &error.body, status)
    });
    let rest = step_of_the_rest(events, past, answer, &steps);
    let steps = steps.into_iter();
    Judged {
        steps: steps
            .map(|step| step.unwrap_or_else(|| rest.clone()))
            .collect(),
        rest_is_refused,
    }
}

/// What an answer lists, to be found by template and id.
struct Results<'a> {
    listed: &'a [ListedEvent],
    texts: &'a Texts,
    /// Made when an event is not found in its own place.
    by_id: OnceCell<HashMap<(&'a str, &'a str), &'a ListedEvent>>,
}

impl<'a> Results<'a> {
    fn new(answer: &'a Listing) -> Self {
        let listed = match answer.status {
            // What became of the events of a batch that was canceled is not known.
            BatchProgress::Canceled => &[],
            _ => &answer.results[..],
        };
        Results {
            listed,
            texts: &answer.texts,
            by_id: OnceCell::new(),
        }
    }

    /// The result of the event in this place. It is looked for in the same place of the list first, which saves a map of
    /// all; nothing promises that order.
    fn of(&self, place: usize, event: &Event) -> Option<&'a ListedEvent> {
        let key = |result: &'a ListedEvent| {
            (
                self.texts.get(result.template_id),
                self.texts.get(result.id),
            )
        };
        let sought = (&*event.template, event.id());
        let is_it = |result: &&'a ListedEvent| key(result) == sought;
        self.listed.get(place).filter(is_it).or_else(|| {
            let by_id = self.by_id.get_or_init(|| {
                let results = self.listed.iter();
                results.map(|result| (key(result), result)).collect()
            });
            by_id.get(&sought).copied()
        })
    }
}

/// What follows for events that nothing has decided.
fn step_of_the_rest(
    events: &[Event],
    past: Past,
    answer: &Listing,
    steps: &[Option<Step>],
) -> Step {
    let mut decided = steps.iter().flatten();
    let progress = decided.any(|step| !matches!(step, Step::Later(_)));
    let several = events.len() > 1;
    if answer.status == BatchProgress::Underway {
        uncertain(UnknownReason::NotListed)
    } else if progress {
        Step::Together
    } else if several
        && answer.are_some_in_use()
        && answer.errors.len() < events.len()
        && !past.again
    {
        // The events without an error have arrived by now, or will: then the next answer has an error for each event.
        Step::Together
    } else if several && answer.errors.iter().any(is_fault) {
        Step::Split(parts(events.len(), &answer.errors))
    } else if !answer.errors.is_empty() {
        uncertain(UnknownReason::NotItsFault)
    } else if answer.status == BatchProgress::Canceled {
        uncertain(UnknownReason::Canceled)
    } else if several && past.again {
        Step::Split(Parts::Halves)
    } else {
        uncertain(UnknownReason::NotListed)
    }
}

/// A refusal of several events at once. Nothing of the request was taken; its errors may say whose fault it is.
pub(super) fn judge_refused(
    events: &[Event],
    past: Past,
    status: u16,
    error: &ErrorContent,
) -> Vec<Step> {
    let body = &error.body;
    if status == 413 {
        return vec![Step::Split(Parts::HalvesByBytes); events.len()];
    }
    let is_conflicting = status == 409 || is_conflict(body);
    let errors = details(error, is_conflicting);
    let named = Named::new(events, &errors, |_| false);
    let guilty = |event: &Event, error: &EventError| {
        if is_in_use(event, &error.body) {
            already_in_use(event, past)
        } else {
            // Sent alone, the event is refused only for a reason of its own.
            Step::Split(Parts::Singles)
        }
    };
    let mut steps: Vec<Option<Step>> = events
        .iter()
        .enumerate()
        .map(|(place, event)| Some(guilty(event, named.error_of(place)?)))
        .collect();
    decide_by_errors(
        events,
        past,
        &named,
        !past.errors_are_uncounted,
        &mut steps,
        guilty,
    );
    let rest = if steps.iter().any(Option::is_some) {
        Step::Together
    } else {
        let all_lost = events.iter().all(|event| event.lost);
        let in_use = errors.iter().filter(|error| is_about_use(error)).count();
        Step::Split(if in_use == errors.len() && in_use > 0 {
            parts(events.len(), &errors)
        } else if all_lost && (is_conflicting || body.says_in_use()) {
            // Most likely all of them arrived when the answer was lost.
            Parts::Singles
        } else {
            Parts::Halves
        })
    };
    steps
        .into_iter()
        .map(|step| step.unwrap_or_else(|| rest.clone()))
        .collect()
}

/// What a refusal says of single events. Details have no category of their own.
fn details(error: &ErrorContent, is_conflicting: bool) -> Vec<EventError> {
    let mut errors = error.errors.clone();
    if is_conflicting {
        for error in &mut errors {
            let category = &mut error.body.category;
            category.get_or_insert_with(|| CONFLICT.to_owned());
        }
    }
    errors
}

/// Decides events by the number of errors, and by the words of errors.
fn decide_by_errors(
    events: &[Event],
    past: Past,
    named: &Named<'_>,
    counts: bool,
    steps: &mut [Option<Step>],
    step_of: impl Fn(&Event, &EventError) -> Step,
) {
    let places = undecided(steps);
    let rest: Vec<&Event> = places
        .iter()
        .filter_map(|place| events.get(*place))
        .collect();
    if counts && are_all_in_use(named.loose(), &rest) {
        for (step, event) in steps.iter_mut().filter(|step| step.is_none()).zip(rest) {
            *step = Some(already_in_use(event, past));
        }
        return;
    }
    let words = named.by_words(events, &places);
    let are_certain = are_all_found(&words, named.loose().len(), places.len());
    // If words name all events, sending them apart would repeat the same request.
    let are_apart = words.len() < events.len();
    for (place, error) in words {
        if let (Some(event), Some(step)) = (events.get(place), steps.get_mut(place)) {
            *step = Some(if are_certain {
                step_of(event, error)
            } else if are_apart && is_in_use(event, &error.body) {
                // Sent without the rest, they get an error each.
                Step::Apart
            } else {
                Step::Split(Parts::Singles)
            });
        }
    }
}

fn undecided(steps: &[Option<Step>]) -> Vec<usize> {
    let places = steps.iter().enumerate();
    let open = places.filter_map(|(place, step)| step.is_none().then_some(place));
    open.collect()
}

/// What the error of an answer that tells events apart means for its event.
fn step_of_error(event: &Event, past: Past, error: &ErrorBody, status: u16) -> Step {
    if is_in_use(event, error) {
        already_in_use(event, past)
    } else if is_the_events_fault(error) {
        rejected(event, past, status, error.clone())
    } else {
        uncertain(UnknownReason::NotItsFault)
    }
}

/// Whether HubSpot calls the error the event's fault. An error without a category stands in the event's own place, and
/// counts as the event's fault.
fn is_the_events_fault(body: &ErrorBody) -> bool {
    body.category
        .as_ref()
        .is_none_or(|category| category.to_ascii_uppercase().contains("VALIDATION"))
}

fn is_about_use(error: &EventError) -> bool {
    error.body.says_in_use() || is_conflict(&error.body)
}

fn is_fault(error: &EventError) -> bool {
    is_the_events_fault(&error.body) || is_about_use(error)
}

/// How to split a batch that has such errors, at the least cost.
///
/// Halves take about 2 log₂ n requests for each event that is unlike most, since one answer decides a part whose events
/// are all taken, or all in use. Refused events are told apart one by one.
fn parts(events: usize, errors: &[EventError]) -> Parts {
    let (in_use, faults): (Vec<&EventError>, Vec<&EventError>) = errors
        .iter()
        .filter(|error| is_fault(error))
        .partition(|error| is_about_use(error));
    let unlike = if in_use.is_empty() || in_use.len() >= events {
        // With fewer errors than events, some events are not at fault.
        if faults.len() + in_use.len() < events {
            0
        } else {
            events
        }
    } else {
        let others = events.saturating_sub(in_use.len());
        faults.len().max(in_use.len().min(others))
    };
    let levels = usize::try_from(events.next_power_of_two().trailing_zeros()).unwrap_or_default();
    if unlike.saturating_mul(2).saturating_mul(levels) >= events {
        Parts::Singles
    } else {
        Parts::Halves
    }
}

impl Listing {
    /// Whether the listing has as many errors as it says.
    fn says_all_errors(&self) -> bool {
        self.num_errors
            .is_none_or(|number| number == self.errors.len())
    }

    /// Whether it has errors, and all of them are about ids that are in use.
    pub(super) fn are_some_in_use(&self) -> bool {
        !self.errors.is_empty() && self.errors.iter().all(is_about_use)
    }
}
