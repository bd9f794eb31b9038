//! A request that has arrived.

use std::collections::HashMap;

use super::path::form;

/// A request whose body is read to its end.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) authorization: Option<String>,
    pub(super) content_type: Option<String>,
    /// `None` if it is longer than the sandbox reads.
    pub(super) body: Option<Vec<u8>>,
}

impl Call {
    pub(super) fn body(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
    }

    pub(super) fn has_type(&self, expected: &str) -> bool {
        let given = self.content_type.as_deref().unwrap_or_default();
        let essence = given.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(expected)
    }

    /// The fields of a request to the token endpoint: of a form, or of a JSON object of strings. Any other body has none.
    pub(super) fn fields(&self) -> HashMap<String, String> {
        let text = std::str::from_utf8(self.body()).unwrap_or_default();
        if self.has_type("application/json") {
            serde_json::from_str(text).unwrap_or_default()
        } else {
            form(text)
        }
    }
}
