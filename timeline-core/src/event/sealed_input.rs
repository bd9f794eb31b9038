//! A sealed event as an event that can be sent: its content read back into an input.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::extra::Extra;
use super::iframe::TimelineIFrame;
use super::input::EventInput;
use super::invalid::InvalidEvent;
use super::json_object::{JsonKind, Object, Text};
use super::sealed::{SealedEvent, SealedTemplate};
use super::timeline_event::TimelineEvent;
use crate::template::EventTemplate;
use crate::token::Token;

impl TimelineEvent for SealedEvent {
    /// The event again, with its id and its time. A client knows that it was sealed, unless the input is changed.
    fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent> {
        let mut input = match &self.template {
            SealedTemplate::Id(id) => EventInput::new(&**id),
            SealedTemplate::Name(name) => EventInput::named(&**name),
            SealedTemplate::TypeName(name) => EventInput::of_type(&**name),
        };
        self.fill(&mut input)
            .ok_or_else(|| InvalidEvent::new("the sealed event cannot be read"))?;
        input.sealed = Some(self);
        Ok(input)
    }

    fn templates() -> Vec<EventTemplate> {
        Vec::new()
    }
}

impl SealedEvent {
    /// Sets all but the template.
    fn fill<'s>(&'s self, input: &mut EventInput<'s>) -> Option<()> {
        let json: &RawValue = serde_json::from_slice(self.content.json()).ok()?;
        let content = Object::read("", json).ok()?;
        if let Some(names) = &self.names {
            input.type_name = names.type_name.as_deref().map(Cow::Borrowed);
            input.object_type_name = names.object_type_name.as_deref().map(Cow::Borrowed);
        }
        input.id = Some(Cow::Borrowed(&self.id));
        input.timestamp = self.time.milliseconds();
        input.email = content.text("email").ok()?;
        input.utk = content.text("utk").ok()?;
        input.object_id = content.text("objectId").ok()?;
        input.domain = content.text("domain").ok()?;
        input.custom_object_type_id = content.text("customObjectTypeId").ok()?;
        if let Some(tokens) = content.get("tokens") {
            for (name, value) in Object::read("", tokens).ok()?.entries() {
                let text = match JsonKind::of(value) {
                    JsonKind::Text => serde_json::from_str(value.get())
                        .map(|Text(text)| text)
                        .ok()?,
                    _ => Cow::Borrowed(value.get()),
                };
                input.tokens.push((name.clone(), Token::text(text)));
            }
        }
        input.extra_data = content.get("extraData").map(Extra::new);
        if let Some(iframe) = content.get("timelineIFrame") {
            let iframe: TimelineIFrame<'s> = serde_json::from_str(iframe.get()).ok()?;
            input.iframe = Some(Box::new(iframe));
        }
        Some(())
    }
}
