//! Which event an error is about.

use super::{after, judge, list, ours, response, words};
use crate::delivery::verdict::step::Past;

/// An error that says which event it is about counts more than a listing; an error that only mentions the event's id does
/// not.
#[test]
fn an_event_that_is_listed_is_created_unless_an_error_says_that_it_is_about_it() {
    for (error, expected) in [
        // The id stands in `id`, or in a context key for ids of events.
        (
            r#"{"id":"order-17","category":"VALIDATION_ERROR"}"#.to_owned(),
            "rejected",
        ),
        (r#"{"context":{"id":["order-17"]}}"#.to_owned(), "rejected"),
        (
            r#"{"context":{"eventIds":["order-17"]}}"#.to_owned(),
            "rejected",
        ),
        (
            r#"{"context":{"event_id":"order-17"}}"#.to_owned(),
            "rejected",
        ),
        (
            r#"{"context":{"EVENT_ID":["order-17"]}}"#.to_owned(),
            "rejected",
        ),
        (
            r#"{"errors":[{"context":{"id":["order-17"]}}]}"#.to_owned(),
            "rejected",
        ),
        // The id stands as a word, however long, in a message or under another key.
        (
            r#"{"message":"order-17 is no value of token amount"}"#.to_owned(),
            "created",
        ),
        (r#"{"message":"'order-17'"}"#.to_owned(), "created"),
        (
            r#"{"context":{"value":["order-17"]}}"#.to_owned(),
            "created",
        ),
        (
            r#"{"context":{"tokens":["order-17","amount"]}}"#.to_owned(),
            "created",
        ),
        (
            r#"{"context":{"objectId":["order-17"]}}"#.to_owned(),
            "created",
        ),
        (
            r#"{"context":{"vid":["order-17"],"email":["order-17"]}}"#.to_owned(),
            "created",
        ),
        // The error is about an event of another template.
        (
            r#"{"id":"order-17","eventTemplateId":"u","category":"VALIDATION_ERROR"}"#.to_owned(),
            "created",
        ),
        (
            r#"{"context":{"eventId":["order-17"],"eventTemplateId":["u"]}}"#.to_owned(),
            "created",
        ),
        (
            r#"{"context":{"eventId":["order-17"],"eventTemplateId":["t"]}}"#.to_owned(),
            "rejected",
        ),
        (r#"{"message":"no"}"#.to_owned(), "created"),
    ] {
        let answer = response(207, &list(&["order-17"], &error));
        for ids in [
            &["order-17"][..],
            &["order-17", "other"],
            &["other", "order-17"],
        ] {
            let steps = judge(&ours(ids), Past::default(), &answer).steps;
            let place = ids.iter().position(|id| *id == "order-17").expect("sent");
            assert_eq!(words(&steps[place..=place]), expected, "{ids:?} {error}");
        }
    }
    // An error can name one event inside and be about another: the outermost place for ids counts.
    for error in [
        r#"{"id":"other","errors":[{"context":{"eventId":["order-17"]}}]}"#,
        r#"{"id":"other","context":{"eventId":["order-17"]}}"#,
        r#"{"context":{"eventId":["other"]},"errors":[{"context":{"eventId":["order-17"]}}]}"#,
    ] {
        let answer = response(207, &list(&["order-17"], error));
        let both = ours(&["order-17", "other"]);
        assert_eq!(after(&both, Past::default(), &answer), "created rejected");
    }
    let numbers = response(207, &list(&["501"], r#"{"context":{"id":[501]}}"#));
    assert_eq!(
        after(&ours(&["501"]), Past::default(), &numbers),
        "rejected"
    );
    let index = response(207, &list(&["501"], r#"{"context":{"index":[501]}}"#));
    assert_eq!(after(&ours(&["501"]), Past::default(), &index), "created");
}

/// Words find the events that nothing else decides, and are certain only if each error finds an event of its own.
#[test]
fn words_name_what_nothing_else_decides() {
    let says = |text: &str| format!(r#"{{"category":"VALIDATION_ERROR","message":"{text}"}}"#);
    let sent: &[&str] = &["amount", "bbbb", "cccc"];
    for (results, errors, expected) in [
        (
            &["amount", "cccc"][..],
            says("'bbbb': no"),
            "created rejected created",
        ),
        (
            &["cccc"],
            format!("{},{}", says("'bbbb': no"), says("'amount': no")),
            "rejected rejected created",
        ),
        // The error may be about the other event, and the word a coincidence: an answer about the event alone will tell.
        (
            &["cccc"],
            says("token amount is odd"),
            "split together created",
        ),
        (
            &["cccc"],
            format!("{},{}", says("token amount is odd"), says("no")),
            "split together created",
        ),
        (
            &["cccc"],
            format!("{0},{0}", says("token amount is odd")),
            "split together created",
        ),
        // Words say nothing about a listed event.
        (
            &["amount", "cccc"],
            says("token amount is odd"),
            "created together created",
        ),
        (&["cccc"], says("amount, bbbb"), "together together created"),
        (
            &["cccc"],
            r#"{"category":"VALIDATION_ERROR","context":{"value":["bbbb"]}}"#.to_owned(),
            "together split created",
        ),
    ] {
        let answer = response(207, &list(results, &errors));
        assert_eq!(
            after(&ours(sent), Past::default(), &answer),
            expected,
            "{errors}"
        );
    }
}
