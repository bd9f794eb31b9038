//! Enums as events: what the enum says for its variants, and the templates that come of it.

use timeline_core::TimelineEvent;

use crate::{json, refusal, template, templates, tokens};

#[test]
fn what_the_enum_says_holds_for_variants_that_say_nothing() {
    #[derive(TimelineEvent)]
    #[timeline(
        template_id = "7",
        object_type = "deals",
        name = "Deal",
        header = "{{dealStage}}",
        detail = "Now: {{dealStage}}",
        id = "deal-{deal_id}",
        rename_all = "camelCase"
    )]
    enum DealEvent {
        Opened {
            #[timeline(object_id)]
            deal_id: u64,
            deal_stage: &'static str,
        },
        Closed {
            #[timeline(object_id)]
            deal_id: u64,
            deal_stage: String,
        },
    }

    assert_eq!(
        json(&DealEvent::Opened {
            deal_id: 1,
            deal_stage: "new"
        }),
        r#"{"eventTemplateId":"7","id":"deal-1","objectId":"1","tokens":{"dealStage":"new"}}"#
    );
    assert_eq!(
        json(&DealEvent::Closed {
            deal_id: 2,
            deal_stage: "won".to_owned()
        }),
        r#"{"eventTemplateId":"7","id":"deal-2","objectId":"2","tokens":{"dealStage":"won"}}"#
    );
    // One template, shared by both.
    assert_eq!(
        template::<DealEvent>(),
        r#"{"name":"Deal","objectType":"deals","headerTemplate":"{{dealStage}}","detailTemplate":"Now: {{dealStage}}","tokens":[{"name":"dealStage","label":"Deal stage","type":"string","options":[]}]}"#
    );
}

#[test]
fn a_variants_own_word_wins() {
    #[derive(TimelineEvent)]
    #[timeline(
        template_id = "7",
        object_type = "deals",
        header = "A deal",
        detail = "A detail",
        id = "deal-{deal_id}",
        rename_all = "camelCase"
    )]
    enum DealEvent {
        Opened {
            #[timeline(object_id)]
            deal_id: u64,
            by_whom: &'static str,
        },
        #[timeline(
            template_id = "8",
            object_type = "tickets",
            name = "Reopened!",
            header = "Again: {{by-whom}}",
            id = "again-{ticket_id}",
            rename_all = "kebab-case"
        )]
        Reopened {
            #[timeline(object_id)]
            ticket_id: u64,
            by_whom: &'static str,
        },
        #[timeline(template_id = "9", detail = "Own")]
        Closed {
            #[timeline(object_id)]
            deal_id: u64,
            #[timeline(token = "by")]
            by_whom: &'static str,
        },
    }

    let by_whom = "Ada";
    let sent = [
        DealEvent::Opened {
            deal_id: 1,
            by_whom,
        },
        DealEvent::Reopened {
            ticket_id: 2,
            by_whom,
        },
        DealEvent::Closed {
            deal_id: 3,
            by_whom,
        },
    ]
    .map(|event| json(&event));
    assert_eq!(
        sent,
        [
            r#"{"eventTemplateId":"7","id":"deal-1","objectId":"1","tokens":{"byWhom":"Ada"}}"#,
            r#"{"eventTemplateId":"8","id":"again-2","objectId":"2","tokens":{"by-whom":"Ada"}}"#,
            r#"{"eventTemplateId":"9","id":"deal-3","objectId":"3","tokens":{"by":"Ada"}}"#,
        ]
    );
    assert_eq!(
        templates::<DealEvent>(),
        [
            r#"7 {"name":"Opened","objectType":"deals","headerTemplate":"A deal","detailTemplate":"A detail","tokens":[{"name":"byWhom","label":"By whom","type":"string","options":[]}]}"#,
            r#"8 {"name":"Reopened!","objectType":"tickets","headerTemplate":"Again: {{by-whom}}","detailTemplate":"A detail","tokens":[{"name":"by-whom","label":"By whom","type":"string","options":[]}]}"#,
            r#"9 {"name":"Closed","objectType":"deals","headerTemplate":"A deal","detailTemplate":"Own","tokens":[{"name":"by","label":"By whom","type":"string","options":[]}]}"#,
        ]
    );
}

#[test]
fn a_variants_way_to_name_its_template_replaces_the_enums() {
    mod ids {
        pub(super) const GONE: &str = "9";
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    enum ById {
        #[timeline(template = "Pet adopted")]
        Adopted(#[timeline(email)] &'static str),
        #[timeline(template_id = ids::GONE)]
        Gone(#[timeline(email)] &'static str),
        Back {
            #[timeline(email)]
            who: &'static str,
        },
    }

    #[derive(TimelineEvent)]
    #[timeline(template = "Pet event")]
    enum ByName {
        #[timeline(template_id = "8")]
        Adopted(#[timeline(email)] &'static str),
        Back {
            #[timeline(email)]
            who: &'static str,
        },
    }

    let who = "a@b.c";
    let named = ById::Adopted(who);
    let input = named.event_input().expect("a good event");
    assert_eq!(
        (input.template_id(), input.template_name()),
        (None, Some("Pet adopted"))
    );
    assert!(json(&ById::Gone(who)).starts_with(r#"{"eventTemplateId":"9","#));
    assert!(json(&ById::Back { who }).starts_with(r#"{"eventTemplateId":"7","#));
    assert_eq!(
        templates::<ById>(),
        [
            r#"- {"name":"Pet adopted","objectType":"contacts","tokens":[]}"#,
            r#"9 {"name":"Gone","objectType":"contacts","tokens":[]}"#,
            r#"7 {"name":"Back","objectType":"contacts","tokens":[]}"#,
        ]
    );

    assert!(json(&ByName::Adopted(who)).starts_with(r#"{"eventTemplateId":"8","#));
    let named = ByName::Back { who };
    let input = named.event_input().expect("a good event");
    assert_eq!(input.template_name(), Some("Pet event"));
    // The template's name comes before the variant's.
    assert_eq!(
        templates::<ByName>(),
        [
            r#"8 {"name":"Adopted","objectType":"contacts","tokens":[]}"#,
            r#"- {"name":"Pet event","objectType":"contacts","tokens":[]}"#,
        ]
    );
}

#[test]
fn a_variant_that_hands_its_event_on_takes_nothing_from_the_enum() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "1")]
    struct Plain {
        #[timeline(email)]
        the_owner: &'static str,
        pet_name: &'static str,
    }

    #[derive(TimelineEvent)]
    #[timeline(
        object_type = "deals",
        name = "Other",
        header = "Other",
        detail = "Other",
        id = "other-{deal}",
        rename_all = "camelCase"
    )]
    enum AppEvent {
        Plain(Plain),
        #[timeline(template_id = "2")]
        Deal {
            #[timeline(object_id)]
            deal: u64,
        },
    }

    assert_eq!(
        json(&AppEvent::Plain(Plain {
            the_owner: "a@b.c",
            pet_name: "Rex"
        })),
        r#"{"eventTemplateId":"1","email":"a@b.c","tokens":{"pet_name":"Rex"}}"#
    );
    assert_eq!(
        json(&AppEvent::Deal { deal: 1 }),
        r#"{"eventTemplateId":"2","id":"other-1","objectId":"1","tokens":{}}"#
    );
    assert_eq!(
        templates::<AppEvent>(),
        [
            r#"1 {"name":"Plain","objectType":"contacts","tokens":[{"name":"pet_name","label":"Pet name","type":"string","options":[]}]}"#,
            r#"2 {"name":"Other","objectType":"deals","headerTemplate":"Other","detailTemplate":"Other","tokens":[]}"#,
        ]
    );
}

#[test]
fn variants_of_one_template_share_it() {
    #[derive(TimelineEvent)]
    enum Order {
        #[timeline(
            template_id = "7",
            name = "Order",
            object_type = "deals",
            header = "{{step}}"
        )]
        Placed {
            #[timeline(object_id)]
            deal: u64,
            #[timeline(label = "Which step", property = "last_step")]
            step: &'static str,
            amount: u32,
        },
        #[timeline(template_id = "8")]
        Between {
            #[timeline(email)]
            who: &'static str,
        },
        // What this variant leaves open is as in the first one; the order of the tokens and the exact Rust type may
        // differ.
        #[timeline(template_id = "7")]
        Paid {
            amount: f64,
            step: String,
            #[timeline(object_id)]
            deal: u64,
        },
        #[timeline(
            template_id = "7",
            name = "Order",
            object_type = "deals",
            header = "{{step}}"
        )]
        Sent {
            #[timeline(object_id)]
            deal: u64,
            #[timeline(label = "Which step", property = "last_step")]
            step: char,
            amount: Option<u8>,
        },
    }

    let sent = [
        Order::Placed {
            deal: 1,
            step: "placed",
            amount: 5,
        },
        Order::Between { who: "a@b.c" },
        Order::Paid {
            amount: 5.5,
            step: "paid".to_owned(),
            deal: 1,
        },
        Order::Sent {
            deal: 1,
            step: 's',
            amount: None,
        },
    ]
    .map(|event| json(&event));
    assert_eq!(
        sent,
        [
            r#"{"eventTemplateId":"7","objectId":"1","tokens":{"step":"placed","amount":"5"}}"#,
            r#"{"eventTemplateId":"8","email":"a@b.c","tokens":{}}"#,
            r#"{"eventTemplateId":"7","objectId":"1","tokens":{"amount":"5.5","step":"paid"}}"#,
            r#"{"eventTemplateId":"7","objectId":"1","tokens":{"step":"s"}}"#,
        ]
    );
    assert_eq!(
        templates::<Order>(),
        [
            r#"7 {"name":"Order","objectType":"deals","headerTemplate":"{{step}}","tokens":[{"name":"step","label":"Which step","type":"string","options":[],"objectPropertyName":"last_step"},{"name":"amount","label":"Amount","type":"number","options":[]}]}"#,
            r#"8 {"name":"Between","objectType":"contacts","tokens":[]}"#,
        ]
    );
}

#[test]
fn a_shared_template_has_its_object_type_in_every_variant() {
    #[derive(TimelineEvent)]
    enum Order {
        #[timeline(template_id = "7", object_type = "deals")]
        Placed {
            #[timeline(object_id)]
            deal: u64,
        },
        #[timeline(template_id = "7")]
        Paid {
            #[timeline(object_id)]
            deal: Option<u64>,
            #[timeline(email)]
            by: &'static str,
        },
    }

    let by = "a@b.c";
    assert!(Order::Placed { deal: 1 }.event_input().is_ok());
    assert!(Order::Paid { deal: Some(1), by }.event_input().is_ok());
    assert_eq!(
        refusal(&Order::Paid { deal: None, by }),
        "the event names no record: an event on deals needs an `object_id`"
    );
}

#[test]
fn one_definition_that_comes_twice_is_there_once() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "1")]
    struct Pet {
        #[timeline(email)]
        owner: &'static str,
        age: u8,
    }

    mod ids {
        pub(super) const PET: &str = "1";
    }

    #[derive(TimelineEvent)]
    enum AppEvent {
        Direct(Pet),
        Boxed(Box<Pet>),
        // Written in another way; the template is exactly the same.
        #[timeline(template_id = ids::PET, name = "Pet")]
        Own {
            #[timeline(object_id)]
            owner: u64,
            age: u32,
        },
    }

    let pet = || Pet {
        owner: "a@b.c",
        age: 1,
    };
    assert_eq!(
        json(&AppEvent::Direct(pet())),
        json(&AppEvent::Boxed(Box::new(pet())))
    );
    assert_eq!(
        json(&AppEvent::Own { owner: 1, age: 2 }),
        r#"{"eventTemplateId":"1","objectId":"1","tokens":{"age":"2"}}"#
    );
    assert_eq!(
        template::<AppEvent>(),
        r#"{"name":"Pet","objectType":"contacts","tokens":[{"name":"age","label":"Age","type":"number","options":[]}]}"#
    );
}

#[test]
fn two_definitions_of_one_template_stay_both() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "1", name = "Pet")]
    struct Old {
        #[timeline(email)]
        owner: &'static str,
        age: u8,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "1", name = "Pet")]
    struct New {
        #[timeline(email)]
        owner: &'static str,
        age: u8,
        race: &'static str,
    }

    #[derive(TimelineEvent)]
    enum AppEvent {
        Old(Old),
        New(New),
    }

    let owner = "a@b.c";
    assert!(json(&AppEvent::Old(Old { owner, age: 1 })).contains("age"));
    let race = "cat";
    assert!(
        json(&AppEvent::New(New {
            owner,
            age: 1,
            race
        }))
        .contains("cat")
    );
    assert_eq!(
        templates::<AppEvent>(),
        [
            r#"1 {"name":"Pet","objectType":"contacts","tokens":[{"name":"age","label":"Age","type":"number","options":[]}]}"#,
            r#"1 {"name":"Pet","objectType":"contacts","tokens":[{"name":"age","label":"Age","type":"number","options":[]},{"name":"race","label":"Race","type":"string","options":[]}]}"#,
        ]
    );
}

#[test]
fn the_types_of_a_shared_templates_tokens_may_be_said() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", name = "Paid")]
    enum Paid {
        Now {
            #[timeline(email)]
            who: &'static str,
            #[timeline(type = "number")]
            amount: &'static str,
        },
        Later {
            #[timeline(email)]
            who: &'static str,
            amount: u32,
        },
        Never {
            #[timeline(email)]
            who: &'static str,
            #[timeline(type = "number")]
            amount: String,
        },
    }

    let who = "a@b.c";
    assert!(json(&Paid::Now { who, amount: "1.5" }).contains(r#""amount":"1.5""#));
    assert!(json(&Paid::Later { who, amount: 2 }).contains(r#""amount":"2""#));
    let amount = String::from("none");
    assert_eq!(
        refusal(&Paid::Never { who, amount }),
        "token `amount` is not a number, which its `type` says it is: expected digits, as in `-12.5`"
    );
    assert_eq!(tokens::<Paid>(), ["amount: Amount (number)"]);
}

#[test]
fn an_id_and_a_name_that_read_alike_are_two_templates() {
    #[derive(TimelineEvent)]
    enum AppEvent {
        #[timeline(template_id = "7")]
        ById(#[timeline(email)] &'static str),
        #[timeline(template = "7")]
        ByName(#[timeline(email)] &'static str),
    }

    assert!(AppEvent::ById("a@b.c").event_input().is_ok());
    assert!(AppEvent::ByName("a@b.c").event_input().is_ok());
    assert_eq!(
        templates::<AppEvent>(),
        [
            r#"7 {"name":"By id","objectType":"contacts","tokens":[]}"#,
            r#"- {"name":"7","objectType":"contacts","tokens":[]}"#,
        ]
    );
}
