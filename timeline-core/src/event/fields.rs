//! Shared fields: a struct without a template of its own, taken into events with `#[timeline(flatten)]`.

use std::sync::Arc;

use super::EventInput;
use crate::template::EventTemplate;
use crate::token::TokenType;

/// A struct whose fields are taken into events with `#[timeline(flatten)]`.
///
/// Derive it; there is no other way to implement it. A reference, a `Box`, an `Arc` and an `Option` of one can be
/// flattened too; `None` leaves out all that the struct would bring.
///
/// ```
/// use timeline_core::{TimelineEvent, TimelineFields};
///
/// #[derive(TimelineFields)]
/// struct Customer {
///     #[timeline(email)]
///     address: String,
///     plan: String,
/// }
///
/// #[derive(TimelineEvent)]
/// #[timeline(template_id = "1001298")]
/// struct SignedUp {
///     #[timeline(flatten)]
///     customer: Customer,
///     source: String,
/// }
///
/// let event = SignedUp {
///     customer: Customer { address: "ada@example.com".into(), plan: "pro".into() },
///     source: "webinar".into(),
/// };
/// assert_eq!(
///     serde_json::to_string(&event.event_input()?)?,
///     r#"{"eventTemplateId":"1001298","email":"ada@example.com","tokens":{"plan":"pro","source":"webinar"}}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "the fields of `{Self}` cannot be flattened",
    label = "not `TimelineFields`",
    note = "add `#[derive(TimelineFields)]` to the struct, which needs no template of its own"
)]
pub trait TimelineFields {
    /// What the fields bring, so that the compiler can tell what is there twice.
    #[doc(hidden)]
    const PARTS: &'static Parts;

    /// Puts the fields' values into an event.
    #[doc(hidden)]
    fn fill<'a>(&'a self, input: &mut EventInput<'a>);

    /// Declares the fields' tokens.
    #[doc(hidden)]
    fn declare(template: &mut EventTemplate);
}

macro_rules! pointers {
    ($($ty:ty),*) => {$(
        impl<T: TimelineFields + ?Sized> TimelineFields for $ty {
            const PARTS: &'static Parts = T::PARTS;

            #[inline]
            fn fill<'a>(&'a self, input: &mut EventInput<'a>) {
                T::fill(self, input);
            }

            fn declare(template: &mut EventTemplate) {
                T::declare(template);
            }
        }
    )*};
}

pointers!(&T, &mut T, Box<T>, Arc<T>);

impl<T: TimelineFields> TimelineFields for Option<T> {
    const PARTS: &'static Parts = T::PARTS;

    #[inline]
    fn fill<'a>(&'a self, input: &mut EventInput<'a>) {
        if let Some(fields) = self {
            fields.fill(input);
        }
    }

    fn declare(template: &mut EventTemplate) {
        T::declare(template);
    }
}

/// What a struct of shared fields brings: a tree, since a constant cannot join lists of lengths it does not know.
#[derive(Debug)]
pub struct Parts {
    /// The names of its tokens, and their types where a constant can tell.
    pub tokens: &'static [(&'static str, Option<TokenType>)],
    /// The attributes of its roles.
    pub roles: &'static [&'static str],
    /// What is flattened into it.
    pub parts: &'static [&'static Parts],
    /// There may be more, since the type or a part of it has mistakes; these are told elsewhere.
    pub unknown: bool,
}

impl Parts {
    /// Nothing.
    pub const NONE: Parts = Parts {
        tokens: &[],
        roles: &[],
        parts: &[],
        unknown: false,
    };

    /// Nobody knows what.
    pub const UNKNOWN: Parts = Parts {
        unknown: true,
        ..Parts::NONE
    };

    /// Whether there is a token of this name.
    #[must_use]
    pub const fn has_token(&self, name: &str) -> bool {
        if find(self.tokens, name).is_some() {
            return true;
        }
        let mut parts = self.parts;
        while let [first, rest @ ..] = parts {
            if first.has_token(name) {
                return true;
            }
            parts = rest;
        }
        false
    }

    /// Whether the token of this name is a date, as far as it is there and its type is known.
    #[must_use]
    pub const fn is_date_if_there(&self, name: &str) -> bool {
        if let Some(Some(token_type)) = find(self.tokens, name) {
            return matches!(token_type, TokenType::Date);
        }
        let mut parts = self.parts;
        while let [first, rest @ ..] = parts {
            if !first.is_date_if_there(name) {
                return false;
            }
            parts = rest;
        }
        true
    }

    /// Whether there is a field with this role.
    #[must_use]
    pub const fn has_role(&self, role: &str) -> bool {
        if contains(self.roles, role) {
            return true;
        }
        let mut parts = self.parts;
        while let [first, rest @ ..] = parts {
            if first.has_role(role) {
                return true;
            }
            parts = rest;
        }
        false
    }

    /// How many tokens there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        let mut count = self.tokens.len();
        let mut parts = self.parts;
        while let [first, rest @ ..] = parts {
            count += first.count();
            parts = rest;
        }
        count
    }

    /// A token that both have, and these have not.
    pub(crate) const fn common_token(&self, other: &Parts, but: &Parts) -> Option<&'static str> {
        let mut tokens = self.tokens;
        while let [(first, _), rest @ ..] = tokens {
            if other.has_token(first) && !but.has_token(first) {
                return Some(first);
            }
            tokens = rest;
        }
        let mut parts = self.parts;
        while let [first, rest @ ..] = parts {
            if let Some(common) = first.common_token(other, but) {
                return Some(common);
            }
            parts = rest;
        }
        None
    }

    /// A token that this has and the other lacks.
    pub(crate) const fn token_beyond(&self, other: &Parts) -> Option<&'static str> {
        let mut tokens = self.tokens;
        while let [(first, _), rest @ ..] = tokens {
            if !other.has_token(first) {
                return Some(first);
            }
            tokens = rest;
        }
        let mut parts = self.parts;
        while let [first, rest @ ..] = parts {
            if let Some(beyond) = first.token_beyond(other) {
                return Some(beyond);
            }
            parts = rest;
        }
        None
    }

    /// A role that both have, and these have not.
    pub(crate) const fn common_role(&self, other: &Parts, but: &Parts) -> Option<&'static str> {
        let mut roles = self.roles;
        while let [first, rest @ ..] = roles {
            if other.has_role(first) && !but.has_role(first) {
                return Some(first);
            }
            roles = rest;
        }
        let mut parts = self.parts;
        while let [first, rest @ ..] = parts {
            if let Some(common) = first.common_role(other, but) {
                return Some(common);
            }
            parts = rest;
        }
        None
    }
}

/// The type of the token of this name, if it is there.
const fn find(
    tokens: &[(&'static str, Option<TokenType>)],
    wanted: &str,
) -> Option<Option<TokenType>> {
    let mut tokens = tokens;
    while let [(name, token_type), rest @ ..] = tokens {
        if same_bytes(name.as_bytes(), wanted.as_bytes()) {
            return Some(*token_type);
        }
        tokens = rest;
    }
    None
}

const fn contains(names: &[&str], wanted: &str) -> bool {
    let mut names = names;
    while let [first, rest @ ..] = names {
        if same_bytes(first.as_bytes(), wanted.as_bytes()) {
            return true;
        }
        names = rest;
    }
    false
}

/// A constant cannot use `==` on texts.
pub(crate) const fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    let (mut one, mut other) = (one, other);
    while let ([a, one_rest @ ..], [b, other_rest @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

#[cfg(test)]
mod tests {
    use super::{Parts, TokenType};

    static INNER: Parts = Parts {
        tokens: &[("c", Some(TokenType::Date))],
        roles: &["utk"],
        parts: &[],
        unknown: false,
    };
    static OUTER: Parts = Parts {
        tokens: &[("a", Some(TokenType::Number)), ("ab", None)],
        roles: &["email"],
        parts: &[&INNER, &Parts::NONE],
        unknown: false,
    };

    #[test]
    fn what_is_inside_counts() {
        for (name, there) in [
            ("a", true),
            ("ab", true),
            ("c", true),
            ("b", false),
            ("", false),
            ("abc", false),
        ] {
            assert_eq!(OUTER.has_token(name), there, "{name}");
        }
        for (role, there) in [("email", true), ("utk", true), ("id", false)] {
            assert_eq!(OUTER.has_role(role), there, "{role}");
        }
        assert_eq!(OUTER.count(), 3);
        assert_eq!(Parts::NONE.count(), 0);
    }

    #[test]
    fn what_two_have_in_common() {
        const OWN: Parts = Parts {
            tokens: &[("c", None)],
            roles: &["utk"],
            ..Parts::NONE
        };
        let none = &Parts::NONE;
        assert_eq!(OUTER.common_token(&INNER, none), Some("c"));
        assert_eq!(INNER.common_token(&OUTER, none), Some("c"));
        assert_eq!(INNER.common_token(&OUTER, &OWN), None);
        assert_eq!(OUTER.common_role(&INNER, none), Some("utk"));
        assert_eq!(INNER.common_role(&OUTER, none), Some("utk"));
        assert_eq!(INNER.common_role(&OUTER, &OWN), None);
        assert_eq!(OUTER.common_token(none, none), None);
        assert_eq!(none.common_role(&OUTER, none), None);
        assert_eq!(OUTER.token_beyond(&INNER), Some("a"));
        assert_eq!(INNER.token_beyond(&OUTER), None);
        assert_eq!(OUTER.token_beyond(&OWN), Some("a"));
        assert_eq!(none.token_beyond(none), None);
    }

    #[test]
    fn what_is_known_to_be_no_date() {
        for (name, is_date) in [("a", false), ("ab", true), ("c", true), ("not there", true)] {
            assert_eq!(OUTER.is_date_if_there(name), is_date, "{name}");
        }
    }
}
