//! Enums, shared fields and enumeration tokens among names that could get in their way.

// These are about the test's own functions, which take references since `with` gives them.
#![allow(clippy::missing_const_for_fn, clippy::trivially_copy_pass_by_ref)]

use timeline_core::{TimelineEvent, TimelineFields};

use crate::{json, templates};

/// Nothing is in scope but what is written here.
mod nothing {
    #![no_implicit_prelude]

    use ::core::prelude::v1::derive;

    #[derive(::timeline_core::TokenEnum)]
    #[timeline(rename_all = "lowercase")]
    pub(super) enum Plan {
        Free,
        Pro,
    }

    #[derive(::timeline_core::TimelineFields)]
    pub(super) struct Shared<'a, T> {
        pub(super) plan: &'a T,
        #[timeline(type = "number")]
        pub(super) number: &'a str,
    }

    #[derive(::timeline_core::TimelineFields)]
    pub(super) struct Other {
        #[timeline(email)]
        pub(super) mail: &'static str,
    }

    #[derive(::timeline_core::TimelineEvent)]
    #[timeline(template_id = "7", header = "{{plan}}", id = "{n}")]
    pub(super) enum Event<'a, T> {
        Own {
            n: u8,
            #[timeline(flatten)]
            shared: Shared<'a, T>,
            #[timeline(flatten)]
            other: Other,
        },
        Inner(Inner),
    }

    #[derive(::timeline_core::TimelineEvent)]
    #[timeline(template = "Inner", detail = "{{name}}")]
    pub(super) struct Inner {
        #[timeline(key)]
        pub(super) id: u8,
        #[timeline(object_id, with = "double")]
        pub(super) name: u8,
        #[timeline(token = "name", type = "string", with = "double")]
        pub(super) other: u8,
    }

    fn double(number: &u8) -> u8 {
        *number + *number
    }
}

#[test]
fn without_a_prelude() {
    let event = nothing::Event::Own {
        n: 1,
        shared: nothing::Shared {
            plan: &nothing::Plan::Free,
            number: "2",
        },
        other: nothing::Other { mail: "a@b.c" },
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","id":"1","email":"a@b.c","tokens":{"n":"1","plan":"free","number":"2"}}"#
    );
    let inner = nothing::Event::<nothing::Plan>::Inner(nothing::Inner {
        id: 1,
        name: 2,
        other: 3,
    });
    let input = inner.event_input().expect("a good event");
    assert_eq!(input.get_object_id(), Some("4"));
    assert_eq!(templates::<nothing::Event<'_, nothing::Plan>>().len(), 2);
    assert_eq!(
        timeline_core::TokenValue::to_token(&nothing::Plan::Pro)
            .expect("a good token")
            .to_string(),
        "pro"
    );
}

/// All names that an expansion could use, with other meanings.
mod shadowed {
    #![allow(
        dead_code,
        non_camel_case_types,
        non_upper_case_globals,
        unused_macros,
        missing_docs,
        clippy::missing_const_for_fn
    )]

    use ::timeline_core::{TimelineEvent, TimelineFields, TokenEnum};

    pub(super) mod std {}
    pub(super) mod core {}
    pub(super) mod timeline_core {}
    pub(super) struct Option;
    pub(super) struct Some;
    pub(super) struct None;
    pub(super) struct Result;
    pub(super) struct Ok;
    pub(super) struct Err;
    pub(super) struct Vec;
    pub(super) struct EventInput;
    pub(super) struct EventTemplate;
    pub(super) struct Parts;
    pub(super) struct Token;
    pub(super) struct TokenType;
    pub(super) struct TokenOption;
    pub(super) struct Assertion;
    pub(super) struct Known;
    pub(super) struct Requirement;
    pub(super) trait TokenValue {}
    pub(super) trait Unknown {}
    pub(super) trait Sized {}
    pub(super) trait FnMut {}
    pub(super) const made: u8 = 0;
    pub(super) const inner: u8 = 0;
    pub(super) const field_0: u8 = 0;
    pub(super) const all: u8 = 0;
    pub(super) const PARTS: u8 = 0;
    pub(super) const TYPE: u8 = 0;
    pub(super) struct usize;
    pub(super) struct str;

    #[derive(TokenEnum)]
    pub(super) enum Plan {
        Some,
        None,
        Ok,
        Err,
    }

    #[derive(TimelineFields)]
    pub(super) struct Shared<T> {
        pub(super) plan: T,
    }

    #[derive(TimelineFields)]
    pub(super) struct Other {
        pub(super) other: u8,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", header = "{{plan}}")]
    pub(super) enum Event<T> {
        Some {
            #[timeline(object_id)]
            made: u8,
            #[timeline(flatten)]
            all: Shared<T>,
            #[timeline(flatten)]
            input: Other,
        },
        None(Inner),
    }

    #[derive(TimelineEvent)]
    #[timeline(template = "Inner")]
    pub(super) struct Inner(#[timeline(object_id)] pub(super) u8);
}

#[test]
fn a_shadowed_prelude() {
    let plans = [
        shadowed::Plan::Some,
        shadowed::Plan::None,
        shadowed::Plan::Ok,
        shadowed::Plan::Err,
    ];
    let sent = plans.map(|plan| {
        json(&shadowed::Event::Some {
            made: 1,
            all: shadowed::Shared { plan },
            input: shadowed::Other { other: 2 },
        })
    });
    for (json, plan) in sent.iter().zip(["Some", "None", "Ok", "Err"]) {
        assert_eq!(
            *json,
            format!(
                r#"{{"eventTemplateId":"7","objectId":"1","tokens":{{"plan":"{plan}","other":"2"}}}}"#
            )
        );
    }
    let inner = shadowed::Event::<u8>::None(shadowed::Inner(5));
    let input = inner.event_input().expect("a good event");
    assert_eq!(input.template_name(), Some("Inner"));
}

#[test]
fn fields_named_like_everything_in_the_expansion() {
    #[derive(TimelineFields)]
    struct Shared {
        __made: u8,
        __input: u8,
        __tl: u8,
        fill: u8,
        declare: u8,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "{__made}-{__field_0}")]
    enum Names {
        Struct {
            __field_1: &'static str,
            #[timeline(email)]
            __field_0: &'static str,
            __made: u8,
            __inner: u8,
            __all: u8,
            __tl: u8,
            __given: u8,
            #[timeline(with = "twice")]
            __tell: u8,
            event_input: u8,
            templates: u8,
            requires: u8,
        },
        #[timeline(template_id = "8", id = "{__made}")]
        Flat {
            #[timeline(object_id)]
            __made: u8,
            #[timeline(flatten)]
            __field_0: Shared2,
        },
        #[timeline(template_id = "9", id = "{id}")]
        Same {
            #[timeline(object_id)]
            id: u8,
            #[timeline(flatten)]
            shared: Shared,
        },
    }

    #[derive(TimelineFields)]
    struct Shared2(#[timeline(token = "x")] u8);

    fn twice(number: &u8) -> u8 {
        number * 2
    }

    let event = Names::Struct {
        __field_1: "one",
        __field_0: "a@b.c",
        __made: 1,
        __inner: 2,
        __all: 3,
        __tl: 4,
        __given: 5,
        __tell: 6,
        event_input: 7,
        templates: 8,
        requires: 9,
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","id":"1-a@b.c","email":"a@b.c","tokens":{"__field_1":"one","__made":"1","__inner":"2","__all":"3","__tl":"4","__given":"5","__tell":"12","event_input":"7","templates":"8","requires":"9"}}"#
    );
    let event = Names::Flat {
        __made: 1,
        __field_0: Shared2(2),
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"8","id":"1","objectId":"1","tokens":{"x":"2"}}"#
    );
    let event = Names::Same {
        id: 1,
        shared: Shared {
            __made: 1,
            __input: 2,
            __tl: 3,
            fill: 4,
            declare: 5,
        },
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"9","id":"1","objectId":"1","tokens":{"__made":"1","__input":"2","__tl":"3","fill":"4","declare":"5"}}"#
    );
}

/// A pattern that names a constant would compare, and not bind.
#[test]
fn constants_and_unit_structs_named_like_fields() {
    #[allow(dead_code, non_camel_case_types)]
    struct who;
    #[allow(dead_code, non_upper_case_globals)]
    const age: u8 = 3;
    #[allow(dead_code, non_upper_case_globals)]
    static race: &str = "cat";

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "{age}")]
    enum Event {
        Pet {
            #[timeline(email)]
            who: &'static str,
            age: u8,
            race: &'static str,
        },
    }

    let event = Event::Pet {
        who: "a@b.c",
        age: 4,
        race: "dog",
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","id":"4","email":"a@b.c","tokens":{"age":"4","race":"dog"}}"#
    );
}
