//! Attributes of fields: roles, tokens, `with`, `skip`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use timeline_core::{
    DateValue, InvalidToken, TimelineEvent, TimelineIFrame, Token, TokenType, TokenValue,
};

use crate::{json, refusal, template, tokens};

#[derive(Serialize)]
struct Note {
    lines: Vec<&'static str>,
}

fn iframe() -> TimelineIFrame<'static> {
    TimelineIFrame {
        link_label: "Open".into(),
        header_label: "Rex".into(),
        url: "https://example.com/rex".into(),
        width: 800,
        height: 600,
    }
}

#[test]
fn every_role_in_one_event() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", object_type = "2-3308615")]
    struct Everything {
        #[timeline(id)]
        number: u64,
        #[timeline(email)]
        mail: String,
        #[timeline(utk)]
        cookie: String,
        #[timeline(object_id)]
        car: u32,
        #[timeline(domain)]
        company: &'static str,
        #[timeline(custom_object_type_id)]
        kind: &'static str,
        #[timeline(timestamp)]
        at: SystemTime,
        #[timeline(extra_data)]
        note: Note,
        #[timeline(iframe)]
        page: TimelineIFrame<'static>,
    }

    let event = Everything {
        number: 17,
        mail: "a@b.c".to_owned(),
        cookie: "c0ffee".to_owned(),
        car: 451,
        company: "example.com",
        kind: "2-3308615",
        at: UNIX_EPOCH + Duration::from_millis(1500),
        note: Note {
            lines: vec!["one", "two"],
        },
        page: iframe(),
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","id":"17","email":"a@b.c","utk":"c0ffee","objectId":"451","domain":"example.com","customObjectTypeId":"2-3308615","timestamp":"1970-01-01T00:00:01.500Z","tokens":{},"extraData":{"lines":["one","two"]},"timelineIFrame":{"linkLabel":"Open","headerLabel":"Rex","url":"https://example.com/rex","width":800,"height":600}}"#
    );
    // Roles are not tokens.
    assert_eq!(
        template::<Everything>(),
        r#"{"name":"Everything","objectType":"2-3308615","tokens":[]}"#
    );
}

#[test]
fn none_leaves_a_key_out() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Sparse {
        #[timeline(id)]
        id: Option<String>,
        #[timeline(email)]
        mail: &'static str,
        #[timeline(timestamp)]
        at: Option<SystemTime>,
        #[timeline(extra_data)]
        note: Option<Note>,
        #[timeline(iframe)]
        page: Option<TimelineIFrame<'static>>,
        age: Option<u8>,
        race: Option<String>,
    }

    let mut event = Sparse {
        id: None,
        mail: "a@b.c",
        at: None,
        note: None,
        page: None,
        age: None,
        race: None,
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{}}"#
    );
    event.age = Some(3);
    event.page = Some(iframe());
    event.note = Some(Note { lines: Vec::new() });
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"age":"3"},"extraData":{"lines":[]},"timelineIFrame":{"linkLabel":"Open","headerLabel":"Rex","url":"https://example.com/rex","width":800,"height":600}}"#
    );
    // A token that may be absent is declared all the same.
    assert_eq!(
        tokens::<Sparse>(),
        ["age: Age (number)", "race: Race (string)"]
    );
}

#[test]
fn a_role_and_a_token_at_once() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", rename_all = "camelCase")]
    struct Order {
        #[timeline(id, token = "orderId", label = "Order", property = "last_order")]
        order_id: u64,
        #[timeline(email, token = "mail")]
        owner: &'static str,
        #[timeline(timestamp, token = "at")]
        ordered_at: SystemTime,
    }

    let event = Order {
        order_id: 5,
        owner: "a@b.c",
        ordered_at: UNIX_EPOCH + Duration::from_secs(1),
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","id":"5","email":"a@b.c","timestamp":"1970-01-01T00:00:01.000Z","tokens":{"orderId":"5","mail":"a@b.c","at":"1000"}}"#
    );
    assert_eq!(
        tokens::<Order>(),
        [
            "orderId: Order (number) -> last_order",
            "mail: Owner (string)",
            "at: Ordered at (date)"
        ]
    );
}

#[test]
fn keys_stand_in_for_an_id_and_stay_out_of_the_json() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Order {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(key)]
        shop: &'static str,
        #[timeline(key, token = "orderId")]
        order: Option<u64>,
    }

    let event = |order| Order {
        owner: "a@b.c",
        shop: "Paris",
        order,
    };
    assert_eq!(
        json(&event(Some(5))),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"orderId":"5"}}"#
    );
    assert_eq!(tokens::<Order>(), ["orderId: Order (number)"]);
    // Keys are named as tokens are.
    assert_eq!(
        refusal(&event(None)),
        "key `orderId` has no value: events without one would all get the same id"
    );
}

#[test]
fn a_key_that_is_no_token_is_named_as_one_too() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7", rename_all = "camelCase")]
    struct Order {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(key)]
        order_id: Option<u64>,
    }

    assert_eq!(
        refusal(&Order {
            owner: "a@b.c",
            order_id: None
        }),
        "key `orderId` has no value: events without one would all get the same id"
    );
}

/// An empty text is no value; a zero is one.
#[test]
fn an_empty_text_makes_no_key() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Order(
        #[timeline(email)] &'static str,
        #[timeline(key)] &'static str,
        #[timeline(key)] u8,
    );

    assert_eq!(
        refusal(&Order("a@b.c", "", 0)),
        "key `1` has no value: events without one would all get the same id"
    );
    assert!(Order("a@b.c", "x", 0).event_input().is_ok());
}

#[test]
fn key_fields_of_a_tuple_struct_are_named_by_their_place() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Order(#[timeline(email)] &'static str, #[timeline(key)] Option<u8>);

    assert_eq!(
        refusal(&Order("a@b.c", None)),
        "key `1` has no value: events without one would all get the same id"
    );
}

#[test]
fn every_type_that_can_be_a_token() {
    struct Cents(i64);

    impl TokenValue for Cents {
        const TYPE: TokenType = TokenType::Number;

        fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
            Ok(Token::number(self.0))
        }
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct All<'a> {
        #[timeline(object_id)]
        id: std::num::NonZero<u64>,
        text: &'a str,
        owned: String,
        cow: std::borrow::Cow<'a, str>,
        shared: std::sync::Arc<str>,
        boxed: Box<f64>,
        c: char,
        yes: bool,
        number: i128,
        date: SystemTime,
        own: Cents,
        nested: Option<Option<&'a u8>>,
    }

    let all = All {
        id: std::num::NonZeroU64::MIN,
        text: "a \"quoted\" text",
        owned: "ä".to_owned(),
        cow: "c".into(),
        shared: "s".into(),
        boxed: Box::new(0.5),
        c: 'c',
        yes: false,
        number: -1,
        date: UNIX_EPOCH,
        own: Cents(1250),
        nested: Some(Some(&7)),
    };
    assert_eq!(
        json(&all),
        r#"{"eventTemplateId":"7","objectId":"1","tokens":{"text":"a \"quoted\" text","owned":"ä","cow":"c","shared":"s","boxed":"0.5","c":"c","yes":"false","number":"-1","date":"0","own":"1250","nested":"7"}}"#
    );
    assert_eq!(
        template::<All<'_>>(),
        r#"{"name":"All","objectType":"contacts","tokens":[{"name":"text","label":"Text","type":"string","options":[]},{"name":"owned","label":"Owned","type":"string","options":[]},{"name":"cow","label":"Cow","type":"string","options":[]},{"name":"shared","label":"Shared","type":"string","options":[]},{"name":"boxed","label":"Boxed","type":"number","options":[]},{"name":"c","label":"C","type":"string","options":[]},{"name":"yes","label":"Yes","type":"enumeration","options":[{"label":"True","value":"true"},{"label":"False","value":"false"}]},{"name":"number","label":"Number","type":"number","options":[]},{"name":"date","label":"Date","type":"date","options":[]},{"name":"own","label":"Own","type":"number","options":[]},{"name":"nested","label":"Nested","type":"number","options":[]}]}"#
    );
}

#[test]
fn a_value_that_is_no_token_names_its_field() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Share {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(token = "shareOf")]
        share: f64,
    }

    let mut event = Share {
        owner: "a@b.c",
        share: f64::NAN,
    };
    assert_eq!(
        refusal(&event),
        "token `shareOf` is NaN or infinite, not a number"
    );
    event.owner = "";
    event.share = 1.0;
    assert_eq!(
        refusal(&event),
        "`email` is empty: give it a value, or `None` to leave it out"
    );
}

#[test]
fn with_makes_a_value_of_a_type_that_has_none() {
    struct Point {
        x: u8,
        y: u8,
        name: String,
    }

    impl Point {
        fn id(&self) -> u16 {
            u16::from(self.x) * 100 + u16::from(self.y)
        }
    }

    fn name(point: &Point) -> &str {
        &point.name
    }

    fn seconds(since: &u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(*since)
    }

    fn page(url: &str) -> Option<TimelineIFrame<'_>> {
        (!url.is_empty()).then(|| TimelineIFrame {
            url: url.into(),
            ..iframe()
        })
    }

    fn lines(text: &str) -> Vec<&str> {
        text.lines().collect()
    }

    fn upper<T: AsRef<str>>(text: &T) -> String {
        text.as_ref().to_uppercase()
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Move {
        #[timeline(object_id, with = "Point::id", token = "point")]
        to: Point,
        #[timeline(with = "name")]
        from: Point,
        #[timeline(timestamp, with = "seconds", token = "at")]
        since: u64,
        #[timeline(iframe, with = "page")]
        url: String,
        #[timeline(extra_data, with = "lines")]
        text: String,
        // A function from `&str` takes a `String` too, as in any call.
        #[timeline(with = "str::trim")]
        trimmed: String,
        #[timeline(with = "Vec::len", label = "How many")]
        list: Vec<()>,
        #[timeline(with = "upper::<String>")]
        loud: String,
        #[timeline(with = "<str as ToOwned>::to_owned")]
        qualified: &'static str,
        #[timeline(with = "Option::is_some")]
        is_some: Option<Vec<()>>,
    }

    let point = |x, y, name: &str| Point {
        x,
        y,
        name: name.to_owned(),
    };
    let event = Move {
        to: point(4, 51, ""),
        from: point(0, 0, "origin"),
        since: 2,
        url: "https://example.com".to_owned(),
        text: "one\ntwo".to_owned(),
        trimmed: " x ".to_owned(),
        list: vec![(), ()],
        loud: "loud".to_owned(),
        qualified: "q",
        is_some: None,
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","objectId":"451","timestamp":"1970-01-01T00:00:02.000Z","tokens":{"point":"451","from":"origin","at":"2000","trimmed":"x","list":"2","loud":"LOUD","qualified":"q","is_some":"false"},"extraData":["one","two"],"timelineIFrame":{"linkLabel":"Open","headerLabel":"Rex","url":"https://example.com","width":800,"height":600}}"#
    );
    assert_eq!(
        tokens::<Move>(),
        [
            "point: To (number)",
            "from: From (string)",
            "at: Since (date)",
            "trimmed: Trimmed (string)",
            "list: How many (number)",
            "loud: Loud (string)",
            "qualified: Qualified (string)",
            "is_some: Is some (enumeration)"
        ]
    );
}

#[test]
fn a_date_of_ones_own() {
    struct Day(i64);

    impl TokenValue for Day {
        const TYPE: TokenType = TokenType::Date;

        fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
            Ok(Token::date(self.0 * 86_400_000))
        }
    }

    impl DateValue for Day {}

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Birthday {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(timestamp, token = "on")]
        day: Day,
    }

    assert_eq!(
        json(&Birthday {
            owner: "a@b.c",
            day: Day(1)
        }),
        r#"{"eventTemplateId":"7","email":"a@b.c","timestamp":"1970-01-02T00:00:00.000Z","tokens":{"on":"86400000"}}"#
    );
    assert_eq!(tokens::<Birthday>(), ["on: Day (date)"]);
}

#[test]
fn extra_data_is_kept_by_reference_and_written_when_the_event_is() {
    /// The type needs neither `Clone` nor `Send` by value: it is lent.
    #[derive(Serialize)]
    struct Big(Vec<u8>);

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Event<'a> {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(extra_data)]
        data: &'a Big,
    }

    let big = Big(vec![1, 2, 3]);
    let event = Event {
        owner: "a@b.c",
        data: &big,
    };
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{},"extraData":[1,2,3]}"#
    );
}

#[test]
fn a_serialize_that_fails_is_told_and_not_dropped() {
    struct Fails;

    impl Serialize for Fails {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Event {
        #[timeline(email)]
        owner: &'static str,
        #[timeline(extra_data)]
        data: Fails,
    }

    let event = Event {
        owner: "a@b.c",
        data: Fails,
    };
    let error = serde_json::to_string(&event.event_input().expect("a good event"))
        .expect_err("the data fails");
    // The reason may quote the data, so it is not in the text.
    assert_eq!(
        error.to_string(),
        "`extra_data` cannot be written as JSON: its `Serialize` failed (`serialize_error()` has the reason)"
    );
}
