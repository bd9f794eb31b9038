//! What was reported of an enum's own attributes, which hold for all its variants.

use syn::LitStr;

/// What was reported of texts that an enum has for all its variants: one mistake in one text is reported once, for the
/// first variant that it does not fit.
#[derive(Default)]
pub(super) struct Reported(Vec<String>);

impl Reported {
    /// Whether this is the first time that a constant is asserted to be an id.
    pub(super) fn is_new_constant(&mut self, path: &str) -> bool {
        self.is_new_key(path.to_owned())
    }

    /// Whether this mistake is reported of this text for the first time.
    pub(super) fn is_new(&mut self, text: &LitStr, what: &str) -> bool {
        self.is_new_key(format!("{:?} {what}", text.span()))
    }

    fn is_new_key(&mut self, key: String) -> bool {
        let is_new = !self.0.contains(&key);
        if is_new {
            self.0.push(key);
        }
        is_new
    }
}
