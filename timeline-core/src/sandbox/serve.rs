//! Serves one request: the rate limit, the faults, the answer.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::answer::{self, Batch, Reply, ReplyContent};
use super::call::Call;
use super::console::log::{Entry, EventOutcomes};
use super::event::StoredEvent;
use super::fault::{Change, Ending, Fault, Route};
use super::path::{self, Target};
use super::routes;
use super::state::{Now, SandboxState, SeenRequest};
use super::store;

/// The answer to the client, and how it is sent.
#[derive(Debug)]
pub(super) struct ServedAnswer {
    pub(super) delay: Duration,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) ending: Ending,
    /// The request's number in the log.
    pub(super) number: u64,
}

impl SandboxState {
    /// Serves a request.
    pub(super) fn serve(&mut self, call: &Call, now: Now) -> ServedAnswer {
        let target = path::target(&call.path);
        let portal_id = self.portal_of(call, target.as_ref());
        let limited = target.as_ref().is_some_and(|target| !target.is_oauth());
        let own = self.accounts.own();
        let mut headers = Vec::new();
        if limited && let Some(limits) = &mut self.limits {
            let limiter = limits.of(portal_id.unwrap_or(own));
            let admitted = limiter.admit(now.elapsed);
            headers = limiter.headers();
            if !admitted {
                let content = answer::for_status(429, &self.correlation_id());
                let reply = Reply {
                    status: 429,
                    headers,
                    content,
                };
                return self.finish(call, portal_id, now, None, reply);
            }
        }
        let route = target.as_ref().map(Target::route);
        let ids = self.ids(call, route);
        let mut fault = self
            .faults
            .next(route, portal_id, now.elapsed, ids.len(), |id| {
                ids.contains(id)
            });
        if let Some(Fault {
            change: Change::Refuse { ids, .. },
            event: Some(id),
            ..
        }) = &mut fault
        {
            ids.insert(id.clone());
        }
        let mut reply = self.carry_out(call, target.as_ref(), fault.as_ref(), now);
        // The sandbox's own headers come first, because a fault's headers replace them.
        headers.append(&mut reply.headers);
        reply.headers = headers;
        self.finish(call, portal_id, now, fault, reply)
    }

    fn carry_out(
        &mut self,
        call: &Call,
        target: Option<&Target>,
        fault: Option<&Fault>,
        now: Now,
    ) -> Reply {
        let Some(fault) = fault else {
            return routes::answer(self, call, target, &Change::None, true, now);
        };
        let needed = matches!(
            fault.ending,
            Ending::Answer | Ending::Truncate | Ending::StallInBody | Ending::Pad(_)
        );
        let mut reply = if needed || fault.stored {
            routes::answer(self, call, target, &fault.change, fault.stored, now)
        } else {
            Reply::empty(200)
        };
        if let ReplyContent::Batch(batch) = &mut reply.content {
            change(batch, &fault.change, now);
            if let Some(status) = &fault.batch_status {
                batch.status.clone_from(status);
            }
        }
        match &fault.ending {
            Ending::Instead { status, body } => {
                reply = match body {
                    Some(body) => Reply::new(*status, ReplyContent::Bytes(body.clone())),
                    None => {
                        Reply::new(*status, answer::for_status(*status, &self.correlation_id()))
                    }
                };
            }
            Ending::MissingScopes(scopes) => {
                let content = answer::missing_scopes(scopes, &self.correlation_id());
                reply = Reply::new(403, content);
            }
            _ => {}
        }
        reply
    }

    fn finish(
        &mut self,
        call: &Call,
        portal_id: Option<u64>,
        now: Now,
        fault: Option<Fault>,
        reply: Reply,
    ) -> ServedAnswer {
        let is_faulty = fault.is_some();
        let (delay, ending, more) = match fault {
            Some(fault) => (fault.delay, fault.ending, fault.headers),
            None => (Duration::ZERO, Ending::Answer, Vec::new()),
        };
        let reason = reply.reason();
        let mut headers = reply.headers;
        if !matches!(reply.content, ReplyContent::Empty) {
            let json = "application/json;charset=utf-8".to_owned();
            headers.insert(0, ("Content-Type".to_owned(), json));
        }
        headers.retain(|(name, _)| {
            !more
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(name))
        });
        headers.extend(more);
        let answered = !matches!(ending, Ending::Cut | Ending::Stall);
        self.seen.push(SeenRequest {
            at: now.elapsed,
            method: call.method.clone(),
            path: call.path.clone(),
            bytes: call.body().len(),
            portal_id,
            status: answered.then_some(reply.status),
        });
        let number = self.log.push(Entry {
            number: 0,
            at: now.milliseconds(),
            method: call.method.clone(),
            path: call.path.clone(),
            portal_id,
            status: answered.then_some(reply.status),
            reason,
            is_faulty,
            took: None,
            events: EventOutcomes::default(),
        });
        let mut body = Reply::into_bytes(reply.content);
        if let Ending::Pad(bytes) = ending {
            body.resize(body.len().saturating_add(bytes), b' ');
        }
        ServedAnswer {
            delay,
            status: reply.status,
            headers,
            body,
            ending,
            number,
        }
    }

    /// The account whose token a request carries.
    fn portal_of(&self, call: &Call, target: Option<&Target>) -> Option<u64> {
        if !matches!(target, Some(Target::Oauth(_))) {
            return self.accounts.portal_of(call.authorization.as_deref());
        }
        let fields = call.fields();
        self.accounts
            .portal_of_refresh(fields.get("refresh_token")?)
    }

    /// The ids of the events in a request, if a fault asks for them.
    fn ids(&self, call: &Call, route: Option<Route>) -> HashSet<String> {
        if route != Some(Route::Events) || !self.faults.about_events() {
            return HashSet::new();
        }
        let body: Value = serde_json::from_slice(call.body()).unwrap_or_default();
        let inputs = match body.get("inputs") {
            Some(Value::Array(inputs)) => &**inputs,
            _ => std::slice::from_ref(&body),
        };
        let ids = inputs.iter().filter_map(|input| input.get("id")?.as_str());
        ids.map(str::to_owned).collect()
    }
}

fn change(batch: &mut Batch, change: &Change, now: Now) {
    match change {
        Change::None | Change::Refuse { .. } => {}
        Change::Empty => batch.results.events.clear(),
        Change::Without(events) => {
            let listed = &mut batch.results.events;
            drop(listed.drain(..listed.len().min(*events)));
        }
        Change::Strangers(events) => {
            for number in 0..*events {
                let id = store::uuid(b's', number as u64);
                batch
                    .results
                    .events
                    .push(Arc::new(StoredEvent::stranger(id, now.milliseconds())));
            }
        }
    }
}
