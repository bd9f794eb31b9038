//! The roles that are one text: every token value fits. Each role has a trait of its own, so that a type that does not
//! fit is reported with the role's name.

use crate::token::{InvalidToken, Token, TokenValue};

macro_rules! roles {
    ($($name:ident: $message:literal, $label:literal, $is:literal, $with:literal;)*) => {$(
        #[doc = $is]
        #[diagnostic::on_unimplemented(message = $message, label = $label, note = $is, note = $with)]
        pub trait $name {
            /// The text.
            ///
            /// # Errors
            ///
            /// As [`TokenValue::to_token`].
            fn to_role(&self) -> Result<Token<'_>, InvalidToken>;

            /// The text of a value that is passed by value.
            ///
            /// # Errors
            ///
            /// As [`TokenValue::into_token`].
            fn into_role<'v>(self) -> Result<Token<'v>, InvalidToken>
            where
                Self: Sized + 'v;
        }

        // Without this the compiler would ask for `TokenValue`, in the words for tokens.
        #[diagnostic::do_not_recommend]
        impl<T: TokenValue + ?Sized> $name for T {
            #[inline]
            fn to_role(&self) -> Result<Token<'_>, InvalidToken> {
                self.to_token()
            }

            #[inline]
            fn into_role<'v>(self) -> Result<Token<'v>, InvalidToken>
            where
                Self: Sized + 'v,
            {
                self.into_token()
            }
        }
    )*};
}

roles! {
    IdValue:
        "`{Self}` cannot be the `id`",
        "not an id",
        "`id` is one text: a string, a number, with the feature of that name a `Uuid`, or an `Option` of one of these",
        "turn another type into one with `#[timeline(id, with = \"path::to::function\")]`";
    KeyValue:
        "`{Self}` cannot be part of the `key`",
        "not a part of a key",
        "`key` is one text: a string, a number, a date, with the feature of that name a `Uuid`, or an `Option` of one of these",
        "turn another type into one with `#[timeline(key, with = \"path::to::function\")]`";
    EmailValue:
        "`{Self}` cannot be the `email`",
        "not an e-mail address",
        "`email` is one text: a string, or an `Option` or a reference of one",
        "turn another type into one with `#[timeline(email, with = \"path::to::function\")]`";
    UtkValue:
        "`{Self}` cannot be the `utk`",
        "not a cookie's text",
        "`utk` is one text, the value of the cookie `hubspotutk`: a string, or an `Option` or a reference of one",
        "turn another type into one with `#[timeline(utk, with = \"path::to::function\")]`";
    ObjectIdValue:
        "`{Self}` cannot be the `object_id`",
        "not a record's id",
        "`object_id` is one text: a number, a string, or an `Option` of one of these",
        "turn another type into one with `#[timeline(object_id, with = \"path::to::function\")]`";
    DomainValue:
        "`{Self}` cannot be the `domain`",
        "not a domain",
        "`domain` is one text: a string, or an `Option` or a reference of one",
        "turn another type into one with `#[timeline(domain, with = \"path::to::function\")]`";
    CustomObjectTypeIdValue:
        "`{Self}` cannot be the `custom_object_type_id`",
        "not an object type's id",
        "`custom_object_type_id` is one text: a string, or an `Option` or a reference of one",
        "turn another type into one with `#[timeline(custom_object_type_id, with = \"path::to::function\")]`";
}
