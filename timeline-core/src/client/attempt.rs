//! One attempt: a token, a slot, a request, an answer.
//!
//! It is a task of its own, so that it gets on whether or not anybody polls whoever waits for it: a time limit is then
//! about the network alone, and a slot of the window is given back when the answer comes. Dropping it ends it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::metrics::names;
use super::{Client, Failure, NoToken, Request, Response, Secret};
use crate::trace::Span;

/// A request on its way, or about to be.
#[derive(Debug)]
pub(crate) struct Attempt {
    task: JoinHandle<Tried>,
    left: Arc<AtomicBool>,
}

/// What came of an attempt.
#[derive(Debug)]
pub(crate) enum Tried {
    /// It was told to stop before the request left.
    Halted,
    /// No request was made, for lack of an access token.
    NoToken(NoToken),
    Answered {
        answer: Result<Response, Failure>,
        token: Secret,
        /// From the first byte out to the last byte in.
        took: Duration,
    },
}

impl Client {
    /// Makes a request, with another access token than the one that HubSpot has refused.
    ///
    /// Needs a tokio runtime.
    pub(crate) fn attempt(
        &self,
        request: Request,
        refused: Option<Secret>,
        halted: Option<watch::Receiver<bool>>,
        span: Span,
    ) -> Attempt {
        let left = Arc::new(AtomicBool::new(false));
        let (client, leaves) = (self.clone(), Arc::clone(&left));
        let within = span.clone();
        let attempted = async move {
            let tried = client.attempted(request, refused, halted, &leaves).await;
            client.watch(&tried, &within);
            tried
        };
        let task = tokio::spawn(span.around(attempted));
        Attempt { task, left }
    }

    async fn attempted(
        &self,
        request: Request,
        refused: Option<Secret>,
        halted: Option<watch::Receiver<bool>>,
        leaves: &AtomicBool,
    ) -> Tried {
        let (root, portal) = (&self.root, &self.portal);
        let turn = async {
            let token = portal.tokens.token(refused.as_ref(), root).await?;
            // The slot comes last, since it is a request's from then on.
            Ok((token, portal.traffic.pacer.slot(&root.clock).await))
        };
        let halt = async {
            match halted {
                // Whoever could say so is gone: then so is this task, soon.
                Some(mut halted) => drop(halted.wait_for(|halted| *halted).await),
                None => std::future::pending().await,
            }
        };
        let (token, slot) = match select(Box::pin(halt), Box::pin(turn)).await {
            Either::Left(_) => return Tried::Halted,
            Either::Right((Err(reason), _)) => return Tried::NoToken(reason),
            Either::Right((Ok(turn), _)) => turn,
        };
        leaves.store(true, Ordering::Release);
        let started = root.clock.elapsed();
        let answer = root.http.call(request, Some(&token), &root.clock).await;
        let response = answer.as_ref().ok();
        slot.answered(
            response.and_then(|response| response.allowance),
            response.is_some_and(|response| response.status == 429),
        );
        Tried::Answered {
            answer,
            token,
            took: root.clock.elapsed().saturating_sub(started),
        }
    }
}

impl Client {
    fn watch(&self, tried: &Tried, span: &Span) {
        let metrics = &self.root.metrics;
        match tried {
            Tried::Halted => {}
            Tried::NoToken(reason) => span.ended(None, Some(reason.name())),
            Tried::Answered { answer, took, .. } => {
                metrics.add(names::REQUESTS, 1);
                metrics.record(names::REQUEST_TIME, *took);
                match answer {
                    Ok(response) => {
                        let limited = matches!(response.status, 429 | 477);
                        metrics.add(names::RATE_LIMITED, limited.into());
                        span.ended(Some(response.status), None);
                    }
                    Err(failure) => span.ended(None, Some(failure.name())),
                }
            }
        }
    }
}

impl Attempt {
    /// Whether the request may have left.
    pub(crate) fn has_left(&self) -> bool {
        self.left.load(Ordering::Acquire)
    }
}

impl Future for Attempt {
    type Output = Tried;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Tried> {
        let tried = match std::task::ready!(Pin::new(&mut self.task).poll(context)) {
            Ok(tried) => tried,
            // The runtime was shut down under it, or a function of the user's has panicked.
            Err(_) if self.has_left() => Tried::Answered {
                answer: Err(Failure::Disconnected(
                    "the runtime was shut down".to_owned(),
                )),
                token: Secret::new(""),
                took: Duration::ZERO,
            },
            Err(_) => Tried::NoToken(NoToken::Failed { retry_after: None }),
        };
        Poll::Ready(tried)
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.task.abort();
    }
}
