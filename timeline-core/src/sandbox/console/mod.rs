//! The page of the sandbox: what is on the timelines, and which requests came in. Limits and faults do not apply to its
//! requests, the count of requests leaves them out, and they change nothing.

pub(super) mod log;
mod view;

use super::path::form;
use super::state::SandboxState;

/// The answer to a request of the page.
pub(super) struct Shown {
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

/// The Content-Security-Policy: only the page's own files, from this server, may run and load.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const ICON: &str = include_str!("icon.svg");

/// Whether a path is the page's.
pub(super) fn is_its_path(path: &str) -> bool {
    path == "/" || path.starts_with("/console/")
}

/// One of the page's files, or what the sandbox holds now; `None` if there is no such path.
pub(super) fn show(state: &SandboxState, path: &str, query: Option<&str>) -> Option<Shown> {
    let (content_type, body) = match path {
        "/" => ("text/html; charset=utf-8", PAGE.into()),
        "/console/page.css" => ("text/css; charset=utf-8", STYLE.into()),
        "/console/page.js" => ("text/javascript; charset=utf-8", SCRIPT.into()),
        "/console/icon.svg" => ("image/svg+xml", ICON.into()),
        "/console/state" => {
            let asked = form(query.unwrap_or_default());
            let json = view::state(state, &asked);
            ("application/json", serde_json::to_vec(&json).ok()?)
        }
        _ => return None,
    };
    Some(Shown { content_type, body })
}
