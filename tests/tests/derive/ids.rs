//! `id = "order-{order_id}"`: an event's id from its fields.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use timeline_core::{InvalidToken, TimelineEvent, Token, TokenEnum, TokenType, TokenValue};

use crate::{json, refusal, tokens};

/// The id that the event has before anything is sent.
fn id(event: &impl TimelineEvent) -> String {
    let input = event.event_input().expect("a good event");
    input.get_id().expect("an id").to_owned()
}

#[test]
fn text_and_fields() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "order-{order_id}")]
    struct Order {
        #[timeline(email)]
        who: &'static str,
        order_id: u64,
    }

    let order = Order {
        who: "a@b.c",
        order_id: 17,
    };
    assert_eq!(id(&order), "order-17");
    assert_eq!(
        json(&order),
        r#"{"eventTemplateId":"7","id":"order-17","email":"a@b.c","tokens":{"order_id":"17"}}"#
    );
}

#[test]
fn every_part_is_its_tokens_text() {
    #[derive(TokenEnum)]
    #[timeline(rename_all = "lowercase")]
    enum Plan {
        Pro,
    }

    /// A type whose token is written by its `Display`.
    struct Code(u8);

    impl std::fmt::Display for Code {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "<{:03}>", self.0)
        }
    }

    impl TokenValue for Code {
        const TYPE: TokenType = TokenType::String;

        fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
            Ok(Token::display(self))
        }
    }

    #[derive(TimelineEvent)]
    #[timeline(
        template_id = "7",
        id = "{text}|{lent}|{c}|{yes}|{small}|{wide}|{single}|{double}|{date}|{plan}|{uuid}|{some}|{boxed}|{code}"
    )]
    struct Parts<'a> {
        #[timeline(email)]
        who: &'static str,
        text: String,
        lent: &'a str,
        c: char,
        yes: bool,
        small: i8,
        wide: u128,
        single: f32,
        double: f64,
        date: SystemTime,
        plan: Plan,
        uuid: uuid::Uuid,
        some: Option<&'a u8>,
        boxed: Box<str>,
        code: Code,
    }

    assert_eq!(
        id(&Parts {
            who: "a@b.c",
            text: "a \"b\"".to_owned(),
            lent: "größe",
            c: '🐕',
            yes: true,
            small: -1,
            wide: u128::MAX,
            single: 0.1,
            double: 1e21,
            date: UNIX_EPOCH + Duration::from_micros(1_500_999),
            plan: Plan::Pro,
            uuid: uuid::Uuid::nil(),
            some: Some(&7),
            boxed: "boxed".into(),
            code: Code(5),
        }),
        "a \"b\"|größe|🐕|true|-1|340282366920938463463374607431768211455|0.1|1000000000000000000000|1500|pro|00000000-0000-0000-0000-000000000000|7|boxed|<005>"
    );
}

#[test]
fn fields_that_are_no_tokens() {
    fn half(number: &u8) -> u8 {
        number / 2
    }

    fn seconds(since: &u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(*since)
    }

    struct Point(u8, u8);

    impl Point {
        fn name(&self) -> String {
            format!("{}x{}", self.0, self.1)
        }
    }

    #[derive(TimelineEvent)]
    #[timeline(
        template_id = "7",
        object_type = "deals",
        rename_all = "SCREAMING_SNAKE_CASE",
        id = "{deal}/{skipped}/{halved}/{point}/{at}/{since}/{renamed}"
    )]
    struct Order {
        #[timeline(object_id)]
        deal: u32,
        #[timeline(skip)]
        skipped: &'static str,
        #[timeline(with = "half")]
        halved: u8,
        #[timeline(with = "Point::name", token = "where")]
        point: Point,
        #[timeline(timestamp)]
        at: SystemTime,
        #[timeline(with = "seconds")]
        since: u64,
        // Fields go by their own name, whatever their token is called.
        renamed: bool,
    }

    let order = Order {
        deal: 5,
        skipped: "secret",
        halved: 8,
        point: Point(1, 2),
        at: UNIX_EPOCH + Duration::from_secs(1),
        since: 2,
        renamed: false,
    };
    assert_eq!(
        json(&order),
        r#"{"eventTemplateId":"7","id":"5/secret/4/1x2/1000/2000/false","objectId":"5","timestamp":"1970-01-01T00:00:01.000Z","tokens":{"HALVED":"4","where":"1x2","SINCE":"2000","RENAMED":"false"}}"#
    );
    assert_eq!(
        tokens::<Order>(),
        [
            "HALVED: Halved (number)",
            "where: Point (string)",
            "SINCE: Since (date)",
            "RENAMED: Renamed (enumeration)"
        ]
    );
}

#[test]
fn a_field_with_another_type_gives_its_own_text() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "at-{at}")]
    struct Visit {
        #[timeline(email)]
        who: &'static str,
        #[timeline(type = "date")]
        at: String,
    }

    let visit = |at: &str| Visit {
        who: "a@b.c",
        at: at.to_owned(),
    };
    assert_eq!(id(&visit("1500")), "at-1500");
    assert_eq!(
        refusal(&visit("2026-08-01")),
        "token `at` is not a date, which its `type` says it is: expected milliseconds since 1970"
    );
}

#[test]
fn places_of_a_tuple_struct() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "{1}-{0}-{ 2 }-{1}")]
    struct Tuple(
        #[timeline(email)] &'static str,
        #[timeline(token = "a")] u8,
        #[timeline(skip)] u8,
        #[timeline(token = "2")] u8,
    );

    assert_eq!(
        json(&Tuple("a@b.c", 1, 2, 3)),
        r#"{"eventTemplateId":"7","id":"1-a@b.c-2-1","email":"a@b.c","tokens":{"a":"1","2":"3"}}"#
    );
}

#[test]
fn braces_raw_identifiers_and_names_that_are_not_ascii() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "{{{r#type}}}-{match}-}}{{-{größe}")]
    struct Odd {
        #[timeline(email)]
        who: &'static str,
        r#type: u8,
        r#match: u8,
        #[timeline(token = "groesse")]
        größe: u8,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = r#"a "{n}" \ ä"#)]
    struct Quoted {
        #[timeline(email)]
        who: &'static str,
        n: u8,
    }

    let who = "a@b.c";
    assert_eq!(
        id(&Odd {
            who,
            r#type: 1,
            r#match: 2,
            größe: 3
        }),
        "{1}-2-}{-3"
    );
    assert_eq!(
        json(&Quoted { who, n: 1 }),
        r#"{"eventTemplateId":"7","id":"a \"1\" \\ ä","email":"a@b.c","tokens":{"n":"1"}}"#
    );
}

#[derive(TimelineEvent)]
#[timeline(template_id = "7", id = "{shop}:{order}:{share}")]
struct Fragile {
    #[timeline(email)]
    who: &'static str,
    #[timeline(token = "the-shop")]
    shop: String,
    #[timeline(skip)]
    order: Option<u64>,
    #[timeline(skip)]
    share: f64,
}

fn fragile() -> Fragile {
    Fragile {
        who: "a@b.c",
        shop: "Paris".to_owned(),
        order: Some(5),
        share: 0.5,
    }
}

#[test]
fn a_part_without_a_value_is_told_by_its_field() {
    assert_eq!(id(&fragile()), "Paris:5:0.5");

    let empty = Fragile {
        shop: String::new(),
        ..fragile()
    };
    assert_eq!(
        refusal(&empty),
        "`shop`, a part of the event's id, has no value: events without one would share their ids"
    );
    let absent = Fragile {
        order: None,
        ..fragile()
    };
    assert_eq!(
        refusal(&absent),
        "`order`, a part of the event's id, has no value: events without one would share their ids"
    );
    let not_a_number = Fragile {
        share: f64::NAN,
        ..fragile()
    };
    assert_eq!(
        refusal(&not_a_number),
        "`share`, a part of the event's id, is NaN or infinite, not a number"
    );
    // Zero and a blank are values.
    let blank = Fragile {
        shop: " ".to_owned(),
        order: Some(0),
        share: -0.0,
        ..fragile()
    };
    assert_eq!(id(&blank), " :0:-0");
}

#[test]
fn an_id_that_hubspot_would_not_take_is_told_without_its_value() {
    let shop = |shop: String| Fragile { shop, ..fragile() };
    let longest = shop("ä".repeat(247));
    assert_eq!(id(&longest).len(), 500);
    let longer = shop(format!("x{}", "ä".repeat(247)));
    assert_eq!(
        refusal(&longer),
        "the event's id has 501 bytes; HubSpot allows 500"
    );
    let expands = shop("private-{{uuid}}".to_owned());
    assert_eq!(
        refusal(&expands),
        "the event's id contains `{{uuid}}`, which HubSpot replaces anew on every try: a retry would make a second \
         event; leave the id out and the client makes one that stays the same"
    );
}

/// The text alone and the value alone would not be refused.
#[test]
fn text_and_value_together_do_not_make_a_uuid() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "{{{{{name}}}}}")]
    struct Braced {
        #[timeline(email)]
        who: &'static str,
        name: &'static str,
    }

    let braced = |name| Braced { who: "a@b.c", name };
    assert_eq!(id(&braced("rex")), "{{rex}}");
    assert!(refusal(&braced("uuid")).starts_with("the event's id contains `{{uuid}}`"));
}

#[test]
fn generic_fields() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "{token}-{skipped}-{role}-{list}-{size}")]
    struct Generic<'a, R, T, S, L, U, const SIZE: usize> {
        #[timeline(email)]
        role: R,
        token: T,
        // The id uses this field, so its type has to be a token as well.
        #[timeline(skip)]
        skipped: &'a S,
        #[timeline(with = "Vec::len")]
        list: Vec<L>,
        #[timeline(with = "length")]
        size: [u8; SIZE],
        #[timeline(skip)]
        unused: U,
    }

    fn length<const SIZE: usize>(_: &[u8; SIZE]) -> usize {
        SIZE
    }

    struct Nothing;

    let event = Generic {
        role: "a@b.c",
        token: 'x',
        skipped: &5,
        list: vec![Nothing],
        size: [0; 3],
        unused: Nothing,
    };
    let Nothing = event.unused;
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","id":"x-5-a@b.c-1-3","email":"a@b.c","tokens":{"token":"x","list":"1","size":"3"}}"#
    );
}

#[test]
fn an_id_of_a_variant_and_of_its_enum() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "order-{number}")]
    enum Order {
        Placed {
            #[timeline(email)]
            who: &'static str,
            #[timeline(skip)]
            number: u64,
        },
        #[timeline(id = "{who}-{day}/{number}")]
        Paid {
            #[timeline(email)]
            who: &'static str,
            #[timeline(skip)]
            number: u64,
            #[timeline(skip)]
            day: &'static str,
        },
        #[timeline(template_id = "8", id = "{1}")]
        Sent(#[timeline(email)] &'static str, #[timeline(skip)] u8),
    }

    let who = "a@b.c";
    assert_eq!(id(&Order::Placed { who, number: 1 }), "order-1");
    let day = "monday";
    assert_eq!(
        id(&Order::Paid {
            who,
            number: 2,
            day
        }),
        "a@b.c-monday/2"
    );
    assert_eq!(id(&Order::Sent(who, 3)), "3");
    assert_eq!(
        refusal(&Order::Paid {
            who,
            number: 2,
            day: ""
        }),
        "`day`, a part of the event's id, has no value: events without one would share their ids"
    );
}

/// The first mistake is reported, and a field comes before the id.
#[test]
fn a_mistake_in_a_field_comes_first() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "{share}")]
    struct Share {
        #[timeline(email)]
        who: &'static str,
        #[timeline(token = "shareOf")]
        share: f32,
    }

    assert_eq!(
        refusal(&Share {
            who: "a@b.c",
            share: f32::INFINITY
        }),
        "token `shareOf` is NaN or infinite, not a number"
    );
}

#[test]
fn the_id_is_the_one_that_a_hand_built_input_would_be_given() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", id = "{shop}/{order}")]
    struct Order {
        #[timeline(email)]
        who: &'static str,
        #[timeline(skip)]
        shop: &'static str,
        order: u64,
    }

    let order = Order {
        who: "a@b.c",
        shop: "Paris",
        order: 5,
    };
    let by_hand = timeline_core::EventInput::new("7")
        .id(format!("{}/{}", order.shop, order.order))
        .email(order.who)
        .token("order", order.order);
    assert_eq!(Some(id(&order).as_str()), by_hand.get_id());
    assert_eq!(json(&order), json(&by_hand));
}
