//! The check of an event before it is sent, which keeps the rest of an event that it refuses.

#[cfg(feature = "client")]
use super::draft::Draft;
use super::input::EventInput;
use super::invalid::InvalidEvent;

impl EventInput<'_> {
    /// Checks the input. The error keeps the rest of the event. This takes a reference, since an input is large to move.
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
