//! The rest of an event that cannot be sent: all of it but the wrong value, so that the event can be corrected.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::extra::Extra;
use super::iframe::TimelineIFrame;
use super::input::{EventInput, TemplateRef};
use super::invalid::InvalidEvent;

/// An event that borrows nothing. Its extra data is JSON.
#[derive(Clone)]
pub(crate) struct Draft(Arc<EventInput<'static>>);

// Extra data is a trait object that could be anything; here it is JSON, which no panic leaves half changed.
impl std::panic::UnwindSafe for Draft {}
impl std::panic::RefUnwindSafe for Draft {}

impl Draft {
    pub(crate) fn new(input: &EventInput<'_>) -> Self {
        fn own(text: &Option<Cow<'_, str>>) -> Option<Cow<'static, str>> {
            text.as_ref().map(|text| Cow::Owned(text.to_string()))
        }
        let mut owned = match &input.template {
            TemplateRef::Id(id) => EventInput::new(id.to_string()),
            TemplateRef::Name(name) => EventInput::named(name.to_string()),
            TemplateRef::TypeName(name) => EventInput::of_type(name.to_string()),
        };
        for name in input.missing() {
            owned.misses(Cow::Owned(name.to_string()));
        }
        owned.object_type.clone_from(&input.object_type);
        owned.type_name = own(&input.type_name);
        owned.object_type_name = own(&input.object_type_name);
        owned.id = own(&input.id);
        owned.email = own(&input.email);
        owned.utk = own(&input.utk);
        owned.object_id = own(&input.object_id);
        owned.domain = own(&input.domain);
        owned.custom_object_type_id = own(&input.custom_object_type_id);
        owned.timestamp = input.timestamp;
        for (name, token) in &input.tokens {
            match token.to_owned_token() {
                Some(token) => owned.tokens.push((Cow::Owned(name.to_string()), token)),
                None => owned.misses_token(name),
            }
        }
        for (name, token) in &input.key {
            match token.to_owned_token() {
                Some(token) => owned.key.push((Cow::Owned(name.to_string()), token)),
                None => owned.misses_id(),
            }
        }
        owned.extra_data = input.extra_data.as_ref().and_then(as_json);
        if owned.extra_data.is_none() && input.extra_data.is_some() {
            owned.misses(Cow::Borrowed("extraData"));
        }
        owned.iframe = input.iframe.as_ref().map(|iframe| {
            Box::new(TimelineIFrame {
                link_label: Cow::Owned(iframe.link_label.to_string()),
                header_label: Cow::Owned(iframe.header_label.to_string()),
                url: Cow::Owned(iframe.url.to_string()),
                width: iframe.width,
                height: iframe.height,
            })
        });
        Draft(Arc::new(owned))
    }

    pub(crate) fn input(&self) -> &EventInput<'static> {
        &self.0
    }
}

impl InvalidEvent {
    /// The same error with the rest of the event.
    pub(crate) fn with_draft(mut self, draft: Draft) -> Self {
        self.rest = Some(Arc::new(draft));
        self
    }

    /// Takes the rest of the event out of the error.
    pub(crate) fn take_draft(&mut self) -> Option<Draft> {
        let rest: Arc<dyn Any + Send + Sync> = self.rest.take()?;
        rest.downcast().ok().map(Arc::unwrap_or_clone)
    }
}

/// `None` if the extra data cannot be written. Then it is the wrong value itself.
fn as_json(data: &Extra<'_>) -> Option<Extra<'static>> {
    let json = serde_json::to_string(data).ok()?;
    Some(Extra::new(RawValue::from_string(json).ok()?))
}
