//! One event in several forms: as a struct that derives `TimelineEvent`, and as what a program without this crate sends.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use timeline_core::TimelineEvent;

const TEMPLATE_ID: &str = "1001298";

/// The timestamp of every event that is written by hand: a text that costs nothing to make.
const TIMESTAMP: &str = "2026-08-01T12:00:00.000Z";

/// An event with an id of its own.
#[derive(Clone, TimelineEvent)]
#[timeline(template_id = "1001298")]
pub(crate) struct Adopted {
    #[timeline(id)]
    pub(crate) id: String,
    #[timeline(email)]
    pub(crate) owner: String,
    #[timeline(timestamp)]
    pub(crate) adopted_at: SystemTime,
    #[timeline(token = "petName")]
    pub(crate) name: String,
    #[timeline(token = "petKind")]
    pub(crate) kind: String,
    #[timeline(token = "petAge")]
    pub(crate) age: u32,
    #[timeline(extra_data)]
    pub(crate) visit: Visit,
}

/// The same event with an id from a key.
#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
pub(crate) struct Keyed {
    #[timeline(key, token = "petName")]
    pub(crate) name: String,
    #[timeline(email)]
    pub(crate) owner: String,
    #[timeline(timestamp)]
    pub(crate) adopted_at: SystemTime,
    #[timeline(token = "petKind")]
    pub(crate) kind: String,
    #[timeline(token = "petAge")]
    pub(crate) age: u32,
    #[timeline(extra_data)]
    pub(crate) visit: Visit,
}

/// The same event without an id: the client makes one.
#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
pub(crate) struct Nameless {
    #[timeline(email)]
    pub(crate) owner: String,
    #[timeline(timestamp)]
    pub(crate) adopted_at: SystemTime,
    #[timeline(token = "petName")]
    pub(crate) name: String,
    #[timeline(token = "petKind")]
    pub(crate) kind: String,
    #[timeline(token = "petAge")]
    pub(crate) age: u32,
    #[timeline(extra_data)]
    pub(crate) visit: Visit,
}

#[derive(Clone, Serialize)]
pub(crate) struct Visit {
    pub(crate) clinic: String,
    pub(crate) count: u32,
    pub(crate) insured: bool,
}

impl Adopted {
    pub(crate) fn new(n: usize) -> Self {
        Adopted {
            id: format!("adoption-{n}"),
            owner: format!("owner{n}@example.com"),
            adopted_at: UNIX_EPOCH + Duration::from_millis(1_785_585_600_000 + n as u64 * 1_234),
            name: format!("Rex {n}"),
            kind: "dog".to_owned(),
            age: n as u32 % 20,
            visit: Visit {
                clinic: "Paws and Claws".to_owned(),
                count: n as u32 % 7,
                insured: n.is_multiple_of(2),
            },
        }
    }
}

impl Keyed {
    pub(crate) fn new(n: usize) -> Self {
        let Adopted {
            owner,
            adopted_at,
            name,
            kind,
            age,
            visit,
            ..
        } = Adopted::new(n);
        Keyed {
            name,
            owner,
            adopted_at,
            kind,
            age,
            visit,
        }
    }
}

impl Nameless {
    pub(crate) fn new(n: usize) -> Self {
        let Adopted {
            owner,
            adopted_at,
            name,
            kind,
            age,
            visit,
            ..
        } = Adopted::new(n);
        Nameless {
            owner,
            adopted_at,
            name,
            kind,
            age,
            visit,
        }
    }
}

/// The event as a struct that borrows, as it is written by hand where speed matters. Its timestamp is a constant.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ByHand<'a> {
    event_template_id: &'static str,
    id: &'a str,
    email: &'a str,
    timestamp: &'static str,
    tokens: Tokens<'a>,
    extra_data: &'a Visit,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tokens<'a> {
    pet_name: &'a str,
    pet_kind: &'a str,
    #[serde(serialize_with = "as_text")]
    pet_age: u32,
}

/// HubSpot takes tokens as texts only.
fn as_text<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

impl<'a> From<&'a Adopted> for ByHand<'a> {
    fn from(event: &'a Adopted) -> Self {
        ByHand {
            event_template_id: TEMPLATE_ID,
            id: &event.id,
            email: &event.owner,
            timestamp: TIMESTAMP,
            tokens: Tokens {
                pet_name: &event.name,
                pet_kind: &event.kind,
                pet_age: event.age,
            },
            extra_data: &event.visit,
        }
    }
}

/// The event as it is written by hand where few lines are all that counts.
pub(crate) fn by_map(event: &Adopted) -> Value {
    let mut tokens = HashMap::new();
    tokens.insert("petName".to_owned(), event.name.clone());
    tokens.insert("petKind".to_owned(), event.kind.clone());
    tokens.insert("petAge".to_owned(), event.age.to_string());
    json!({
        "eventTemplateId": TEMPLATE_ID,
        "id": event.id,
        "email": event.owner,
        "timestamp": TIMESTAMP,
        "tokens": tokens,
        "extraData": event.visit,
    })
}
