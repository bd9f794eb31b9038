//! What each path does.

use serde_json::{Value, json};

use super::answer::{self, Batch, Content, Reply};
use super::call::Call;
use super::catalog;
use super::fault::Change;
use super::input::{self, Incoming};
use super::path::{self, Target};
use super::refusal::Refusal;
use super::settings::BadEvent;
use super::state::{Now, State};

/// Answers a request. With `store` false no event is stored, whatever the answer says.
pub(super) fn answer(
    state: &mut State,
    call: &Call,
    target: Option<&Target>,
    change: &Change,
    store: bool,
    now: Now,
) -> Reply {
    let Some(target) = target else {
        // A gateway's answer, without HubSpot's marks: a path is not an event that was not found.
        return Reply::new(404, Content::Empty);
    };
    if !target
        .methods()
        .split(", ")
        .any(|method| method == call.method)
    {
        let refusal = Refusal::new(
            405,
            "METHOD_NOT_ALLOWED",
            "METHOD_NOT_ALLOWED",
            "Method not allowed",
        );
        let mut reply = state.refused(&[refusal]);
        reply
            .headers
            .push(("Allow".to_owned(), target.methods().to_owned()));
        return reply;
    }
    let answered = match target {
        Target::Oauth => return token(state, call, now),
        Target::Batch | Target::Single | Target::Event { .. } => state
            .oauth
            .bearer(call.authorization.as_deref(), now.elapsed)
            .and_then(|()| readable(state, call))
            .and_then(|()| events(state, call, target, change, store, now)),
        _ => {
            let query = path::form(call.query.as_deref().unwrap_or_default());
            let key = query.get("hapikey").map(String::as_str);
            state
                .oauth
                .key_or_bearer(key, call.authorization.as_deref(), now.elapsed)
                .and_then(|()| readable(state, call))
                .and_then(|()| catalog::answer(state, call, target, now))
        }
    };
    answered.unwrap_or_else(|refusal| state.refused(&[refusal]))
}

/// Whether the body can be looked at: its size and its content type.
fn readable(state: &State, call: &Call) -> Result<(), Refusal> {
    let most = state.rules.request_bytes;
    if call.body.as_ref().is_none_or(|body| body.len() > most) {
        let message = format!("The request has more than {most} bytes");
        return Err(Refusal::new(
            413,
            "VALIDATION_ERROR",
            "REQUEST_TOO_LARGE",
            message,
        ));
    }
    if matches!(&*call.method, "POST" | "PUT") && !call.has_type("application/json") {
        let message = "The content type must be application/json";
        return Err(Refusal::new(
            415,
            "VALIDATION_ERROR",
            "UNSUPPORTED_MEDIA_TYPE",
            message,
        ));
    }
    Ok(())
}

fn events(
    state: &mut State,
    call: &Call,
    target: &Target,
    change: &Change,
    store: bool,
    now: Now,
) -> Result<Reply, Refusal> {
    let require_id = state.rules.require_id;
    let (sent, batch) = match target {
        Target::Event { template_id, id } => {
            let event = state.events.get(template_id, id).ok_or_else(|| {
                Refusal::not_found(format!(
                    "No event with id {id} exists in the template {template_id}"
                ))
            })?;
            return Ok(Reply::new(200, Content::Event(event.clone())));
        }
        Target::Batch => (input::batch(call.body(), require_id)?, true),
        _ => (vec![input::single(call.body(), require_id)?], false),
    };
    let most = state.rules.events_per_batch;
    let count = sent.len();
    if batch && count > most {
        let message = format!("The batch has {count} events, at most {most} are allowed");
        return Err(Refusal::invalid("TOO_MANY_EVENTS", message));
    }
    let refuse = |event: &Incoming| match change {
        Change::Refuse {
            status,
            category,
            ids,
        } if event.id.as_ref().is_some_and(|id| ids.contains(id)) => {
            let message = "The sandbox was told to refuse this event";
            Some(Refusal::new(*status, category, "REFUSED", message))
        }
        _ => None,
    };
    let rules = state.rules.clone();
    let verdict = state.events.take(
        sent,
        &state.templates,
        &rules,
        now.milliseconds(),
        store,
        refuse,
    );
    if !batch {
        return Ok(match verdict.results.into_iter().next() {
            Some(event) => Reply::new(201, Content::Event(event)),
            None => state.refused(&verdict.refusals),
        });
    }
    if verdict.refusals.is_empty() {
        let answer = Batch::new(verdict.results, Vec::new(), now.microseconds);
        return Ok(Reply::new(rules.success, Content::Batch(answer)));
    }
    if rules.bad_event == BadEvent::RefusesBatch {
        return Ok(state.refused(&verdict.refusals));
    }
    let errors = verdict.refusals.iter();
    let errors: Vec<Value> = errors
        .map(|refusal| answer::error_element(refusal, rules.error_id))
        .collect();
    let answer = Batch::new(verdict.results, errors, now.microseconds);
    Ok(Reply::new(207, Content::Batch(answer)))
}

fn token(state: &mut State, call: &Call, now: Now) -> Reply {
    if !call.has_type("application/x-www-form-urlencoded") {
        let message = "The content type must be application/x-www-form-urlencoded";
        let refusal = Refusal::new(415, "VALIDATION_ERROR", "UNSUPPORTED_MEDIA_TYPE", message);
        return state.refused(&[refusal]);
    }
    let Ok(body) = std::str::from_utf8(call.body()) else {
        return Reply::json(
            400,
            json!({ "status": "BAD_REQUEST", "error": "invalid_request" }),
        );
    };
    let correlation_id = state.correlation_id();
    let (status, body) = state
        .oauth
        .token(&path::form(body), now.elapsed, &correlation_id);
    Reply::json(status, body)
}
