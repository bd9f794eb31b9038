//! Manifests: files of templates that types are compared with at compile time. `timeline_core` reads such files as well
//! (`TemplateFile`); this reader depends on no library, and keeps what a type can be compared with.

pub(crate) mod file;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod json;
mod read;

/// A file of templates, or a folder of definition files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) templates: Vec<Template>,
    /// The files that were read, relative to the package's folder.
    pub(crate) files: Vec<String>,
}

/// A template, as far as a type can be compared with it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    /// HubSpot's id; a definition file has none.
    pub(crate) id: Option<String>,
    /// The name of the event type that a definition file gives it.
    pub(crate) uid: Option<String>,
    pub(crate) name: String,
    /// As `object_type` says it.
    pub(crate) object_type: String,
    pub(crate) header: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) tokens: Vec<Token>,
}

/// A token that a template declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) name: String,
    /// HubSpot's word.
    pub(crate) token_type: String,
    /// The values of an enumeration's options.
    pub(crate) options: Vec<String>,
}

impl Template {
    pub(crate) fn token(&self, name: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.name == name)
    }
}

impl Token {
    pub(crate) fn is_enumeration(&self) -> bool {
        self.token_type == "enumeration"
    }
}
