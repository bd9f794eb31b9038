//! The refusal for a missing key, in HubSpot's recorded words: it has no category, and its message says the place in the
//! body where the object without the key ends.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use super::refusal::{BodyPath, BodyStep, Refusal};

/// An object of this type lacks these keys. The name of the type is from HubSpot's specification.
pub(super) fn missing(of: &str, keys: &[&str]) -> Refusal {
    let keys = keys.join(", ");
    let message = format!("Cannot build {of}, some of required attributes are not set [{keys}]");
    Refusal {
        category: None,
        lacking: Some(Box::default()),
        ..Refusal::invalid("REQUIRED_FIELD", message)
    }
}

/// The keys of these that have no value.
pub(super) fn unset<const N: usize>(keys: [(&'static str, bool); N]) -> Vec<&'static str> {
    let unset = keys.into_iter().filter(|(_, is_set)| !is_set);
    unset.map(|(key, _)| key).collect()
}

impl Refusal {
    /// Adds a step to the object's path in the body; the innermost step comes first.
    pub(super) fn inside(mut self, step: BodyStep) -> Self {
        if let Some(path) = &mut self.lacking {
            path.0.push(step);
        }
        self
    }

    /// The refusal with the place in the body, if it is about a missing key.
    pub(super) fn in_body(mut self, body: &[u8]) -> Self {
        if let Some(path) = self.lacking.take() {
            let (line, column) = place(body, end_of(body, &path));
            self.message = format!(
                "Invalid input JSON on line {line}, column {column}: {}",
                self.message
            );
        }
        self
    }
}

/// Where the value at the end of the path ends. If the body has no such value, the end of the body.
fn end_of(body: &[u8], path: &BodyPath) -> usize {
    let found = || {
        let whole = std::str::from_utf8(body).ok()?;
        let mut part = whole;
        for step in path.0.iter().rev() {
            let inner: &RawValue = match step {
                BodyStep::Key(key) => {
                    let keys: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(part).ok()?;
                    keys.get(*key)?
                }
                BodyStep::At(at) => {
                    let list: Vec<&RawValue> = serde_json::from_str(part).ok()?;
                    list.get(*at)?
                }
            };
            part = inner.get();
        }
        let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
        Some(start + part.trim_end().len())
    };
    found().unwrap_or_else(|| body.trim_ascii_end().len())
}

/// Line and column, from 1, of the byte before this offset.
fn place(body: &[u8], end: usize) -> (usize, usize) {
    let before = body.get(..end).unwrap_or(body);
    let line_starts = before.iter().rposition(|byte| *byte == b'\n');
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    (lines + 1, before.len() - line_starts.map_or(0, |at| at + 1))
}

#[cfg(test)]
mod tests {
    use super::{BodyStep, missing, unset};

    #[test]
    fn the_place_is_the_end_of_the_object() {
        let key = |key: &'static str| BodyStep::Key(key);
        let told = |body: &str, steps: Vec<BodyStep>| {
            let refusal = steps
                .into_iter()
                .fold(missing("Thing", &["a", "b"]), |refusal, step| {
                    refusal.inside(step)
                });
            refusal.in_body(body.as_bytes()).message
        };
        for (body, steps, place) in [
            ("{}", vec![], "line 1, column 2"),
            ("{\n }\n", vec![], "line 2, column 2"),
            (
                r#"{"inputs":[{}, {"id":"b"} ]}"#,
                vec![BodyStep::At(1), key("inputs")],
                "line 1, column 25",
            ),
            (
                "{\"inputs\": [\n  {\"x\": {\"y\": 1}}\n]}",
                vec![key("x"), BodyStep::At(0), key("inputs")],
                "line 2, column 16",
            ),
            // A path that the body does not have: the whole body.
            ("{}", vec![key("x")], "line 1, column 2"),
        ] {
            let expected = format!(
                "Invalid input JSON on {place}: Cannot build Thing, some of required attributes are not set [a, b]"
            );
            assert_eq!(told(body, steps), expected, "{body}");
        }
    }

    #[test]
    fn every_unset_key_is_named() {
        assert_eq!(unset([("a", false), ("b", true), ("c", false)]), ["a", "c"]);
    }
}
