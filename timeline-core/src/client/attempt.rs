//! One attempt: a token, a slot, a request, an answer.
//!
//! An attempt is a task of its own, so that it goes on even if the call that waits for it is not polled. A time limit is
//! then about the network alone, and a slot of the window is given back when the answer comes. Dropping the `Attempt` ends
//! the attempt, even if the runtime of its task is alive but runs nothing any more.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::breaker::{OutageChange, Permit};
use super::credentials_error::{CredentialsError, CredentialsErrorKind, NoToken};
use super::health::Health;
use super::http::Request;
use super::metrics::names;
use super::root::Client;
use super::secret::Secret;
use super::transport::Failure;
use crate::error::Cause;
use crate::trace::{self, Span};
use crate::wire::answer::Answer;
use crate::wire::call::Call;
use crate::wire::meaning::Meaning;

/// A request that is on its way, or about to leave.
pub(crate) struct Attempt {
    task: JoinHandle<Tried>,
    departure: Arc<Departure>,
    future: Arc<SharedFuture>,
}

/// The future of the task, shared by the task and the [`Attempt`]. To abort a task is to ask its runtime to drop it, and a
/// runtime that runs nothing never does. So dropping the [`Attempt`] drops the future itself, and with it whatever others
/// wait for, such as a turn in the pacer's line, a slot of the window, or the circuit breaker's permit to probe.
struct SharedFuture {
    work: Mutex<Option<Later>>,
    /// Whether the future is to be dropped.
    is_over: AtomicBool,
}

type Later = Pin<Box<dyn Future<Output = Tried> + Send>>;

impl SharedFuture {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Tried> {
        // A panic while the lock is held ends the task, and nothing polls the future again.
        let mut future = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let polled = match &mut *future {
            Some(future) => future.as_mut().poll(context),
            None => Poll::Ready(Tried::Halted),
        };
        let done = if polled.is_ready() {
            future.take()
        } else {
            None
        };
        drop(future);
        drop(done);
        if self.is_over.load(Ordering::SeqCst) {
            self.end();
        }
        polled
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        let future = match self.work.try_lock() {
            Ok(mut future) => future.take(),
            Err(TryLockError::Poisoned(future)) => future.into_inner().take(),
            // The future is being polled at this moment, and `poll` drops it right after that.
            Err(TryLockError::WouldBlock) => None,
        };
        drop(future);
    }
}

/// Whether the request has left or was given up. The call that gives it up must know for certain which of the two it was.
#[derive(Debug, Default)]
struct Departure(AtomicU8);

impl Departure {
    const LEFT: u8 = 1;
    const GIVEN_UP: u8 = 2;

    /// Sets the state, unless one is set already. Returns whether it did.
    fn claim(&self, state: u8) -> bool {
        let before = self
            .0
            .compare_exchange(0, state, Ordering::AcqRel, Ordering::Acquire);
        before.is_ok()
    }
}

/// What came of an attempt.
#[derive(Debug)]
pub(crate) enum Tried {
    /// The attempt was told to stop before the request left.
    Halted,
    /// The name that the request was to look up is known by now.
    Known,
    /// No request was made, for lack of an access token.
    NoToken(NoToken),
    Answered {
        answer: Result<Answer, Failure>,
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
        call: Call,
        looks_up: Option<Arc<str>>,
        refused: Option<Secret>,
        halted: Option<watch::Receiver<bool>>,
        span: Span,
        permit: Permit,
    ) -> Attempt {
        let departure = Arc::new(Departure::default());
        let (client, for_task) = (self.clone(), Arc::clone(&departure));
        let within = span.clone();
        let attempted = async move {
            let tried = match &looks_up {
                Some(name) => {
                    client
                        .looked_up(name, call, refused, halted, &for_task)
                        .await
                }
                None => client.attempted(call, refused, halted, &for_task).await,
            };
            client.watch(&tried, &within);
            client.report_to_breaker(&tried, permit);
            tried
        };
        let work: Later = Box::pin(span.around(attempted));
        let future = Arc::new(SharedFuture {
            work: Mutex::new(Some(work)),
            is_over: AtomicBool::new(false),
        });
        let shared = Arc::clone(&future);
        let task = tokio::spawn(poll_fn(move |context| shared.poll(context)));
        Attempt {
            task,
            departure,
            future,
        }
    }

    /// Looks up the full name of an event type, unless another task does so at the same time.
    async fn looked_up(
        &self,
        type_name: &Arc<str>,
        call: Call,
        refused: Option<Secret>,
        halted: Option<watch::Receiver<bool>>,
        departure: &Departure,
    ) -> Tried {
        let Some(project) = &self.root.apis.project else {
            return Tried::Known;
        };
        let begin = project.begin(type_name, &*self.root.clock);
        // Another account's lookup may be slow, and a stop does not wait for it.
        let halt = is_halted(halted.clone());
        let _lookup = match select(Box::pin(halt), Box::pin(begin)).await {
            Either::Left(_) => return Tried::Halted,
            Either::Right((Some(lookup), _)) => lookup,
            Either::Right((None, _)) => return Tried::Known,
        };
        let tried = self.attempted(call, refused, halted, departure).await;
        if let Tried::Answered {
            answer: Ok(answer), ..
        } = &tried
        {
            project.learn(type_name, answer, self.root.clock.elapsed());
        }
        tried
    }

    async fn attempted(
        &self,
        call: Call,
        refused: Option<Secret>,
        halted: Option<watch::Receiver<bool>>,
        departure: &Departure,
    ) -> Tried {
        let (root, portal) = (&self.root, &self.portal);
        let turn = async {
            let token = portal
                .tokens
                .token(refused.as_ref(), &root.token_tools())
                .await?;
            // Takes the slot late: it counts as used from then on.
            let slot = portal.traffic.pacer.slot(&root.clock).await;
            // Takes the turn last, so that a request that waits for a slot takes no turn from other accounts.
            let turn = match &self.turns {
                Some(turns) => Arc::clone(turns).acquire_owned().await.ok(),
                None => None,
            };
            Ok((token, slot, turn))
        };
        let (token, slot, turn) = match select(Box::pin(is_halted(halted)), Box::pin(turn)).await {
            Either::Left(_) => return Tried::Halted,
            Either::Right((Err(reason), _)) => return Tried::NoToken(reason),
            Either::Right((Ok(turn), _)) => turn,
        };
        if !departure.claim(Departure::LEFT) {
            return Tried::Halted;
        }
        let started = root.clock.elapsed();
        let expected = call.expected;
        let request = Request::from(call);
        let response = root.http.call(request, Some(&token), &root.clock).await;
        let answered = response.as_ref().ok();
        slot.answered(
            answered.and_then(|response| response.allowance),
            answered.is_some_and(|response| response.raw.status == 429),
        );
        drop(turn);
        let took = root.clock.elapsed().saturating_sub(started);
        Tried::Answered {
            // Read in the task, so that several answers are read at once, and each answer a single time.
            answer: response.map(|response| self.protocol().read(expected, &response.raw)),
            token,
            took,
        }
    }
}

impl Client {
    /// Reports in the task and not where the answer is judged: other calls wait for the report, and the call that judges
    /// may not be polled for a long time.
    fn report_to_breaker(&self, tried: &Tried, permit: Permit) {
        let root = &self.root;
        if let Some(health) = health_shown_by(tried) {
            let now = root.clock.elapsed();
            match permit.tell(health, now, &root.retry, root.chance()) {
                Some(OutageChange::Begins) => {
                    root.metrics.add(names::OUTAGES, 1);
                    trace::outage_begins(self.portal.id, &trouble(tried));
                }
                Some(OutageChange::Ends) => trace::outage_is_over(self.portal.id),
                None => {}
            }
        }
    }

    fn watch(&self, tried: &Tried, span: &Span) {
        let metrics = &self.root.metrics;
        match tried {
            Tried::Halted | Tried::Known => {}
            Tried::NoToken(reason) => span.ended(None, Some(reason.name())),
            Tried::Answered { answer, took, .. } => {
                metrics.add(names::REQUESTS, 1);
                metrics.record(names::REQUEST_TIME, *took);
                match answer {
                    Ok(response) => {
                        let limited = response.means() == Meaning::Limited;
                        metrics.add(names::RATE_LIMITED, limited.into());
                        span.ended(Some(response.status), None);
                    }
                    Err(failure) => span.ended(None, Some(failure.name())),
                }
            }
        }
    }
}

/// Ready once the request may not leave any more.
async fn is_halted(halted: Option<watch::Receiver<bool>>) {
    match halted {
        // An error means that the call that could halt the request is gone. Then this task ends soon, too.
        Some(mut halted) => drop(halted.wait_for(|halted| *halted).await),
        None => std::future::pending().await,
    }
}

/// What has failed, for a log.
fn trouble(tried: &Tried) -> String {
    match tried {
        Tried::NoToken(reason) => match reason.error() {
            Some(error) => error.to_string(),
            None => reason.name().to_owned(),
        },
        Tried::Answered {
            answer: Err(failure),
            ..
        } => failure.to_string(),
        Tried::Answered {
            answer: Ok(answer), ..
        } => format!("status {}", answer.status),
        Tried::Halted | Tried::Known => String::new(),
    }
}

/// `None` if no request was made.
fn health_shown_by(tried: &Tried) -> Option<Health> {
    match tried {
        Tried::NoToken(NoToken::Failed { retry_after, .. }) => Some(Health::down(*retry_after)),
        Tried::Halted | Tried::Known | Tried::NoToken(_) => None,
        // A TLS mistake is permanent and no outage, so the circuit breaker ignores it. The next call fails with it at once,
        // too.
        Tried::Answered {
            answer: Err(Failure::NotSecure(_)),
            ..
        } => None,
        Tried::Answered { answer, .. } => Some(Health::of(answer.as_ref())),
    }
}

impl Attempt {
    /// Keeps the request from leaving. Returns whether it had left before.
    pub(crate) fn give_up(&self) -> bool {
        !self.departure.claim(Departure::GIVEN_UP)
    }
}

impl Future for Attempt {
    type Output = Tried;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Tried> {
        let tried = match std::task::ready!(Pin::new(&mut self.task).poll(context)) {
            Ok(tried) => tried,
            // The runtime of the task was shut down, or one of the user's functions panicked.
            Err(_) if self.give_up() => Tried::Answered {
                answer: Err(Failure::Disconnected(Cause::new(
                    "the runtime was shut down",
                ))),
                token: Secret::new(""),
                took: Duration::ZERO,
            },
            Err(_) => {
                let error = CredentialsError::new(CredentialsErrorKind::EndpointFailed);
                let words = "no access token could be had: the runtime was shut down";
                Tried::NoToken(NoToken::failed(error.in_words(words)))
            }
        };
        Poll::Ready(tried)
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.task.abort();
        self.future.end();
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::TcpListener;
    use std::time::Duration;

    use super::{Attempt, Call, Permit, Span, Tried};
    use crate::client::Client;
    use crate::wire::answer::Expected;
    use crate::wire::call::{Method, Route};

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    }

    /// A client of an address where no server answers.
    fn silent() -> (TcpListener, Client) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let client = Client::builder()
            .base_url(format!("http://{address}"))
            .access_token("token");
        (listener, client.build().expect("good settings"))
    }

    fn attempt(client: &Client) -> Attempt {
        let call = Call {
            route: Route::new(Method::Post, "/events"),
            parts: Vec::new(),
            body: Some(b"{}".to_vec()),
            expected: Expected::Created(1),
        };
        let span = Span::batch(1, None);
        client.attempt(call, None, None, None, span, Permit::free())
    }

    fn is_connected(listener: &TcpListener) -> bool {
        match listener.accept() {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                false
            }
        }
    }

    /// A request that is given up before it left never leaves, even if its task still runs, and `give_up` says that it had
    /// not left.
    #[test]
    fn what_is_given_up_does_not_leave() {
        let (listener, client) = silent();
        runtime().block_on(async {
            let given_up = attempt(&client);
            assert!(!given_up.give_up(), "it had not left");
            assert!(matches!(given_up.await, Tried::Halted));
        });
        assert!(!is_connected(&listener));
    }

    #[test]
    fn what_has_left_cannot_be_given_up() {
        let (listener, client) = silent();
        runtime().block_on(async {
            let left = attempt(&client);
            while !is_connected(&listener) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert!(left.give_up(), "it had left");
        });
    }

    /// The runtime of the task runs nothing more, so dropping the attempt itself gives back what the attempt holds.
    #[test]
    fn a_dropped_attempt_holds_nothing() {
        let (_listener, client) = silent();
        let runtime = runtime();
        let pacer = &client.portal.traffic.pacer;
        for polls in 0..5 {
            let attempt = {
                let _inside = runtime.enter();
                attempt(&client)
            };
            runtime.block_on(async {
                for _ in 0..polls {
                    tokio::task::yield_now().await;
                }
            });
            let held = std::sync::Arc::strong_count(&client.root);
            drop(attempt);
            assert_eq!(std::sync::Arc::strong_count(&client.root), held - 1);
            assert!(pacer.is_idle(Duration::MAX), "after {polls} polls");
        }
    }
}
