//! Tests of good and bad lines, and of the errors that they give.

use super::{Line, parse};
use crate::client::Apis;
use crate::delivery::outcome::dead_letter::write::DeadLetterOutcome;
use crate::event::{IdOrigin, ReadError, SealedEvent, SealedTemplate};
use crate::template::TemplateIds;
use crate::wire::{Api, write_sealed};

fn find(template: SealedTemplate) -> Result<SealedTemplate, String> {
    let apis = Apis::of(TemplateIds::from([("Pet adopted", "1001298")]));
    apis.find(Api::V3, template)
}

fn read(line: &str) -> Result<Line, ReadError> {
    parse(line.as_bytes(), find, 1_785_585_600_000)
}

/// The JSON that is sent.
fn sent(event: &SealedEvent) -> String {
    let mut json = Vec::new();
    write_sealed(event, &mut json);
    String::from_utf8(json).expect("UTF-8")
}

fn plain(rest: &str) -> String {
    format!(
        r#"{{"eventTemplateId":"1","id":"a","email":"ada@example.com","timestamp":1785585600000{rest}}}"#
    )
}

/// The wrong field is named, its value is not quoted.
#[test]
fn what_is_wrong() {
    let long = "x".repeat(510_001);
    let many: Vec<String> = (0..501).map(|n| format!(r#""t{n}":"x""#)).collect();
    let tokens = |tokens: &str| plain(&format!(r#","tokens":{tokens}"#));
    let with = |rest: &str| plain(&format!(r#","tokens":{{}},{rest}"#));
    let cases: Vec<(String, &str)> = vec![
        ("\0{\0}".into(), "has NUL bytes, as UTF-16 has: write the file as UTF-8"),
        ("nonsense".into(), "is no JSON at column 2: expected ident"),
        (r#"{"a" 1}"#.into(), "is no JSON at column 6: expected `:`"),
        (r#"{"outcome":"notSent","#.into(), "is cut off, or goes on in the next line"),
        ("{} {}".into(), "is no JSON at column 4: each event needs a line of its own"),
        (format!("{}\r{}", tokens("{}"), tokens("{}")), "is no JSON at column 98: each event needs a line of its own"),
        ("[]".into(), "is a list: expected an object, one event in each line"),
        ("7".into(), "is a number: expected an object"),
        (r#""a""#.into(), "is a text: expected an object"),
        ("{}".into(), "is neither a dead letter, which has an `outcome`, nor an event"),
        (r#"{"inputs":[]}"#.into(), "is a whole request or answer: expected one event in each line"),
        (r#"{"a":1,"b":2,"a":3}"#.into(), "has `a` twice"),
        (r#"{"outcome":"created"}"#.into(), "`outcome` must be `rejected`, `notSent` or `unknown`"),
        (r#"{"outcome":7}"#.into(), "`outcome` is a number: expected a text"),
        (r#"{"event":{}}"#.into(), "has no `outcome`"),
        (r#"{"outcome":"notSent","reason":"x"}"#.into(), "x"),
        (r#"{"outcome":"notSent"}"#.into(), "it has no `event`"),
        (r#"{"outcome":"notSent","portalId":"7"}"#.into(), "`portalId` must be a whole number"),
        (r#"{"outcome":"notSent","idOrigin":"x"}"#.into(), "`idOrigin` must be `made`, `keyed` or `user`"),
        (r#"{"outcome":"notSent","event":7}"#.into(), "`event` is a number: expected an object"),
        (
            r#"{"outcome":"notSent","template":"Car sold","event":{}}"#.into(),
            "the client knows no id for its template \"Car sold\": add it with `.template_ids(…)`",
        ),
        (r#"{"outcome":"notSent","event":{}}"#.into(), "has no `event.eventTemplateId`"),
        (
            r#"{"outcome":"notSent","event":{"eventTemplateId":"1","email":"ada@example.com","tokens":{}}}"#.into(),
            "has no `event.id`: give it one",
        ),
        (
            r#"{"outcome":"notSent","event":{"eventTemplateId":"1","id":"a","id":"b"}}"#.into(),
            "`event.id` stands there twice",
        ),
        (r#"{"eventTemplateId":1,"id":"a"}"#.into(), "`eventTemplateId` is a number: expected a text"),
        (r#"{"eventTemplateId":"","id":"a"}"#.into(), "`eventTemplateId` is empty"),
        (r#"{"eventTemplateId":"1","id":""}"#.into(), "`id` is empty: give it a value, or leave it out"),
        (r#"{"eventTemplateId":"1","id":null}"#.into(), "`id` is null: leave it out"),
        (r#"{"eventTemplateId":"1","id":"\ud83d"}"#.into(), "`id` is no valid text"),
        (
            format!(r#"{{"eventTemplateId":"1","id":"{}"}}"#, "x".repeat(501)),
            "`id` has 501 bytes; HubSpot allows 500",
        ),
        (r#"{"eventTemplateId":"1","id":"a-{{uuid}}"}"#.into(), "`id` contains `{{uuid}}`"),
        (r#"{"eventTemplateId":"1","id":"a-\u007b{uuid}}"}"#.into(), "`id` contains `{{uuid}}`"),
        (r#"{"eventTemplateId":"1","id":"a"}"#.into(), "names no record: it needs an `email`, a `utk` or an `objectId`"),
        (r#"{"eventTemplateId":"1","id":"a","objectId":77}"#.into(), "`objectId` is a number: expected a text"),
        (r#"{"eventTemplateId":"1","id":"a","email":""}"#.into(), "`email` is empty"),
        (r#"{"eventTemplateId":"1","id":"a","email":" \u00a0"}"#.into(), "`email` is empty"),
        (r#"{"eventTemplateId":"1","id":"a","email":"ada@example.com","objectId":"\t"}"#.into(), "`objectId` is empty"),
        (plain(""), "has no `tokens`: without any they are `{}`"),
        (tokens("[]"), "`tokens` is a list: expected an object"),
        (tokens(r#"{"a":"1","a":"2"}"#), "token `a` in `tokens` is set twice"),
        (tokens(r#"{"a b":"1"}"#), "in `tokens`: token name \"a b\" contains ' '"),
        (tokens(r#"{"log":"1"}"#), "in `tokens`: a token cannot be named `log`"),
        (tokens(r#"{"a":["ada"]}"#), "`tokens.a` is a list: expected a text"),
        (tokens(r#"{"a":null}"#), "`tokens.a` is null: leave it out"),
        (tokens(&format!(r#"{{"a":"{long}"}}"#)), "`tokens.a` takes 510001 bytes; HubSpot allows 510000"),
        (tokens(&format!("{{{}}}", many.join(","))), "`tokens` has 501; a template has at most 500"),
        (with(&format!(r#""extraData":["{long}","{long}"]"#)), "its event takes 1020"),
        (with(r#""domain":7"#), "`domain` is a number"),
        (with(r#""timelineIFrame":7"#), "`timelineIFrame` is a number: expected an object"),
        (with(r#""timelineIFrame":{"url":"x"}"#), "`timelineIFrame.linkLabel` must be a text"),
        (
            with(r#""timelineIFrame":{"linkLabel":"x","headerLabel":"x","url":"x","width":2147483648,"height":1}"#),
            "`timelineIFrame.width` must be a whole number of pixels",
        ),
        (
            r#"{"eventTemplateId":"1","id":"a","utk":"u","timestamp":"yesterday","tokens":{}}"#.into(),
            "`timestamp` is no date: expected ISO-8601",
        ),
        (
            r#"{"outcome":"unknown","event":{"eventTemplateId":"1","id":"a","utk":"u","timestamp":1.5,"tokens":{}}}"#
                .into(),
            "`event.timestamp` is no date",
        ),
    ];
    for (line, says) in cases {
        let shown = line.get(..line.len().min(200)).unwrap_or_default();
        let wrong = read(&line).expect_err(shown);
        assert!(
            wrong.reason.starts_with(says),
            "{shown}: {}, expected {says}",
            wrong.reason
        );
        assert!(!wrong.reason.contains("ada"), "{}", wrong.reason);
    }
    let wrong = parse(b"{\"a\":\"\xff\"}", find, 0).expect_err("no UTF-8");
    assert_eq!(wrong.reason, "is no UTF-8 from byte 7 on");
}

/// An error has the event's id, if there is one.
#[test]
fn which_event_it_is() {
    for (line, id) in [
        (r#"{"eventTemplateId":"1","id":"a"}"#, Some("a")),
        (r#"{"outcome":"rejected","id":"b","reason":"x"}"#, Some("b")),
        (
            r#"{"outcome":"rejected","id":"b","event":{"id":"c"}}"#,
            Some("c"),
        ),
        (r#"{"outcome":"rejected","reason":"x"}"#, None),
        ("[]", None),
    ] {
        assert_eq!(read(line).expect_err(line).id.as_deref(), id, "{line}");
    }
}

#[test]
fn what_is_sent() {
    let whole = plain(r#","tokens":{"a":"1","n":2,"b":true},"extraData":[1],"other":1"#);
    let line = read(&whole).expect("an event");
    let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).expect("JSON");
    assert_eq!(value(&sent(&line.event)), value(&whole), "as it is");
    assert_eq!((line.event.id_origin, line.ended), (IdOrigin::User, None));

    let event = r#"{"id":"a","email":"ada@example.com","tokens":{}}"#;
    let letter = |id: &str| {
        format!(
            r#"{{"index":7,"template":"Pet adopted","portalId":62515,"id":"{id}","outcome":"unknown","idOrigin":"keyed","event":{event}}}"#
        )
    };
    // An id that was put in by hand is the user's own.
    let mended = letter("b");
    assert_eq!(
        read(&mended).expect("a letter").event.id_origin,
        IdOrigin::User
    );
    let letter = letter("a");
    let line = read(&letter).expect("a letter");
    assert_eq!(
        sent(&line.event),
        r#"{"eventTemplateId":"1001298","id":"a","email":"ada@example.com","timestamp":"2026-08-01T12:00:00.000Z","tokens":{}}"#
    );
    let event = &line.event;
    assert_eq!(event.portal_id, Some(62515));
    assert_eq!((event.id_origin, event.is_stamped), (IdOrigin::Keyed, true));
    assert_eq!((line.index, line.same_id_twice), (Some(7), false));
    assert_eq!(line.ended, Some(DeadLetterOutcome::Unknown));
}

/// A dead letter may have null for what is not known, as in older files; in the event itself null is refused.
#[test]
fn a_dead_letter_may_hold_null() {
    let letter = |id: &str| {
        format!(
            r#"{{"id":{id},"index":null,"portalId":null,"outcome":"notSent","reason":null,"event":{{"eventTemplateId":"1","id":"a","email":"ada@example.com","tokens":{{}}}}}}"#
        )
    };
    for id in ["null", r#""a""#] {
        let line = letter(id);
        let read = read(&line).unwrap_or_else(|wrong| panic!("{id}: {wrong:?}"));
        assert_eq!(&*read.event.id, "a", "{id}");
    }
}

/// The time of a call does not tell two events apart.
#[test]
fn whose_time_it_is() {
    let timed = r#""timestamp":"2026-08-01T12:00:00.000Z","#;
    for (stamped, time, is_stamped) in [
        ("", timed, false),
        (r#""stamped":false,"#, timed, false),
        (r#""stamped":true,"#, timed, true),
        ("", "", true),
    ] {
        let event = format!(r#"{{"eventTemplateId":"1","id":"a",{time}"utk":"u","tokens":{{}}}}"#);
        let letter = format!(r#"{{{stamped}"outcome":"notSent","event":{event}}}"#);
        assert_eq!(
            read(&letter).expect("a letter").event.is_stamped,
            is_stamped,
            "{letter}"
        );
        if stamped.is_empty() {
            assert_eq!(
                read(&event).expect("an event").event.is_stamped,
                is_stamped,
                "{event}"
            );
        }
    }
}

/// Every missing value is asked for, not only the first.
#[test]
fn what_was_not_mended_is_not_sent() {
    let letter = |missing: &str, event: &str| {
        format!(
            r#"{{"outcome":"rejected","reason":"token `amount` is NaN","missing":[{missing}],"event":{{"eventTemplateId":"1","id":"a","email":"ada@example.com",{event}}}}}"#
        )
    };
    let all = r#""tokens.amount","extraData","tokens.a.b""#;
    for (missing, event, lacks) in [
        (all, r#""tokens":{}"#, Some("tokens.amount")),
        (all, r#""tokens":{"amount":"1"}"#, Some("extraData")),
        (
            all,
            r#""tokens":{"amount":"1"},"extraData":1"#,
            Some("tokens.a.b"),
        ),
        (
            all,
            r#""tokens":{"amount":"1","a":"2"},"extraData":1"#,
            Some("tokens.a.b"),
        ),
        (
            all,
            r#""tokens":{"amount":"1","a.b":"2"},"extraData":1"#,
            None,
        ),
        (r#""extraData""#, r#""tokens":{}"#, Some("extraData")),
        ("", r#""tokens":{}"#, None),
    ] {
        let line = letter(missing, event);
        let wrong = read(&line).err();
        let expected = lacks.map(|name| {
            format!(
                "token `amount` is NaN: `event.{name}` is still missing; put it in, or take it out of the line's `missing`"
            )
        });
        assert_eq!(
            wrong.as_ref().map(|wrong| &wrong.reason),
            expected.as_ref(),
            "{line}"
        );
        assert!(
            wrong.is_none_or(|wrong| wrong.id.as_deref() == Some("a")),
            "{line}"
        );
    }
}

/// Any line is either an event that is fit to be sent, or refused.
#[test]
fn any_bytes_at_all() {
    const BYTES: &[u8] = b"{}[]\",:\\0an \x00\xff";
    let letter = r#"{"index":7,"template":"Pet adopted","portalId":62515,"id":"a","outcome":"unknown","idOrigin":"made","missing":["tokens.x"],"event":{"id":"a","email":"ada@example.com","tokens":{"x":"1"},"extraData":{"n":[1]},"timelineIFrame":{"linkLabel":"x","headerLabel":"x","url":"x","width":1,"height":1}}}"#;
    let mut random = fastrand::Rng::with_seed(1);
    let mut fit = 0;
    for _ in 0..20_000 {
        let mut line = letter.as_bytes().to_vec();
        for _ in 0..random.usize(1..4) {
            let place = random.usize(..line.len());
            match random.u8(..4) {
                0 => drop(line.remove(place)),
                1 => line.insert(place, random.u8(..)),
                2 => line.truncate(place.max(10)),
                _ => line[place] = BYTES[random.usize(..BYTES.len())],
            }
        }
        let Ok(read) = parse(&line, find, 0) else {
            continue;
        };
        fit += 1;
        let json = sent(&read.event);
        let event: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(event["id"], *read.event.id);
        assert_eq!(event["eventTemplateId"], **read.event.template.text());
        assert!(event["tokens"].is_object());
        assert!(!read.event.id.is_empty() && !json.contains(['\n', '\r']));
    }
    assert!(fit > 100, "{fit}");
}
