//! A request to an API, independent of any HTTP library.

use std::fmt;

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

/// A call of an API, as messages and traces show it: what varies is in braces, since ids may be personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
}

impl Route {
    pub(crate) const fn new(method: Method, path: &'static str) -> Self {
        Route { method, path }
    }

    /// The path's segments, with `parts` in the place of what is in braces. Each segment is percent-encoded later, so that
    /// an id with a slash stays one segment.
    pub(crate) fn segments(self, parts: &[String]) -> impl Iterator<Item = &str> {
        let mut parts = parts.iter();
        let segments = self.path.split('/').filter(|segment| !segment.is_empty());
        segments.map(move |segment| match segment.starts_with('{') {
            true => parts.next().map_or(segment, String::as_str),
            false => segment,
        })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) route: Route,
    /// What varies in the path, in its order.
    pub(crate) parts: Vec<String>,
    /// JSON.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) expected: Expected,
}
