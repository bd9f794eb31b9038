//! A request, in words that know no HTTP library.

use std::borrow::Cow;

use super::answer::Expected;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: Cow<'static, str>,
    /// Follow the path, each percent-encoded.
    pub(crate) segments: Vec<String>,
    /// JSON.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) expected: Expected,
}
