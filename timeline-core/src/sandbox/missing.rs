//! A key that must be there and is not, told in HubSpot's recorded words: with the place in the body where the object ends
//! that lacks it, and without a category.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use super::refusal::{Refusal, Step, Way};

/// An object of this type lacks these keys. The type's name is the one in HubSpot's specification.
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
    /// The object is this part of another value. Said from the inside out.
    pub(super) fn inside(mut self, step: Step) -> Self {
        if let Some(way) = &mut self.lacking {
            way.0.push(step);
        }
        self
    }

    /// The refusal with the place in the body, if it is about a key that is missing there.
    pub(super) fn in_body(mut self, body: &[u8]) -> Self {
        if let Some(way) = self.lacking.take() {
            let (line, column) = place(body, end_of(body, &way));
            self.message = format!(
                "Invalid input JSON on line {line}, column {column}: {}",
                self.message
            );
        }
        self
    }
}

/// Where the value ends that the steps lead to; of a body that is not so, its own end.
fn end_of(body: &[u8], way: &Way) -> usize {
    let found = || {
        let whole = std::str::from_utf8(body).ok()?;
        let mut part = whole;
        for step in way.0.iter().rev() {
            let inner: &RawValue = match step {
                Step::Key(key) => {
                    let keys: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(part).ok()?;
                    keys.get(*key)?
                }
                Step::At(at) => {
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
    use super::{Step, missing, unset};

    #[test]
    fn the_place_is_the_end_of_the_object() {
        let key = |key: &'static str| Step::Key(key);
        let told = |body: &str, steps: Vec<Step>| {
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
                vec![Step::At(1), key("inputs")],
                "line 1, column 25",
            ),
            (
                "{\"inputs\": [\n  {\"x\": {\"y\": 1}}\n]}",
                vec![key("x"), Step::At(0), key("inputs")],
                "line 2, column 16",
            ),
            // Steps that lead nowhere: the whole body.
            ("{}", vec![key("x")], "line 1, column 2"),
        ] {
            let expected = format!(
                "Invalid input JSON on {place}: Cannot build Thing, some of required attributes are not set [a, b]"
            );
            assert_eq!(told(body, steps), expected, "{body}");
        }
    }

    #[test]
    fn all_that_is_unset_is_named() {
        assert_eq!(unset([("a", false), ("b", true), ("c", false)]), ["a", "c"]);
    }
}
