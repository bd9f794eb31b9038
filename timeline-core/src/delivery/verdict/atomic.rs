//! Refusals of an API that takes a request as a whole or not at all: app events.
//!
//! | answer | events of the request | what follows |
//! |---|---|---|
//! | 409 | all made for this call, and lost together in one request | they are there |
//! | 400, 409 | one | refused; or in use: there if the id is ours, unknown if it is the user's own, which cannot be read back |
//! | 413 | several | halves by bytes |
//! | 409 | several, and most events of the call that are decided were there before | one by one |
//! | 400, 409 | several, some named | the named ones one by one, the others together |
//! | 400, 409 | several, none named | halves, or one by one if there are four at most |

use super::in_use::{already_in_use, is_conflict, is_in_use, rejected};
use super::naming::Named;
use super::step::{Parts, Past, Step};
use crate::delivery::intake::event::Event;
use crate::event::IdOrigin;
use crate::wire::answer::ErrorContent;

/// Up to this many events, telling them apart one by one costs no more than by halves.
const FEW: usize = 4;

/// What a refusal means. Nothing of the request was taken.
pub(super) fn judge_atomic(
    events: &[Event],
    past: Past,
    status: u16,
    error: &ErrorContent,
) -> Vec<Step> {
    let body = &error.body;
    let all = |step: Step| vec![step; events.len()];
    let conflicts = status == 409 || is_conflict(body) || body.says_in_use();
    match events {
        _ if conflicts && were_lost_together(events) => all(Step::AlreadyExists),
        [event] if status == 409 || is_in_use(event, body) => vec![already_in_use(event, past)],
        [event] => vec![rejected(event, past, status, body.clone())],
        _ if status == 413 => all(Step::Split(Parts::HalvesByBytes)),
        _ if conflicts && past.mostly_in_use => all(Step::Split(Parts::Singles)),
        _ => {
            let named = Named::new(events, &error.errors, |_| false);
            let is_named = |place: usize| named.error_of(place).is_some();
            let by_halves = match events.len() {
                ..=FEW => Parts::Singles,
                _ => Parts::Halves,
            };
            let are_some_named = (0..events.len()).any(is_named);
            let step = |place: usize| match are_some_named {
                true if is_named(place) => Step::Split(Parts::Singles),
                true => Step::Together,
                false => Step::Split(by_halves),
            };
            (0..events.len()).map(step).collect()
        }
    }
}

/// Whether these events were lost together in one request and in no other, under ids that no other event can have. Then,
/// if any of them is there, all of them arrived with that request.
fn were_lost_together(events: &[Event]) -> bool {
    let first = events.first().and_then(|event| event.lost_with);
    first.is_some()
        && events
            .iter()
            .all(|event| event.sealed.id_origin == IdOrigin::Made && event.lost_with == first)
}
