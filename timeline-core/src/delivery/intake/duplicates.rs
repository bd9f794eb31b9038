//! Events that come twice in a call: found by a hash of their template and id, and one of their JSON in one spelling.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use serde::Deserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::event::same_email;

/// What tells an event from the others of its call: a hash of its template and id, and one of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) struct Identity {
    id: u64,
    content: u32,
}

/// Makes identities. Clones make the same ones, others do not.
#[derive(Clone)]
pub(in crate::delivery) struct Identities(RandomState);

impl Identities {
    pub(in crate::delivery) fn new() -> Self {
        Identities(RandomState::new())
    }

    /// That of an event with this JSON. Without the timestamp if that is the time of the call, which does not make two of
    /// one. The buffer is for use in between.
    pub(in crate::delivery) fn of(
        &self,
        template_id: &str,
        id: &str,
        json: &[u8],
        is_stamped: bool,
        buffer: &mut Vec<u8>,
    ) -> Identity {
        buffer.clear();
        match str::from_utf8(json) {
            Ok(json) => write_event(json, is_stamped, buffer),
            // Not JSON, so it is equal to itself only.
            Err(_) => buffer.extend_from_slice(json),
        }
        let [_, _, _, _, content @ ..] = self.0.hash_one(&**buffer).to_be_bytes();
        Identity {
            id: self.0.hash_one((template_id, id)),
            content: u32::from_be_bytes(content),
        }
    }
}

/// The events of a call so far whose ids can come twice, in 16 bytes each.
///
/// Two different ids have one hash in one of about 10^9 calls of 200,000 events, and then the later event is refused as
/// "the same id twice" and can be sent again. Two different events of one id have one hash of their content in one of
/// 2^32 cases, and then the later one is taken for the earlier one. The hashes are keyed by chance, so no caller can choose
/// events that meet.
#[derive(Default)]
pub(in crate::delivery) struct Duplicates(HashMap<u64, Seen, BuildHasherDefault<IsHash>>);

#[derive(Clone, Copy)]
struct Seen {
    /// The last 32 bits of its place in the input.
    index: u32,
    content: u32,
}

/// What an event is to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum Standing {
    New,
    /// It is equal to the event at this place.
    SameAs(usize),
    /// It has another event's id.
    SameId,
}

impl Duplicates {
    pub(in crate::delivery) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes room for so many events. That is a hint, which may be wrong.
    pub(in crate::delivery) fn expect(&mut self, events: usize) {
        const MOST: usize = 1 << 20;
        self.0.reserve(events.min(MOST));
    }

    pub(in crate::delivery) fn add(&mut self, index: usize, identity: Identity) -> Standing {
        let Identity { id, content } = identity;
        // Of a stream the place may be larger, and only events on their way are in here.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the rest follows from the later place"
        )]
        let short = index as u32;
        match self.0.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(Seen {
                    index: short,
                    content,
                });
                Standing::New
            }
            Entry::Occupied(first) if first.get().content == content => {
                let back = short.wrapping_sub(first.get().index);
                Standing::SameAs(index.saturating_sub(usize::try_from(back).unwrap_or_default()))
            }
            Entry::Occupied(_) => Standing::SameId,
        }
    }

    /// The event's id may come again.
    pub(in crate::delivery) fn forget(&mut self, identity: Identity) {
        self.0.remove(&identity.id);
    }
}

/// A hasher for what is a hash already.
#[derive(Default)]
struct IsHash(u64);

impl Hasher for IsHash {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Appends the event in a spelling that equal events share: the e-mail address as ids from keys see it, everything else
/// as the JSON value that it is.
fn write_event(json: &str, is_stamped: bool, out: &mut Vec<u8>) {
    let Some(mut entries) = entries(json) else {
        return out.extend_from_slice(json.as_bytes());
    };
    entries.retain(|(key, _)| !(is_stamped && key == "timestamp"));
    write_object(entries, out, |key, value, out| match decoded(value) {
        Some(email) if key == "email" => write_text(&same_email(&email), out),
        _ => write_value(value, DEEP, out),
    });
}

/// Levels of extra data in which the order of keys does not matter. Each of them is read once more for those above it.
const DEEP: usize = 64;

/// Appends a value in the one spelling of all that are equal to it: an object's keys in order, no blanks, and texts as
/// serde_json writes them.
///
/// Numbers stay as they are written. HubSpot shows `1` and `1.0` as two different texts, and no type that could be
/// compared holds all of them.
fn write_value(json: &str, deep: usize, out: &mut Vec<u8>) {
    match (json.as_bytes().first(), deep.checked_sub(1)) {
        (Some(b'{'), Some(deep)) => {
            if let Some(entries) = entries(json) {
                return write_object(entries, out, |_, value, out| write_value(value, deep, out));
            }
        }
        (Some(b'['), Some(deep)) => {
            if let Some(elements) = elements(json) {
                out.push(b'[');
                for value in elements {
                    write_value(value, deep, out);
                    out.push(b',');
                }
                return out.push(b']');
            }
        }
        (Some(b'"'), _) => {
            if let Some(text) = decoded(json) {
                return write_text(&text, out);
            }
        }
        _ => {}
    }
    out.extend_from_slice(json.as_bytes());
}

/// Of a key that comes twice, which is never intended, both values stay in their order.
fn write_object<'j>(
    mut entries: Vec<(Cow<'j, str>, &'j str)>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(&str, &'j str, &mut Vec<u8>),
) {
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    out.push(b'{');
    for (key, value) in entries {
        write_text(&key, out);
        out.push(b':');
        write(&key, value, out);
        out.push(b',');
    }
    out.push(b'}');
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    let written = serde_json::to_writer(out, text);
    debug_assert!(written.is_ok(), "a text is always JSON");
}

/// A text without its quotes and escapes. `None` if it is no text, or has half a character in it.
fn decoded(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        serde_json::from_str(json).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inside))
    }
}

/// An object's keys and values, not decoded yet. `None` if it is no object.
fn entries(json: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    struct Entries;

    impl<'j> Visitor<'j> for Entries {
        type Value = Option<Vec<(Cow<'j, str>, &'j str)>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            // An event has a dozen keys, and few have more tokens.
            let mut entries = Vec::with_capacity(12);
            while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                let Some(key) = decoded(key.get()) else {
                    return Ok(None);
                };
                entries.push((key, value.get()));
            }
            Ok(Some(entries))
        }
    }

    let mut json = serde_json::Deserializer::from_str(json);
    json.deserialize_map(Entries).ok().flatten()
}

/// A list's elements, not decoded yet. `None` if it is no list.
fn elements(json: &str) -> Option<Vec<&str>> {
    struct Elements;

    impl<'j> Visitor<'j> for Elements {
        type Value = Vec<&'j str>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'j>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut elements = Vec::new();
            while let Some(element) = list.next_element::<&RawValue>()? {
                elements.push(element.get());
            }
            Ok(elements)
        }
    }

    let mut json = serde_json::Deserializer::from_str(json);
    json.deserialize_seq(Elements).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Duplicates, Identities, Standing};

    fn are_equal(one: &str, other: &str, is_stamped: bool) -> bool {
        let identities = Identities::new();
        let identity =
            |json: &str| identities.of("t", "a", json.as_bytes(), is_stamped, &mut Vec::new());
        identity(one) == identity(other)
    }

    #[test]
    fn events_meet_by_template_and_id() {
        let identities = Identities::new();
        let of = |template: &str, id: &str, json: &str| {
            identities.of(template, id, json.as_bytes(), false, &mut Vec::new())
        };
        let mut duplicates = Duplicates::default();
        duplicates.expect(usize::MAX);
        for (index, template, id, json, standing) in [
            (0, "t", "a", "{}", Standing::New),
            (1, "t", "b", "{}", Standing::New),
            (2, "u", "a", "{}", Standing::New),
            (3, "ta", "", "{}", Standing::New),
            (4, "t", "a", "{}", Standing::SameAs(0)),
            (5, "t", "b", "[]", Standing::SameId),
            (6, "t", "b", "{}", Standing::SameAs(1)),
        ] {
            let standing_is = duplicates.add(index, of(template, id, json));
            assert_eq!(standing_is, standing, "{index}");
        }
        duplicates.forget(of("t", "a", "{}"));
        // Places may be beyond 32 bits in a stream.
        let far = (1_usize << 32) + 5;
        assert_eq!(duplicates.add(far, of("t", "a", "[]")), Standing::New);
        let next = duplicates.add(far + 2, of("t", "a", "[]"));
        assert_eq!(next, Standing::SameAs(far));
    }

    #[test]
    fn events_are_equal_as_json_values() {
        let deep = |inside: &str| {
            let (open, close) = ("[".repeat(50), "]".repeat(50));
            format!(r#"{{"extraData":{open}{inside}{close}}}"#)
        };
        for (one, other, equal) in [
            // Keys in any order, at any depth.
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true),
            (
                r#"{"tokens":{"a":"1","b":"2"},"extraData":{"l":[{"x":1,"y":{"p":[],"q":{}}}]}}"#,
                r#"{"extraData":{"l":[{"y":{"q":{},"p":[]},"x":1}]},"tokens":{"b":"2","a":"1"}}"#,
                true,
            ),
            (&deep(r#"{"a":1,"b":2}"#), &deep(r#"{"b":2,"a":1}"#), true),
            // However it is spelled.
            (r#"{"a":"é/"}"#, r#"{ "\u0061" : "\u00e9\/" }"#, true),
            (r#"{"a":[1 , 2]}"#, r#"{"a":[1,2]}"#, true),
            // Lists are in order, and what looks alike is not equal.
            (r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#, false),
            (r#"{"a":[[1],2]}"#, r#"{"a":[[1,2]]}"#, false),
            (r#"{"a":"1"}"#, r#"{"a":1}"#, false),
            (r#"{"a":"null"}"#, r#"{"a":null}"#, false),
            (r#"{"a":{}}"#, r#"{"a":[]}"#, false),
            (r#"{"a":""}"#, r#"{}"#, false),
            (r#"{"a":"b\",\"c\":\"d"}"#, r#"{"a":"b","c":"d"}"#, false),
            (r#"{"a":{"b":1},"c":2}"#, r#"{"a":{"b":1,"c":2}}"#, false),
            (
                r#"{"a":{"x":1},"b":{"x":2}}"#,
                r#"{"a":{"x":2},"b":{"x":1}}"#,
                false,
            ),
            // Numbers are shown as they are written.
            (r#"{"a":1}"#, r#"{"a":1.0}"#, false),
            (
                r#"{"a":18446744073709551616}"#,
                r#"{"a":18446744073709551617}"#,
                false,
            ),
            // Of a key that comes twice, a reader takes one or the other.
            (r#"{"a":1,"a":2}"#, r#"{"a":2,"a":1}"#, false),
            (r#"{"a":1,"\u0061":2}"#, r#"{"a":2,"\u0061":1}"#, false),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#, false),
            // An e-mail address is that of one contact, however it is written; other texts are not.
            (
                r#"{"email":" Ada@Example.com"}"#,
                r#"{"email":"ada@example.com\t"}"#,
                true,
            ),
            (
                r#"{"email":"ada@example.com"}"#,
                r#"{"email":"bob@example.com"}"#,
                false,
            ),
            (r#"{"utk":"A"}"#, r#"{"utk":"a"}"#, false),
            (r#"{"objectId":"7"}"#, r#"{"objectId":" 7"}"#, false),
            (
                r#"{"tokens":{"email":"A"}}"#,
                r#"{"tokens":{"email":"a"}}"#,
                false,
            ),
            // What is no JSON is itself.
            ("{", "{", true),
            ("{", "{ ", false),
            (r#"{"a":"\ud83d"}"#, r#"{"a":"\ud83e"}"#, false),
        ] {
            assert_eq!(are_equal(one, other, false), equal, "{one} and {other}");
            assert_eq!(are_equal(other, one, false), equal, "{other} and {one}");
        }
    }

    #[test]
    fn the_time_of_the_call_makes_no_difference() {
        let at = |time: &str| {
            format!(r#"{{"id":"a","timestamp":"{time}","extraData":{{"timestamp":1}}}}"#)
        };
        let (one, other) = (
            at("2026-08-01T12:00:00.000Z"),
            at("2026-08-01T12:00:01.000Z"),
        );
        assert!(are_equal(&one, &other, true));
        assert!(!are_equal(&one, &other, false));
        let inside = one.replace(":1}", ":2}");
        assert!(!are_equal(&one, &inside, true));
    }

    fn any_value(random: &mut fastrand::Rng, deep: u8) -> Value {
        match random.u8(..if deep == 0 { 4 } else { 6 }) {
            0 => Value::Null,
            1 => json!(random.bool()),
            2 => json!(random.i8(..3)),
            3 => json!(["", "a", "b", "\"", "é\n"][random.usize(..5)]),
            4 => (0..random.u8(..4))
                .map(|_| any_value(random, deep - 1))
                .collect(),
            _ => {
                let keys = ["a", "b", "\"", "email", "é"];
                let count = random.usize(..4);
                let entry = |_| {
                    (
                        keys[random.usize(..5)].to_owned(),
                        any_value(random, deep - 1),
                    )
                };
                Value::Object((0..count).map(entry).collect())
            }
        }
    }

    /// The value with every object's keys in an order of chance.
    fn shuffled(random: &mut fastrand::Rng, value: &Value) -> String {
        match value {
            Value::Array(list) => {
                let list: Vec<String> = list.iter().map(|value| shuffled(random, value)).collect();
                format!("[{}]", list.join(" , "))
            }
            Value::Object(map) => {
                let mut entries: Vec<String> = map
                    .iter()
                    .map(|(key, value)| format!("{} :{}", json!(key), shuffled(random, value)))
                    .collect();
                random.shuffle(&mut entries);
                format!("{{{}}}", entries.join(","))
            }
            other => other.to_string(),
        }
    }

    /// Equal if and only if serde_json says so.
    #[test]
    fn random_values() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut equal = 0;
        for _ in 0..5_000 {
            let one = json!({"extraData": any_value(&mut random, 3)});
            let other = json!({"extraData": any_value(&mut random, 3)});
            let (spelled, shuffled_one) = (one.to_string(), shuffled(&mut random, &one));
            assert!(are_equal(&spelled, &shuffled_one, false), "{shuffled_one}");
            let shuffled_other = shuffled(&mut random, &other);
            equal += usize::from(one == other);
            assert_eq!(
                are_equal(&spelled, &shuffled_other, false),
                one == other,
                "{spelled} and {shuffled_other}"
            );
        }
        assert!(equal > 100, "{equal}");
    }

    #[test]
    fn a_value_of_many_levels_is_read() {
        let deep = format!(
            r#"{{"extraData":{}{}}}"#,
            r#"{"b":1,"a":["#.repeat(7_000),
            "]}".repeat(7_000)
        );
        assert!(are_equal(&deep, &deep, false));
    }
}
