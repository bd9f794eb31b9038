//! Event templates: as code, as definition files, and what an app calls them.

mod definition;
mod event_template;
mod names;
mod object_type;
mod token_definition;

#[cfg(feature = "sandbox")]
pub(crate) use self::definition::is_reserved;
pub use self::definition::{DefinitionError, EventDefinition};
pub use self::event_template::EventTemplate;
pub use self::names::{EventTypes, TemplateIds};
pub use self::object_type::ObjectType;
pub use self::token_definition::TokenDefinition;
