//! A hash of an event's content: equal content has one hash, however its JSON is written.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

use crate::event::same_email;
use crate::wire::plain::end_of_plain;

/// The hashes of keys and values read so far, of objects that are not read to their end; those of the outer ones first.
pub(super) type Entries = Vec<(u64, u64)>;

/// The hash of an event's content. The e-mail address counts as in ids from keys, without blanks around it and in lower
/// case; everything else counts as a JSON value. `entries` is for use in between.
pub(super) fn content_hash(json: &[u8], hasher: &RandomState, entries: &mut Entries) -> u64 {
    entries.clear();
    let mut values = Values {
        json,
        hasher,
        entries,
    };
    values.value(0, TOP + 1).0
}

/// Levels of extra data in which the order of keys does not matter.
const DEEP: usize = 64;

/// The levels that are left below an event's own keys.
const TOP: usize = DEEP;

/// Goes once through JSON that is known to be sound, and hashes its values. Equal values have the same hash, whatever the
/// order of an object's keys and the spelling of a text are. A method that reads a value also returns where it ends.
///
/// Numbers count as they are written. HubSpot shows `1` and `1.0` as two different texts, and no type that could be
/// compared holds all of them.
struct Values<'j, 'h> {
    json: &'j [u8],
    hasher: &'h RandomState,
    entries: &'h mut Entries,
}

impl Values<'_, '_> {
    /// The next value.
    fn value(&mut self, mut at: usize, deep: usize) -> (u64, usize) {
        match (self.peek(&mut at), deep.checked_sub(1)) {
            (Some(b'"'), _) => self.text(at, |hasher, text| hash(hasher, b'"', text)),
            (Some(b'{'), Some(deep)) => self.object(at, deep),
            (Some(b'['), Some(deep)) => self.list(at, deep),
            (Some(b'{' | b'['), None) => {
                let end = self.end_of_nested(at);
                (hash(self.hasher, b'{', self.between(at, end)), end)
            }
            _ => {
                // A number or a word.
                let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}') || is_blank(*byte);
                let rest = self.between(at, self.json.len());
                let end = at + rest.iter().position(is_end).unwrap_or(rest.len());
                (hash(self.hasher, b'0', self.between(at, end)), end)
            }
        }
    }

    /// If a key comes twice, which is never intended, both values count, in their order.
    fn object(&mut self, mut at: usize, deep: usize) -> (u64, usize) {
        let first = self.entries.len();
        at += 1;
        while self.peek(&mut at) == Some(b'"') {
            let (entry, end) = self.entry(at, deep);
            self.entries.push(entry);
            at = end;
            self.pass(b',', &mut at);
        }
        self.pass(b'}', &mut at);
        let entries = self.entries.get_mut(first..).unwrap_or_default();
        entries.sort_by_key(|(key, _)| *key);
        let mut hasher = self.hasher.build_hasher();
        for (key, value) in entries {
            hasher.write_u128(u128::from(*key) << 64 | u128::from(*value));
        }
        self.entries.truncate(first);
        (of_kind(b'{', hasher.finish()), at)
    }

    #[inline]
    fn entry(&mut self, at: usize, deep: usize) -> ((u64, u64), usize) {
        let ((key, is_email), mut at) = self.text(at, |hasher, key| {
            let is_email = deep == TOP && key == b"email";
            (hash(hasher, b'"', key), is_email)
        });
        self.pass(b':', &mut at);
        let (value, at) = if is_email && self.peek(&mut at) == Some(b'"') {
            self.text(at, |hasher, email| {
                let same = str::from_utf8(email).map(same_email);
                hash(hasher, b'"', same.as_deref().map_or(email, str::as_bytes))
            })
        } else {
            self.value(at, deep)
        };
        ((key, value), at)
    }

    fn list(&mut self, mut at: usize, deep: usize) -> (u64, usize) {
        let mut hasher = self.hasher.build_hasher();
        at += 1;
        while !matches!(self.peek(&mut at), None | Some(b']')) {
            let (value, end) = self.value(at, deep);
            hasher.write_u64(value);
            at = end;
            self.pass(b',', &mut at);
        }
        self.pass(b']', &mut at);
        (of_kind(b'[', hasher.finish()), at)
    }

    /// The result of `read` for the text that begins here. `read` gets the text decoded; a text with a lone surrogate is
    /// compared as written.
    #[inline]
    fn text<T>(&self, at: usize, read: impl FnOnce(&RandomState, &[u8]) -> T) -> (T, usize) {
        let (end, is_escaped) = self.end_of_text(at);
        let plain = self.between(at + 1, end.saturating_sub(1));
        if is_escaped {
            let decoded = serde_json::from_slice::<String>(self.between(at, end));
            let text = decoded.as_deref().map_or(plain, str::as_bytes);
            return (read(self.hasher, text), end);
        }
        (read(self.hasher, plain), end)
    }

    /// Where the text ends that begins here, and whether it has escapes.
    #[inline]
    fn end_of_text(&self, at: usize) -> (usize, bool) {
        let mut at = at + 1;
        let mut is_escaped = false;
        while let Some(mark) = end_of_plain(self.json.get(at..).unwrap_or_default()) {
            at += mark;
            if self.json.get(at) != Some(&b'\\') {
                return (at + 1, is_escaped);
            }
            is_escaped = true;
            at += 2;
        }
        (self.json.len(), is_escaped)
    }

    /// Where the list or object ends that begins here. Works without recursion.
    fn end_of_nested(&self, mut at: usize) -> usize {
        let mut open = 0_usize;
        while let Some(byte) = self.json.get(at) {
            match byte {
                b'"' => {
                    at = self.end_of_text(at).0;
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open = open.saturating_sub(1),
                _ => {}
            }
            at += 1;
            if open == 0 {
                break;
            }
        }
        at
    }

    /// The next byte that is not blank.
    #[inline]
    fn peek(&self, at: &mut usize) -> Option<u8> {
        loop {
            match self.json.get(*at) {
                Some(byte) if is_blank(*byte) => *at += 1,
                byte => return byte.copied(),
            }
        }
    }

    #[inline]
    fn pass(&self, mark: u8, at: &mut usize) {
        *at += usize::from(self.peek(at) == Some(mark));
    }

    #[inline]
    fn between(&self, start: usize, end: usize) -> &[u8] {
        self.json.get(start..end).unwrap_or_default()
    }
}

#[inline]
fn hash(hasher: &RandomState, kind: u8, bytes: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write(bytes);
    of_kind(kind, hasher.finish())
}

/// The hash of a value of this kind. The same bytes as a value of another kind have another hash.
#[inline]
fn of_kind(kind: u8, hash: u64) -> u64 {
    hash ^ u64::from(kind)
}

#[inline]
fn is_blank(byte: u8) -> bool {
    // Outside of texts, sound JSON has no other bytes up to this one.
    byte <= b' '
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{RandomState, content_hash};

    fn are_equal(one: &str, other: &str) -> bool {
        let hasher = RandomState::default();
        let of = |json: &str| content_hash(json.as_bytes(), &hasher, &mut Vec::new());
        of(one) == of(other)
    }

    #[test]
    fn events_are_equal_as_json_values() {
        let deep = |inside: &str| {
            let (open, close) = ("[".repeat(50), "]".repeat(50));
            format!(r#"{{"extraData":{open}{inside}{close}}}"#)
        };
        // Beyond the levels in which the order of keys does not matter, and with something behind it.
        let (open, close) = ("[".repeat(70), "]".repeat(70));
        let below = |inside: &str, behind: u8| {
            format!(r#"{{"extraData":{open}{inside}{close},"tokens":{{"a":"{behind}"}}}}"#)
        };
        let before = |inside: &str, before: u8| {
            format!(r#"{{"tokens":{{"a":"{before}"}},"extraData":{open}{inside}{close}}}"#)
        };
        let tricky = r#"["]","\"}",{"a":[]}]"#;
        for (one, other, equal) in [
            // Keys in any order, at any depth.
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true),
            (
                r#"{"tokens":{"a":"1","b":"2"},"extraData":{"l":[{"x":1,"y":{"p":[],"q":{}}}]}}"#,
                r#"{"extraData":{"l":[{"y":{"q":{},"p":[]},"x":1}]},"tokens":{"b":"2","a":"1"}}"#,
                true,
            ),
            (&deep(r#"{"a":1,"b":2}"#), &deep(r#"{"b":2,"a":1}"#), true),
            (
                &below(r#"{"a":1,"b":2}"#, 1),
                &below(r#"{"b":2,"a":1}"#, 1),
                false,
            ),
            (&below("[1]", 1), &below("[2]", 1), false),
            (&below(tricky, 1), &before(tricky, 1), true),
            (&below(tricky, 1), &below(tricky, 2), false),
            (&below(tricky, 1), &before(tricky, 2), false),
            // The spelling does not matter.
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
            // If a key comes twice, one reader takes the first value, another one the second.
            (r#"{"a":1,"a":2}"#, r#"{"a":2,"a":1}"#, false),
            (r#"{"a":1,"\u0061":2}"#, r#"{"a":2,"\u0061":1}"#, false),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#, false),
            // Case and blanks do not matter in an e-mail address; in other texts they do.
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
            // A lone surrogate is equal only to itself.
            (r#"{"a":"\ud83d"}"#, r#"{"a":"\ud83e"}"#, false),
        ] {
            assert_eq!(are_equal(one, other), equal, "{one} and {other}");
            assert_eq!(are_equal(other, one), equal, "{other} and {one}");
        }
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

    /// The value with every object's keys in a random order.
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
            assert!(are_equal(&spelled, &shuffled_one), "{shuffled_one}");
            let shuffled_other = shuffled(&mut random, &other);
            equal += usize::from(one == other);
            assert_eq!(
                are_equal(&spelled, &shuffled_other),
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
        assert!(are_equal(&deep, &deep));
    }
}
