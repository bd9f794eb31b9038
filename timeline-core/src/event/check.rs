//! What is checked of an event before it is sent. Sizes are checked where it is written (`wire/v3/event.rs`).

#[cfg(feature = "client")]
use super::draft::Draft;
use super::input::EventInput;
use super::invalid::{InvalidEvent, Kind};
use crate::limits;
use crate::template::ObjectType;

impl EventInput<'_> {
    /// The first mistake in building the input, or what is wrong with it as a whole.
    pub(crate) fn check(&self) -> Result<(), InvalidEvent> {
        if let Some(mistake) = self.first_mistake() {
            return Err(mistake.clone());
        }
        if self.template.text().is_empty() {
            return Err(Kind::EmptyTemplate.into());
        }
        if self.type_name.as_deref() == Some("") {
            return Err(Kind::EmptyTypeName.into());
        }
        let by_contact = self.email.is_some() || self.utk.is_some();
        let object_type = self.object_type.as_deref();
        let identified = self.object_id.is_some()
            || (by_contact && object_type.is_none_or(|name| name == "contacts"));
        if !identified {
            return Err(Kind::NoIdentifier(object_type.map(ObjectType::from)).into());
        }
        if self.tokens.len() > limits::TOKENS_PER_TEMPLATE {
            return Err(Kind::TooManyTokens(self.tokens.len()).into());
        }
        if let Some(id) = &self.id {
            if !self.key.is_empty() {
                return Err(Kind::IdAndKey.into());
            }
            if let Some(kind) = Kind::of_id(id) {
                return Err(kind.into());
            }
        }
        Ok(())
    }

    /// The same, and the error keeps the rest of the event. This takes a reference, since an input is large to move.
    #[inline]
    pub(crate) fn checked(&self) -> Result<(), InvalidEvent> {
        self.check().map_err(|error| self.refused(error))
    }

    #[cold]
    fn refused(&self, error: InvalidEvent) -> InvalidEvent {
        #[cfg(feature = "client")]
        let error = error.with_draft(Draft::new(self));
        error
    }
}
