//! Checks that hold for any answer. `cargo fuzz` calls them with the inputs that it finds, and the tests below with a few
//! thousand small changes to the same seeds.
//!
//! The first line of an input is a status and words that say what was before; the rest is the body. In `tests/fuzz` are
//! the targets and the seeds.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::client::{Name, Reply};
use crate::delivery::intake::event::Event;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::reason::UndeliveredReason;
use crate::delivery::outcome::reason::{NotSentReason, UnknownReason};
use crate::delivery::outcome::rejection::{Rejection, RejectionReason};
use crate::delivery::verdict::create::judge;
use crate::delivery::verdict::read_back::judge_read_back;
use crate::delivery::verdict::step::{Past, Step};
use crate::error::Attempts;
use crate::event::{EventInput, IdOrigin, SealedEvent, SealedTemplate, SealedTime};
use crate::wire::answer::{Expected, RawAnswer};
use crate::wire::error_body::ErrorBody;
use crate::wire::protocol::Protocol;
use crate::wire::{Api, content};

/// The statuses after which an event is surely not there.
const SURE: [u16; 8] = [423, 429, 477, 521, 522, 523, 525, 526];

/// The answer to a batch, or to reading an event back: every event gets one step, and no step claims more than the answer
/// says.
pub fn answer(data: &[u8]) {
    let (status, words, body) = split(data);
    let says = |word| words.contains(&word);
    let mut events = vec![
        event("t", "order-1", IdOrigin::User),
        event("u", "order-1", IdOrigin::Keyed),
        event("t", "seat", IdOrigin::Keyed),
        event("t", "0198c0de-made", IdOrigin::Made),
    ];
    if says("lone") || says("read-back") {
        events.truncate(1);
    }
    for event in &mut events {
        if says("lost") {
            event.doubt(UnknownReason::TimedOut, Some(NonZeroU32::MIN));
        }
    }
    let past = Past {
        again: says("again"),
        refused: says("refused"),
        ..Past::default()
    };
    let complete = !says("cut");
    let raw = raw(status, body, complete);
    let expected = match says("read-back") {
        true => Expected::Stored,
        false => Expected::Created(events.len()),
    };
    let reply = || read(expected, &raw);
    let judged = || match &events[..] {
        [event] if says("read-back") => judge_read_back(event, past, &reply()),
        events => judge(events, past, &reply()),
    };
    let verdict = judged();
    assert_eq!(verdict, judged(), "the same answer means the same");
    assert_eq!(verdict.steps.len(), events.len(), "a step for each event");
    let is_success = matches!(status, 200..=299);
    let decided = |step: &Step| !matches!(step, Step::Together | Step::Later(_));
    let progress = verdict.steps.iter().any(decided);
    for (event, step) in events.iter().zip(&verdict.steps) {
        let sound = match step {
            Step::Created { .. } => is_success && complete && lists(body, event),
            Step::AlreadyExists if says("read-back") => is_success && complete,
            Step::AlreadyExists => complete && event.sealed.id_origin != IdOrigin::User,
            Step::ReadBack(_) | Step::Rejected(..) => complete,
            // Without progress only once, where the answer says only that some ids are in use.
            Step::Together => progress || (is_success && !past.again),
            Step::Apart | Step::Split(_) => events.len() > 1,
            Step::Refresh | Step::Move => status == 401,
            Step::Later(UndeliveredReason::NotSent(_)) => SURE.contains(&status),
            Step::Later(UndeliveredReason::Unknown(_)) => {
                !SURE.contains(&status) || says("read-back")
            }
            Step::NotFound => says("read-back") && status == 404,
            Step::Unknown(_) => true,
            Step::Stop(_) => matches!(status, 300..=499 | 600..),
        };
        assert!(sound, "{step:?} for {} after {status}", event.id());
        if let Step::Rejected(_, body) | Step::ReadBack(Some((_, body))) = step {
            hides_the_message(body, &raw);
        }
    }
}

/// The body of an error: HubSpot's message is given to a caller who asks for it, and is not shown elsewhere.
pub fn error_body(data: &[u8]) {
    let (status, words, body) = split(data);
    let raw = raw(status, body, !words.contains(&"cut"));
    hides_the_message(&body_of(&raw), &raw);
}

/// The input's lines are the time in seconds, a `Retry-After` and perhaps a `Date`. No wait is longer than a day.
pub fn retry_after(data: &[u8]) {
    // Headers that are not text are not read.
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let mut lines = text.split('\n');
    let seconds = lines.next().and_then(|line| line.parse().ok());
    let now = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    let (now, text, date) = (
        now.unwrap_or(UNIX_EPOCH),
        lines.next().unwrap_or_default(),
        lines.next(),
    );
    let day = Duration::from_secs(24 * 60 * 60);
    let wait = crate::client::retry_after(text, date, now);
    assert!(wait.is_none_or(|wait| wait <= day), "{wait:?}");
    let digits = text.trim();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = digits.parse().map_or(day, Duration::from_secs);
        assert_eq!(wait, Some(seconds.min(day)));
    }
}

/// Status, words and body.
fn split(data: &[u8]) -> (u16, Vec<&str>, &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (head, body) = data.split_at(end.unwrap_or(data.len()));
    let mut words = str::from_utf8(head).unwrap_or_default().split(' ');
    let status = words.next().and_then(|status| status.parse().ok());
    // HTTP has no other statuses.
    let status: u16 = status.unwrap_or(200).clamp(100, 999);
    (status, words.collect(), body.get(1..).unwrap_or_default())
}

pub(super) fn event(template_id: &str, id: &str, id_origin: IdOrigin) -> Event {
    let input = EventInput::new(template_id).email("ada@example.com");
    event_of(&input, id, id_origin)
}

pub(super) fn event_of(input: &EventInput<'_>, id: &str, id_origin: IdOrigin) -> Event {
    let sealed = SealedEvent {
        template: SealedTemplate::Id(input.template_id().unwrap_or_default().into()),
        names: None,
        id: id.into(),
        id_origin,
        time: SealedTime::Milliseconds(0),
        is_stamped: false,
        portal_id: None,
        content: content(input, &mut Vec::new()).unwrap_or_else(|error| unreachable!("{error}")),
    };
    let template = Arc::clone(sealed.template.text());
    let size = Protocol::v3().event_size((&sealed, &template));
    let name = Name {
        text: template,
        is_short: false,
    };
    Event::new(sealed, Api::V3, name, size, None)
}

fn raw(status: u16, body: &[u8], complete: bool) -> RawAnswer {
    RawAnswer {
        status,
        retry_after: None,
        body: body.to_vec(),
        complete,
        too_long: false,
    }
}

fn read(expected: Expected, raw: &RawAnswer) -> Reply {
    Reply::Answer(Protocol::v3().read(expected, raw))
}

/// What the body says if it is read as an error's, whatever the status is.
fn body_of(raw: &RawAnswer) -> ErrorBody {
    let error = RawAnswer {
        status: 400,
        ..raw.clone()
    };
    let answer = Protocol::v3().read(Expected::Stored, &error);
    answer
        .error()
        .map(|error| error.body.clone())
        .unwrap_or_default()
}

/// Whether the body lists the event, found out in another way than the verdict does.
fn lists(body: &[u8], event: &Event) -> bool {
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str::<Value>(&text) {
        Ok(body) => body["results"].as_array().is_some_and(|results| {
            results.iter().any(|result| {
                result["id"] == *event.id() && result["eventTemplateId"] == *event.template
            })
        }),
        // Nested too deeply for this check, or with a lone surrogate in a part that the verdict does not read.
        Err(_) => text.contains(event.id()) || text.contains('\\'),
    }
}

/// No outcome shows HubSpot's message: the outcome shows the same with another message in its place.
fn hides_the_message(body: &ErrorBody, raw: &RawAnswer) {
    let status = raw.status;
    let other = ErrorBody {
        message: body.message.as_ref().map(|_| "other".to_owned()),
        ..body.clone()
    };
    let shown = |body: &ErrorBody, attempts| {
        let event = event("t", "order-1", IdOrigin::User);
        let kept = event.undelivered(Some(Arc::new(attempts)));
        let (id, reason) = (event.id().to_owned(), RejectionReason::Refused(status));
        let rejection = Rejection::by_hubspot(id.clone(), reason, body.clone(), kept.clone());
        assert_eq!(rejection.message(), body.message.as_deref());
        let not_sent = Outcome::NotSent {
            id: id.clone(),
            reason: NotSentReason::RateLimited,
            event: kept.clone(),
        };
        let unknown = Outcome::Unknown {
            id,
            reason: UnknownReason::ServerError(status),
            event: kept.clone(),
        };
        [Outcome::from(rejection), not_sent, unknown].map(|outcome| {
            let line = outcome.to_string();
            assert!(!line.contains(char::is_control), "{line:?}");
            assert!(line.chars().count() < 2_000, "{line}");
            let row = serde_json::to_string(&outcome).ok();
            (line, format!("{outcome:?} {:?}", outcome.attempts()), row)
        })
    };
    let attempts = |raw: &RawAnswer| {
        let reply = read(Expected::Created(1), raw);
        Attempts::new(2, Duration::ZERO, &reply, false)
    };
    assert_eq!(
        shown(body, attempts(raw)),
        shown(&other, attempts(&with_another_message(raw)))
    );
}

/// The answer, with another message and with only those fields in its body that are read.
fn with_another_message(answer: &RawAnswer) -> RawAnswer {
    let body = body_of(answer);
    let body = json!({
        "category": body.category,
        "correlationId": body.correlation_id,
        "message": body.message.map(|_| "other"),
    });
    raw(answer.status, body.to_string().as_bytes(), answer.complete)
}

#[cfg(test)]
mod mutate;

#[cfg(test)]
mod tests {
    use super::mutate::over_seeds;

    #[test]
    fn any_answer_has_a_sound_verdict() {
        over_seeds("answer", 20_000, super::answer);
    }

    #[test]
    fn no_error_shows_its_message() {
        over_seeds("error_body", 10_000, super::error_body);
    }

    #[test]
    fn no_wait_is_longer_than_a_day() {
        over_seeds("retry_after", 20_000, super::retry_after);
    }
}
