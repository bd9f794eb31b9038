//! What tells an event from the others of its call: a hash of its template and id, and a hash of its content.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

use super::content_hash::{Entries, content_hash};
use crate::event::{SealedEvent, SealedTime};

/// What tells an event from the others of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) struct Identity {
    pub(super) id: u64,
    pub(super) content: u32,
}

/// Makes identities. Only clones of one instance make identities that can be compared.
#[derive(Clone)]
pub(in crate::delivery) struct Identities(RandomState);

/// What two events under one id differ in.
#[cfg(feature = "outbox")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// Only the time that the user gave them.
    Time,
    Content,
}

/// What two events differ in; `None` if they are one event: the same id, template and account, and the same content.
/// Neither the time of sealing nor the spelling of the JSON makes a difference.
#[cfg(feature = "outbox")]
pub(crate) fn difference(one: &SealedEvent, other: &SealedEvent) -> Option<Difference> {
    if one.portal_id != other.portal_id || one.names != other.names {
        return Some(Difference::Content);
    }
    let (identities, mut entries) = (Identities::new(), Entries::new());
    let mut are_same =
        |one, other| identities.of(one, &mut entries) == identities.of(other, &mut entries);
    if are_same(one, other) {
        return None;
    }
    let timeless = |event: &SealedEvent| SealedEvent {
        is_stamped: true,
        ..event.clone()
    };
    match are_same(&timeless(one), &timeless(other)) {
        true => Some(Difference::Time),
        false => Some(Difference::Content),
    }
}

impl Identities {
    pub(in crate::delivery) fn new() -> Self {
        Identities(RandomState::default())
    }

    /// The identity of an event. Its time does not count if it is the time of the call.
    pub(super) fn of(&self, event: &SealedEvent, entries: &mut Entries) -> Identity {
        let mut hasher = self.0.build_hasher();
        hasher.write_u64(content_hash(event.content.json(), &self.0, entries));
        match &event.time {
            _ if event.is_stamped => hasher.write_u8(1),
            SealedTime::Milliseconds(milliseconds) => {
                hasher.write_u8(2);
                hasher.write_i64(*milliseconds);
            }
            SealedTime::Written(json) => {
                hasher.write_u8(3);
                hasher.write(json.as_bytes());
            }
        }
        let [_, _, _, _, content @ ..] = hasher.finish().to_be_bytes();
        Identity {
            id: self.0.hash_one((&**event.template.text(), &*event.id)),
            content: u32::from_be_bytes(content),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Identities;
    use crate::event::{SealedEvent, SealedTemplate};

    fn sealed(id: &str, time: &str, rest: &str) -> SealedEvent {
        let json = format!(
            r#"{{"version":1,"id":"{id}","idOrigin":"user","template":"t","timestamp":{time},{rest}}}"#
        );
        SealedEvent::from_json(json.as_bytes()).expect("a sealed event")
    }

    #[test]
    fn the_time_of_the_call_makes_no_difference() {
        let identities = Identities::new();
        let at = |time: &str, stamped: bool, inside: u8| {
            let event = format!(
                r#""stamped":{stamped},"event":{{"utk":"u","tokens":{{}},"extraData":{{"timestamp":{inside}}}}}"#
            );
            identities.of(&sealed("a", time, &event), &mut Vec::new())
        };
        for (one, other) in [
            (
                r#""2026-08-01T12:00:00.000Z""#,
                r#""2026-08-01T12:00:01.000Z""#,
            ),
            ("1785585600000", "1785585600001"),
        ] {
            assert_eq!(at(one, true, 1), at(other, true, 1));
            assert_ne!(at(one, false, 1), at(other, false, 1));
            assert_eq!(at(one, false, 1), at(one, false, 1));
            assert_ne!(at(one, true, 1), at(one, true, 2));
            assert_ne!(at(one, true, 1), at(one, false, 1));
            // The hasher takes no notice of a number that is zero.
            assert_ne!(
                at(one, true, 1),
                at(r#""1970-01-01T00:00:00.000Z""#, false, 1)
            );
        }
    }

    #[test]
    fn an_id_counts_with_its_template() {
        let identities = Identities::new();
        let of = |template: &str, id: &str| {
            let mut event = sealed("a", "1785585600000", r#""event":{"utk":"u","tokens":{}}"#);
            event.template = SealedTemplate::Id(template.into());
            event.id = id.into();
            identities.of(&event, &mut Vec::new()).id
        };
        let all = [of("t", "a"), of("t", "b"), of("u", "a"), of("ta", "")];
        for (place, one) in all.iter().enumerate() {
            assert!(!all[place + 1..].contains(one), "{place}");
        }
        assert_eq!(of("t", "a"), of("t", "a"));
    }
}
