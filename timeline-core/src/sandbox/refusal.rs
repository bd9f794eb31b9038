//! Why a request or an event is refused, and the place of a missing key in the body.

use std::collections::BTreeMap;

/// Where HubSpot names the scopes that a token lacks.
pub(super) const REQUIRED_SCOPES: &str = "requiredGranularScopes";

/// A step from a value in the body to one inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BodyStep {
    Key(&'static str),
    At(usize),
}

/// The steps from the body to an object, the last one first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct BodyPath(pub(super) Vec<BodyStep>);

/// Why a request or one of its events is refused.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    /// The status of the answer, if the answer is this refusal.
    pub(super) status: u16,
    /// `None` where HubSpot's recorded answers have none.
    pub(super) category: Option<Box<str>>,
    /// The `code` of an element of `errors`.
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) context: BTreeMap<String, Vec<String>>,
    /// The event that the refusal is about.
    pub(super) event_id: Option<String>,
    /// The object that lacks a key, until the message says its place.
    pub(super) lacking: Option<Box<BodyPath>>,
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

    /// The access token lacks this scope.
    pub(super) fn missing_scope(scope: &str) -> Self {
        let message = "A scope is missing";
        Self::new(403, "MISSING_SCOPES", "MISSING_SCOPES", message).context(REQUIRED_SCOPES, scope)
    }
}
