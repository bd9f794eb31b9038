//! `#[derive(TokenEnum)]`: a fieldless enum as an enumeration token.

use std::rc::Rc;
use std::sync::Arc;

use timeline_core::{TimelineEvent, TimelineFields, TokenEnum, TokenType, TokenValue};

use crate::{json, refusal, template, tokens};

#[derive(Clone, Copy, TokenEnum)]
#[timeline(rename_all = "kebab-case")]
enum Plan {
    Free,
    #[timeline(label = "Professional")]
    ProUser,
    #[timeline(value = "ENT")]
    Enterprise,
    #[timeline(value = "old \"plan\"", label = "Größe 🐕")]
    Legacy2019,
}

/// The values and the labels, in the order people see them.
fn options<T: TokenValue>() -> Vec<(String, String)> {
    T::options()
        .into_iter()
        .map(|option| (option.value, option.label))
        .collect()
}

fn pairs<const COUNT: usize>(options: [(&str, &str); COUNT]) -> Vec<(String, String)> {
    options
        .map(|(value, label)| (value.to_owned(), label.to_owned()))
        .into()
}

fn text(value: &impl TokenValue) -> String {
    value.to_token().expect("a good token").to_string()
}

#[test]
fn values_and_labels() {
    assert_eq!(Plan::TYPE, TokenType::Enumeration);
    assert_eq!(
        options::<Plan>(),
        pairs([
            ("free", "Free"),
            ("pro-user", "Professional"),
            ("ENT", "Enterprise"),
            ("old \"plan\"", "Größe 🐕"),
        ])
    );
    let texts = [
        Plan::Free,
        Plan::ProUser,
        Plan::Enterprise,
        Plan::Legacy2019,
    ]
    .map(|plan| text(&plan));
    assert_eq!(texts, ["free", "pro-user", "ENT", "old \"plan\""]);
}

#[test]
fn without_a_rule_a_value_is_the_variants_name() {
    #[derive(TokenEnum)]
    enum Answer {
        Yes,
        NotYet,
        HTTPError2,
    }

    assert_eq!(
        options::<Answer>(),
        pairs([
            ("Yes", "Yes"),
            ("NotYet", "Not yet"),
            ("HTTPError2", "HTTP error 2"),
        ])
    );
    let texts = [Answer::Yes, Answer::NotYet, Answer::HTTPError2].map(|answer| text(&answer));
    assert_eq!(texts, ["Yes", "NotYet", "HTTPError2"]);
}

macro_rules! renamed {
    ($($test:ident $rule:literal: $free:literal $pro_plan:literal $http:literal;)*) => {$(
        #[test]
        fn $test() {
            #[derive(TokenEnum)]
            #[timeline(rename_all = $rule)]
            enum Renamed {
                Free,
                ProPlan,
                HTTP2,
                #[timeline(value = "asItIs")]
                Explicit,
            }

            assert_eq!(
                options::<Renamed>(),
                pairs([($free, "Free"), ($pro_plan, "Pro plan"), ($http, "HTTP 2"), ("asItIs", "Explicit")])
            );
            let texts = [Renamed::Free, Renamed::ProPlan, Renamed::HTTP2, Renamed::Explicit].map(|value| text(&value));
            assert_eq!(texts, [$free, $pro_plan, $http, "asItIs"]);
        }
    )*};
}

renamed! {
    lower_case "lowercase": "free" "proplan" "http2";
    upper_case "UPPERCASE": "FREE" "PROPLAN" "HTTP2";
    pascal_case "PascalCase": "Free" "ProPlan" "HTTP2";
    camel_case "camelCase": "free" "proPlan" "hTTP2";
    snake_case "snake_case": "free" "pro_plan" "h_t_t_p2";
    screaming_snake_case "SCREAMING_SNAKE_CASE": "FREE" "PRO_PLAN" "H_T_T_P2";
    kebab_case "kebab-case": "free" "pro-plan" "h-t-t-p2";
    screaming_kebab_case "SCREAMING-KEBAB-CASE": "FREE" "PRO-PLAN" "H-T-T-P2";
}

#[test]
fn a_template_lists_the_options() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", header = "Chose {{plan}}")]
    struct Chosen {
        #[timeline(email)]
        who: &'static str,
        #[timeline(label = "Chosen plan", property = "plan")]
        plan: Plan,
    }

    assert_eq!(
        json(&Chosen {
            who: "a@b.c",
            plan: Plan::Legacy2019
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"plan":"old \"plan\""}}"#
    );
    assert_eq!(
        template::<Chosen>(),
        r#"{"name":"Chosen","objectType":"contacts","headerTemplate":"Chose {{plan}}","tokens":[{"name":"plan","label":"Chosen plan","type":"enumeration","options":[{"label":"Free","value":"free"},{"label":"Professional","value":"pro-user"},{"label":"Enterprise","value":"ENT"},{"label":"Größe 🐕","value":"old \"plan\""}],"objectPropertyName":"plan"}]}"#
    );
}

#[test]
fn behind_every_pointer() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Pointers<'a> {
        #[timeline(email)]
        who: &'static str,
        some: Option<Plan>,
        none: Option<Plan>,
        lent: &'a Plan,
        boxed: Box<Plan>,
        counted: Rc<Plan>,
        shared: Arc<Plan>,
        nested: Option<&'a Option<&'a Plan>>,
        #[timeline(with = "plan")]
        made: u8,
    }

    fn plan(number: &u8) -> Plan {
        if *number == 0 {
            Plan::Free
        } else {
            Plan::ProUser
        }
    }

    assert_eq!(
        json(&Pointers {
            who: "a@b.c",
            some: Some(Plan::Free),
            none: None,
            lent: &Plan::ProUser,
            boxed: Box::new(Plan::Free),
            counted: Rc::new(Plan::Free),
            shared: Arc::new(Plan::ProUser),
            nested: Some(&Some(&Plan::Enterprise)),
            made: 1,
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"some":"free","lent":"pro-user","boxed":"free","counted":"free","shared":"pro-user","nested":"ENT","made":"pro-user"}}"#
    );
    let declared = &Pointers::templates()[0].tokens;
    assert_eq!(declared.len(), 8);
    for token in declared {
        assert_eq!(token.token_type, TokenType::Enumeration, "{}", token.name);
        assert_eq!(token.options, Plan::options(), "{}", token.name);
    }
}

#[test]
fn in_every_role_that_is_one_text() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", object_type = "deals")]
    struct Roles {
        #[timeline(id)]
        id: Plan,
        #[timeline(object_id)]
        object_id: Plan,
        #[timeline(email)]
        email: Plan,
        #[timeline(utk)]
        utk: Option<Plan>,
        #[timeline(domain)]
        domain: Plan,
        #[timeline(custom_object_type_id, token = "plan")]
        kind: Plan,
    }

    assert_eq!(
        json(&Roles {
            id: Plan::Free,
            object_id: Plan::ProUser,
            email: Plan::Enterprise,
            utk: None,
            domain: Plan::Free,
            kind: Plan::Legacy2019,
        }),
        r#"{"eventTemplateId":"7","id":"free","email":"ENT","objectId":"pro-user","domain":"free","customObjectTypeId":"old \"plan\"","tokens":{"plan":"old \"plan\""}}"#
    );
    assert_eq!(tokens::<Roles>(), ["plan: Kind (enumeration)"]);
}

#[test]
fn as_a_key_and_in_an_id() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Keyed {
        #[timeline(email)]
        who: &'static str,
        #[timeline(key)]
        plan: Option<Plan>,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "{plan}/{before}")]
    struct Identified {
        #[timeline(email)]
        who: &'static str,
        plan: Plan,
        #[timeline(skip)]
        before: Option<Plan>,
    }

    let who = "a@b.c";
    let plan = Some(Plan::Free);
    assert_eq!(
        json(&Keyed { who, plan }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{}}"#
    );
    assert_eq!(
        refusal(&Keyed { who, plan: None }),
        "key `plan` has no value: events without one would all get the same id"
    );
    let (plan, before) = (Plan::ProUser, Some(Plan::Enterprise));
    assert_eq!(
        json(&Identified { who, plan, before }),
        r#"{"eventTemplateId":"7","id":"pro-user/ENT","email":"a@b.c","tokens":{"plan":"pro-user"}}"#
    );
    let before = None;
    assert_eq!(
        refusal(&Identified { who, plan, before }),
        "`before`, a part of the event's id, has no value: events without one would share their ids"
    );
}

#[test]
fn in_shared_fields_in_variants_and_in_generic_types() {
    #[derive(TimelineFields)]
    struct Account<P> {
        #[timeline(email)]
        who: &'static str,
        plan: P,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    enum Changed<P, Q> {
        Plan {
            #[timeline(flatten)]
            account: Account<P>,
            before: Q,
        },
    }

    let account = Account {
        who: "a@b.c",
        plan: Plan::Free,
    };
    assert_eq!(
        json(&Changed::Plan {
            account,
            before: Some(Plan::ProUser)
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"plan":"free","before":"pro-user"}}"#
    );
    assert_eq!(
        tokens::<Changed<Plan, &Plan>>(),
        ["plan: Plan (enumeration)", "before: Before (enumeration)"]
    );
}

#[test]
fn another_type_drops_the_options() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Chosen {
        #[timeline(email)]
        who: &'static str,
        #[timeline(type = "string")]
        plan: Plan,
    }

    assert_eq!(
        json(&Chosen {
            who: "a@b.c",
            plan: Plan::Free
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"plan":"free"}}"#
    );
    assert_eq!(
        template::<Chosen>(),
        r#"{"name":"Chosen","objectType":"contacts","tokens":[{"name":"plan","label":"Plan","type":"string","options":[]}]}"#
    );
}

#[test]
fn enums_of_every_kind() {
    /// The numbers of its variants are not the values that HubSpot gets.
    #[derive(TokenEnum)]
    #[repr(i8)]
    #[non_exhaustive]
    enum Numbered {
        Low = -1,
        High = 100,
        Next,
    }

    #[derive(TokenEnum)]
    enum Sized<const COUNT: usize>
    where
        [u8; COUNT]: Clone,
    {
        Full,
        Empty,
    }

    /// A variant with an empty list of fields has no fields.
    #[derive(TokenEnum)]
    enum Bracketed {
        Unit,
        Tuple(),
        Struct {},
    }

    #[derive(TokenEnum)]
    #[timeline(rename_all = "camelCase")]
    #[allow(non_camel_case_types)]
    enum r#enum {
        r#type,
        r#Match,
    }

    #[derive(TokenEnum)]
    enum Sprache {
        #[timeline(value = "de")]
        Größe,
        Übrig,
    }

    #[derive(TokenEnum)]
    enum Alone {
        #[timeline(label = "The only one")]
        Only,
    }

    let numbered = [Numbered::Low, Numbered::High, Numbered::Next].map(|value| text(&value));
    assert_eq!(numbered, ["Low", "High", "Next"]);
    let sized = [Sized::<3>::Full, Sized::Empty].map(|value| text(&value));
    assert_eq!(sized, ["Full", "Empty"]);
    let bracketed = [Bracketed::Unit, Bracketed::Tuple(), Bracketed::Struct {}];
    assert_eq!(
        bracketed.map(|value| text(&value)),
        ["Unit", "Tuple", "Struct"]
    );
    let raw = [r#enum::r#type, r#enum::Match].map(|value| text(&value));
    assert_eq!(raw, ["type", "match"]);
    assert_eq!(
        options::<r#enum>(),
        pairs([("type", "Type"), ("match", "Match")])
    );
    let sprache = [Sprache::Größe, Sprache::Übrig].map(|value| text(&value));
    assert_eq!(sprache, ["de", "Übrig"]);
    assert_eq!(
        options::<Sprache>(),
        pairs([("de", "Größe"), ("Übrig", "Übrig")])
    );
    assert_eq!(text(&Alone::Only), "Only");
    assert_eq!(options::<Alone>(), pairs([("Only", "The only one")]));
}

#[test]
fn a_deprecated_variant_warns_where_it_is_used_only() {
    #![deny(warnings)]

    #[derive(TokenEnum)]
    enum Plan {
        Free,
        #[deprecated]
        Trial,
    }

    #[allow(deprecated)]
    let trial = Plan::Trial;
    assert_eq!(
        (text(&Plan::Free), text(&trial)),
        ("Free".into(), "Trial".into())
    );
}

/// A value that is passed by value need not be kept: its text is `'static`.
#[test]
fn the_text_is_static_and_nothing_is_allocated() {
    let measured = allocation_counter::measure(|| {
        let token = Plan::ProUser.into_token::<'static>().expect("a good token");
        assert_eq!(token.to_text().as_deref(), Some("pro-user"));
        let token = Some(Plan::Free).into_token().expect("a good token");
        assert_eq!(token.to_text().as_deref(), Some("free"));
        let plan = Plan::Enterprise;
        let token = plan.to_token().expect("a good token");
        assert_eq!(token.to_text().as_deref(), Some("ENT"));
    });
    assert_eq!(measured.count_total, 0);
}

/// So a `with` function may make such a value.
#[test]
fn an_input_may_outlive_the_value() {
    let input = {
        let plan = Plan::Free;
        timeline_core::EventInput::new("7")
            .email("a@b.c")
            .token("plan", plan)
    };
    assert_eq!(
        json(&input),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"plan":"free"}}"#
    );
}
