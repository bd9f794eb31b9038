//! The error of a value that cannot be a token.

use std::fmt::{self, Write};

use crate::error::PrintableWriter;

/// The error of a value that cannot be a token. It never quotes the value.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidToken {
    reason: std::borrow::Cow<'static, str>,
}

impl InvalidToken {
    /// An error for your own [`TokenValue`](crate::TokenValue). `reason` is the end of a sentence that begins with the token's name, such as
    /// "is not a postal code". Do not quote the value: errors are written to logs.
    pub fn new(reason: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        InvalidToken {
            reason: reason.into(),
        }
    }
}

crate::error::debug_as_text!(InvalidToken);

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PrintableWriter::new(f).write_str(&self.reason)
    }
}

impl std::error::Error for InvalidToken {}
