//! What each path does.

use std::sync::Arc;

use serde_json::Value;

use super::accounts::Scope;
use super::answer::{self, Batch, Reply, ReplyContent};
use super::app_events;
use super::call::Call;
use super::catalog;
use super::event::StoredEvent;
use super::fault::Change;
use super::input::{self, Incoming};
use super::oauth;
use super::path::{self, Target, TokenCall};
use super::refusal::Refusal;
use super::rules::{BadEvent, Rules};
use super::state::{Now, SandboxState};
use super::store::Taking;
use crate::wire::Api;

/// Answers a request. If `store` is false no event is stored, and the answer is the same.
pub(super) fn answer(
    state: &mut SandboxState,
    call: &Call,
    target: Option<&Target>,
    change: &Change,
    store: bool,
    now: Now,
) -> Reply {
    let Some(target) = target else {
        return answer::no_such_path(&state.correlation_id());
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
        Target::Oauth(asked) => return token(state, call, *asked, now),
        Target::AccessToken { token } | Target::RefreshToken { token } => {
            return token_info(state, call, target, token, now);
        }
        Target::Rendered => state
            .accounts
            .open(call.authorization.as_deref(), Scope::Timeline, now.elapsed)
            .and_then(|_| Err(not_served(call))),
        Target::Batch | Target::Single | Target::Event { .. } => state
            .accounts
            .open(call.authorization.as_deref(), Scope::Timeline, now.elapsed)
            .and_then(|portal_id| {
                if state.app_events.has_moved(portal_id) {
                    return Err(app_events::moved());
                }
                readable(state, call)?;
                let asked = Asked {
                    call,
                    target,
                    portal_id,
                };
                events(state, asked, change, store, now)
            }),
        Target::AppBatch | Target::AppSingle => state
            .accounts
            .open(call.authorization.as_deref(), Scope::Timeline, now.elapsed)
            .and_then(|portal_id| {
                readable(state, call)?;
                app_events::create(state, call, target, portal_id, change, store, now)
            }),
        Target::ProjectTypes => state
            .accounts
            .open(call.authorization.as_deref(), Scope::Timeline, now.elapsed)
            .and_then(|_| {
                readable(state, call)?;
                app_events::project_type(state, call)
            }),
        _ => {
            let query = path::form(call.query.as_deref().unwrap_or_default());
            let key = query.get("hapikey").map(String::as_str);
            let scope = match &*call.method {
                "GET" => Scope::DevelopersRead,
                _ => Scope::DevelopersWrite,
            };
            state
                .accounts
                .open_to_key(key, call.authorization.as_deref(), scope, now.elapsed)
                .and_then(|_| readable(state, call))
                .and_then(|()| catalog::answer(state, call, target, now))
        }
    };
    answered.unwrap_or_else(|refusal| state.refused(&[refusal]))
}

/// The refusal of a path that HubSpot has and the sandbox does not serve.
fn not_served(call: &Call) -> Refusal {
    let message = format!(
        "The sandbox does not serve {}: it renders no templates",
        call.path
    );
    Refusal::new(501, "NOT_IMPLEMENTED", "NOT_SERVED", message)
}

/// Checks the size and the content type of the body.
fn readable(state: &SandboxState, call: &Call) -> Result<(), Refusal> {
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

/// A request about events, from a token that may make it.
#[derive(Clone, Copy)]
struct Asked<'c> {
    call: &'c Call,
    target: &'c Target,
    portal_id: u64,
}

fn events(
    state: &mut SandboxState,
    asked: Asked<'_>,
    change: &Change,
    store: bool,
    now: Now,
) -> Result<Reply, Refusal> {
    let Asked {
        call,
        target,
        portal_id,
    } = asked;
    let (sent, batch) = match target {
        Target::Event { template_id, id } => {
            // An assumption: an account sees only its own events.
            let event = state.events.get(template_id, id);
            let event = event.filter(|event| event.portal_id == portal_id);
            let event = event.ok_or_else(|| {
                Refusal::not_found(format!(
                    "No event with id {id} exists in the template {template_id}"
                ))
            })?;
            return Ok(Reply::new(200, shown(Arc::clone(event), &state.rules)));
        }
        Target::Batch => (input::batch(call.body(), input::V3, &state.rules)?, true),
        _ => (
            vec![input::single(call.body(), input::V3, &state.rules)?],
            false,
        ),
    };
    let most = state.rules.events_per_batch;
    let count = sent.len();
    if batch && count > most {
        let message = format!("The batch has {count} events, at most {most} are allowed");
        return Err(Refusal::invalid("TOO_MANY_EVENTS", message));
    }
    let refuse = |event: &Incoming| change.refusal(event);
    let rules = state.rules.clone();
    let taking = Taking {
        api: Api::V3,
        portal_id,
        templates: &state.templates,
        rules: &rules,
        now_ms: now.milliseconds(),
    };
    let verdict = state.events.take(sent, taking, store, refuse);
    state.log.note(&verdict.results, &verdict.refusals);
    if !batch {
        return Ok(match verdict.results.into_iter().next() {
            Some(event) => Reply::new(201, shown(event, &rules)),
            None => state.refused(&verdict.refusals),
        });
    }
    if verdict.refusals.is_empty() {
        let answer = Batch::new(verdict.results, Vec::new(), &rules, now.microseconds);
        return Ok(Reply::new(rules.success, ReplyContent::Batch(answer)));
    }
    if rules.bad_event == BadEvent::RefusesBatch {
        return Ok(state.refused(&verdict.refusals));
    }
    let mut errors: Vec<Value> = Vec::new();
    for refusal in &verdict.refusals {
        let error = answer::error_element(refusal, rules.error_id);
        if !(rules.equal_errors_once && errors.contains(&error)) {
            errors.push(error);
        }
    }
    let answer = Batch::new(verdict.results, errors, &rules, now.microseconds);
    Ok(Reply::new(207, ReplyContent::Batch(answer)))
}

fn shown(event: Arc<StoredEvent>, rules: &Rules) -> ReplyContent {
    ReplyContent::Event {
        event,
        created_at: rules.created_at,
    }
}

fn token(state: &mut SandboxState, call: &Call, asked: TokenCall, now: Now) -> Reply {
    let is_json = state.rules.json_at_token_endpoint && call.has_type("application/json");
    if !is_json && !call.has_type("application/x-www-form-urlencoded") {
        let message = "The content type must be application/x-www-form-urlencoded";
        let refusal = Refusal::new(415, "VALIDATION_ERROR", "UNSUPPORTED_MEDIA_TYPE", message);
        return state.refused(&[refusal]);
    }
    let form = call.fields();
    let correlation_id = state.correlation_id();
    let (status, body) = oauth::answer(
        &mut state.accounts,
        asked,
        &form,
        now.elapsed,
        &correlation_id,
    );
    Reply::json(status, body)
}

/// Describes a token, or revokes a refresh token, by version 1 of the token endpoint.
fn token_info(
    state: &mut SandboxState,
    call: &Call,
    target: &Target,
    token: &str,
    now: Now,
) -> Reply {
    let of_access = matches!(target, Target::AccessToken { .. });
    match oauth::token_info(&state.accounts, token, of_access, now.elapsed) {
        None => state.refused(&[Refusal::not_found("The token is unknown, or has run out")]),
        Some(_) if call.method == "DELETE" => {
            state.accounts.revoke(token);
            Reply::empty(204)
        }
        Some(body) => Reply::json(200, body),
    }
}
