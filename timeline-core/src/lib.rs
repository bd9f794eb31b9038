//! Send HubSpot timeline events from your own structs, and learn what became of every single one.

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod delivery;
#[cfg(feature = "client")]
mod error;
mod event;
pub mod limits;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod template;
mod token;
mod wire;

#[doc(hidden)]
pub mod __private;

#[cfg(feature = "client")]
pub use self::client::{Client, ClientBuilder, Clock, ConfigError, OAuth, RateLimit, RetryPolicy};
#[cfg(feature = "client")]
pub use self::delivery::{
    BatchError, BatchReport, CreatedEvent, Error, NotSentReason, Outcome, Progress, Rejection,
    RejectionReason, SendBatch, SendError, Sending, UnknownReason,
};
pub use self::event::{
    EventInput, ExtraData, IFrameValue, InvalidEvent, Role, TimelineEvent, TimelineIFrame,
};
#[cfg(feature = "sandbox")]
pub use self::sandbox::{Fault, Sandbox, StoredEvent, TestClock};
pub use self::template::{EventTemplate, ObjectType, TemplateIds, TokenDefinition};
pub use self::token::{
    DateValue, InvalidToken, InvalidTokenName, Token, TokenOption, TokenType, TokenValue,
};
#[cfg(feature = "derive")]
pub use timeline_derive::TimelineEvent;
