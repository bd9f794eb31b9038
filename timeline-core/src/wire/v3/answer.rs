//! What HubSpot answers. Every field counts as optional, and a field of an unexpected type as absent: what matters is
//! which events an answer names, and nothing else in it may spoil that. What is not asked for is skipped undecoded, and
//! never kept: an answer of a few megabytes must not become many in memory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Number, Value};

use crate::limits;

/// The answer to a batch, whatever its status.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct BatchAnswer {
    pub(crate) status: BatchStatus,
    /// How many errors HubSpot says there are.
    pub(crate) num_errors: Option<usize>,
    /// The events that HubSpot says it has.
    pub(crate) results: Vec<StoredEvent>,
    /// What HubSpot says against some of the others.
    pub(crate) errors: Vec<EventError>,
}

/// How far HubSpot has got with a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BatchStatus {
    /// `COMPLETE`, and whatever else is none of the others: the answer is what it is.
    #[default]
    Complete,
    /// `PENDING` and `PROCESSING`.
    Underway,
    Canceled,
}

/// An event as HubSpot tells it back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredEvent {
    pub(crate) template_id: String,
    pub(crate) id: String,
    pub(crate) object_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) utk: Option<String>,
    pub(crate) created_at: Option<String>,
}

/// An element of a batch answer's `errors`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EventError {
    /// Texts that may be ids of events, here and in the errors inside, and where they stand.
    pub(crate) names: Vec<(String, NameRank)>,
    /// The templates that it is about, if it says so.
    pub(crate) template_ids: Vec<String>,
    pub(crate) body: ErrorBody,
}

/// Where a text stands that may be an event's id, from the surest place to the least sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NameRank {
    /// In the error's own `id`.
    Id,
    /// In its `context`, under a key such as `eventId`.
    Context,
    /// In one of these of an error inside.
    Inside,
    /// In `context`, under a key that is about something else.
    Word,
}

/// The body of an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) category: Option<String>,
    pub(crate) sub_category: Option<String>,
    pub(crate) error_type: Option<String>,
    pub(crate) policy_name: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) code: Option<String>,
    /// An error inside says that an event's id is in use.
    pub(crate) in_use_inside: bool,
}

/// Names in the errors of an answer, for each of the elements that are read.
const NAMES_PER_ELEMENT: usize = 20;

/// Bytes of a text that are kept. Ids are shorter, and of a message it is enough: one that is said of every event of a
/// batch is kept for each.
const TEXT_BYTES: usize = 8 * 1024;

impl BatchAnswer {
    /// The answer about so many events. `None` if the bytes are not a JSON object: cut off, missing, or not HubSpot's.
    ///
    /// Some strangers and repetitions are read, and not more: what stands behind them counts as not listed.
    pub(crate) fn parse(bytes: &[u8], events: usize) -> Option<Self> {
        let most = events.saturating_mul(2).saturating_add(1_000);
        let text = utf8(bytes);
        let keys = ["results", "errors", "status", "numErrors"];
        let [results, errors, status, num_errors] = pick(&text, keys)?;
        let mut answer = BatchAnswer {
            status: BatchStatus::read(status),
            num_errors: num_errors.and_then(decode),
            ..BatchAnswer::default()
        };
        let _ = elements(results, |json| {
            if answer.results.len() < most {
                answer.results.extend(StoredEvent::read(json));
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

/// What the body of a refusal says of single events: its details if they name any, else itself if it does.
pub(crate) fn errors_of_refusal(bytes: &[u8], events: usize) -> Vec<EventError> {
    let answer = BatchAnswer::parse(bytes, events).unwrap_or_default();
    let names_some = |error: &EventError| !error.names.is_empty();
    if !answer.errors.iter().any(names_some)
        && let Some(whole) = EventError::read_alone(&utf8(bytes)).filter(names_some)
    {
        return vec![whole];
    }
    answer.errors
}

/// The texts of an event's tokens, as they were sent or as HubSpot tells them back. One that is empty is not shown, and
/// neither is one that is not there. `None` if the bytes have no tokens.
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

impl BatchStatus {
    fn read(json: Option<&str>) -> Self {
        let word = json.and_then(string).unwrap_or_default();
        match &*word.to_ascii_uppercase() {
            "PENDING" | "PROCESSING" => BatchStatus::Underway,
            "CANCELED" | "CANCELLED" => BatchStatus::Canceled,
            _ => BatchStatus::Complete,
        }
    }
}

impl StoredEvent {
    /// The answer to reading one event.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(&utf8(bytes))
    }

    /// `None` for an element that does not say which event it is.
    fn read(json: &str) -> Option<Self> {
        let keys = [
            "eventTemplateId",
            "id",
            "objectId",
            "email",
            "utk",
            "createdAt",
        ];
        let [template_id, id, object_id, email, utk, created_at] = pick(json, keys)?.map(text);
        Some(StoredEvent {
            template_id: template_id?,
            id: id?,
            object_id,
            email,
            utk,
            created_at,
        })
    }
}

impl EventError {
    /// With so many names at most.
    fn read(json: &str, most_names: usize) -> Option<Self> {
        let mut error = Self::empty(json)?;
        error.collect_names(json, most_names, 0);
        error.names.truncate(most_names);
        Some(error)
    }

    /// Without what the errors inside name.
    fn read_alone(json: &str) -> Option<Self> {
        let mut error = Self::empty(json)?;
        error.collect_own_names(json, limits::ERROR_BYTES, 0);
        Some(error)
    }

    fn empty(json: &str) -> Option<Self> {
        Some(EventError {
            names: Vec::new(),
            template_ids: Vec::new(),
            body: ErrorBody::read(json)?,
        })
    }

    /// Every text in `id` and `context`, and in the `errors` inside, until there are enough.
    fn collect_names(&mut self, json: &str, enough: usize, depth: u8) {
        // HubSpot's own errors are one deep; a hostile answer must not exhaust the stack.
        const DEEP: u8 = 8;
        self.collect_own_names(json, enough, depth);
        let errors = pick(json, ["errors"]).and_then(|[errors]| errors);
        if depth < DEEP {
            let _ = elements(errors, |json| {
                if self.names.len() < enough {
                    self.collect_names(json, enough, depth + 1);
                }
            });
        }
    }

    fn collect_own_names(&mut self, json: &str, enough: usize, depth: u8) {
        let Some([id, template_id, context]) = pick(json, ["id", "eventTemplateId", "context"])
        else {
            return;
        };
        let at = |rank| if depth == 0 { rank } else { NameRank::Inside };
        self.names.extend(text(id).map(|id| (id, at(NameRank::Id))));
        self.template_ids.extend(text(template_id));
        let in_context = |key: &str, value| {
            let kind = KeyKind::of(key);
            let mut name = |json| {
                if self.names.len() >= enough {
                    return;
                }
                match kind {
                    KeyKind::EventId => {
                        let id = text(Some(json));
                        self.names.extend(id.map(|id| (id, at(NameRank::Context))));
                    }
                    KeyKind::TemplateId if self.template_ids.len() < enough => {
                        self.template_ids.extend(text(Some(json)));
                    }
                    KeyKind::OtherId | KeyKind::TemplateId => {}
                    KeyKind::Other => {
                        let word = string(json);
                        self.names.extend(word.map(|word| (word, NameRank::Word)));
                    }
                }
            };
            name(value);
            let _ = elements(Some(value), name);
        };
        // What is no object has no entries.
        let _ = context.and_then(|context| entries(context, in_context));
    }
}

impl ErrorBody {
    /// `None` if the bytes are not a JSON object, as from a proxy in between.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(&utf8(bytes))
    }

    /// Whether it bears HubSpot's marks; what a gateway says of a path that nobody serves does not.
    pub(crate) fn is_hubspots(&self) -> bool {
        self.category.is_some() || (self.correlation_id.is_some() && !self.is_of_the_path())
    }

    /// Whether HubSpot says that it has no such path: seen with a correlation id and without a category, which an object
    /// that is not found has.
    fn is_of_the_path(&self) -> bool {
        let message = self.message.as_deref().unwrap_or_default();
        self.category.is_none() && message.eq_ignore_ascii_case("resource not found")
    }

    /// Whether HubSpot failed by itself, whatever the event is.
    pub(crate) fn is_internal(&self) -> bool {
        let names = ["INTERNAL", "UNAVAILABLE", "TIMEOUT"];
        let category = self.category.as_deref().unwrap_or_default();
        names.iter().any(|name| category.contains(name))
    }

    /// Whether it says that an event's id is in use.
    ///
    /// HubSpot's announcement of 2021 says "Event ID already in use". The word "id" must stand before "already in use": an
    /// e-mail address can be in use as well. A code may leave out "already".
    pub(crate) fn says_in_use(&self) -> bool {
        let texts = [
            &self.message,
            &self.sub_category,
            &self.category,
            &self.error_type,
            &self.code,
        ];
        self.in_use_inside || texts.into_iter().flatten().any(|text| is_in_use(text))
    }

    fn read(json: &str) -> Option<Self> {
        let [errors] = pick(json, ["errors"])?;
        let mut body = Self::read_alone(json)?;
        let _ = elements(errors, |json| {
            let inside = |body: ErrorBody| body.says_in_use();
            body.in_use_inside |= Self::read_alone(json).is_some_and(inside);
        });
        Some(body)
    }

    fn read_alone(json: &str) -> Option<Self> {
        let keys = [
            "category",
            // A string in an error's body, an object in an element of `errors`.
            "subCategory",
            "errorType",
            "policyName",
            "message",
            "correlationId",
            "code",
        ];
        let [
            category,
            sub_category,
            error_type,
            policy_name,
            message,
            correlation_id,
            code,
        ] = pick(json, keys)?.map(text);
        Some(ErrorBody {
            category,
            sub_category,
            error_type,
            policy_name,
            message,
            correlation_id,
            code,
            in_use_inside: false,
        })
    }
}

fn is_in_use(text: &str) -> bool {
    let text = text.to_ascii_lowercase().replace('_', " ");
    let before = text.find("already in use").and_then(|at| text.get(..at));
    let mut words = before
        .into_iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    words.any(|word| word == "id") || text.contains("event id in use")
}

/// The bytes as text. What is not UTF-8 becomes one byte that JSON allows and no id has: the usual replacement would
/// make three of each.
pub(super) fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push('\u{7f}');
        }
    }
    Cow::Owned(text)
}

/// The values of these keys, not decoded yet; of a key that comes twice the last one. `None` if it is no object.
pub(super) fn pick<'a, const N: usize>(
    json: &'a str,
    keys: [&str; N],
) -> Option<[Option<&'a str>; N]> {
    let mut values = [None; N];
    entries(json, |key, value| {
        let place = keys.iter().position(|wanted| *wanted == key);
        if let Some(slot) = place.and_then(|place| values.get_mut(place)) {
            *slot = Some(value);
        }
    })?;
    Some(values)
}

/// Goes through an object's keys and values. Keys are taken as they are written: nobody escapes their letters.
pub(super) fn entries<'a>(json: &'a str, each: impl FnMut(&'a str, &'a str)) -> Option<()> {
    struct Entries<F>(F);

    impl<'a, F: FnMut(&'a str, &'a str)> Visitor<'a> for Entries<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                (self.0)(key.get().trim_matches('"'), value.get());
            }
            Ok(())
        }
    }

    let mut json = serde_json::Deserializer::from_str(json);
    json.deserialize_map(Entries(each)).ok()?;
    json.end().ok()
}

/// Goes through a list's elements; `None`, and there are none, if it is no list.
pub(super) fn elements<'a>(json: Option<&'a str>, each: impl FnMut(&'a str)) -> Option<()> {
    struct Elements<F>(F);

    impl<'a, F: FnMut(&'a str)> Visitor<'a> for Elements<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'a>>(mut self, mut list: A) -> Result<(), A::Error> {
            while let Some(element) = list.next_element::<&RawValue>()? {
                (self.0)(element.get());
            }
            Ok(())
        }
    }

    // It is a part of JSON that was found to be sound, so all that can be wrong is that it is no list.
    serde_json::Deserializer::from_str(json?)
        .deserialize_seq(Elements(each))
        .ok()
}

/// A text, or a number where a text is expected: ids have been seen as both.
fn text(json: Option<&str>) -> Option<String> {
    let json = json?;
    string(json).or_else(|| {
        let number: Number = decode(json)?;
        Some(number.to_string())
    })
}

pub(super) fn string(json: &str) -> Option<String> {
    let mut text: String = decode(json)?;
    if text.len() > TEXT_BYTES {
        let mut ends = (0..=TEXT_BYTES).rev();
        let end = ends.find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.shrink_to_fit();
    }
    Some(text)
}

/// A value that is no longer than an error's body may be.
fn decode<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    if json.len() > limits::ERROR_BYTES {
        return None;
    }
    serde_json::from_str(json).ok()
}

/// What a key of an error's context is about.
#[derive(Clone, Copy)]
enum KeyKind {
    /// `id`, `ids`, `eventId`, `event_ids`.
    EventId,
    /// `eventTemplateId`.
    TemplateId,
    /// The id of another thing, such as `objectId`, can be equal to an event's.
    OtherId,
    Other,
}

impl KeyKind {
    fn of(key: &str) -> Self {
        let one = key.strip_suffix('s').unwrap_or(key);
        let plain: String = one.chars().filter(|c| c.is_alphanumeric()).collect();
        match &*plain.to_ascii_lowercase() {
            "id" | "eventid" | "timelineeventid" => KeyKind::EventId,
            "templateid" | "eventtemplateid" => KeyKind::TemplateId,
            "objectid" | "contactid" | "vid" | "utk" | "email" | "domain" => KeyKind::OtherId,
            _ if ["Id", "ID", "_id"].iter().any(|end| one.ends_with(end)) => KeyKind::OtherId,
            _ => KeyKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BatchAnswer, ErrorBody, NameRank, StoredEvent};

    #[test]
    fn what_is_not_a_json_object_is_no_answer() {
        for body in ["", "null", "[]", "OK", "<html>", r#"{"results":[{"id":"#] {
            assert_eq!(BatchAnswer::parse(body.as_bytes(), 2), None, "{body}");
            assert_eq!(ErrorBody::parse(body.as_bytes()), None, "{body}");
        }
    }

    /// Whatever is wrong with what nobody asks for, the events are read.
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
            let answer = BatchAnswer::parse(body.as_bytes(), 2).expect(rest);
            assert_eq!(answer.results.len(), 1, "{rest}");
        }
        let invalid = b"{\"x\":\"\xff\",\"results\":[{\"id\":\"a\",\"eventTemplateId\":\"t\",\"tokens\":{\"y\":\"\xff\"}}]}";
        assert_eq!(
            BatchAnswer::parse(invalid, 2).map(|answer| answer.results.len()),
            Some(1)
        );
        let answer = BatchAnswer::parse(nested.as_bytes(), 2).expect("an object");
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
                BatchAnswer::parse(body.as_bytes(), 2),
                Some(BatchAnswer::default()),
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
        let answer = BatchAnswer::parse(body.as_bytes(), 2).expect("an object");
        assert_eq!(
            answer.results,
            [
                StoredEvent {
                    template_id: "1001298".into(),
                    id: "a".into(),
                    object_id: Some("77".into()),
                    email: Some("ada@example.com".into()),
                    utk: None,
                    created_at: Some("2026-08-01T12:00:00.123Z".into()),
                },
                StoredEvent {
                    template_id: "1001298".into(),
                    id: "12".into(),
                    ..StoredEvent::default()
                },
            ]
        );
    }

    #[test]
    fn an_error_names_events_in_id_and_context_at_any_depth() {
        let body = r#"{"errors":[{"id":"a","category":"VALIDATION_ERROR","subCategory":{"x":1},"message":"no",
            "context":{"eventId":["b",1],"token":"c","n":[2],"objectId":["e"],"contactIds":["e"],"eventTemplateId":["t"]},
            "errors":[{"message":"why","context":{"id":["d"]}}]}]}"#;
        let answer = BatchAnswer::parse(body.as_bytes(), 2).expect("an object");
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

    /// Nothing that is listed more often, or said at more length, than makes sense is kept.
    #[test]
    fn a_long_answer_stays_small() {
        let result = r#"{"id":"a","eventTemplateId":"t"},"#.repeat(3_000);
        let error = r#"{"id":"a","context":{"id":["b","c","d","e","f","g","h","i","j","k"]},
            "errors":[{"context":{"id":["l","m","n","o","p","q","r","s","t","u","v","w"]}}]},"#;
        let body = format!(
            r#"{{"results":[{result}1],"errors":[{}1]}}"#,
            error.repeat(3_000)
        );
        let answer = BatchAnswer::parse(body.as_bytes(), 2).expect("an object");
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
