//! The errors of one type, all reported at once.

use proc_macro2::{Delimiter, Group, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use std::fmt::Display;

/// Where a stage puts the mistakes it finds.
///
/// Only [`collect`] makes one, and it gives back everything that was put in: no error can be dropped.
pub(crate) struct Errors(Vec<Mistake>);

/// A message, and the first and the last of the user's tokens that it is about.
struct Mistake {
    first: Span,
    last: Span,
    message: String,
}

/// Runs `work`, and gives back what it made together with the errors it met, as `compile_error!`s.
#[must_use = "the second half holds the user's errors"]
pub(crate) fn collect<T>(work: impl FnOnce(&mut Errors) -> T) -> (T, Option<TokenStream>) {
    let mut errors = Errors(Vec::new());
    let made = work(&mut errors);
    let Errors(mistakes) = errors;
    (
        made,
        (!mistakes.is_empty()).then(|| compile_errors(&mistakes)),
    )
}

/// The errors stand in the user's module and not in a block: rustc then reports no names that it misses there.
fn compile_errors(mistakes: &[Mistake]) -> TokenStream {
    let has_absolute_paths = !is_edition_2015(std::env::args());
    let all = mistakes.iter().map(|mistake| {
        let Mistake {
            first,
            last,
            message,
        } = mistake;
        let mut text = Literal::string(message);
        text.set_span(*last);
        let mut group = Group::new(Delimiter::Brace, TokenTree::from(text).into());
        group.set_span(*last);
        let core = has_absolute_paths.then(|| quote_spanned!(*first=> ::core::));
        quote_spanned!(*first=> #core compile_error! #group)
    });
    all.collect()
}

/// Whether the user's crate is of edition 2015, where `::core` is no path to the crate `core`. The path to `compile_error!` has
/// the span of the user's tokens, so that the message is shown there, and with it their edition. Only the compiler's argument
/// `--edition` tells which that is; without it, it is 2015.
fn is_edition_2015(arguments: impl Iterator<Item = String>) -> bool {
    let mut arguments = arguments.skip_while(|argument| !argument.starts_with("--edition"));
    let edition = match arguments.next() {
        Some(argument) => match argument.split_once('=') {
            Some((_, edition)) => Some(edition.to_owned()),
            None => arguments.next(),
        },
        None => None,
    };
    edition.is_none_or(|edition| edition == "2015")
}

impl Errors {
    /// How many there are so far, to learn whether a piece of work has met any.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// A mistake in these tokens of the user's.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        let mut tokens = tokens.into_token_stream().into_iter();
        let first = tokens
            .next()
            .map_or_else(Span::call_site, |token| token.span());
        let last = tokens.last().map_or(first, |token| token.span());
        self.0.push(Mistake {
            first,
            last,
            message: message.to_string(),
        });
    }

    /// A mistake at one place.
    pub(crate) fn on(&mut self, span: Span, message: impl Display) {
        self.0.push(Mistake {
            first: span,
            last: span,
            message: message.to_string(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::is_edition_2015;

    #[test]
    fn the_edition_is_an_argument_of_the_compiler() {
        for (arguments, expected) in [
            (&["rustc", "a.rs"][..], true),
            (&["rustc", "--edition=2015", "a.rs"], true),
            (&["rustc", "--edition", "2015"], true),
            (&["rustc", "--edition=2018", "a.rs"], false),
            (&["rustc", "a.rs", "--edition", "2024", "--test"], false),
        ] {
            let given = arguments.iter().map(ToString::to_string);
            assert_eq!(is_edition_2015(given), expected, "{arguments:?}");
        }
    }
}
