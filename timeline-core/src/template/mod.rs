//! Event templates: as code, in files, and what an app calls them.

pub(crate) mod counterpart;
mod definition;
pub(crate) mod difference;
mod drift;
mod event_template;
mod file;
mod file_error;
mod names;
mod object_type;
mod token_definition;

#[cfg(feature = "sandbox")]
pub(crate) use self::definition::is_reserved;
pub use self::definition::{DefinitionError, EventDefinition};
pub use self::difference::Difference;
pub use self::drift::{Drift, TemplateDrift};
pub use self::event_template::EventTemplate;
pub use self::file::TemplateFile;
pub use self::file_error::{TemplateFileError, TemplateFileErrorKind};
pub use self::names::{EventTypes, TemplateIds};
pub use self::object_type::ObjectType;
pub use self::token_definition::TokenDefinition;
