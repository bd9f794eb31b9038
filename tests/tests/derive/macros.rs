//! Types that `macro_rules!` makes, whose names, literals and types are the macro's variables.

#![deny(warnings, clippy::pedantic)]
#![allow(clippy::trivially_copy_pass_by_ref)]

use timeline_core::{TimelineEvent, TimelineFields, TokenEnum};

use crate::{json, template, templates};

macro_rules! token_enum {
    ($(#[$attribute:meta])* $name:ident by $rule:literal { $($variant:ident = $value:literal ($label:expr),)* }) => {
        #[derive(TokenEnum)]
        #[timeline(rename_all = $rule)]
        $(#[$attribute])*
        enum $name {
            $(#[timeline(value = $value, label = $label)] $variant,)*
            OwnVariant,
        }
    };
}

token_enum! {
    #[derive(Clone, Copy)]
    Plan by "kebab-case" {
        Free = "free" ("Free plan"),
        Pro = "p-r-o" ("Professional"),
    }
}

macro_rules! shared {
    ($name:ident<$lifetime:lifetime> $($field:ident: $ty:ty, $token:expr, $type:literal;)*) => {
        #[derive(TimelineFields)]
        struct $name<$lifetime> {
            $(#[timeline(token = $token, type = $type)] $field: $ty,)*
            own: &$lifetime u8,
        }
    };
}

shared! {
    Shared<'s>
    amount: &'static str, "the-amount", "number";
    day: u64, "day", "date";
}

macro_rules! event_enum {
    ($(#[$attribute:meta])* $name:ident<$lifetime:lifetime, $parameter:ident>, $header:literal, $id:expr,
     $($variant:ident($inner:ty),)* - $($own:ident = $template:expr, $path:literal, { $($field:ident: $ty:ty),* };)*) => {
        $(#[$attribute])*
        #[derive(TimelineEvent)]
        #[timeline(object_type = "deals", header = $header)]
        enum $name<$lifetime, $parameter> {
            $($variant($inner),)*
            $(
                #[timeline(template_id = $template, id = $id)]
                $own {
                    #[timeline(object_id)]
                    record: $parameter,
                    $(#[timeline(with = $path)] $field: $ty,)*
                    #[timeline(flatten)]
                    shared: Shared<$lifetime>,
                },
            )*
        }
    };
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1")]
struct Inner {
    #[timeline(email)]
    who: &'static str,
}

event_enum! {
    /// Documented by an attribute.
    AppEvent<'a, T>, "{{the-amount}} at {{page}}", "x-{record}-{page}",
    Inner(Inner),
    Boxed(Box<Inner>),
    -
    Viewed = "7", "twice", { page: u8 };
    Left = "8", "str::len", { page: &'a str };
}

fn twice(number: &u8) -> u8 {
    number * 2
}

#[test]
fn enums_shared_fields_and_token_enums() {
    let own = 9;
    let shared = || Shared {
        amount: "1.5",
        day: 5,
        own: &own,
    };
    let events = [
        AppEvent::Inner(Inner { who: "a@b.c" }),
        AppEvent::Boxed(Box::new(Inner { who: "b@b.c" })),
        AppEvent::Viewed {
            record: 1,
            page: 2,
            shared: shared(),
        },
        AppEvent::Left {
            record: 3,
            page: "home",
            shared: shared(),
        },
    ];
    assert_eq!(
        events.map(|event| json(&event)),
        [
            r#"{"eventTemplateId":"1","email":"a@b.c","tokens":{}}"#,
            r#"{"eventTemplateId":"1","email":"b@b.c","tokens":{}}"#,
            r#"{"eventTemplateId":"7","id":"x-1-4","objectId":"1","tokens":{"page":"4","the-amount":"1.5","day":"5","own":"9"}}"#,
            r#"{"eventTemplateId":"8","id":"x-3-4","objectId":"3","tokens":{"page":"4","the-amount":"1.5","day":"5","own":"9"}}"#,
        ]
    );
    assert_eq!(
        templates::<AppEvent<'_, u8>>(),
        [
            r#"1 {"name":"Inner","objectType":"contacts","tokens":[]}"#,
            r#"7 {"name":"Viewed","objectType":"deals","headerTemplate":"{{the-amount}} at {{page}}","tokens":[{"name":"page","label":"Page","type":"number","options":[]},{"name":"the-amount","label":"Amount","type":"number","options":[]},{"name":"day","label":"Day","type":"date","options":[]},{"name":"own","label":"Own","type":"number","options":[]}]}"#,
            r#"8 {"name":"Left","objectType":"deals","headerTemplate":"{{the-amount}} at {{page}}","tokens":[{"name":"page","label":"Page","type":"number","options":[]},{"name":"the-amount","label":"Amount","type":"number","options":[]},{"name":"day","label":"Day","type":"date","options":[]},{"name":"own","label":"Own","type":"number","options":[]}]}"#,
        ]
    );
}

/// A field of the macro's own and one of the caller's may have one name, as two variables may.
macro_rules! two_of_one_name {
    ($name:ident, $field:ident) => {
        #[derive(TimelineEvent)]
        #[timeline(template_id = "7", id = "{0}")]
        enum $name {
            Only(
                #[timeline(object_id)] u8,
                #[timeline(token = "plan")] $field,
            ),
        }
    };
}

two_of_one_name!(Chosen, Plan);

#[test]
fn an_enumeration_from_a_macro() {
    assert_eq!(
        [Plan::Free, Plan::Pro, Plan::OwnVariant].map(|plan| json(&Chosen::Only(1, plan))),
        ["free", "p-r-o", "own-variant"].map(|plan| format!(
            r#"{{"eventTemplateId":"7","id":"1","objectId":"1","tokens":{{"plan":"{plan}"}}}}"#
        ))
    );
    assert_eq!(
        template::<Chosen>(),
        r#"{"name":"Only","objectType":"contacts","tokens":[{"name":"plan","label":"Plan","type":"enumeration","options":[{"label":"Free plan","value":"free"},{"label":"Professional","value":"p-r-o"},{"label":"Own variant","value":"own-variant"}]}]}"#
    );
}

macro_rules! ty {
    ($($name:ident)?) => {
        Option<ty!(@ $($name)?)>
    };
    (@ $name:ident) => {
        $name
    };
    (@) => {
        Inner
    };
}

/// The derive does not know what type the macro will make.
#[test]
fn a_macro_in_the_place_of_a_type() {
    #[derive(TimelineFields)]
    struct Plans {
        plan: ty!(Plan),
    }

    #[derive(TimelineEvent)]
    enum Event {
        Inner(ty!(@)),
        #[timeline(template_id = "7", header = "{{plan}}")]
        Own {
            #[timeline(email)]
            who: &'static str,
            #[timeline(flatten)]
            plans: ty!(Plans),
        },
    }

    assert_eq!(
        json(&Event::Inner(Inner { who: "a@b.c" })),
        r#"{"eventTemplateId":"1","email":"a@b.c","tokens":{}}"#
    );
    assert_eq!(
        json(&Event::Own {
            who: "a@b.c",
            plans: Some(Plans {
                plan: Some(Plan::Pro)
            })
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"plan":"p-r-o"}}"#
    );
}

/// `$crate` means nothing in a string.
#[test]
fn a_macro_names_the_crate_by_its_own() {
    macro_rules! event {
        ($name:ident) => {
            #[derive(timeline_core::TimelineEvent)]
            #[timeline(template_id = "7", crate = $crate::reached::timeline_core)]
            struct $name {
                #[timeline(email)]
                owner: &'static str,
                plan: Plan,
            }

            #[derive(timeline_core::TokenEnum)]
            #[timeline(crate = $crate::reached::timeline_core)]
            enum Plan {
                Free,
            }
        };
    }

    event!(Event);
    assert_eq!(
        json(&Event {
            owner: "a@b.c",
            plan: Plan::Free
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"plan":"Free"}}"#
    );
}
