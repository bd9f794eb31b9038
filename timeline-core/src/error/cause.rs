//! The cause of an error.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::text::printable;

/// The cause of one of this crate's errors. It compares and dereferences like its text, a `str`; the error itself is its
/// [`source`](std::error::Error::source).
///
/// The text is that of the innermost error, which says what happened; the outer errors say which call failed.
#[derive(Clone)]
pub struct Cause(Arc<CauseInner>);

struct CauseInner {
    words: String,
    error: Box<dyn StdError + Send + Sync>,
}

impl Cause {
    pub(crate) fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        let words = words_of(&*error);
        Cause(Arc::new(CauseInner { words, error }))
    }

    /// A cause with the name of the place in front of its text, such as a host's name.
    #[cfg(feature = "client")]
    pub(crate) fn at(place: &str, error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        let words = format!("{}: {}", printable(place), words_of(&*error));
        Cause(Arc::new(CauseInner { words, error }))
    }

    /// The error itself.
    #[must_use]
    pub fn error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.0.error
    }
}

/// The text of the innermost error.
fn words_of(error: &dyn StdError) -> String {
    let mut innermost = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    printable(&innermost.to_string())
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
