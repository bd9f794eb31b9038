//! The check of an event before it is sent, which keeps the rest of an event that it refuses.

#[cfg(feature = "client")]
use super::draft::Draft;
use super::input::EventInput;
use super::invalid::InvalidEvent;

impl EventInput<'_> {
    /// The input, or what is wrong with it, with the rest of the event.
    #[inline]
    pub(crate) fn checked(self) -> Result<Self, InvalidEvent> {
        match self.check() {
            Ok(()) => Ok(self),
            Err(error) => Err(self.refused(error)),
        }
    }

    #[cold]
    fn refused(&self, error: InvalidEvent) -> InvalidEvent {
        #[cfg(feature = "client")]
        let error = error.with_draft(Draft::new(self));
        error
    }
}
