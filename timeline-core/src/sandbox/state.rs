//! Everything the sandbox knows, and what one request does to it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::answer::{self, Batch, Content, Reply};
use super::dates;
use super::event::StoredEvent;
use super::fault::{Change, Ending, Fault, Faults, Route};
use super::oauth::Oauth;
use super::path::{self, Target};
use super::routes::{self, Call};
use super::rules::Refusal;
use super::settings::Rules;
use super::store::{self, Events};
use super::templates::Templates;
use crate::client::Clock;

/// One moment on the sandbox's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) microseconds: i64,
    pub(super) elapsed: Duration,
}

impl Now {
    pub(super) fn on(clock: &dyn Clock) -> Self {
        Now {
            microseconds: dates::microseconds(clock.now()),
            elapsed: clock.elapsed(),
        }
    }

    pub(super) fn milliseconds(self) -> i64 {
        self.microseconds.div_euclid(1000)
    }
}

/// A request that the sandbox has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenRequest {
    /// When it had arrived, on the sandbox's clock.
    pub at: Duration,
    /// Its method.
    pub method: String,
    /// Its path as it was sent, without the query.
    pub path: String,
    /// Bytes in its body.
    pub bytes: usize,
    /// The status of the answer; `None` where a fault left it without one.
    pub status: Option<u16>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) rules: Rules,
    pub(super) events: Events,
    pub(super) templates: Templates,
    pub(super) oauth: Oauth,
    pub(super) faults: Faults,
    pub(super) limiter: Option<Limiter>,
    pub(super) seen: Vec<SeenRequest>,
    pub(super) correlations: u64,
}

/// What goes back to the client, and how.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) delay: Duration,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) ending: Ending,
}

impl State {
    /// Serves a request.
    pub(super) fn serve(&mut self, call: &Call, now: Now) -> Plan {
        let target = path::target(&call.path);
        let limited = matches!(&target, Some(target) if *target != Target::Oauth);
        let mut headers = Vec::new();
        if limited && let Some(limiter) = &mut self.limiter {
            let admitted = limiter.admit(now.elapsed);
            headers = limiter.headers();
            if !admitted {
                let content = answer::for_status(429, &self.correlation_id());
                return self.finish(
                    call,
                    now,
                    None,
                    Reply {
                        status: 429,
                        headers,
                        content,
                    },
                );
            }
        }
        let route = target.as_ref().map(Target::route);
        let ids = self.ids(call, route);
        let mut fault = self.faults.next(route, now.elapsed, |id| ids.contains(id));
        if let Some(Fault {
            change: Change::Refuse { ids, .. },
            event: Some(id),
            ..
        }) = &mut fault
        {
            ids.insert(id.clone());
        }
        let mut reply = self.carry_out(call, target.as_ref(), fault.as_ref(), now);
        // The sandbox's own headers first: a fault's replace them.
        headers.append(&mut reply.headers);
        reply.headers = headers;
        self.finish(call, now, fault, reply)
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
        if let Content::Batch(batch) = &mut reply.content {
            change(batch, &fault.change, now);
        }
        if let Ending::Instead { status, body } = &fault.ending {
            reply = match body {
                Some(body) => Reply::new(*status, Content::Bytes(body.clone())),
                None => Reply::new(*status, answer::for_status(*status, &self.correlation_id())),
            };
        }
        reply
    }

    fn finish(&mut self, call: &Call, now: Now, fault: Option<Fault>, reply: Reply) -> Plan {
        let (delay, ending, more) = match fault {
            Some(fault) => (fault.delay, fault.ending, fault.headers),
            None => (Duration::ZERO, Ending::Answer, Vec::new()),
        };
        let mut headers = reply.headers;
        if !matches!(reply.content, Content::Empty) {
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
            status: answered.then_some(reply.status),
        });
        let mut body = Reply::into_bytes(reply.content);
        if let Ending::Pad(bytes) = ending {
            body.resize(body.len().saturating_add(bytes), b' ');
        }
        Plan {
            delay,
            status: reply.status,
            headers,
            body,
            ending,
        }
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

    pub(super) fn correlation_id(&mut self) -> String {
        self.correlations += 1;
        store::uuid(b'c', self.correlations)
    }

    pub(super) fn refused(&mut self, refusals: &[Refusal]) -> Reply {
        let correlation_id = self.correlation_id();
        answer::error_body(refusals, self.rules.error_id, &correlation_id)
    }
}

fn change(batch: &mut Batch, change: &Change, now: Now) {
    match change {
        Change::None | Change::Refuse { .. } => {}
        Change::Empty => batch.results.clear(),
        Change::Without(events) => drop(batch.results.drain(..batch.results.len().min(*events))),
        Change::Strangers(events) => {
            for number in 0..*events {
                let id = store::uuid(b's', number as u64);
                batch
                    .results
                    .push(Arc::new(StoredEvent::stranger(id, now.milliseconds())));
            }
        }
    }
}

/// So many requests in any window of this length.
#[derive(Debug)]
pub(super) struct Limiter {
    most: usize,
    interval: Duration,
    admitted: VecDeque<Duration>,
}

impl Limiter {
    pub(super) fn new(most: usize, interval: Duration) -> Self {
        Limiter {
            most,
            interval,
            admitted: VecDeque::new(),
        }
    }

    /// Refused requests do not count.
    fn admit(&mut self, now: Duration) -> bool {
        while self
            .admitted
            .front()
            .is_some_and(|at| now.saturating_sub(*at) >= self.interval)
        {
            self.admitted.pop_front();
        }
        let admitted = self.admitted.len() < self.most;
        if admitted {
            self.admitted.push_back(now);
        }
        admitted
    }

    fn headers(&self) -> Vec<(String, String)> {
        let remaining = self.most.saturating_sub(self.admitted.len());
        [
            ("X-HubSpot-RateLimit-Max", self.most.to_string()),
            ("X-HubSpot-RateLimit-Remaining", remaining.to_string()),
            (
                "X-HubSpot-RateLimit-Interval-Milliseconds",
                self.interval.as_millis().to_string(),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Limiter;

    #[test]
    fn the_window_rolls() {
        let mut limiter = Limiter::new(2, Duration::from_secs(10));
        for (second, admitted) in [
            (0, true),
            (6, true),
            (9, false),
            (10, true),
            (11, false),
            (15, false),
            (16, true),
            (20, true),
            (20, false),
        ] {
            assert_eq!(
                limiter.admit(Duration::from_secs(second)),
                admitted,
                "second {second}"
            );
        }
    }
}
