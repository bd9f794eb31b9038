//! Reads what HubSpot answers. Every field counts as optional, and a field of an unexpected type as absent: what matters is
//! which events an answer names, and nothing else in it may spoil that. Other fields are skipped without decoding, and
//! never kept: an answer of a few megabytes must not become many in memory.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json::{decode, elements, pick, string, text, utf8};
use super::plain_listing::read_plain;
use super::scopes::missing_scopes;
use super::templates;
use crate::error::ResponseError;
use crate::wire::answer::{
    Answer, BatchProgress, Content, ErrorContent, EventError, Expected, ListedEvent, Listing,
    RawAnswer, StoredContent, StoredEvent,
};
use crate::wire::error_body::ErrorBody;
use crate::wire::record::{BatchResponse, EventRecord};
use crate::wire::texts::Texts;

/// Reads an answer, once. A success that was cut off is not read. Of an error that was cut off, only what is whole is read.
pub(crate) fn read(expected: Expected, raw: &RawAnswer) -> Answer {
    let content = match raw.status {
        200..=299 if !raw.complete => Content::Unreadable,
        200..=299 => success(expected, &raw.body).unwrap_or(Content::Unreadable),
        _ => Content::Error(Box::new(error(expected, raw))),
    };
    Answer {
        status: raw.status,
        retry_after: raw.retry_after,
        complete: raw.complete,
        too_long: raw.too_long,
        content,
    }
}

fn success(expected: Expected, body: &[u8]) -> Option<Content> {
    Some(match expected {
        Expected::Created(events) => Content::Listing(Listing::parse(body, events)?),
        Expected::Stored => Content::Stored(Box::new(StoredContent {
            event: StoredEvent::parse(body)?,
            tokens: token_texts(body),
        })),
        Expected::Record => Content::Record(Box::new(EventRecord::parse(body)?)),
        Expected::Batch => Content::Batch(Box::new(BatchResponse::parse(body)?)),
        Expected::TypeName => {
            let json = utf8(body);
            let [name] = pick(&json, ["fullyQualifiedName"])?;
            let name = string(name?).filter(|name| !name.is_empty())?;
            Content::TypeName(name.into())
        }
        Expected::Templates => or_what_is_wrong(templates::list(body), Content::Templates),
        Expected::Template => {
            or_what_is_wrong(templates::one(body), |one| Content::Template(Box::new(one)))
        }
        Expected::Token => or_what_is_wrong(templates::token(body), |token| {
            Content::Token(Box::new(token))
        }),
        Expected::Nothing => Content::Nothing,
    })
}

fn or_what_is_wrong<T>(read: serde_json::Result<T>, content: impl Fn(T) -> Content) -> Content {
    match read {
        Ok(read) => content(read),
        Err(error) => Content::NoTemplate(error.to_string().into()),
    }
}

fn error(expected: Expected, raw: &RawAnswer) -> ErrorContent {
    let is_cut = !raw.complete || raw.too_long;
    ErrorContent {
        body: ErrorBody::parse(&raw.body).unwrap_or_default(),
        errors: match (expected, raw.status) {
            // Only these can be about single events.
            (Expected::Created(events @ 2..), 400..=499) if !is_cut => {
                errors_of_refusal(&raw.body, events)
            }
            _ => Vec::new(),
        },
        missing_scopes: match raw.status {
            403 => missing_scopes(&raw.body),
            _ => Vec::new(),
        },
        response: match expected {
            Expected::Created(_) | Expected::Stored | Expected::TypeName => None,
            Expected::Record
            | Expected::Batch
            | Expected::Templates
            | Expected::Template
            | Expected::Token
            | Expected::Nothing => ResponseError::parse(&raw.body).map(Box::new),
        },
    }
}

/// How many names may be read from the errors of an answer, for each element that may be read.
const NAMES_PER_ELEMENT: usize = 20;

impl Listing {
    /// The answer about so many events. `None` if the bytes are not a JSON object: cut off, missing, or not HubSpot's.
    ///
    /// A limited number of elements is read, with room for some strangers and repetitions. Elements behind them count as
    /// not listed.
    pub(crate) fn parse(bytes: &[u8], events: usize) -> Option<Self> {
        let most = events.saturating_mul(2).saturating_add(1_000);
        if let Some(listing) = read_plain(bytes, events) {
            return Some(listing);
        }
        let text = utf8(bytes);
        let keys = ["results", "errors", "status", "numErrors"];
        let [results, errors, status, num_errors] = pick(&text, keys)?;
        let mut answer = Listing {
            status: BatchProgress::read(status),
            num_errors: num_errors.and_then(decode),
            ..Listing::default()
        };
        let _ = elements(results, |json| {
            if answer.results.len() < most {
                answer
                    .results
                    .extend(ListedEvent::read(json, &mut answer.texts));
            }
        });
        let mut names = most.saturating_mul(NAMES_PER_ELEMENT);
        let _ = elements(errors, |json| {
            if answer.errors.len() < most {
                let error = EventError::read(json, names);
                names -= error.as_ref().map_or(0, |error| error.names.len());
                answer.errors.extend(error);
            }
        });
        Some(answer)
    }
}

/// What the body of a refusal says of single events: the errors inside it if one of them names an event, else the body
/// itself if that names one.
fn errors_of_refusal(bytes: &[u8], events: usize) -> Vec<EventError> {
    let answer = Listing::parse(bytes, events).unwrap_or_default();
    let names_some = |error: &EventError| !error.names.is_empty();
    if !answer.errors.iter().any(names_some)
        && let Some(whole) = EventError::read_alone(&utf8(bytes)).filter(names_some)
    {
        return vec![whole];
    }
    answer.errors
}

/// The texts of an event's tokens, as they were sent or as HubSpot tells them back. A token that is empty counts as absent,
/// and is left out. `None` if the bytes have no tokens.
pub(crate) fn token_texts(event: &[u8]) -> Option<BTreeMap<String, String>> {
    let json = utf8(event);
    let [tokens] = pick(&json, ["tokens"])?;
    let tokens: BTreeMap<String, Value> = serde_json::from_str(tokens?).ok()?;
    let texts = tokens.into_iter().map(|(name, value)| {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        (name, text)
    });
    Some(texts.filter(|(_, text)| !text.is_empty()).collect())
}

impl BatchProgress {
    fn read(json: Option<&str>) -> Self {
        let word = json.and_then(string).unwrap_or_default();
        match &*word.to_ascii_uppercase() {
            "PENDING" | "PROCESSING" => BatchProgress::Underway,
            "CANCELED" | "CANCELLED" => BatchProgress::Canceled,
            _ => BatchProgress::Complete,
        }
    }
}

impl ListedEvent {
    /// `None` for an element that does not say which event it is.
    fn read(json: &str, texts: &mut Texts) -> Option<Self> {
        let keys = [
            "eventTemplateId",
            "eventTypeName",
            "id",
            "objectId",
            "createdAt",
        ];
        let [template_id, type_name, id, object_id, created_at] = pick(json, keys)?.map(text);
        let (template_id, id) = (template_id.or(type_name)?, id?);
        let mut add = |text: String| texts.add(&text);
        Some(ListedEvent {
            template_id: add(template_id),
            id: add(id),
            object_id: object_id.map(&mut add),
            created_at: created_at.map(add),
        })
    }
}

impl StoredEvent {
    /// The answer to reading one event. `None` if it does not say which event it is.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let json = utf8(bytes);
        let keys = ["eventTemplateId", "id", "objectId", "email", "utk"];
        let [template_id, id, object_id, email, utk] = pick(&json, keys)?.map(text);
        Some(StoredEvent {
            template_id: template_id?,
            id: id?,
            object_id,
            email,
            utk,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ListedEvent, Listing, read_plain};
    use crate::wire::answer::NameRank;
    use crate::wire::error_body::ErrorBody;

    #[test]
    fn what_is_not_a_json_object_is_no_answer() {
        for body in ["", "null", "[]", "OK", "<html>", r#"{"results":[{"id":"#] {
            assert_eq!(Listing::parse(body.as_bytes(), 2), None, "{body}");
            assert_eq!(ErrorBody::parse(body.as_bytes()), None, "{body}");
        }
    }

    /// The events are read whatever is wrong with the other fields.
    #[test]
    fn the_rest_of_an_answer_spoils_nothing() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let nested = format!(
            "{}{{}}{}",
            r#"{"errors":[{"id":"a"},"#.repeat(10_000),
            "]}".repeat(10_000)
        );
        for rest in [r#""\ud83d""#, &deep, r#"{"a":1,"a":2}"#] {
            let body = format!(
                r#"{{"x":{rest},"results":[{{"id":"a","eventTemplateId":"t","tokens":{{"y":{rest}}},"utk":{rest}}}]}}"#
            );
            let answer = Listing::parse(body.as_bytes(), 2).expect(rest);
            assert_eq!(answer.results.len(), 1, "{rest}");
        }
        let invalid = b"{\"x\":\"\xff\",\"results\":[{\"id\":\"a\",\"eventTemplateId\":\"t\",\"tokens\":{\"y\":\"\xff\"}}]}";
        assert_eq!(
            Listing::parse(invalid, 2).map(|answer| answer.results.len()),
            Some(1)
        );
        let answer = Listing::parse(nested.as_bytes(), 2).expect("an object");
        assert!(
            answer.errors.iter().all(|error| error.names.len() < 20),
            "{answer:?}"
        );
    }

    #[test]
    fn fields_of_a_wrong_type_are_absent() {
        for body in [
            "{}",
            r#"{"results":null,"errors":7}"#,
            r#"{"results":{"id":"a"},"errors":"none"}"#,
            r#"{"results":[null,7,"a",[],{},{"id":"a"},{"eventTemplateId":"t"},{"id":{},"eventTemplateId":"t"}]}"#,
            r#"{"errors":[null,7,"a",[]]}"#,
        ] {
            assert_eq!(
                Listing::parse(body.as_bytes(), 2),
                Some(Listing::default()),
                "{body}"
            );
        }
    }

    #[test]
    fn results_are_read_for_what_they_name() {
        let body = r#"{"status":"COMPLETE","results":[
            {"id":"a","eventTemplateId":"1001298","objectType":"contacts","tokens":{},"objectId":"77",
             "email":"ada@example.com","createdAt":"2026-08-01T12:00:00.123Z"},
            {"id":12,"eventTemplateId":1001298}]}"#;
        let answer = Listing::parse(body.as_bytes(), 2).expect("an object");
        let texts = |result: &ListedEvent| {
            let all = [
                Some(result.template_id),
                Some(result.id),
                result.object_id,
                result.created_at,
            ];
            all.map(|text| text.map(|text| answer.texts.get(text)))
        };
        let results: Vec<_> = answer.results.iter().map(texts).collect();
        assert_eq!(
            results,
            [
                [
                    Some("1001298"),
                    Some("a"),
                    Some("77"),
                    Some("2026-08-01T12:00:00.123Z")
                ],
                [Some("1001298"), Some("12"), None, None],
            ]
        );
    }

    /// An answer that is read in one pass says the same as one that is read with care.
    #[test]
    fn a_plain_answer_is_read_alike() {
        let result = r#"{"id":"a","eventTemplateId":"t","objectType":"contacts","objectId":"7","tokens":{"a":"\ud83d"}}"#;
        for (body, is_plain) in [
            (
                format!(r#"{{"status":"COMPLETE","results":[{result},{result}]}}"#),
                true,
            ),
            (r#"{"status":"COMPLETE","results":[]}"#.to_owned(), true),
            (
                r#"{"status":"COMPLETE","results":[],"errors":[],"numErrors":0}"#.to_owned(),
                true,
            ),
            (
                format!(r#"{{"status":"COMPLETE","numErrors":2,"results":[{result}]}}"#),
                true,
            ),
            (
                format!(r#"{{"status":"CANCELED","results":[{result}]}}"#),
                false,
            ),
            (format!(r#"{{"results":[{result}]}}"#), false),
            (
                format!(r#"{{"status":"COMPLETE","results":[{result}],"errors":[{{"id":"b"}}]}}"#),
                false,
            ),
            (
                format!(r#"{{"status":"COMPLETE","results":[{result},7]}}"#),
                false,
            ),
            (
                format!(r#"{{"status":"COMPLETE","results":[{result}],"results":[]}}"#),
                false,
            ),
            (
                r#"{"status":"COMPLETE","results":[{"id":"a\n","eventTemplateId":"t"}]}"#
                    .to_owned(),
                false,
            ),
            (
                r#"{"status":"COMPLETE","results":[{"id":1,"eventTemplateId":"t"}]}"#.to_owned(),
                false,
            ),
            (
                r#"{"status":"COMPLETE","results":[{"id":"a"}]}"#.to_owned(),
                false,
            ),
        ] {
            let plain = read_plain(body.as_bytes(), 2);
            assert_eq!(plain.is_some(), is_plain, "{body}");
            // With a second status, the answer is not plain any more and says the same.
            let careful = body.replacen('{', r#"{"status":"COMPLETE","#, 1);
            if let Some(plain) = plain {
                assert_eq!(Listing::parse(careful.as_bytes(), 2), Some(plain), "{body}");
            }
        }
        let long = format!(
            r#"{{"status":"COMPLETE","results":[{result}],"x":"{}"}}"#,
            "x".repeat(20_000)
        );
        assert_eq!(read_plain(long.as_bytes(), 2), None);
        assert_eq!(
            Listing::parse(long.as_bytes(), 2).map(|listing| listing.results.len()),
            Some(1)
        );
    }

    #[test]
    fn an_error_names_events_in_id_and_context_at_any_depth() {
        let body = r#"{"errors":[{"id":"a","category":"VALIDATION_ERROR","subCategory":{"x":1},"message":"no",
            "context":{"eventId":["b",1],"token":"c","n":[2],"objectId":["e"],"contactIds":["e"],"eventTemplateId":["t"]},
            "errors":[{"message":"why","context":{"id":["d"]}}]}]}"#;
        let answer = Listing::parse(body.as_bytes(), 2).expect("an object");
        let [error] = &answer.errors[..] else {
            panic!("one error: {answer:?}");
        };
        let mut names: Vec<(&str, NameRank)> = error
            .names
            .iter()
            .map(|(name, rank)| (&**name, *rank))
            .collect();
        names.sort_unstable();
        let expected = [
            ("1", NameRank::Context),
            ("a", NameRank::Id),
            ("b", NameRank::Context),
            ("c", NameRank::Word),
            ("d", NameRank::Inside),
        ];
        assert_eq!(names, expected);
        assert_eq!(error.template_ids, ["t"]);
        assert_eq!(error.body.category.as_deref(), Some("VALIDATION_ERROR"));
        assert_eq!(error.body.sub_category, None);
        assert_eq!(error.body.message.as_deref(), Some("no"));
    }

    /// Repetitions and long texts are kept only up to a limit.
    #[test]
    fn a_long_answer_stays_small() {
        let result = r#"{"id":"a","eventTemplateId":"t"},"#.repeat(3_000);
        let error = r#"{"id":"a","context":{"id":["b","c","d","e","f","g","h","i","j","k"]},
            "errors":[{"context":{"id":["l","m","n","o","p","q","r","s","t","u","v","w"]}}]},"#;
        let body = format!(
            r#"{{"results":[{result}1],"errors":[{}1]}}"#,
            error.repeat(3_000)
        );
        let answer = Listing::parse(body.as_bytes(), 2).expect("an object");
        assert_eq!((answer.results.len(), answer.errors.len()), (1_004, 1_004));
        let names = answer.errors.iter().map(|error| error.names.len());
        assert_eq!(names.sum::<usize>(), 20_080);

        let body = format!(r#"{{"message":"x{}"}}"#, "é".repeat(10_000));
        let message = ErrorBody::parse(body.as_bytes()).and_then(|body| body.message);
        assert_eq!(message.map(|message| message.len()), Some(8_191));
        let body = format!(r#"{{"message":"{}"}}"#, "x".repeat(70_000));
        assert_eq!(
            ErrorBody::parse(body.as_bytes()),
            Some(ErrorBody::default())
        );
    }

    #[test]
    fn of_a_key_that_comes_twice_the_last_value_counts() {
        let body = br#"{"message":"a","message":7,"message":"b"}"#;
        let message = ErrorBody::parse(body).and_then(|body| body.message);
        assert_eq!(message.as_deref(), Some("b"));
    }
}
