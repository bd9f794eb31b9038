//! The error beneath an error.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::text::printable;

/// An error beneath one of ours. It compares and reads like its own words (it is a `str` too); the error itself is its
/// [`source`](std::error::Error::source).
///
/// The words are those of the innermost error, which says what happened; the outer ones say who was told.
#[derive(Clone)]
pub struct Cause(Arc<CauseInner>);

struct CauseInner {
    words: String,
    error: Box<dyn StdError + Send + Sync>,
}

impl Cause {
    pub(crate) fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        let mut innermost: &dyn StdError = &*error;
        while let Some(inner) = innermost.source() {
            innermost = inner;
        }
        let words = printable(&innermost.to_string());
        Cause(Arc::new(CauseInner { words, error }))
    }

    /// The error itself.
    #[must_use]
    pub fn error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.0.error
    }
}

impl Deref for Cause {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.words
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        self.0.words == other.0.words
    }
}

impl Eq for Cause {}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.words)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.words, f)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.error())
    }
}
