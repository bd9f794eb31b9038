//! Texts that must not be shown.

use std::fmt;
use std::sync::Arc;

use reqwest::header::HeaderValue;

/// A text that no `Debug` shows.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Arc<str>);

impl Secret {
    pub(crate) fn new(text: impl Into<Arc<str>>) -> Self {
        Secret(text.into())
    }

    /// The text itself, for the request that needs it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// `None` if the token holds what a header cannot.
    pub(super) fn bearer(&self) -> Option<HeaderValue> {
        let mut header = HeaderValue::try_from(format!("Bearer {}", self.0)).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// Whether it is a whole header, as copied from an example.
    pub(super) fn is_prefixed(&self) -> bool {
        self.0
            .trim_start()
            .get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case("bearer "))
    }

    pub(super) fn is_usable(&self) -> bool {
        !self.0.trim().is_empty() && self.bearer().is_some()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}
