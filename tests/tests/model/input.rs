//! An event as JSON, written out in full.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use timeline_core::{EventInput, InvalidEvent, TimelineEvent, TimelineIFrame};

/// The input's JSON by `Serialize` and by `write_json`, which must agree to the byte.
fn json(input: &EventInput<'_>) -> String {
    let mut written = b"before".to_vec();
    input.write_json(&mut written).expect("a good event");
    let serialized = serde_json::to_string(input).expect("a good event");
    assert_eq!(
        String::from_utf8(written).expect("UTF-8"),
        format!("before{serialized}")
    );
    serialized
}

fn iframe() -> TimelineIFrame<'static> {
    TimelineIFrame {
        link_label: "See it".into(),
        header_label: "The \"order\"".into(),
        url: "https://example.com/order/17".into(),
        width: 800,
        height: 600,
    }
}

#[test]
fn the_least() {
    let input = EventInput::new("1001298").object_id(77);
    assert_eq!(
        json(&input),
        r#"{"eventTemplateId":"1001298","objectId":"77","tokens":{}}"#
    );
}

#[test]
fn everything() {
    let extra = BTreeMap::from([("lines", vec![1, 2]), ("notes", vec![])]);
    let input = EventInput::new("1001298")
        .id("order-17")
        .email("ada@example.com")
        .utk("4b1d")
        .object_id("77")
        .domain("example.com")
        .custom_object_type_id("2-3308615")
        .timestamp(UNIX_EPOCH + Duration::from_millis(1_785_585_600_123))
        .token("petName", "Rex \"the\" \\ dog\n\u{1f415}\u{0}")
        .token("pet.age", 3)
        .token("pet-weight", 12.5f32)
        .token("adopted", true)
        .token("initial", '"')
        .token("absent", None::<&str>)
        .token("huge", u128::MAX)
        .extra_data(&extra)
        .iframe(iframe());
    assert_eq!(
        json(&input),
        concat!(
            r#"{"eventTemplateId":"1001298","id":"order-17","email":"ada@example.com","utk":"4b1d","objectId":"77","#,
            r#""domain":"example.com","customObjectTypeId":"2-3308615","timestamp":"2026-08-01T12:00:00.123Z","#,
            r#""tokens":{"petName":"Rex \"the\" \\ dog\n🐕\u0000","pet.age":"3","pet-weight":"12.5","adopted":"true","#,
            r#""initial":"\"","huge":"340282366920938463463374607431768211455"},"#,
            r#""extraData":{"lines":[1,2],"notes":[]},"#,
            r#""timelineIFrame":{"linkLabel":"See it","headerLabel":"The \"order\"","#,
            r#""url":"https://example.com/order/17","width":800,"height":600}}"#,
        )
    );
}

#[test]
fn what_is_none_is_left_out() {
    let input = EventInput::new("1001298")
        .email("ada@example.com")
        .id(None::<String>)
        .utk(None::<&str>)
        .object_id(None::<u64>)
        .domain(None::<&str>)
        .timestamp(None::<std::time::SystemTime>)
        .extra_data(None::<u8>)
        .iframe(None::<TimelineIFrame<'_>>);
    assert_eq!(
        json(&input),
        r#"{"eventTemplateId":"1001298","email":"ada@example.com","tokens":{}}"#
    );
}

#[test]
fn extra_data_of_every_shape() {
    #[derive(serde::Serialize)]
    struct Lines<'a> {
        lines: &'a [(&'a str, f64)],
    }
    for (extra, expected) in [
        (serde_json::json!(null), ""),
        (serde_json::json!({}), r#","extraData":{}"#),
        (serde_json::json!([null]), r#","extraData":[null]"#),
        (serde_json::json!("null"), r#","extraData":"null""#),
        (serde_json::json!(false), r#","extraData":false"#),
    ] {
        let input = EventInput::new("1").object_id(1).extra_data(&extra);
        let expected =
            format!(r#"{{"eventTemplateId":"1","objectId":"1","tokens":{{}}{expected}}}"#);
        assert_eq!(json(&input), expected);
    }
    let lines = Lines {
        lines: &[("book", 12.5)],
    };
    let input = EventInput::new("1").object_id(1).extra_data(&lines);
    assert!(json(&input).ends_with(r#""extraData":{"lines":[["book",12.5]]}}"#));
}

/// Random events, so that no combination of keys is forgotten.
#[test]
fn both_writers_agree_on_random_events() {
    let mut random = fastrand::Rng::with_seed(17);
    for _ in 0..2000 {
        let mut word = || -> String { (0..random.usize(1..6)).map(|_| random.char(..)).collect() };
        let texts: Vec<String> = std::iter::repeat_with(&mut word).take(8).collect();
        let names: Vec<String> = (0..8).map(|n| format!("token{n}")).collect();
        let mut input = EventInput::new(texts[0].as_str()).object_id(&texts[1]);
        if random.bool() {
            input = input.id(&texts[2]);
        }
        if random.bool() {
            input = input.email(&texts[3]).domain(&texts[4]);
        }
        if random.bool() {
            input = input.extra_data(&texts);
        }
        for (name, text) in names.iter().zip(&texts) {
            input = match random.u8(..4) {
                0 => input.token(name.as_str(), text),
                1 => input.token(name.as_str(), random.i64(..)),
                2 => input.token(name.as_str(), random.f64() * 1e9),
                _ => input,
            };
        }
        json(&input);
    }
}

#[test]
fn the_first_mistake_is_remembered() {
    let input = EventInput::new("1001298")
        .token("a b", 1)
        .token("share", f64::NAN)
        .email("");
    let says = "token name \"a b\" contains ' '; letters, digits, `.`, `-` and `_` are allowed";
    assert_eq!(
        input.event_input().expect_err("a mistake").to_string(),
        says
    );
    let mut out = b"before".to_vec();
    assert_eq!(
        input
            .write_json(&mut out)
            .expect_err("a mistake")
            .to_string(),
        says
    );
    assert_eq!(out, b"before");
    assert_eq!(
        serde_json::to_string(&input)
            .expect_err("a mistake")
            .to_string(),
        says
    );
}

/// HubSpot has an iframe's sizes as 32-bit integers with a sign.
#[test]
fn an_iframe_has_a_size_that_hubspot_can_hold() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "1001298")]
    struct Opened {
        #[timeline(email)]
        who: &'static str,
        #[timeline(iframe)]
        page: TimelineIFrame<'static>,
    }
    for (width, height, mistake) in [
        (2_147_483_647, 2_147_483_647, None),
        (0, 0, None),
        (
            2_147_483_648,
            600,
            Some("the iframe's width is 2147483648 pixels; HubSpot allows 2147483647"),
        ),
        (
            800,
            u32::MAX,
            Some("the iframe's height is 4294967295 pixels; HubSpot allows 2147483647"),
        ),
    ] {
        let page = TimelineIFrame {
            width,
            height,
            ..iframe()
        };
        let derived = Opened {
            who: "ada@example.com",
            page: page.clone(),
        };
        let input = EventInput::new("1001298").object_id(1).iframe(page);
        for said in [derived.event_input().err(), input.event_input().err()] {
            let said = said.map(|error| error.to_string());
            assert_eq!(said.as_deref(), mistake, "{width} × {height}");
        }
    }
}

#[test]
fn a_mistake_while_writing_leaves_the_buffer_as_it_was() {
    let mut out = b"before".to_vec();
    let long = "x".repeat(510_001);
    let error = EventInput::new("1")
        .object_id(1)
        .token("a", 1)
        .token("b", &long)
        .write_json(&mut out);
    assert_eq!(error.as_ref().map_err(InvalidEvent::token), Err(Some("b")));
    assert_eq!(out, b"before");
}

#[test]
fn getters() {
    let frame = iframe();
    let input = EventInput::new("1001298")
        .id(17)
        .email("ada@example.com")
        .utk("u")
        .object_id(77)
        .domain("example.com")
        .custom_object_type_id("2-1")
        .timestamp(UNIX_EPOCH)
        .token("petName", "Rex")
        .token("petAge", 3)
        .iframe(&frame);
    assert_eq!(input.template_id(), Some("1001298"));
    assert_eq!(input.get_id(), Some("17"));
    assert_eq!(input.get_email(), Some("ada@example.com"));
    assert_eq!(input.get_utk(), Some("u"));
    assert_eq!(input.get_object_id(), Some("77"));
    assert_eq!(input.get_domain(), Some("example.com"));
    assert_eq!(input.get_custom_object_type_id(), Some("2-1"));
    assert_eq!(input.get_timestamp(), Some(0));
    assert_eq!(input.get_iframe(), Some(&frame));
    let tokens: Vec<_> = input.tokens().collect();
    assert_eq!(tokens, [("petName", "Rex".into()), ("petAge", "3".into())]);

    let named = EventInput::named("Pet adopted").object_id(1);
    assert_eq!(
        (named.template_id(), named.template_name()),
        (None, Some("Pet adopted"))
    );
    assert_eq!(json(&named), r#"{"objectId":"1","tokens":{}}"#);
}
