//! `#[derive(TimelineFields)]` and `#[timeline(flatten)]`: fields that several events share.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use timeline_core::{TimelineEvent, TimelineFields, TimelineIFrame};

use crate::{json, refusal, template, templates, tokens};

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    address: String,
    plan: String,
    #[timeline(skip)]
    row: u64,
    #[timeline(token = "since", label = "Customer since", property = "since")]
    joined: Option<u16>,
}

fn customer() -> Customer {
    Customer {
        address: "a@b.c".to_owned(),
        plan: "pro".to_owned(),
        row: 3,
        joined: Some(2026),
    }
}

#[test]
fn two_events_share_a_struct() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct SignedUp {
        source: &'static str,
        #[timeline(flatten)]
        customer: Customer,
        #[timeline(token = "coupon")]
        code: Option<&'static str>,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "8")]
    struct Left(#[timeline(flatten)] Customer);

    let event = SignedUp {
        source: "webinar",
        customer: customer(),
        code: Some("X"),
    };
    assert_eq!(event.customer.row, 3);
    // Tokens in the order of the fields, flattened ones in their place.
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"source":"webinar","plan":"pro","since":"2026","coupon":"X"}}"#
    );
    assert_eq!(
        template::<SignedUp>(),
        r#"{"name":"Signed up","objectType":"contacts","tokens":[{"name":"source","label":"Source","type":"string","options":[]},{"name":"plan","label":"Plan","type":"string","options":[]},{"name":"since","label":"Customer since","type":"number","options":[],"objectPropertyName":"since"},{"name":"coupon","label":"Code","type":"string","options":[]}]}"#
    );
    assert_eq!(
        json(&Left(customer())),
        r#"{"eventTemplateId":"8","email":"a@b.c","tokens":{"plan":"pro","since":"2026"}}"#
    );
    assert_eq!(
        tokens::<Left>(),
        [
            "plan: Plan (string)",
            "since: Customer since (number) -> since"
        ]
    );
}

#[test]
fn every_role_from_shared_fields() {
    #[derive(TimelineFields)]
    struct All {
        #[timeline(id)]
        number: u64,
        #[timeline(email)]
        mail: &'static str,
        #[timeline(utk)]
        cookie: &'static str,
        #[timeline(object_id, token = "car")]
        car: u32,
        #[timeline(domain)]
        company: &'static str,
        #[timeline(custom_object_type_id)]
        kind: &'static str,
        #[timeline(timestamp)]
        at: SystemTime,
        #[timeline(extra_data)]
        notes: Vec<u8>,
        #[timeline(iframe)]
        page: TimelineIFrame<'static>,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", object_type = "2-3308615")]
    struct Everything {
        #[timeline(flatten)]
        all: All,
    }

    assert_eq!(
        json(&Everything {
            all: All {
                number: 17,
                mail: "a@b.c",
                cookie: "c0ffee",
                car: 451,
                company: "example.com",
                kind: "2-3308615",
                at: UNIX_EPOCH + Duration::from_millis(1500),
                notes: vec![1, 2],
                page: TimelineIFrame {
                    link_label: "Open".into(),
                    header_label: "Rex".into(),
                    url: "https://example.com/rex".into(),
                    width: 800,
                    height: 600,
                },
            }
        }),
        r#"{"eventTemplateId":"7","id":"17","email":"a@b.c","utk":"c0ffee","objectId":"451","domain":"example.com","customObjectTypeId":"2-3308615","timestamp":"1970-01-01T00:00:01.500Z","tokens":{"car":"451"},"extraData":[1,2],"timelineIFrame":{"linkLabel":"Open","headerLabel":"Rex","url":"https://example.com/rex","width":800,"height":600}}"#
    );
    assert_eq!(tokens::<Everything>(), ["car: Car (number)"]);
}

#[test]
fn shared_fields_in_shared_fields() {
    #[derive(TimelineFields)]
    struct Deep {
        #[timeline(object_id)]
        record: u64,
        deepest: u8,
    }

    #[derive(TimelineFields)]
    struct Middle(
        #[timeline(token = "first")] u8,
        #[timeline(flatten)] Deep,
        #[timeline(flatten)] Empty,
        #[timeline(token = "last")] u8,
    );

    #[derive(TimelineFields)]
    struct Empty;

    #[derive(TimelineFields)]
    struct Other {
        other: u8,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", object_type = "deals")]
    struct Event {
        before: u8,
        #[timeline(flatten)]
        middle: Middle,
        between: u8,
        #[timeline(flatten)]
        other: Other,
    }

    let event = Event {
        before: 1,
        middle: Middle(
            2,
            Deep {
                record: 451,
                deepest: 3,
            },
            Empty,
            4,
        ),
        between: 5,
        other: Other { other: 6 },
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","objectId":"451","tokens":{"before":"1","first":"2","deepest":"3","last":"4","between":"5","other":"6"}}"#
    );
    assert_eq!(
        tokens::<Event>(),
        [
            "before: Before (number)",
            "first: First (number)",
            "deepest: Deepest (number)",
            "last: Last (number)",
            "between: Between (number)",
            "other: Other (number)"
        ]
    );
}

#[test]
fn none_leaves_out_all_that_the_struct_would_bring() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Visit {
        #[timeline(utk)]
        cookie: Option<&'static str>,
        #[timeline(flatten)]
        customer: Option<Customer>,
    }

    let cookie = Some("c0ffee");
    let mut visit = Visit {
        cookie,
        customer: Some(customer()),
    };
    assert_eq!(
        json(&visit),
        r#"{"eventTemplateId":"7","email":"a@b.c","utk":"c0ffee","tokens":{"plan":"pro","since":"2026"}}"#
    );
    visit.customer = None;
    assert_eq!(
        json(&visit),
        r#"{"eventTemplateId":"7","utk":"c0ffee","tokens":{}}"#
    );
    visit.cookie = None;
    assert_eq!(
        refusal(&visit),
        "the event names no record: it needs an `email`, a `utk` or an `object_id`"
    );
    // A flattened part that is absent is declared all the same.
    assert_eq!(
        tokens::<Visit>(),
        [
            "plan: Plan (string)",
            "since: Customer since (number) -> since"
        ]
    );
}

#[test]
fn behind_every_pointer() {
    macro_rules! one {
        ($name:ident) => {
            #[derive(TimelineFields)]
            #[allow(non_snake_case)]
            struct $name {
                $name: u8,
            }
        };
    }
    one!(Lent);
    one!(Mutable);
    one!(Boxed);
    one!(Shared);
    one!(Nested);

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Pointers<'a> {
        #[timeline(email)]
        who: &'static str,
        #[timeline(flatten)]
        lent: &'a Lent,
        #[timeline(flatten)]
        mutable: &'a mut Mutable,
        #[timeline(flatten)]
        boxed: Box<Boxed>,
        #[timeline(flatten)]
        shared: Arc<Shared>,
        #[timeline(flatten)]
        nested: Option<&'a Option<&'a Nested>>,
    }

    let event = Pointers {
        who: "a@b.c",
        lent: &Lent { Lent: 1 },
        mutable: &mut Mutable { Mutable: 2 },
        boxed: Box::new(Boxed { Boxed: 3 }),
        shared: Arc::new(Shared { Shared: 4 }),
        nested: Some(&Some(&Nested { Nested: 5 })),
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"Lent":"1","Mutable":"2","Boxed":"3","Shared":"4","Nested":"5"}}"#
    );
    assert_eq!(
        tokens::<Pointers<'_>>(),
        ["Lent", "Mutable", "Boxed", "Shared", "Nested"]
            .map(|name| format!("{name}: {name} (number)"))
    );
}

#[test]
fn shared_fields_that_borrow() {
    #[derive(TimelineFields)]
    struct Person<'a, 'b: 'a> {
        #[timeline(email)]
        mail: &'a str,
        name: std::borrow::Cow<'b, str>,
    }

    #[derive(TimelineFields)]
    struct Page<'p> {
        path: &'p str,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", header = "{{name}} saw {{path}}")]
    struct Visit<'a, 'b: 'a> {
        #[timeline(flatten)]
        person: Person<'a, 'b>,
        #[timeline(flatten)]
        page: &'a Page<'b>,
        #[timeline(flatten)]
        fixed: Option<Fixed<'static>>,
    }

    #[derive(TimelineFields)]
    struct Fixed<'f>(#[timeline(token = "fixed")] &'f str);

    let (mail, path) = (String::from("a@b.c"), String::from("/home"));
    let page = Page { path: &path };
    let visit = Visit {
        person: Person {
            mail: &mail,
            name: "Ada".into(),
        },
        page: &page,
        fixed: Some(Fixed("f")),
    };
    let input = visit.event_input().expect("a good event");
    // The input borrows from what is flattened, and copies nothing.
    assert!(std::ptr::eq(
        input.get_email().expect("there"),
        mail.as_str()
    ));
    assert_eq!(
        json(&visit),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"name":"Ada","path":"/home","fixed":"f"}}"#
    );
}

#[test]
fn each_rule_for_names_holds_for_its_own_fields() {
    #[derive(TimelineFields)]
    #[timeline(rename_all = "camelCase")]
    struct Camel {
        first_name: &'static str,
        #[timeline(token = "as_it_is")]
        last_name: &'static str,
    }

    #[derive(TimelineFields)]
    struct Plain {
        street_name: &'static str,
        #[timeline(flatten)]
        camel: Camel,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", rename_all = "SCREAMING-KEBAB-CASE")]
    struct Moved {
        #[timeline(email)]
        who: &'static str,
        new_flat: bool,
        #[timeline(flatten)]
        plain: Plain,
    }

    assert_eq!(
        json(&Moved {
            who: "a@b.c",
            new_flat: true,
            plain: Plain {
                street_name: "s",
                camel: Camel {
                    first_name: "f",
                    last_name: "l"
                }
            }
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"NEW-FLAT":"true","street_name":"s","firstName":"f","as_it_is":"l"}}"#
    );
}

#[test]
fn functions_and_types_of_shared_fields() {
    #[derive(TimelineFields)]
    struct Line {
        #[timeline(with = "Vec::len")]
        items: Vec<()>,
        #[timeline(type = "number")]
        amount: String,
        #[timeline(token = "name")]
        share: f64,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "order-{order}")]
    struct Order {
        #[timeline(object_id)]
        contact: u64,
        #[timeline(skip)]
        order: u64,
        #[timeline(flatten)]
        line: Line,
    }

    let order = |amount: &str, share| Order {
        contact: 1,
        order: 2,
        line: Line {
            items: vec![(), ()],
            amount: amount.to_owned(),
            share,
        },
    };
    assert_eq!(
        json(&order("12.50", 1.0)),
        r#"{"eventTemplateId":"7","id":"order-2","objectId":"1","tokens":{"items":"2","amount":"12.50","name":"1"}}"#
    );
    assert_eq!(
        tokens::<Order>(),
        [
            "items: Items (number)",
            "amount: Amount (number)",
            "name: Share (number)"
        ]
    );
    assert_eq!(
        refusal(&order("a lot", 1.0)),
        "token `amount` is not a number, which its `type` says it is: expected digits, as in `-12.5`"
    );
    assert_eq!(
        refusal(&order("1", f64::NAN)),
        "token `name` is NaN or infinite, not a number"
    );
}

#[test]
fn in_variants() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", name = "Plan", header = "{{plan}} since {{since}}")]
    enum PlanEvent<'a> {
        Chosen(#[timeline(flatten)] Customer, #[timeline(token = "by")] u8),
        Left {
            by: u16,
            #[timeline(flatten)]
            customer: &'a Customer,
        },
        #[timeline(template_id = "8", header = "Never")]
        Never(#[timeline(flatten)] Box<Customer>),
    }

    let lent = customer();
    let sent = [
        PlanEvent::Chosen(customer(), 1),
        PlanEvent::Left {
            by: 2,
            customer: &lent,
        },
        PlanEvent::Never(Box::new(customer())),
    ]
    .map(|event| json(&event));
    assert_eq!(
        sent,
        [
            r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"plan":"pro","since":"2026","by":"1"}}"#,
            r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"by":"2","plan":"pro","since":"2026"}}"#,
            r#"{"eventTemplateId":"8","email":"a@b.c","tokens":{"plan":"pro","since":"2026"}}"#,
        ]
    );
    assert_eq!(
        templates::<PlanEvent<'_>>(),
        [
            r#"7 {"name":"Plan","objectType":"contacts","headerTemplate":"{{plan}} since {{since}}","tokens":[{"name":"plan","label":"Plan","type":"string","options":[]},{"name":"since","label":"Customer since","type":"number","options":[],"objectPropertyName":"since"},{"name":"by","label":"By","type":"number","options":[]}]}"#,
            r#"8 {"name":"Plan","objectType":"contacts","headerTemplate":"Never","tokens":[{"name":"plan","label":"Plan","type":"string","options":[]},{"name":"since","label":"Customer since","type":"number","options":[],"objectPropertyName":"since"}]}"#,
        ]
    );
}

/// A header may name a token of what is flattened, whatever the event's own field of that name is.
#[test]
fn a_flattened_token_beside_a_field_of_its_name() {
    #[derive(TimelineFields)]
    struct Plan {
        plan: &'static str,
        #[timeline(token = "plan.price")]
        price: u8,
    }

    macro_rules! named {
        ($name:ident, $header:literal, { $($fields:tt)* }, { $($values:tt)* }, $json:literal) => {
            #[derive(TimelineEvent)]
            #[timeline(template_id = "7", header = $header)]
            struct $name {
                #[timeline(email)]
                mail: &'static str,
                $($fields)*
            }

            let event = $name { mail: "a@b.c", $($values)* };
            assert_eq!(json(&event), concat!(r#"{"eventTemplateId":"7","email":"a@b.c","#, $json, "}"));
        };
    }

    let made = || Plan {
        plan: "pro",
        price: 1,
    };
    named!(
        Flattened,
        "{{plan}} {{plan.price}}",
        { #[timeline(flatten)] plan: Plan },
        { plan: made() },
        r#""tokens":{"plan":"pro","plan.price":"1"}"#
    );
    named!(
        Skipped,
        "{{plan}}",
        { #[timeline(flatten)] part: Plan, #[timeline(skip)] plan: u8 },
        { part: made(), plan: 1 },
        r#""tokens":{"plan":"pro","plan.price":"1"}"#
    );
    named!(
        WithARole,
        "{{#if plan}}{{plan}}{{/if}}",
        { #[timeline(domain)] plan: &'static str, #[timeline(flatten)] part: Plan },
        { plan: "b.c", part: made() },
        r#""domain":"b.c","tokens":{"plan":"pro","plan.price":"1"}"#
    );
    named!(
        Renamed,
        "{{plan}} {{other}}",
        { #[timeline(token = "other")] plan: u8, #[timeline(flatten)] part: Plan },
        { plan: 2, part: made() },
        r#""tokens":{"other":"2","plan":"pro","plan.price":"1"}"#
    );
    let _ = |event: Skipped| event.plan;
}
