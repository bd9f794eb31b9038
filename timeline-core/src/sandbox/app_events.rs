//! What app events answer: batches are taken as a whole or not at all.

use serde_json::{Value, json};

use super::answer::{Batch, Reply, ReplyContent};
use super::call::Call;
use super::fault::Change;
use super::input::{self, APP_EVENTS, Incoming};
use super::missing::{missing, unset};
use super::path::Target;
use super::refusal::Refusal;
use super::rules::{BadEvent, OtherObject, Rules, SameId};
use super::state::{Now, SandboxState};
use super::store::Taking;
use crate::limits;
use crate::wire::Api;

/// What v3 answers to an account that has moved.
pub(super) fn moved() -> Refusal {
    Refusal::new(
        401,
        "INVALID_AUTHENTICATION",
        "INVALID_AUTHENTICATION",
        "This app has moved to the new platform, where this API is not available",
    )
}

pub(super) fn create(
    state: &mut SandboxState,
    call: &Call,
    target: &Target,
    portal_id: u64,
    change: &Change,
    store: bool,
    now: Now,
) -> Result<Reply, Refusal> {
    let is_batch = *target == Target::AppBatch;
    let sent = if is_batch {
        input::batch(call.body(), APP_EVENTS, &state.rules)?
    } else {
        vec![input::single(call.body(), APP_EVENTS, &state.rules)?]
    };
    let most = limits::APP_EVENTS_PER_BATCH;
    if sent.len() > most {
        let count = sent.len();
        let message = format!("The batch has {count} events, at most {most} are allowed");
        return Err(Refusal::invalid("TOO_MANY_EVENTS", message));
    }
    // A request is taken as a whole, and an id that exists is a conflict, whichever record has it.
    let rules = Rules {
        bad_event: BadEvent::RefusesBatch,
        same_id: SameId::Conflict,
        other_object: OtherObject::Conflicts,
        ..state.rules.clone()
    };
    let taking = Taking {
        api: Api::AppEvents,
        portal_id,
        templates: &state.app_events.types,
        rules: &rules,
        now_ms: now.milliseconds(),
    };
    let refuse = |event: &Incoming| change.refusal(event);
    let taken = state.events.take(sent, taking, store, refuse);
    state.log.note(&taken.results, &taken.refusals);
    if !taken.refusals.is_empty() {
        return Ok(state.refused(&taken.refusals));
    }
    if is_batch {
        let answer = Batch::new(taken.results, Vec::new(), &rules, now.microseconds);
        return Ok(Reply::new(200, ReplyContent::Batch(answer)));
    }
    Ok(match taken.results.into_iter().next() {
        Some(event) if !rules.empty_single => {
            let created_at = false;
            Reply::new(201, ReplyContent::Event { event, created_at })
        }
        _ => Reply::empty(200),
    })
}

/// The full name of an event type, by the names that a developer gave it and its project.
pub(super) fn project_type(state: &SandboxState, call: &Call) -> Result<Reply, Refusal> {
    let Value::Object(mut keys) = input::json(call.body())? else {
        return Err(input::wrong_type("the body", "an object"));
    };
    let symbol = input::text(&mut keys, "developerSymbol")?;
    let project = input::text(&mut keys, "projectName")?;
    let unset = unset([
        ("developerSymbol", symbol.is_some()),
        ("projectName", project.is_some()),
    ]);
    let (Some(symbol), Some(project)) = (symbol, project) else {
        return Err(missing("ProjectTypeRequest", &unset).in_body(call.body()));
    };
    let known = state
        .app_events
        .projects
        .get(&(project.clone(), symbol.clone()));
    let name = known.ok_or_else(|| {
        Refusal::not_found(format!(
            "The project {project} has no event type with the symbol {symbol}"
        ))
    })?;
    let body = json!({
        "fullyQualifiedName": name,
        "developerQualifiedSymbol": { "developerSymbol": symbol, "projectName": project },
    });
    Ok(Reply::json(200, body))
}
