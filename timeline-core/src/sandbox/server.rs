//! The HTTP server: hyper on a thread of its own, so that the sandbox answers while the caller's runtime is busy, and also
//! without a runtime.

use std::future::{Future, poll_fn};
use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use super::call::Call;
use super::console::{self, Shown};
use super::fault::Ending;
use super::serve::ServedAnswer;
use super::shared::Shared;
use crate::client::Clock;

/// Bytes of a body that are read; a longer body is refused unread.
const READ_AT_MOST: usize = 64 * 1024 * 1024;

/// Serves until `stop` is dropped or sent.
pub(super) fn spawn(
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: oneshot::Receiver<()>,
) -> io::Result<JoinHandle<()>> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    std::thread::Builder::new()
        .name("sandbox".to_owned())
        .spawn(move || {
            runtime.block_on(accept(&listener, &shared, stop));
            // Dropping the runtime drops its connections, also those that wait.
        })
}

async fn accept(
    listener: &tokio::net::TcpListener,
    shared: &Arc<Shared>,
    mut stop: oneshot::Receiver<()>,
) {
    loop {
        let next = poll_fn(|cx| match Pin::new(&mut stop).poll(cx) {
            Poll::Ready(_) => Poll::Ready(None),
            Poll::Pending => listener.poll_accept(cx).map(Some),
        });
        match next.await {
            None => return,
            Some(Ok((stream, _))) => {
                // Otherwise a small answer can wait for the client's delayed acknowledgement.
                drop(stream.set_nodelay(true));
                let shared = Arc::clone(shared);
                let service = service_fn(move |request| serve(Arc::clone(&shared), request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                // An error is expected here: a client hangs up, or a fault cuts the connection.
                tokio::spawn(async { drop(connection.await) });
            }
            // No file descriptors are left, or the client closed the connection at once.
            Some(Err(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Payload>, Cut> {
    let (head, body) = request.into_parts();
    if head.method == Method::GET && console::is_its_path(head.uri.path()) {
        return Ok(show(&shared, head.uri.path(), head.uri.query()));
    }
    let text = |name: HeaderName| {
        let value = head.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let body = match Limited::new(body, READ_AT_MOST).collect().await {
        Ok(body) => Some(body.to_bytes().into()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => None,
        // The client hung up during its request.
        Err(_) => return Err(Cut),
    };
    let call = Call {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        authorization: text(AUTHORIZATION),
        content_type: text(CONTENT_TYPE),
        body,
    };
    let started = shared.clock.elapsed();
    let answer = shared.serve(&call);
    if answer.delay > Duration::ZERO {
        let _delayed = Delayed::new(&*shared.clock);
        shared.clock.sleep(answer.delay).await;
    }
    if !matches!(answer.ending, Ending::Stall) {
        let took = shared.clock.elapsed().saturating_sub(started);
        shared.lock().log.answered(answer.number, took);
    }
    match answer.ending {
        Ending::Cut => Err(Cut),
        Ending::Stall => std::future::pending().await,
        _ => Ok(respond(answer)),
    }
}

/// The page, which is for looking and changes nothing.
fn show(shared: &Shared, path: &str, query: Option<&str>) -> Response<Payload> {
    let shown = console::show(&shared.lock(), path, query);
    let Some(Shown { content_type, body }) = shown else {
        let mut response = Response::new(Payload::whole("no such part of the page".into()));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let mut response = Response::new(Payload::whole(body.into()));
    for (name, value) in [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, console::POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

/// Lets the time move while the answer to a request is delayed.
struct Delayed<'c>(&'c dyn Clock);

impl<'c> Delayed<'c> {
    fn new(clock: &'c dyn Clock) -> Self {
        clock.release();
        Delayed(clock)
    }
}

impl Drop for Delayed<'_> {
    fn drop(&mut self) {
        self.0.hold();
    }
}

fn respond(answer: ServedAnswer) -> Response<Payload> {
    // hyper sends no 1xx as a final answer.
    let status = StatusCode::from_u16(answer.status)
        .ok()
        .filter(|status| status.as_u16() >= 200);
    let headers = answer.headers.iter().map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value).ok()?))
    });
    let headers: Option<Vec<_>> = headers.collect();
    let (Some(status), Some(headers)) = (status, headers) else {
        let text = "the injected fault has a status or a header that HTTP cannot carry";
        let mut response = Response::new(Payload::whole(text.into()));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    };
    let mut response = Response::new(Payload::new(answer.body, &answer.ending));
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

/// The error with which hyper closes a connection.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is cut")
    }
}

impl std::error::Error for Cut {}

/// A body whose declared length may be longer than what is sent.
struct Payload {
    bytes: Option<Bytes>,
    promised: u64,
    then: Then,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    End,
    /// Cut after the bytes so far are sent: hyper flushes while the body is pending.
    FlushAndCut,
    Cut,
    Stall,
}

impl Payload {
    fn whole(bytes: Bytes) -> Self {
        Payload {
            promised: bytes.len() as u64,
            bytes: Some(bytes).filter(|bytes| !bytes.is_empty()),
            then: Then::End,
        }
    }

    fn new(body: Vec<u8>, ending: &Ending) -> Self {
        let body = Bytes::from(body);
        let then = match ending {
            Ending::Truncate => Then::FlushAndCut,
            Ending::StallInBody => Then::Stall,
            _ => return Self::whole(body),
        };
        Payload {
            promised: body.len() as u64,
            bytes: Some(body.slice(..body.len() / 2)).filter(|bytes| !bytes.is_empty()),
            then,
        }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.then {
            Then::End => Poll::Ready(None),
            Then::Cut => Poll::Ready(Some(Err(Cut))),
            Then::Stall => Poll::Pending,
            Then::FlushAndCut => {
                self.then = Then::Cut;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && self.then == Then::End
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match &self.bytes {
            Some(bytes) if self.then == Then::End => bytes.len() as u64,
            None if self.then == Then::End => 0,
            _ => self.promised,
        })
    }
}
