//! The client: credentials, one HTTP call with its caps and time limits, the pacer, the circuit breaker, the retry policy.

mod apis;
mod attempt;
mod base_url;
mod breaker;
mod builder;
mod call;
mod callback;
mod clock;
mod config_error;
mod credentials;
mod credentials_error;
mod credentials_lookup;
mod default_transport;
mod exchange;
mod health;
mod http;
mod log_limit;
pub(crate) mod metrics;
mod oauth;
mod pacer;
mod pools;
mod portal;
mod rate_headers;
mod reply;
mod retry;
mod root;
mod secret;
mod tls;
mod token_endpoint;
mod token_state;
mod tokens;
mod transport;

#[cfg(test)]
pub(crate) use self::apis::Apis;
pub(crate) use self::apis::Name;
pub(crate) use self::attempt::{Attempt, Tried};
pub(crate) use self::breaker::{
    Admission, CircuitBreaker, Hold, LONGEST_ASKED, LastTry, Permit, Waiter,
};
pub use self::builder::ClientBuilder;
pub(crate) use self::call::Called;
#[cfg(feature = "blocking")]
pub(crate) use self::callback::Calling;
pub(crate) use self::callback::INSIDE_CALLBACK;
pub use self::clock::Clock;
#[cfg(feature = "outbox")]
pub(crate) use self::clock::Held as HeldClock;
#[cfg(any(feature = "outbox", feature = "sandbox"))]
pub(crate) use self::clock::SystemClock;
pub use self::config_error::ConfigError;
pub use self::credentials::Credentials;
pub(crate) use self::credentials_error::NoToken;
pub use self::credentials_error::{CredentialsError, CredentialsErrorKind};
pub(crate) use self::credentials_lookup::CredentialsLookup;
pub use self::credentials_lookup::FoundCredentials;
pub use self::default_transport::DefaultTransport;
pub use self::exchange::{Authorization, AuthorizationCode};
#[cfg(test)]
pub(crate) use self::health::Health;
pub(crate) use self::http::is_addressable;
pub use self::metrics::Metrics;
pub use self::oauth::{OAuth, StoreError, Stored};
pub use self::pacer::RateLimit;
#[cfg(any(test, fuzzing))]
pub(crate) use self::rate_headers::retry_after;
pub(crate) use self::reply::Reply;
pub use self::retry::RetryPolicy;
pub use self::root::Client;
pub(crate) use self::secret::Secret;
pub(crate) use self::transport::Failure;
pub use self::transport::{Transport, TransportBody, TransportError};
