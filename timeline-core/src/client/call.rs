//! One call for code that wants the answer itself: one attempt, and further attempts while the access token is refused.

use std::sync::Arc;
use std::time::Duration;

use super::attempt::Tried;
use super::breaker::Permit;
use super::credentials_error::NoToken;
use super::reply::Reply;
use super::root::Client;
use crate::trace::Span;
use crate::wire::answer::Answer;
use crate::wire::call::Call;
use crate::wire::meaning::Meaning;

/// What came of a call.
pub(crate) struct Called {
    pub(crate) reply: Reply,
    /// How many requests were made.
    pub(crate) requests: u32,
    pub(crate) elapsed: Duration,
}

impl Client {
    /// Makes a call about so many events. A request that is answered with 401 is made again with another access token, as
    /// long as it has not been made `tries` times.
    pub(crate) async fn call(&self, call: &Call, events: usize, tries: u32) -> Called {
        let clock = &self.root.clock;
        let started = clock.elapsed();
        let span = Span::batch(events, self.portal.id);
        let mut refused = None;
        let mut requests = 0;
        let reply = loop {
            let span = span.attempt(call.route, self.root.http.server(), requests);
            let tried = self
                .attempt(
                    call.clone(),
                    None,
                    refused.take(),
                    None,
                    span,
                    Permit::free(),
                )
                .await;
            let (answer, token) = match tried {
                Tried::NoToken(reason) => break Reply::NoToken(reason),
                // This call is never halted, and looks up no name.
                Tried::Halted | Tried::Known => break Reply::NoToken(NoToken::Refused),
                Tried::Answered { answer, token, .. } => (answer, token),
            };
            requests += 1;
            match answer {
                Ok(answer) if is_refused(&answer) && requests < tries => refused = Some(token),
                Ok(answer) => {
                    if is_refused(&answer) {
                        // Gets another token for the next call. If there is none, that call finds out itself.
                        let tools = self.root.token_tools();
                        drop(self.portal.tokens.token(Some(&token), &tools).await);
                    }
                    break Reply::Answer(answer);
                }
                Err(failure) => break Reply::Failure(failure),
            }
        };
        Called {
            reply,
            requests,
            elapsed: clock.elapsed().saturating_sub(started),
        }
    }
}

impl Client {
    /// Gets an access token if there is none. Returns what failed, or `None` if nothing did.
    pub(crate) async fn authorize(&self) -> Option<Called> {
        let clock = &self.root.clock;
        let started = clock.elapsed();
        let tools = self.root.token_tools();
        let reason = self.portal.tokens.token(None, &tools).await.err()?;
        Some(Called {
            reply: Reply::NoToken(reason),
            requests: 0,
            elapsed: clock.elapsed().saturating_sub(started),
        })
    }

    /// Looks up the full name of an event type in the client's project; `None` if it is known by now.
    pub(crate) async fn look_up(&self, type_name: &Arc<str>) -> Option<Called> {
        let project = self.root.apis.project.as_ref()?;
        let _lookup = project.begin(type_name, &*self.root.clock).await?;
        let call = self.protocol().type_name(&project.name, type_name);
        let called = self.call(&call, 1, 2).await;
        if let Reply::Answer(answer) = &called.reply {
            project.learn(type_name, answer, self.root.clock.elapsed());
        }
        Some(called)
    }
}

/// Whether the access token is refused.
fn is_refused(answer: &Answer) -> bool {
    answer.means() == Meaning::Unauthorized
}
