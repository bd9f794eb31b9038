//! Enums as events: what each variant becomes.

use std::borrow::Cow;

use timeline_core::{EventInput, TimelineEvent, TokenValue};

use crate::{json, refusal, template_id, templates, tokens};

#[derive(TimelineEvent)]
#[timeline(template_id = "1")]
struct PetAdopted {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: String,
}

fn adopted() -> PetAdopted {
    PetAdopted {
        owner: "a@b.c".to_owned(),
        name: "Rex".to_owned(),
    }
}

#[derive(TimelineEvent)]
#[timeline(template_id = "2")]
struct Seen<'a> {
    #[timeline(utk)]
    cookie: &'a str,
    page: Cow<'a, str>,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "3", object_type = "deals")]
struct Measured<T> {
    #[timeline(object_id)]
    deal: u64,
    value: T,
}

#[test]
fn the_four_kinds_of_variants_in_one_list() {
    #[derive(TimelineEvent)]
    enum AppEvent<'a> {
        Adopted(PetAdopted),
        #[timeline(template_id = "11")]
        OrderPlaced {
            #[timeline(id)]
            number: u64,
            #[timeline(email)]
            buyer: &'a str,
            #[timeline(token = "total", label = "Sum")]
            amount: f64,
            #[timeline(skip)]
            row: usize,
        },
        #[timeline(template_id = "12")]
        LoggedIn(
            #[timeline(email)] &'a str,
            #[timeline(token = "device")] Option<&'a str>,
            #[timeline(skip)] [u8; 4],
        ),
        #[timeline(template_id = "13")]
        Called(#[timeline(email, token = "mail")] String),
    }

    let events: Vec<AppEvent<'_>> = vec![
        AppEvent::Called("d@b.c".to_owned()),
        AppEvent::OrderPlaced {
            number: 17,
            buyer: "b@b.c",
            amount: 12.5,
            row: 3,
        },
        AppEvent::Adopted(adopted()),
        AppEvent::LoggedIn("c@b.c", Some("phone"), [127, 0, 0, 1]),
        AppEvent::LoggedIn("c@b.c", None, [0; 4]),
    ];
    assert!(matches!(events[1], AppEvent::OrderPlaced { row: 3, .. }));
    assert!(matches!(events[3], AppEvent::LoggedIn(.., [127, 0, 0, 1])));
    let sent: Vec<String> = events.iter().map(json).collect();
    assert_eq!(
        sent,
        [
            r#"{"eventTemplateId":"13","email":"d@b.c","tokens":{"mail":"d@b.c"}}"#,
            r#"{"eventTemplateId":"11","id":"17","email":"b@b.c","tokens":{"total":"12.5"}}"#,
            r#"{"eventTemplateId":"1","email":"a@b.c","tokens":{"petName":"Rex"}}"#,
            r#"{"eventTemplateId":"12","email":"c@b.c","tokens":{"device":"phone"}}"#,
            r#"{"eventTemplateId":"12","email":"c@b.c","tokens":{}}"#,
        ]
    );
    // In the order of the variants; each variant stands for a type, and gives its template a name.
    assert_eq!(
        templates::<AppEvent<'_>>(),
        [
            r#"1 {"name":"Pet adopted","objectType":"contacts","tokens":[{"name":"petName","label":"Name","type":"string","options":[]}]}"#,
            r#"11 {"name":"Order placed","objectType":"contacts","tokens":[{"name":"total","label":"Sum","type":"number","options":[]}]}"#,
            r#"12 {"name":"Logged in","objectType":"contacts","tokens":[{"name":"device","label":"Device","type":"string","options":[]}]}"#,
            r#"13 {"name":"Called","objectType":"contacts","tokens":[{"name":"mail","label":"Mail","type":"string","options":[]}]}"#,
        ]
    );
}

#[test]
fn a_variant_hands_its_event_on_to_whatever_type_is_inside() {
    #[derive(TimelineEvent)]
    #[allow(clippy::large_enum_variant)]
    enum AppEvent<'a, T> {
        Owned(PetAdopted),
        Boxed(Box<PetAdopted>),
        Shared(std::sync::Arc<PetAdopted>),
        Lent(&'a PetAdopted),
        Borrows(Seen<'a>),
        BorrowsLent(&'a Seen<'a>),
        Generic(Measured<T>),
        Fixed(Measured<char>),
        Parameter(Box<T>),
        // Any event may be inside, and its templates are not known.
        Any(Box<dyn TimelineEvent + Send>),
        Input(EventInput<'a>),
    }

    let lent = adopted();
    let page = String::from("/home");
    let seen = Seen {
        cookie: "c0ffee",
        page: page.as_str().into(),
    };
    let pet = r#"{"eventTemplateId":"1","email":"a@b.c","tokens":{"petName":"Rex"}}"#;
    let visit = r#"{"eventTemplateId":"2","utk":"c0ffee","tokens":{"page":"/home"}}"#;
    // `T` is a token in one variant and an event in another, so here it has to be both.
    let events: [(AppEvent<'_, Both>, &str); 11] = [
        (AppEvent::Owned(adopted()), pet),
        (AppEvent::Boxed(Box::new(adopted())), pet),
        (AppEvent::Shared(adopted().into()), pet),
        (AppEvent::Lent(&lent), pet),
        (AppEvent::BorrowsLent(&seen), visit),
        (
            AppEvent::Borrows(Seen {
                cookie: "c0ffee",
                page: page.as_str().into(),
            }),
            visit,
        ),
        (
            AppEvent::Generic(Measured {
                deal: 5,
                value: Both,
            }),
            r#"{"eventTemplateId":"3","objectId":"5","tokens":{"value":"both"}}"#,
        ),
        (
            AppEvent::Fixed(Measured {
                deal: 5,
                value: 'x',
            }),
            r#"{"eventTemplateId":"3","objectId":"5","tokens":{"value":"x"}}"#,
        ),
        (
            AppEvent::Parameter(Box::new(Both)),
            r#"{"eventTemplateId":"9","email":"both@b.c","tokens":{}}"#,
        ),
        (AppEvent::Any(Box::new(adopted())), pet),
        (
            AppEvent::Input(EventInput::new("8").email("a@b.c")),
            r#"{"eventTemplateId":"8","email":"a@b.c","tokens":{}}"#,
        ),
    ];
    for (event, expected) in &events {
        assert_eq!(json(event), *expected);
    }
    assert_eq!(
        templates::<AppEvent<'_, Both>>(),
        [
            r#"1 {"name":"Pet adopted","objectType":"contacts","tokens":[{"name":"petName","label":"Name","type":"string","options":[]}]}"#,
            r#"2 {"name":"Seen","objectType":"contacts","tokens":[{"name":"page","label":"Page","type":"string","options":[]}]}"#,
            r#"3 {"name":"Measured","objectType":"deals","tokens":[{"name":"value","label":"Value","type":"string","options":[]}]}"#,
        ]
    );
}

/// A token and an event at once.
struct Both;

impl TokenValue for Both {
    const TYPE: timeline_core::TokenType = timeline_core::TokenType::String;

    fn to_token(&self) -> Result<timeline_core::Token<'_>, timeline_core::InvalidToken> {
        Ok(timeline_core::Token::text("both"))
    }
}

impl TimelineEvent for Both {
    fn event_input(&self) -> Result<EventInput<'_>, timeline_core::InvalidEvent> {
        Ok(EventInput::new("9").email("both@b.c"))
    }

    fn templates() -> Vec<timeline_core::EventTemplate> {
        Vec::new()
    }
}

#[test]
fn what_is_wrong_with_the_event_inside_is_told() {
    #[derive(TimelineEvent)]
    enum AppEvent {
        Measured(Measured<f64>),
        #[timeline(template_id = "7")]
        Own {
            #[timeline(email)]
            who: Option<String>,
        },
    }

    assert_eq!(
        refusal(&AppEvent::Measured(Measured {
            deal: 1,
            value: f64::NAN
        })),
        "token `value` is NaN or infinite, not a number"
    );
    assert_eq!(
        refusal(&AppEvent::Own { who: None }),
        "the event names no record: it needs an `email`, a `utk` or an `object_id`"
    );
    assert_eq!(
        json(&AppEvent::Own {
            who: Some("a@b.c".to_owned())
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{}}"#
    );
}

#[test]
fn an_enum_of_enums() {
    #[derive(TimelineEvent)]
    enum Inner {
        Adopted(PetAdopted),
        #[timeline(template_id = "21")]
        Fed {
            #[timeline(email)]
            by: String,
        },
    }

    #[derive(TimelineEvent)]
    enum Outer {
        #[timeline(template_id = "22")]
        Own {
            #[timeline(email)]
            by: String,
        },
        Inner(Inner),
    }

    let by = || String::from("a@b.c");
    let sent = [
        Outer::Own { by: by() },
        Outer::Inner(Inner::Fed { by: by() }),
        Outer::Inner(Inner::Adopted(adopted())),
    ]
    .map(|event| json(&event));
    assert_eq!(
        sent,
        [
            r#"{"eventTemplateId":"22","email":"a@b.c","tokens":{}}"#,
            r#"{"eventTemplateId":"21","email":"a@b.c","tokens":{}}"#,
            r#"{"eventTemplateId":"1","email":"a@b.c","tokens":{"petName":"Rex"}}"#,
        ]
    );
    let ids: Vec<Option<String>> = Outer::templates()
        .iter()
        .map(|template| template.id().map(str::to_owned))
        .collect();
    assert_eq!(
        ids,
        [Some("22".into()), Some("1".into()), Some("21".into())]
    );
}

#[test]
fn every_role_and_setting_of_a_field_works_in_a_variant() {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};
    use timeline_core::TimelineIFrame;

    fn page(url: &str) -> TimelineIFrame<'_> {
        TimelineIFrame {
            link_label: "Open".into(),
            header_label: "Rex".into(),
            url: url.into(),
            width: 800,
            height: 600,
        }
    }

    fn seconds(since: &u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(*since)
    }

    #[derive(TimelineEvent)]
    enum AppEvent {
        #[timeline(template_id = "7", object_type = "2-3308615", rename_all = "camelCase")]
        Everything {
            #[timeline(id)]
            number: u64,
            #[timeline(email)]
            mail: String,
            #[timeline(utk)]
            cookie: String,
            #[timeline(object_id, token = "car")]
            car_id: u32,
            #[timeline(domain)]
            company: &'static str,
            #[timeline(custom_object_type_id)]
            kind: &'static str,
            #[timeline(timestamp, with = "seconds")]
            at: u64,
            #[timeline(extra_data)]
            notes: Vec<u8>,
            #[timeline(iframe, with = "page")]
            url: String,
            #[timeline(with = "Vec::len", property = "last_count", label = "How many")]
            item_count: Vec<()>,
            was_sold: bool,
        },
    }

    assert_eq!(
        json(&AppEvent::Everything {
            number: 17,
            mail: "a@b.c".to_owned(),
            cookie: "c0ffee".to_owned(),
            car_id: 451,
            company: "example.com",
            kind: "2-3308615",
            at: 2,
            notes: vec![1, 2],
            url: "https://example.com".to_owned(),
            item_count: vec![(), ()],
            was_sold: true,
        }),
        r#"{"eventTemplateId":"7","id":"17","email":"a@b.c","utk":"c0ffee","objectId":"451","domain":"example.com","customObjectTypeId":"2-3308615","timestamp":"1970-01-01T00:00:02.000Z","tokens":{"car":"451","itemCount":"2","wasSold":"true"},"extraData":[1,2],"timelineIFrame":{"linkLabel":"Open","headerLabel":"Rex","url":"https://example.com","width":800,"height":600}}"#
    );
    assert_eq!(
        tokens::<AppEvent>(),
        [
            "car: Car id (number)",
            "itemCount: How many (number) -> last_count",
            "wasSold: Was sold (enumeration)"
        ]
    );
}

#[test]
fn a_key_in_a_variant() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    enum Seat {
        Taken {
            #[timeline(email)]
            who: &'static str,
            #[timeline(key)]
            row: Option<u8>,
        },
    }

    let who = "a@b.c";
    assert_eq!(
        json(&Seat::Taken { who, row: Some(1) }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{}}"#
    );
    assert_eq!(
        refusal(&Seat::Taken { who, row: None }),
        "key `row` has no value: events without one would all get the same id"
    );
}

#[test]
fn an_enum_without_variants() {
    #[derive(TimelineEvent)]
    enum Never {}

    fn event(never: &Never) -> String {
        json(never)
    }

    let _: fn(&Never) -> String = event;
    assert!(Never::templates().is_empty());
}

#[test]
fn raw_identifiers_of_enums_variants_and_fields() {
    #[derive(TimelineEvent)]
    #[allow(non_camel_case_types)]
    enum r#enum {
        #[timeline(template_id = "7")]
        r#type {
            #[timeline(email)]
            r#as: &'static str,
            r#match: u8,
        },
        r#struct(PetAdopted),
    }

    assert_eq!(
        json(&r#enum::r#type {
            r#as: "a@b.c",
            r#match: 1
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"match":"1"}}"#
    );
    assert!(json(&r#enum::r#struct(adopted())).contains("Rex"));
    assert_eq!(
        templates::<r#enum>()[0],
        r#"7 {"name":"Type","objectType":"contacts","tokens":[{"name":"match","label":"Match","type":"number","options":[]}]}"#
    );
}

#[test]
fn discriminants_and_a_single_variant() {
    #[derive(TimelineEvent)]
    #[repr(u8)]
    enum Numbered {
        #[timeline(template_id = "7")]
        Only(#[timeline(object_id)] u64) = 5,
    }

    assert_eq!(
        json(&Numbered::Only(1)),
        r#"{"eventTemplateId":"7","objectId":"1","tokens":{}}"#
    );
    assert_eq!(template_id::<Numbered>().as_deref(), Some("7"));
}
