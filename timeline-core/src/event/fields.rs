//! Shared fields: a struct without a template of its own, taken into events with `#[timeline(flatten)]`.

use std::sync::Arc;

use super::input::EventInput;
use crate::template::EventTemplate;
use crate::token::TokenType;

/// A struct whose fields are taken into events with `#[timeline(flatten)]`.
///
/// Derive it; there is no other way to implement it. A reference, a `Box`, an `Arc` and an `Option` of one can be
/// flattened too; `None` leaves out all that the struct would bring.
///
/// ```
/// # #[cfg(feature = "derive")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
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
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "derive"))]
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "the fields of `{Self}` cannot be flattened",
    label = "not `TimelineFields`",
    note = "what can be flattened is a struct with `#[derive(TimelineFields)]`, or a reference, `Box`, `Arc` or `Option` of one",
    note = "an event cannot be flattened: move the fields that events share to a struct of their own"
)]
pub trait TimelineFields {
    /// What the fields bring, so that the compiler can tell what is there twice.
    #[doc(hidden)]
    const PARTS: &'static Parts<'static>;

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
            const PARTS: &'static Parts<'static> = T::PARTS;

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
    const PARTS: &'static Parts<'static> = T::PARTS;

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
pub struct Parts<'p> {
    /// Its tokens.
    pub tokens: &'p [PartToken],
    /// The attributes of its roles.
    pub roles: &'p [&'static str],
    /// What is flattened into it.
    pub parts: &'p [&'p Parts<'p>],
    /// Whether there may be more: the type or a part of it has mistakes, which are told elsewhere.
    pub unknown: bool,
}

/// One token of a struct of shared fields.
#[derive(Clone, Copy, Debug)]
pub struct PartToken {
    name: &'static str,
    /// Tells most names apart at once: the compiler's interpreter is slow, and 500 tokens are many pairs.
    hash: u64,
    /// Its type, where a constant can tell.
    token_type: Option<TokenType>,
    /// The texts of all its values, where they are known.
    values: Option<&'static [&'static str]>,
}

impl PartToken {
    /// A token of this name.
    #[must_use]
    pub const fn new(name: &'static str, token_type: Option<TokenType>) -> Self {
        PartToken {
            name,
            hash: hash(name),
            token_type,
            values: None,
        }
    }

    /// The same with the texts of all its values.
    #[must_use]
    pub const fn valued(mut self, values: Option<&'static [&'static str]>) -> Self {
        self.values = values;
        self
    }
}

/// How a token differs from the tokens that are declared.
pub(crate) enum Undeclared {
    /// No token of this name is declared.
    Token(&'static str),
    /// The declared token has another type.
    Type(&'static str),
    /// The token can have this value, which is no declared option.
    Value(&'static str, &'static str),
}

impl PartToken {
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }
}

impl Parts<'_> {
    /// A struct that brings nothing.
    pub const NONE: Parts<'static> = Parts {
        tokens: &[],
        roles: &[],
        parts: &[],
        unknown: false,
    };

    /// A struct of which it is not known what it brings.
    pub const UNKNOWN: Parts<'static> = Parts {
        unknown: true,
        ..Parts::NONE
    };

    /// Whether there is a token of this name.
    #[must_use]
    pub const fn has_token(&self, name: &str) -> bool {
        self.find(name, hash(name)).is_some()
    }

    /// Whether the token of this name can be a date. This is also true if there is no such token, or if its type is not
    /// known.
    #[must_use]
    pub const fn is_date_if_there(&self, name: &str) -> bool {
        match self.find(name, hash(name)) {
            Some(token) => matches!(token.token_type, None | Some(TokenType::Date)),
            None => true,
        }
    }

    const fn find(&self, name: &str, hash: u64) -> Option<&PartToken> {
        let mut tokens = self.tokens;
        while let [first, rest @ ..] = tokens {
            if first.hash == hash && same_text(first.name, name) {
                return Some(first);
            }
            tokens = rest;
        }
        let mut parts = self.parts;
        while let [first, rest @ ..] = parts {
            let found = first.find(name, hash);
            if found.is_some() {
                return found;
            }
            parts = rest;
        }
        None
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

    /// A token that both `self` and `other` have, and `but` does not have.
    pub(crate) const fn common_token(
        &self,
        other: &Parts<'_>,
        but: &Parts<'_>,
    ) -> Option<&'static str> {
        let mut tokens = self.tokens;
        while let [PartToken { name, hash, .. }, rest @ ..] = tokens {
            if other.find(name, *hash).is_some() && but.find(name, *hash).is_none() {
                return Some(name);
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
    pub(crate) const fn token_beyond(&self, other: &Parts<'_>) -> Option<&'static str> {
        let mut tokens = self.tokens;
        while let [PartToken { name, hash, .. }, rest @ ..] = tokens {
            if other.find(name, *hash).is_none() {
                return Some(name);
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

    /// A token of this that is not declared, or is declared in another way.
    pub(crate) const fn undeclared(&self, declared: &Parts<'_>) -> Option<Undeclared> {
        let mut tokens = self.tokens;
        while let [token, rest @ ..] = tokens {
            let Some(found) = declared.find(token.name, token.hash) else {
                return Some(Undeclared::Token(token.name));
            };
            if let (Some(own), Some(wanted)) = (token.token_type, found.token_type)
                && own as u8 != wanted as u8
            {
                return Some(Undeclared::Type(token.name));
            }
            if let (Some(values), Some(options)) = (token.values, found.values)
                && let Some(value) = text_beyond(values, options)
            {
                return Some(Undeclared::Value(token.name, value));
            }
            tokens = rest;
        }
        let mut parts = self.parts;
        while let [first, rest @ ..] = parts {
            let undeclared = first.undeclared(declared);
            if undeclared.is_some() {
                return undeclared;
            }
            parts = rest;
        }
        None
    }

    /// A role that both `self` and `other` have, and `but` does not have.
    pub(crate) const fn common_role(
        &self,
        other: &Parts<'_>,
        but: &Parts<'_>,
    ) -> Option<&'static str> {
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

const fn contains(names: &[&str], wanted: &str) -> bool {
    let mut names = names;
    while let [first, rest @ ..] = names {
        if same_text(first, wanted) {
            return true;
        }
        names = rest;
    }
    false
}

/// Whether two texts are the same; a constant cannot use `==` on them.
pub(crate) const fn same_text(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    // Names that are alike differ at their ends more often than at their beginnings.
    while let ([one_rest @ .., a], [other_rest @ .., b]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    true
}

/// FNV-1a.
const fn hash(name: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut bytes = name.as_bytes();
    while let [first, rest @ ..] = bytes {
        hash = (hash ^ *first as u64).wrapping_mul(0x0000_0100_0000_01b3);
        bytes = rest;
    }
    hash
}

/// The first of the texts that is not among the others.
pub(crate) const fn text_beyond(
    texts: &'static [&'static str],
    others: &[&str],
) -> Option<&'static str> {
    let mut texts = texts;
    while let [first, rest @ ..] = texts {
        let mut others = others;
        let mut is_there = false;
        while let [other, rest @ ..] = others {
            is_there |= same_text(first, other);
            others = rest;
        }
        if !is_there {
            return Some(first);
        }
        texts = rest;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{PartToken, Parts, TokenType, same_text};

    static INNER: Parts<'static> = Parts {
        tokens: &[PartToken::new("c", Some(TokenType::Date))],
        roles: &["utk"],
        parts: &[],
        unknown: false,
    };
    static OUTER: Parts<'static> = Parts {
        tokens: &[
            PartToken::new("a", Some(TokenType::Number)),
            PartToken::new("ab", None),
        ],
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

    /// Names of the same hash are still compared as texts.
    #[test]
    fn names_of_one_hash_are_two_names() {
        let tokens = [PartToken {
            name: "b",
            ..PartToken::new("a", None)
        }];
        let parts = Parts {
            tokens: &tokens,
            ..Parts::NONE
        };
        assert!(!parts.has_token("a"));
    }

    #[test]
    fn what_two_have_in_common() {
        const OWN: Parts<'static> = Parts {
            tokens: &[PartToken::new("c", None)],
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
    fn texts() {
        for (one, other, same) in [
            ("", "", true),
            ("a", "", false),
            ("ab", "ab", true),
            ("ab", "bb", false),
            ("ab", "aa", false),
            ("ab", "abc", false),
        ] {
            assert_eq!(same_text(one, other), same, "{one} {other}");
            assert_eq!(same_text(other, one), same, "{other} {one}");
        }
    }

    #[test]
    fn what_is_known_to_be_no_date() {
        for (name, is_date) in [("a", false), ("ab", true), ("c", true), ("not there", true)] {
            assert_eq!(OUTER.is_date_if_there(name), is_date, "{name}");
        }
    }
}
