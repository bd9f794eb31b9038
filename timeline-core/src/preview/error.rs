//! Why an event has no preview.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::event::InvalidEvent;

/// Why an event has no [`Preview`](crate::Preview).
#[derive(Clone)]
pub struct PreviewError {
    kind: PreviewErrorKind,
    words: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kind of a [`PreviewError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PreviewErrorKind {
    /// The event cannot be sent: the [`source`](Error::source) is the [`InvalidEvent`], or serde's error about the extra data.
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
            source: Some(Arc::new(error)),
        }
    }

    pub(super) fn extra_data(error: serde_json::Error) -> Self {
        PreviewError {
            kind: PreviewErrorKind::InvalidEvent,
            words: format!("the extra data is no JSON: {error}"),
            source: Some(Arc::new(error)),
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

crate::error::debug_as_text!(PreviewError);

impl fmt::Display for PreviewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Error for PreviewError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_ref()?;
        Some(&**source)
    }
}
