//! Events: the trait that a struct derives, and the input that it turns into.

mod check;
#[cfg(feature = "client")]
mod content;
#[cfg(feature = "client")]
mod draft;
mod extra;
mod fields;
#[cfg(feature = "client")]
mod id;
#[cfg(feature = "client")]
mod id_origin;
mod iframe;
mod input;
mod invalid;
#[cfg(feature = "client")]
mod json_object;
mod role;
#[cfg(feature = "client")]
mod sealed;
#[cfg(feature = "client")]
mod sealed_input;
#[cfg(feature = "client")]
mod sealed_json;
mod timeline_event;

#[cfg(feature = "client")]
pub(crate) use self::content::{Content, check_id};
#[cfg(feature = "client")]
pub(crate) use self::draft::Draft;
pub(crate) use self::extra::Extra;
pub use self::extra::ExtraData;
pub use self::fields::{PartToken, Parts, TimelineFields};
pub(crate) use self::fields::{Undeclared, same_text, text_beyond};
#[cfg(feature = "client")]
pub(crate) use self::id::{EventIds, keyed_id, same_email};
#[cfg(feature = "client")]
pub(crate) use self::id_origin::IdOrigin;
pub use self::iframe::{IFrameValue, TimelineIFrame};
pub(crate) use self::input::TemplateRef;
pub use self::input::{EventInput, IdPart};
pub use self::invalid::InvalidEvent;
pub(crate) use self::invalid::Kind as InvalidKind;
#[cfg(feature = "client")]
pub(crate) use self::json_object::{Object, ObjectError, ReadError};
pub use self::role::Role;
#[cfg(feature = "client")]
pub use self::sealed::SealedEvent;
#[cfg(feature = "client")]
pub(crate) use self::sealed::{AppEventNames, SealedTemplate, SealedTime};
#[cfg(feature = "client")]
pub use self::sealed_json::SealedEventError;
#[cfg(feature = "client")]
pub(crate) use self::sealed_json::{HEAD as SEALED_HEAD, VERSION as SEALED_VERSION, no_date};
pub(crate) use self::timeline_event::TemplateNames;
pub use self::timeline_event::{Requirement, TimelineEvent};
