//! Why something is refused, as it is told.

use std::collections::BTreeMap;

/// Where HubSpot names the scopes that a token lacks.
pub(super) const REQUIRED_SCOPES: &str = "requiredGranularScopes";

/// A step from a value in the body to one inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(&'static str),
    At(usize),
}

/// The steps from the body to an object, the last one first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Way(pub(super) Vec<Step>);

/// Why a request or one of its events is refused.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    /// The status of the answer, if this is the answer.
    pub(super) status: u16,
    /// `None`: seen without one.
    pub(super) category: Option<Box<str>>,
    /// What an element of `errors` has as its `code`.
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) context: BTreeMap<String, Vec<String>>,
    /// The event that it is about.
    pub(super) event_id: Option<String>,
    /// Where the object is that lacks a key, until that is told.
    pub(super) lacking: Option<Box<Way>>,
}

impl Refusal {
    pub(super) fn new(
        status: u16,
        category: &str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Refusal {
            status,
            category: Some(category.into()),
            code,
            message: message.into(),
            context: BTreeMap::new(),
            event_id: None,
            lacking: None,
        }
    }

    pub(super) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, "VALIDATION_ERROR", code, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "OBJECT_NOT_FOUND", "OBJECT_NOT_FOUND", message)
    }

    pub(super) fn context(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.insert(key.to_owned(), vec![value.into()]);
        self
    }

    /// The token may not do this: it lacks this scope.
    pub(super) fn missing_scope(scope: &str) -> Self {
        let message = "A scope is missing";
        Self::new(403, "MISSING_SCOPES", "MISSING_SCOPES", message).context(REQUIRED_SCOPES, scope)
    }
}
