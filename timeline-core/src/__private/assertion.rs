//! What the derive leaves to the compiler: constants that are evaluated where the user's types are known.

use std::borrow::Cow;
use std::marker::PhantomData;

use super::near;
use crate::event::{
    EventInput, InvalidKind, Parts, TimelineFields, Undeclared, same_text, text_beyond,
};
use crate::token::{TokenType, TokenValue};

/// The result of an assertion of the derive that only the compiler can evaluate.
pub enum Assertion {
    /// The assertion holds.
    Holds,
    /// The assertion does not hold, for this reason.
    Broken(&'static str),
    /// The assertion does not hold, for a reason in pieces: some of them only the compiler knows.
    BrokenBy([&'static str; 6]),
}

impl Assertion {
    /// Broken unless the condition holds.
    #[must_use]
    pub const fn unless(condition: bool, message: &'static str) -> Self {
        if condition {
            Assertion::Holds
        } else {
            Assertion::Broken(message)
        }
    }

    /// Broken if the part shares a token or a role with a part before it, each given with its name. The event's own
    /// tokens and roles are left out: each part was compared with them already. The message stands around what is
    /// shared, and around the earlier part's name.
    #[must_use]
    pub const fn apart(
        part: &Parts<'_>,
        before: &[(&Parts<'_>, &'static str)],
        own: &Parts<'_>,
        [start, middle, end]: [&'static str; 3],
    ) -> Self {
        let mut before = before;
        while let [(first, by), rest @ ..] = before {
            if let Some(token) = part.common_token(first, own) {
                return Assertion::BrokenBy([start, "token `", token, middle, by, end]);
            }
            if let Some(role) = part.common_role(first, own) {
                return Assertion::BrokenBy([start, "role `", role, middle, by, end]);
            }
            before = rest;
        }
        Assertion::Holds
    }

    /// Broken if none of the parts has the token. The message ends in the name of a near token, or in `otherwise` if
    /// none is near.
    #[must_use]
    pub const fn any_token(
        parts: &[&Parts<'_>],
        name: &str,
        start: &'static str,
        otherwise: &'static str,
    ) -> Self {
        let mut rest = parts;
        while let [first, after @ ..] = rest {
            if first.unknown || first.has_token(name) {
                return Assertion::Holds;
            }
            rest = after;
        }
        match near::nearest(parts, name) {
            Some(near) => Assertion::BrokenBy([start, "did you mean `{{", near, "}}`?", "", ""]),
            None => Assertion::BrokenBy([start, otherwise, "", "", "", ""]),
        }
    }

    /// Broken if a token of this type and these values is not what a template declares. The message stands around the
    /// type, or around the first of the values that the template lacks.
    #[must_use]
    pub const fn is_declared(
        found: Option<TokenType>,
        values: Option<&'static [&'static str]>,
        wanted: TokenType,
        options: &[&str],
        [of_type, after_type, of_value, after_value]: [&'static str; 4],
    ) -> Self {
        if let Some(found) = found
            && !same_type(Some(found), Some(wanted))
        {
            return Assertion::BrokenBy([of_type, found.as_str(), after_type, "", "", ""]);
        }
        if let (TokenType::Enumeration, Some(values)) = (wanted, values)
            && let Some(value) = text_beyond(values, options)
        {
            return Assertion::BrokenBy([of_value, value, after_value, "", "", ""]);
        }
        Assertion::Holds
    }

    /// Broken if the part has a token that is not declared, or is declared with another type or without one of its
    /// values. The message stands around its name, or around its name and a value.
    #[must_use]
    pub const fn all_declared(
        part: &Parts<'_>,
        declared: &Parts<'_>,
        [start, undeclared, of_other_type, can_be, no_option]: [&'static str; 5],
    ) -> Self {
        if part.unknown {
            return Assertion::Holds;
        }
        match part.undeclared(declared) {
            None => Assertion::Holds,
            Some(Undeclared::Token(name)) => {
                Assertion::BrokenBy([start, name, undeclared, "", "", ""])
            }
            Some(Undeclared::Type(name)) => {
                Assertion::BrokenBy([start, name, of_other_type, "", "", ""])
            }
            Some(Undeclared::Value(name, value)) => {
                Assertion::BrokenBy([start, name, can_be, value, no_option, ""])
            }
        }
    }

    /// Broken if no template can have this id: the rule that the derive has for ids that are literals.
    #[must_use]
    pub const fn template_id(id: &str) -> Self {
        let bytes = id.as_bytes();
        if bytes.trim_ascii().is_empty() {
            return Assertion::Broken(
                "`template_id` is empty: expected something like `template_id = \"1001298\"`",
            );
        }
        let (mut digits, mut underscores) = (true, false);
        let mut rest = bytes;
        while let [byte, after @ ..] = rest {
            match byte {
                b'{' | b'}' => {
                    return Assertion::Broken(
                        "a template's id is fixed, HubSpot puts nothing in the place of braces: expected something like \
                         `template_id = \"1001298\"`",
                    );
                }
                b'!'..=b'~' => {}
                _ => {
                    return Assertion::Broken(
                        "a template's id has no blanks and nothing but ASCII: expected something like \
                         `template_id = \"1001298\"`",
                    );
                }
            }
            underscores |= *byte == b'_';
            digits &= matches!(byte, b'0'..=b'9' | b'_');
            rest = after;
        }
        if digits && underscores {
            return Assertion::Broken(
                "a template's id has no `_` between its digits: expected something like `template_id = \"1001298\"`",
            );
        }
        Assertion::Holds
    }

    /// Broken if one of the two has a token that the other lacks. The message stands around its name.
    #[must_use]
    pub const fn same_tokens(
        one: &Parts<'_>,
        other: &Parts<'_>,
        [start, end]: [&'static str; 2],
    ) -> Self {
        if one.unknown || other.unknown {
            return Assertion::Holds;
        }
        match (one.token_beyond(other), other.token_beyond(one)) {
            (Some(token), _) | (None, Some(token)) => {
                Assertion::BrokenBy([start, token, end, "", "", ""])
            }
            (None, None) => Assertion::Holds,
        }
    }

    /// Broken if the text is one of those before it, each given with the name of the variant that has it. The message
    /// stands around that name.
    #[must_use]
    pub const fn other_text(
        text: &str,
        before: &[(&str, &'static str)],
        [start, end]: [&'static str; 2],
    ) -> Self {
        let mut before = before;
        while let [(first, by), rest @ ..] = before {
            if same_text(first, text) {
                return Assertion::BrokenBy([start, by, end, "", "", ""]);
            }
            before = rest;
        }
        Assertion::Holds
    }
}

/// What only the compiler knows of a type. If the type has the trait, its own constants come before those of
/// [`Unknown`]. A type that lacks the trait is reported where it is used, and must not be reported here as well.
pub struct Known<T: ?Sized>(PhantomData<T>);

impl<T: TimelineFields + ?Sized> Known<T> {
    /// What the type brings when it is flattened.
    pub const __TIMELINE_PARTS: &'static Parts<'static> = T::PARTS;
}

impl<T: TokenValue + ?Sized> Known<T> {
    /// The type of its token.
    pub const __TIMELINE_TYPE: Option<TokenType> = Some(T::TYPE);
    /// The token types that none of its values fits.
    pub const __TIMELINE_NEVER: &'static [TokenType] = T::NEVER;
    /// The texts of all its values, if they are known.
    pub const __TIMELINE_VALUES: Option<&'static [&'static str]> = T::VALUES;
}

/// An enum whose variants hand their events on.
///
/// If such enums hold one another, their templates have no end. Then the evaluation of this constant has no end either,
/// and the compiler reports that. Without it, the program would overflow its stack.
pub trait HandsOn {
    /// How often an event is handed on, at most.
    const DEPTH: usize;
}

macro_rules! hands_on {
    ($($ty:ty),*) => {$(
        impl<T: HandsOn> HandsOn for $ty {
            const DEPTH: usize = T::DEPTH;
        }
    )*};
}

hands_on!(&T, &mut T, Box<T>, std::sync::Arc<T>);

impl<T: HandsOn + ?Sized> Known<T> {
    /// How often an event is handed on from here.
    pub const __TIMELINE_DEPTH: usize = T::DEPTH;
}

/// What is known of a type that lacks the trait: nothing.
///
/// The names of the constants are such that no trait of the user's has them: that trait may be implemented for every
/// type.
pub trait Unknown {
    /// Unknown, so that every assertion about it holds.
    const __TIMELINE_PARTS: &'static Parts<'static> = &Parts::UNKNOWN;
    /// Unknown, so that every assertion about it holds.
    const __TIMELINE_TYPE: Option<TokenType> = None;
    /// Unknown, so that every assertion about it holds.
    const __TIMELINE_NEVER: &'static [TokenType] = &[];
    /// Unknown, so that every assertion about it holds.
    const __TIMELINE_VALUES: Option<&'static [&'static str]> = None;
    /// The type is a struct, or an event that was not derived.
    const __TIMELINE_DEPTH: usize = 0;
}

impl<T: ?Sized> Unknown for Known<T> {}

/// Stops the compiler where an assertion does not hold.
///
/// # Panics
///
/// If the assertion does not hold; it is called in constants alone.
#[track_caller]
#[expect(
    clippy::panic,
    reason = "in a constant, a panic is an error of the compiler's"
)]
pub const fn refuse(assertion: &Assertion) {
    match assertion {
        Assertion::Holds => {}
        Assertion::Broken(message) => panic!("{}", *message),
        Assertion::BrokenBy(pieces) => {
            let mut text = Text::new();
            let mut pieces = pieces.as_slice();
            while let [first, rest @ ..] = pieces {
                text.push(first);
                pieces = rest;
            }
            panic!("{}", text.as_str())
        }
    }
}

/// Makes the input invalid if an assertion does not hold.
pub fn mistake(input: &mut EventInput<'_>, assertion: &'static Assertion) {
    let message = match assertion {
        Assertion::Holds => return,
        Assertion::Broken(message) => Cow::Borrowed(*message),
        Assertion::BrokenBy(pieces) => Cow::Owned(pieces.concat()),
    };
    input.mistaken(InvalidKind::Custom(message));
}

/// Text put together in a constant; what does not fit is left out.
struct Text {
    bytes: [u8; 2048],
    length: usize,
}

impl Text {
    const fn new() -> Self {
        Text {
            bytes: [0; 2048],
            length: 0,
        }
    }

    const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        if self.length + text.len() > self.bytes.len() {
            return;
        }
        let (_, free) = self.bytes.split_at_mut(self.length);
        let (taken, _) = free.split_at_mut(text.len());
        taken.copy_from_slice(text);
        self.length += text.len();
    }

    const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

/// Whether two types of tokens are the same, as far as they are known.
#[must_use]
pub const fn same_type(one: Option<TokenType>, other: Option<TokenType>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one as u8 == other as u8,
        _ => true,
    }
}

/// Whether the type is among these.
#[must_use]
pub const fn has_type(types: &[TokenType], wanted: TokenType) -> bool {
    let mut types = types;
    while let [first, rest @ ..] = types {
        if *first as u8 == wanted as u8 {
            return true;
        }
        types = rest;
    }
    false
}

/// Whether a template can have this many tokens.
#[must_use]
pub const fn few_enough(tokens: usize) -> bool {
    tokens <= crate::limits::TOKENS_PER_TEMPLATE
}
