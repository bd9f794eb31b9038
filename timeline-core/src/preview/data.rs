//! What a template's texts can refer to, of one event.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::event::EventInput;
use crate::template::EventTemplate;
use crate::token::{Iso8601, TokenType};

/// An event, as its header and its detail see it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Data {
    /// Tokens and HubSpot's own words.
    pub(super) names: BTreeMap<String, Value>,
    pub(super) extra_data: Value,
}

impl Data {
    pub(super) fn of_input(
        template: &EventTemplate,
        event: &EventInput<'_>,
    ) -> serde_json::Result<Self> {
        let extra_data = event.extra_data.as_ref().map(serde_json::to_value);
        let extra_data = extra_data.transpose()?.unwrap_or_default();
        let own = Own {
            id: event.get_id(),
            timestamp: event.get_timestamp(),
        };
        let tokens = event.tokens();
        Ok(Self::new(
            template,
            tokens.map(|(name, text)| (name.to_owned(), text.into_owned())),
            own,
            extra_data,
        ))
    }

    /// The tokens' texts, by the types that the template declares.
    pub(crate) fn new(
        template: &EventTemplate,
        tokens: impl Iterator<Item = (String, String)>,
        own: Own<'_>,
        extra_data: Value,
    ) -> Self {
        let mut names = BTreeMap::new();
        if let Some(id) = own.id {
            names.insert("id".to_owned(), Value::from(id));
        }
        if let Some(time) = own.timestamp.and_then(Iso8601::new) {
            names.insert("timestamp".to_owned(), Value::from(time.to_string()));
        }
        let object_type = template.object_type.as_str();
        names.insert("objectType".to_owned(), Value::from(object_type));
        for (name, text) in tokens {
            let declared = template.tokens.iter().find(|token| token.name == name);
            let is_number = declared.is_some_and(|token| token.token_type == TokenType::Number);
            // 0 counts as false; any other number is shown as it was sent.
            let is_zero = is_number && text.parse::<f64>().is_ok_and(|number| number == 0.0);
            let value = if is_zero {
                Value::from(0)
            } else {
                Value::from(text)
            };
            names.insert(name, value);
        }
        Data { names, extra_data }
    }
}

/// HubSpot's own words about an event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Own<'o> {
    pub(crate) id: Option<&'o str>,
    /// Milliseconds since 1970.
    pub(crate) timestamp: Option<i64>,
}
