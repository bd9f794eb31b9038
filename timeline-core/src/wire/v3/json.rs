//! Reads a few parts of JSON. Other parts are skipped without decoding, and never kept.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;
use serde_json::value::RawValue;

use crate::limits;

/// How many bytes of a text are kept. Ids are shorter, and of a message it is enough. A message that is the same for every
/// event of a batch is kept once for each of them.
const TEXT_BYTES: usize = 8 * 1024;

/// The bytes as text. Bytes that are not UTF-8 become one byte that JSON allows and no id has: the usual replacement
/// character would take three.
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

/// The values of these keys, not decoded yet. If a key comes twice, the last value counts. `None` if the JSON is no object.
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

/// Goes through an object's keys and values. Escapes in keys are not decoded.
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

/// Goes through a list's elements. `None` if the JSON is no list; then there are no elements.
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

    // This is a part of JSON that was found to be sound, so the only possible error is that it is no list.
    serde_json::Deserializer::from_str(json?)
        .deserialize_seq(Elements(each))
        .ok()
}

/// A text, or a number where a text is expected: ids have been seen as both.
pub(super) fn text(json: Option<&str>) -> Option<String> {
    let json = json?;
    string(json).or_else(|| {
        let number: Number = decode(json)?;
        Some(number.to_string())
    })
}

pub(super) fn string(json: &str) -> Option<String> {
    let mut text = match plain(json) {
        Some(text) if json.len() <= limits::ERROR_BYTES => text.to_owned(),
        _ => decode(json)?,
    };
    if text.len() > TEXT_BYTES {
        let mut ends = (0..=TEXT_BYTES).rev();
        let end = ends.find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.shrink_to_fit();
    }
    Some(text)
}

/// A text that is written without escapes, as ids are: what stands between its quotes is the text.
fn plain(json: &str) -> Option<&str> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    (!inside.contains('\\')).then_some(inside)
}

/// Decodes a value, if it is no longer than an error's body may be.
pub(super) fn decode<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    if json.len() > limits::ERROR_BYTES {
        return None;
    }
    serde_json::from_str(json).ok()
}
