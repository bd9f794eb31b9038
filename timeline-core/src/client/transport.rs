//! How requests leave and answers come: the trait for a transport of the user's own.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

use crate::error::Cause;

/// Carries one HTTP request to HubSpot and its answer back, in the types of the crate `http` (1). The client has one of its
/// own; implement this for what that one cannot do: a client certificate, a recorder of what goes over the wire, a test
/// double.
///
/// It is given to [`ClientBuilder::transport`](crate::ClientBuilder::transport), or put around the client's own with
/// [`ClientBuilder::wrap_transport`](crate::ClientBuilder::wrap_transport). Everything that the client sends goes through
/// it: events, reads, templates, and what is asked of the token endpoint.
///
/// - A request is complete: method, URL, headers, body. The header `authorization` has the access token; the token endpoint's
///   body has the refresh token and the client secret, and its answer has new tokens. A recorder leaves them out.
/// - **One call is one request.** Repeat nothing and follow no redirect: the client decides what is sent again, by what it
///   knows of the events, and its promises about duplicates and about where the body goes end at the transport.
/// - The answer is given with any status. Its [body](TransportBody) may come in pieces; the client reads at most 4 MiB of it
///   (64 KiB of an error) and drops it then.
/// - The error says whether HubSpot can have got the request; [`TransportError`] has the four cases.
/// - The client ends a call by dropping it when the time for an attempt is over
///   ([`ClientBuilder::timeout`](crate::ClientBuilder::timeout)), or when nothing waits for it any more.
///
/// A double that answers by itself:
///
/// ```
/// use timeline_core::{Client, EventInput, SendError, Transport, TransportBody, TransportError};
///
/// struct Refusing;
///
/// impl Transport for Refusing {
///     async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<TransportBody>, TransportError> {
///         assert_eq!(request.uri().path(), "/integrators/timeline/v3/events/batch/create");
///         let error = br#"{"status":"error","category":"VALIDATION_ERROR","message":"no such contact"}"#;
///         let response = http::Response::builder().status(400).body(TransportBody::from(error.to_vec()));
///         response.map_err(TransportError::not_connected)
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let client = Client::builder().access_token("test").transport(Refusing).build()?;
/// let refused = client.send(&EventInput::new("1001298").email("ada@example.com")).await;
/// assert!(matches!(refused, Err(error) if error.rejection().is_some()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With a `reqwest::Client` of your own, for a certificate of the client's for instance, the method is three lines, because
/// reqwest's types convert: `client.execute(request.try_into()?).await?`, and
/// `Ok(http::Response::from(response).map(TransportBody::new))`. Build that client with `redirect(Policy::none())` and
/// `retry(reqwest::retry::never())`, and turn its error into a [`TransportError`] by `is_connect()` and `is_timeout()`.
pub trait Transport: Send + Sync + 'static {
    /// Sends a request, once, and returns the answer.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if no answer came; it says whether the request can have arrived.
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> impl Future<Output = Result<http::Response<TransportBody>, TransportError>> + Send;
}

/// So that a test can look at its double afterwards.
impl<T: Transport> Transport for Arc<T> {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> impl Future<Output = Result<http::Response<TransportBody>, TransportError>> + Send {
        T::send(self, request)
    }
}

/// An answer, or why there is none.
pub(super) type Sent = Result<http::Response<TransportBody>, TransportError>;

/// Any transport, behind a pointer.
pub(super) trait AnyTransport: Send + Sync {
    fn send_any(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Pin<Box<dyn Future<Output = Sent> + Send + '_>>;
}

impl<T: Transport> AnyTransport for T {
    fn send_any(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Pin<Box<dyn Future<Output = Sent> + Send + '_>> {
        Box::pin(self.send(request))
    }
}

/// The body of an answer: bytes that are there, or any [`http_body::Body`], which it is itself.
///
/// A body that ends with an error was cut off on the way. An answer that is not whole names no events and refuses none: the
/// events are sent again, or stay uncertain.
pub struct TransportBody(UnsyncBoxBody<Bytes, Box<dyn StdError + Send + Sync>>);

impl TransportBody {
    /// A body that comes in pieces, such as `reqwest::Body` and `hyper::body::Incoming`.
    pub fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        TransportBody(body.map_err(Into::into).boxed_unsync())
    }
}

/// A body that is there as a whole.
impl From<Vec<u8>> for TransportBody {
    fn from(body: Vec<u8>) -> Self {
        TransportBody::new(http_body_util::Full::from(body))
    }
}

impl Body for TransportBody {
    type Data = Bytes;
    type Error = Box<dyn StdError + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// Shows no bytes: they may quote personal data.
impl fmt::Debug for TransportBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportBody").finish_non_exhaustive()
    }
}

/// Why a [`Transport`] has no answer. What is said here decides what the events end as, if no later try succeeds:
/// [`NotSent`](crate::Outcome::NotSent) where HubSpot surely has not got the request, [`Unknown`](crate::Outcome::Unknown)
/// where it may have. When in doubt, it is [`disconnected`](Self::disconnected).
///
/// The cause's words are shown in outcomes and logs: it must not quote the request's headers or body.
#[derive(Clone, PartialEq, Eq)]
pub struct TransportError(Failure);

impl TransportError {
    /// There was no connection, and nothing was sent: refused, no such host, no answer to the attempt to connect. The
    /// request is tried again.
    pub fn not_connected(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        TransportError(Failure::NotConnected(Cause::new(cause)))
    }

    /// There is no secure connection, and waiting does not mend that: a certificate that is not trusted, for instance.
    /// Nothing was sent, and the call ends.
    pub fn not_secure(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        TransportError(Failure::NotSecure(Cause::new(cause)))
    }

    /// The transport's own time limit was over before the answer. The request may have arrived.
    #[must_use]
    pub fn timed_out() -> Self {
        TransportError(Failure::TimedOut)
    }

    /// The connection ended before the answer, or nothing is known. The request may have arrived.
    pub fn disconnected(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        TransportError(Failure::Disconnected(Cause::new(cause)))
    }

    pub(super) fn of(failure: Failure) -> Self {
        TransportError(failure)
    }

    pub(super) fn into_failure(self) -> Failure {
        self.0
    }
}

crate::error::debug_as_text!(TransportError);

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0 {
            Failure::NotConnected(cause)
            | Failure::NotSecure(cause)
            | Failure::Disconnected(cause) => Some(cause.error()),
            Failure::TimedOut => None,
        }
    }
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection: refused, DNS, TLS, or no answer to the attempt to connect. Nothing was sent.
    NotConnected(Cause),
    /// No secure connection, and waiting does not mend it: a certificate that is not trusted or is another host's, or
    /// no TLS on the other side. Nothing was sent.
    NotSecure(Cause),
    /// The time for the attempt was over.
    TimedOut,
    /// The connection ended before an answer.
    Disconnected(Cause),
}

impl Failure {
    /// As traces name it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Failure::NotConnected(_) => "not_connected",
            Failure::NotSecure(_) => "not_secure",
            Failure::TimedOut => "timed_out",
            Failure::Disconnected(_) => "disconnected",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NotConnected(cause) => write!(f, "no connection ({cause})"),
            Failure::NotSecure(cause) => write!(f, "no secure connection ({cause})"),
            Failure::TimedOut => f.write_str("no answer in time"),
            Failure::Disconnected(cause) => {
                write!(f, "the connection ended before an answer ({cause})")
            }
        }
    }
}
