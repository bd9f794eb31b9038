//! The expansion among names, lints and macros that could get in its way.

#![deny(variant_size_differences)]
// These are about the test's own functions, which take references since `with` gives them.
#![allow(
    clippy::missing_const_for_fn,
    clippy::trivially_copy_pass_by_ref,
    clippy::wrong_self_convention
)]

use timeline_core::TimelineEvent;

use crate::{json, tokens};

/// All names of the prelude, with other meanings.
mod shadowed {
    #![allow(
        dead_code,
        non_camel_case_types,
        non_upper_case_globals,
        unused_macros,
        missing_docs
    )]

    use ::timeline_core::TimelineEvent;

    pub(super) mod std {}
    pub(super) mod core {}
    pub(super) mod alloc {}
    pub(super) mod timeline_core {}
    pub(super) struct Option;
    pub(super) struct Some;
    pub(super) struct None;
    pub(super) struct Result;
    pub(super) struct Ok;
    pub(super) struct Err;
    pub(super) struct String;
    pub(super) struct Vec;
    pub(super) struct Box;
    pub(super) struct EventInput;
    pub(super) struct InvalidEvent;
    pub(super) struct EventTemplate;
    pub(super) trait TokenValue {}
    pub(super) trait Into {}
    pub(super) trait Clone {}
    pub(super) trait FnOnce {}
    pub(super) struct usize;
    pub(super) struct str;
    pub(super) const made: u8 = 0;
    pub(super) const input: u8 = 0;
    pub(super) const template: u8 = 0;
    pub(super) const field: u8 = 0;
    macro_rules! vec {
        () => {};
    }
    macro_rules! panic {
        () => {};
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    pub(super) struct Event<'a> {
        #[timeline(object_id)]
        pub(super) id: u8,
        #[timeline(timestamp)]
        pub(super) at: ::std::time::SystemTime,
        #[timeline(with = "given")]
        pub(super) name: &'a u16,
    }

    fn given(name: &u16) -> u16 {
        *name
    }
}

#[test]
fn a_shadowed_prelude() {
    let event = shadowed::Event {
        id: 1,
        at: std::time::UNIX_EPOCH,
        name: &2,
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","objectId":"1","timestamp":"1970-01-01T00:00:00.000Z","tokens":{"name":"2"}}"#
    );
}

/// An event with every kind of field, as it would stand in a user's crate.
mod public {
    use timeline_core::{TimelineEvent, TimelineIFrame};

    /// Private, and part of a public type's private field.
    #[derive(Debug, serde::Serialize)]
    struct Private<T>(T);

    impl<T: timeline_core::TokenValue> timeline_core::TokenValue for Private<T> {
        const TYPE: timeline_core::TokenType = T::TYPE;

        fn to_token(&self) -> Result<timeline_core::Token<'_>, timeline_core::InvalidToken> {
            self.0.to_token()
        }
    }

    /// An event.
    #[derive(Debug, TimelineEvent)]
    #[timeline(template_id = "7", rename_all = "camelCase")]
    pub(super) struct Event<'a, T, D> {
        /// The number.
        #[timeline(key)]
        pub(super) number: u64,
        /// The contact.
        #[timeline(email)]
        pub(super) owner: &'a str,
        /// When.
        #[timeline(timestamp, token = "at")]
        pub(super) at: Option<std::time::SystemTime>,
        #[timeline(extra_data)]
        data: Private<D>,
        #[timeline(iframe)]
        page: Option<TimelineIFrame<'a>>,
        private: Private<T>,
        #[timeline(with = "str::len")]
        len: String,
        #[timeline(with = "<[u8]>::len")]
        bytes: Vec<u8>,
    }

    impl<T, D> Event<'_, T, D> {
        /// A new one.
        pub(super) const fn new(token: T, data: D) -> Self {
            Self {
                number: 1,
                owner: "a@b.c",
                at: None,
                data: Private(data),
                page: None,
                private: Private(token),
                len: String::new(),
                bytes: Vec::new(),
            }
        }
    }
}

#[test]
fn a_public_event_under_strict_lints() {
    assert_eq!(
        json(&public::Event::new(3_u8, 4_u8)),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"private":"3","len":"0","bytes":"0"},"extraData":4}"#
    );
}

#[test]
fn fields_named_like_everything_in_the_expansion() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    #[allow(clippy::struct_field_names)]
    struct Names {
        #[timeline(email)]
        input: &'static str,
        template: u8,
        __made: u8,
        __given: u8,
        event_input: u8,
        templates: u8,
        r#self_: u8,
        #[timeline(with = "field")]
        field: u8,
        made: u8,
    }

    const fn field(field: &u8) -> u8 {
        *field + 1
    }

    let event = Names {
        input: "a@b.c",
        template: 1,
        __made: 2,
        __given: 3,
        event_input: 4,
        templates: 5,
        self_: 6,
        field: 7,
        made: 8,
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"template":"1","__made":"2","__given":"3","event_input":"4","templates":"5","self_":"6","field":"8","made":"8"}}"#
    );
}

mod old {
    #[deprecated]
    pub(super) struct Old;

    #[allow(deprecated)]
    impl timeline_core::TokenValue for Old {
        const TYPE: timeline_core::TokenType = timeline_core::TokenType::String;

        fn to_token(&self) -> Result<timeline_core::Token<'_>, timeline_core::InvalidToken> {
            Ok(timeline_core::Token::text("old"))
        }
    }
}

#[test]
fn deprecated_fields_and_types_warn_where_they_are_used_only() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Event {
        #[timeline(email)]
        owner: &'static str,
        #[deprecated]
        #[timeline(token = "age")]
        deprecated_age: u8,
        #[allow(deprecated)]
        old: old::Old,
    }

    #[allow(deprecated)]
    let event = Event {
        owner: "a@b.c",
        deprecated_age: 3,
        old: old::Old,
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"age":"3","old":"old"}}"#
    );
}

#[test]
fn a_type_without_tokens_warns_of_nothing() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Bare(#[timeline(email)] &'static str);

    assert_eq!(
        json(&Bare("a@b.c")),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{}}"#
    );
    assert!(tokens::<Bare>().is_empty());
}

macro_rules! event {
    ($(#[$attribute:meta])* $name:ident<$lifetime:lifetime>: $id:literal, $path:path, $owner:ident: $owner_type:ty,
     $($field:ident: $ty:ty = $token:expr,)*) => {
        #[derive(TimelineEvent)]
        #[timeline(template_id = $id)]
        $(#[$attribute])*
        struct $name<$lifetime> {
            #[timeline(email)]
            $owner: $owner_type,
            $(#[timeline(token = $token)] $field: $ty,)*
            local: u8,
        }

        #[derive(TimelineEvent)]
        #[timeline(template_id = $path)]
        struct ByPath {
            #[timeline(email)]
            $owner: $owner_type,
        }

        impl<$lifetime> $name<$lifetime> {
            const fn new($owner: $owner_type, $($field: $ty),*) -> Self {
                Self { $owner, $($field,)* local: 9 }
            }
        }
    };
}

mod ids {
    pub(super) const ID: &str = "8";
}

event! {
    #[timeline(object_type = "contacts")]
    FromMacro<'a>: "7", ids::ID, owner: &'static str,
    name: &'a str = "petName",
    age: Option<u8> = "petAge",
}

#[test]
fn types_from_macro_rules() {
    assert_eq!(
        json(&FromMacro::new("a@b.c", "Rex", None)),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"petName":"Rex","local":"9"}}"#
    );
    assert_eq!(
        tokens::<FromMacro<'_>>(),
        [
            "petName: Name (string)",
            "petAge: Age (number)",
            "local: Local (number)"
        ]
    );
    assert_eq!(
        json(&ByPath { owner: "a@b.c" }),
        r#"{"eventTemplateId":"8","email":"a@b.c","tokens":{}}"#
    );
}

macro_rules! text {
    () => {
        &'static str
    };
}

#[test]
fn a_macro_in_the_place_of_a_type() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Event {
        #[timeline(email)]
        owner: text!(),
        name: Option<text!()>,
        #[allow(unused_parens)]
        in_parens: (u8),
    }

    assert_eq!(
        json(&Event {
            owner: "a@b.c",
            name: Some("Rex"),
            in_parens: 1
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"name":"Rex","in_parens":"1"}}"#
    );
}

#[test]
fn methods_of_the_users_traits_are_not_called() {
    trait Confusing {
        fn to_token(&self) -> u8 {
            0
        }

        fn into_token(&self) -> u8 {
            0
        }

        fn event_input(&self) -> u8 {
            0
        }

        fn finish(&self) -> u8 {
            0
        }
    }

    impl<T> Confusing for T {}

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Event {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(with = "str::len")]
        len: &'static str,
    }

    let event = Event {
        owner: "a@b.c",
        len: "abc",
    };
    assert_eq!(
        Confusing::event_input(&event) + event.to_token() + event.into_token() + event.finish(),
        0
    );
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"len":"3"}}"#
    );
}

#[test]
fn attributes_behind_cfg_attr() {
    #[derive(TimelineEvent)]
    #[cfg_attr(test, timeline(template_id = "7"))]
    #[cfg_attr(not(test), timeline(template_id = "8"))]
    struct Event {
        #[cfg_attr(all(), timeline(email))]
        owner: &'static str,
        #[cfg(any())]
        gone: std::fs::File,
    }

    assert_eq!(
        json(&Event { owner: "a@b.c" }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{}}"#
    );
}

#[test]
fn a_type_called_as_a_parameter_elsewhere_is_not_the_parameter() {
    mod other {
        pub(super) type T = u8;
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Named<T> {
        #[timeline(email)]
        owner: &'static str,
        theirs: other::T,
        ours: T,
    }

    assert_eq!(
        json(&Named {
            owner: "a@b.c",
            theirs: 1,
            ours: 'x'
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"theirs":"1","ours":"x"}}"#
    );
}
