//! The errors of one type, told all at once.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use std::fmt::Display;

/// Where a stage puts the mistakes it finds.
///
/// There is no way to make one but [`collect`], which always gives back what was put in: no error can be dropped
/// unread.
pub(crate) struct Errors(Vec<syn::Error>);

/// Runs `work`, and gives back what it made together with the errors it met, as `compile_error!`s.
#[must_use = "the second half holds the user's errors"]
pub(crate) fn collect<T>(work: impl FnOnce(&mut Errors) -> T) -> (T, Option<TokenStream>) {
    let mut errors = Errors(Vec::new());
    let made = work(&mut errors);
    let Errors(errors) = errors;
    let told =
        (!errors.is_empty()).then(|| errors.iter().map(syn::Error::to_compile_error).collect());
    (made, told)
}

impl Errors {
    /// How many there are so far, to learn whether a piece of work has met any.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// A mistake in these tokens of the user's.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.0.push(syn::Error::new_spanned(tokens, message));
    }

    /// A mistake at one place.
    pub(crate) fn on(&mut self, span: Span, message: impl Display) {
        self.0.push(syn::Error::new(span, message));
    }
}
