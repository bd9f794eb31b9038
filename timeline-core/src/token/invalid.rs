//! The error of a value that cannot be a token.

use std::fmt::{self, Write};

use crate::error::Seen;

/// Why a value cannot be a token. It never quotes the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidToken {
    reason: std::borrow::Cow<'static, str>,
}

impl InvalidToken {
    /// An error for your own [`TokenValue`]: what the value is not, as the end of a sentence that begins with the
    /// token's name. Keep the value itself out of it; errors end up in logs.
    pub fn new(reason: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        InvalidToken {
            reason: reason.into(),
        }
    }
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Seen::new(f).write_str(&self.reason)
    }
}

impl std::error::Error for InvalidToken {}
