//! Event ids that the client makes: fresh ones, and ones that follow from a key.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::input::EventInput;
use super::invalid::{InvalidEvent, Kind};

/// Fresh ids: UUIDv7, so that they sort by time, from one random base that is counted up.
///
/// 74 bits are left beside the time: 12 chosen once, 62 counted from a random start. Two clients make the same id only if
/// they share the 12 bits and their counts overlap within one millisecond.
#[derive(Debug)]
pub(crate) struct EventIds {
    high: [u8; 2],
    low: AtomicU64,
}

impl EventIds {
    pub(crate) fn new(base: [u8; 10]) -> Self {
        let [a, b, low @ ..] = base;
        EventIds {
            high: [a, b],
            low: AtomicU64::new(u64::from_be_bytes(low)),
        }
    }

    pub(crate) fn next(&self, unix_milliseconds: u64) -> Uuid {
        let low = self.low.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut random = [0; 10];
        random[..2].copy_from_slice(&self.high);
        random[2..].copy_from_slice(&low);
        uuid::Builder::from_unix_timestamp_millis(unix_milliseconds, &random).into_uuid()
    }
}

/// The namespace of ids made from keys; a random UUID that was drawn once and must never change.
const KEYS: Uuid = Uuid::from_u128(0xa25a_8ca9_2e75_4fe5_bafe_cbb1_5171_64b3);

/// An e-mail address in one spelling, without blanks around it and in lower case: HubSpot takes all its spellings for one
/// contact.
pub(crate) fn same_email(email: &str) -> Cow<'_, str> {
    let email = email.trim();
    if email
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        Cow::Borrowed(email)
    } else {
        Cow::Owned(email.to_lowercase())
    }
}

/// The id that follows from an event's key: a UUIDv5 over the account, the template, the object type, the identifier
/// that HubSpot would use, and the key's fields sorted by name.
///
/// Every part is preceded by its length in bytes as a big-endian `u32`, so that no two different lists of parts have the
/// same bytes. Changing anything here changes all ids in use, and with them what counts as "already there".
pub(crate) fn keyed_id(
    input: &EventInput<'_>,
    portal_id: u64,
    template_id: &str,
) -> Result<Uuid, InvalidEvent> {
    let object_type = input.object_type.as_deref().unwrap_or("contacts");
    let (identifier, value) = if let Some(id) = &input.object_id {
        ("objectId", id.to_string())
    } else if let Some(utk) = &input.utk {
        ("utk", utk.to_string())
    } else if let Some(email) = &input.email {
        ("email", same_email(email).into_owned())
    } else {
        return Err(Kind::NoIdentifier(None).into());
    };
    let mut fields: Vec<(&str, String)> = input
        .key
        .iter()
        .map(|(name, token)| (&**name, token.to_string()))
        .collect();
    fields.sort_unstable();

    let mut bytes = Vec::new();
    let mut part = |text: &str| {
        // A text of 4 GiB cannot be sent anyway: an event has at most 1 MB.
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    };
    for text in [
        &portal_id.to_string(),
        template_id,
        object_type,
        identifier,
        &value,
    ] {
        part(text);
    }
    for (name, value) in &fields {
        part(name);
        part(value);
    }
    Ok(Uuid::new_v5(&KEYS, &bytes))
}

#[cfg(test)]
mod tests {
    use super::{EventIds, keyed_id};
    use crate::EventInput;

    #[test]
    fn fresh_ids_are_version_7_and_differ() {
        let ids = EventIds::new([0xff; 10]);
        let (first, second) = (ids.next(1_785_585_600_000), ids.next(1_785_585_600_000));
        assert_eq!(first.get_version_num(), 7);
        assert_eq!(second.get_version_num(), 7);
        assert_ne!(first, second);
        assert!(first.to_string().starts_with("019fbd32-0600-7"), "{first}");
    }

    fn id(input: &EventInput<'_>) -> String {
        keyed_id(input, 62515, "1001298")
            .expect("a key")
            .to_string()
    }

    /// These ids are in people's accounts. If this test fails, the change is wrong, not the test.
    #[test]
    fn keyed_ids_never_change() {
        for (input, expected) in [
            (
                EventInput::new("")
                    .email("ada@example.com")
                    .key("order", "A-1"),
                "ae0359a8-9e9e-537e-bcb6-75a8401dd140",
            ),
            (
                EventInput::new("")
                    .object_type("deals")
                    .object_id("77")
                    .key("a", 1)
                    .key("b", true),
                "1e499019-33d9-552c-be1b-fd32cac46d7f",
            ),
            (
                EventInput::new("")
                    .utk("4b1d")
                    .email("ada@example.com")
                    .key("order", "A-1"),
                "e8dadf43-b1b1-5f70-ae59-4144c7b7187d",
            ),
        ] {
            assert_eq!(id(&input), expected);
        }
    }

    #[test]
    fn keyed_ids_follow_from_what_identifies_the_event_and_nothing_else() {
        let base = || EventInput::new("").email("ada@example.com");
        let one = id(&base().key("a", "x").key("b", "y"));
        for (same, input) in [
            (true, base().key("b", "y").key("a", "x")),
            (
                true,
                EventInput::new("")
                    .email("ADA@Example.com")
                    .key("a", "x")
                    .key("b", "y"),
            ),
            (
                true,
                EventInput::new("")
                    .email(" ada@example.com\u{a0}")
                    .key("a", "x")
                    .key("b", "y"),
            ),
            (
                true,
                base()
                    .key("a", "x")
                    .key("b", "y")
                    .token("c", "z")
                    .domain("example.com"),
            ),
            (
                true,
                base().object_type("contacts").key("a", "x").key("b", "y"),
            ),
            (false, base().key("a", "y").key("b", "x")),
            (false, base().key("a", "xb").key("", "y")),
            (false, base().key("a", "x").key("b", "y").object_id(1)),
            (false, base().key("a", "x").key("b", "y").utk("u")),
            (
                false,
                base().object_type("deals").key("a", "x").key("b", "y"),
            ),
        ] {
            assert_eq!(id(&input) == one, same, "{input:?}");
        }
        let input = base().key("a", "x").key("b", "y");
        let elsewhere = [
            keyed_id(&input, 62516, "1001298"),
            keyed_id(&input, 62515, "1001299"),
        ];
        for other in elsewhere {
            assert_ne!(other.expect("a key").to_string(), one);
        }
    }
}
