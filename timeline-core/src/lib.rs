//! Send HubSpot timeline events from your own structs, and learn the outcome of every single one.
//!
//! Derive [`TimelineEvent`] for your structs. `.send_batch(&client)` on an iterator of them delivers them through a
//! `Client`, and the `BatchReport` has one `Outcome` for each. `Client::batch_create` makes HubSpot's batch request once and
//! returns the whole answer. `Sandbox` (feature `sandbox`) simulates HubSpot in your test's own process.
//!
//! ```
//! # #[cfg(all(feature = "sandbox", feature = "derive"))]
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use timeline_core::{Sandbox, SendBatch, TimelineEvent};
//!
//! #[derive(TimelineEvent)]
//! #[timeline(template_id = "1001298")]
//! struct PetAdopted {
//!     #[timeline(email)]
//!     owner: String,
//!     #[timeline(token = "petName")]
//!     name: String,
//! }
//!
//! let sandbox = Sandbox::start().await?;
//! sandbox.register::<PetAdopted>();
//!
//! let adopted = PetAdopted { owner: "ada@example.com".into(), name: "Rex".into() };
//! let report = [adopted].send_batch(&sandbox.client()).await?;
//! assert_eq!(report.created(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is assumed about HubSpot
//!
//! HubSpot does not document everything. [`limits`] says which figures are assumptions, and the sandbox's `Rules` say which
//! behaviours are. This crate never uses the position of an element in an answer, and it believes an answer only for the
//! events that it lists.
//!
//! # Features
//!
//! `derive`, `client` and `rustls` are on by default. `rustls-no-provider` and `native-tls` select TLS in other ways;
//! `blocking` adds a client for programs without an async runtime, `tracing` spans and warnings, `sandbox` the sandbox;
//! `jiff` (1), `chrono` (0.4), `time` (0.3) and `uuid` (1) let the types of these crates be tokens. Without
//! default features only the model is left.

// docs.rs shows which feature an item needs; only a nightly compiler can.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod delivery;
#[cfg(any(feature = "derive", feature = "client"))]
pub mod docs;
mod error;
mod event;
#[cfg(feature = "client")]
mod guard;
pub mod limits;
#[cfg(feature = "preview")]
mod preview;
#[cfg(feature = "client")]
mod relay;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod template;
#[cfg(feature = "client")]
mod templates;
mod token;
#[cfg(feature = "client")]
mod trace;
mod wire;

#[doc(hidden)]
pub mod __private;

#[cfg(feature = "client")]
pub use self::client::metrics::names as metrics;
#[cfg(feature = "client")]
pub use self::client::{
    Authorization, AuthorizationCode, Client, ClientBuilder, Clock, ConfigError, Credentials,
    CredentialsError, CredentialsErrorKind, DefaultTransport, FoundCredentials, Metrics, OAuth,
    RateLimit, RetryPolicy, StoreError, Stored, Transport, TransportBody, TransportError,
};
#[cfg(all(feature = "client", any(test, fuzzing)))]
#[doc(hidden)]
pub use self::delivery::fuzz;
#[cfg(feature = "client")]
pub use self::delivery::{
    BatchError, BatchReport, CreatedEvent, Full, NotSentReason, Outcome, Outcomes, Pending,
    Progress, Rejection, RejectionReason, Room, SendBatch, SendError, Sender, SenderBuilder,
    SenderReport, Senders, SendersBuilder, Sending, TaggedOutcomes, UnknownReason,
};
#[cfg(feature = "client")]
pub use self::error::{Attempts, Cause, Error, ErrorKind, ResponseError};
pub use self::event::{
    EventInput, ExtraData, IFrameValue, InvalidEvent, Role, TimelineEvent, TimelineFields,
    TimelineIFrame,
};
#[cfg(feature = "client")]
pub use self::event::{SealedEvent, SealedEventError};
#[cfg(feature = "preview")]
pub use self::preview::{Preview, PreviewError, PreviewErrorKind};
#[cfg(feature = "outbox")]
pub use self::relay::outbox;
#[cfg(feature = "pgmq")]
pub use self::relay::pgmq;
#[cfg(feature = "client")]
pub use self::relay::{Queue, Relay, RelayError, RelayProgress, RelayReport, Settle, Settled};
#[cfg(feature = "sandbox")]
pub use self::sandbox::{Fault, Sandbox, StoredEvent, TestClock};
pub use self::template::{
    DefinitionError, Difference, Drift, EventDefinition, EventTemplate, EventTypes, ObjectType,
    TemplateDrift, TemplateFile, TemplateFileError, TemplateFileErrorKind, TemplateIds,
    TokenDefinition,
};
#[cfg(feature = "client")]
pub use self::templates::{
    Applied, ApplyError, ApplyErrorKind, ColoredPlan, Impossible, Plan, TemplateAction,
    TemplateChange, Templates,
};
pub use self::token::{
    DateValue, InvalidToken, InvalidTokenName, Token, TokenOption, TokenType, TokenValue,
};
#[cfg(feature = "client")]
pub use self::wire::{Api, BatchResponse, BatchStatus, EventRecord};
#[cfg(feature = "derive")]
pub use timeline_derive::{TimelineEvent, TimelineFields, TokenEnum};
