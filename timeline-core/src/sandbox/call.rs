//! What came in.

/// A request, read to its end.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) authorization: Option<String>,
    pub(super) content_type: Option<String>,
    /// `None`: longer than the sandbox cares to read.
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
}
