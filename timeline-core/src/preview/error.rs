//! Why an event has no preview.

use std::error::Error;
use std::fmt;

use crate::event::InvalidEvent;

/// Why an event has no [`Preview`](crate::Preview).
#[derive(Clone, Debug)]
pub struct PreviewError {
    kind: PreviewErrorKind,
    words: String,
    source: Option<InvalidEvent>,
}

/// The kind of a [`PreviewError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PreviewErrorKind {
    /// The event cannot be sent: the [`source`](Error::source) is the [`InvalidEvent`].
    InvalidEvent,
    /// The event's type does not say its template.
    NoTemplate,
    /// A header or a detail is no Handlebars, or has no end.
    Syntax,
}

impl PreviewError {
    pub(super) fn invalid(error: InvalidEvent) -> Self {
        PreviewError {
            kind: PreviewErrorKind::InvalidEvent,
            words: error.to_string(),
            source: Some(error),
        }
    }

    pub(super) fn no_template() -> Self {
        PreviewError {
            kind: PreviewErrorKind::NoTemplate,
            words: "the event's type does not say its template: give one to `Preview::render`"
                .to_owned(),
            source: None,
        }
    }

    pub(super) fn syntax(which: &str, words: &str) -> Self {
        PreviewError {
            kind: PreviewErrorKind::Syntax,
            words: format!("in the {which}: {words}"),
            source: None,
        }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> PreviewErrorKind {
        self.kind
    }
}

impl fmt::Display for PreviewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Error for PreviewError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_ref()?;
        Some(source)
    }
}
