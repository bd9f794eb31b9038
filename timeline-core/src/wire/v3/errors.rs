//! Errors, in the body of a refusal or in a batch answer's `errors`: what they say, and which events they name.

use super::json::{elements, entries, pick, string, text, utf8};
use crate::limits;
use crate::wire::answer::{EventError, NameRank};
use crate::wire::error_body::ErrorBody;

impl EventError {
    /// Reads an error with at most `most_names` names.
    pub(super) fn read(json: &str, most_names: usize) -> Option<Self> {
        let mut error = Self::empty(json)?;
        error.collect_names(json, most_names, 0);
        error.names.truncate(most_names);
        Some(error)
    }

    /// Reads an error without the names in the errors inside it.
    pub(super) fn read_alone(json: &str) -> Option<Self> {
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

    /// Collects every text in `id` and `context`, and in the `errors` inside, until there are enough.
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
        let keys = ["id", "eventTemplateId", "eventTypeName", "context"];
        let Some([id, template_id, type_name, context]) = pick(json, keys) else {
            return;
        };
        let at = |rank| if depth == 0 { rank } else { NameRank::Inside };
        self.names.extend(text(id).map(|id| (id, at(NameRank::Id))));
        self.template_ids.extend(text(template_id.or(type_name)));
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
        // A context that is no object has no entries.
        let _ = context.and_then(|context| entries(context, in_context));
    }
}

impl ErrorBody {
    /// `None` if the bytes are not a JSON object, as from a proxy in between.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(&utf8(bytes))
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

/// What a key of an error's context is about.
#[derive(Clone, Copy)]
enum KeyKind {
    /// `id`, `ids`, `eventId`, `event_ids`.
    EventId,
    /// `eventTemplateId`.
    TemplateId,
    /// The id of another thing, such as `objectId`, which can be equal to an event's id.
    OtherId,
    Other,
}

impl KeyKind {
    fn of(key: &str) -> Self {
        let one = key.strip_suffix('s').unwrap_or(key);
        let plain: String = one.chars().filter(|c| c.is_alphanumeric()).collect();
        match &*plain.to_ascii_lowercase() {
            "id" | "eventid" | "timelineeventid" => KeyKind::EventId,
            "templateid" | "eventtemplateid" | "eventtypename" => KeyKind::TemplateId,
            "objectid" | "contactid" | "vid" | "utk" | "email" | "domain" => KeyKind::OtherId,
            _ if ["Id", "ID", "_id"].iter().any(|end| one.ends_with(end)) => KeyKind::OtherId,
            _ => KeyKind::Other,
        }
    }
}
