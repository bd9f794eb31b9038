//! The trait that a struct derives, and its impls for inputs and pointers.

use std::sync::Arc;

use super::input::EventInput;
use super::invalid::InvalidEvent;
use crate::template::EventTemplate;

/// Something that can be put on a CRM record's timeline.
///
/// Derive it for your own structs; implement it by hand only to hide another type behind it. It is dyn-compatible,
/// so a `Vec<Box<dyn TimelineEvent + Send>>` goes out in one batch.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a timeline event",
    label = "not a timeline event",
    note = "add `#[derive(TimelineEvent)]` and `#[timeline(template_id = \"…\")]` to the type, or build an `EventInput`",
    note = "in an enum, a variant of one field hands its event on to the type inside, unless it has a template of its own"
)]
pub trait TimelineEvent {
    /// The event as HubSpot will be asked to create it, borrowing from `self`.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`] if HubSpot would refuse it for a reason that can be known here: no identifier, a token that is
    /// NaN, an id that is too long.
    fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent>;

    /// The templates that events of this type are made with, one for each distinct template; none for an
    /// [`EventInput`] or a `dyn TimelineEvent`, which can carry any.
    #[must_use]
    fn templates() -> Vec<EventTemplate>
    where
        Self: Sized;

    /// Tells what sending events of this type asks of the client, for the type as a whole.
    #[doc(hidden)]
    fn requires(_tell: &mut dyn FnMut(Requirement))
    where
        Self: Sized,
    {
    }
}

/// What some events of a type cannot be sent without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// The account's id, for an id that is made from a key.
    PortalId,
    /// What the API calls the event's template.
    Template(TemplateNames),
}

/// What a type says of its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateNames {
    /// The template's id.
    pub id: Option<&'static str>,
    /// Its name, in place of the id.
    pub name: Option<&'static str>,
    /// The name of its event type in app events.
    pub type_name: Option<&'static str>,
    /// The type id of its custom object, if nothing in the type gives the name that app events need.
    pub unnamed_object_type: Option<&'static str>,
}

impl TimelineEvent for EventInput<'_> {
    /// A copy that borrows, or the first mistake that was made in building it.
    fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent> {
        self.checked()?;
        Ok(self.reborrow())
    }

    fn templates() -> Vec<EventTemplate> {
        Vec::new()
    }
}

/// An event, or the reason why there is none, for example for a row that cannot be read, in the middle of others. Its
/// outcome is `Rejected`, with this reason, under its own index or tag.
///
/// ```
/// use timeline_core::{EventInput, InvalidEvent, TimelineEvent};
///
/// fn visit(row: &str) -> Result<EventInput<'_>, InvalidEvent> {
///     let (email, page) = row.split_once(';').ok_or(InvalidEvent::new("the row has no `;`"))?;
///     Ok(EventInput::new("1001298").email(email).token("page", page))
/// }
///
/// let rows = ["ada@example.com;/prices", "grace@example.com"];
/// let events = rows.map(visit); // `.send_batch(&client)` sends one, and rejects the other
/// assert!(events[0].event_input().is_ok());
/// assert_eq!(events[1].event_input().unwrap_err().to_string(), "the row has no `;`");
/// ```
impl<T: TimelineEvent> TimelineEvent for Result<T, InvalidEvent> {
    fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent> {
        match self {
            Ok(event) => event.event_input(),
            Err(reason) => Err(reason.clone()),
        }
    }

    fn templates() -> Vec<EventTemplate> {
        T::templates()
    }

    fn requires(tell: &mut dyn FnMut(Requirement)) {
        T::requires(tell);
    }
}

macro_rules! pointers {
    ($($ty:ty),*) => {$(
        impl<T: TimelineEvent> TimelineEvent for $ty {
            #[inline]
            fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent> {
                T::event_input(self)
            }

            fn templates() -> Vec<EventTemplate> {
                T::templates()
            }

            fn requires(tell: &mut dyn FnMut(Requirement)) {
                T::requires(tell);
            }
        }
    )*};
}

pointers!(&T, &mut T, Box<T>, Arc<T>);

/// A `dyn TimelineEvent` does not have `templates`, so pointers to one cannot share the impl above.
macro_rules! dyn_pointers {
    ($($dyn:ty),*) => {$(
        dyn_pointers!(@each &($dyn), &mut ($dyn), Box<$dyn>, Arc<$dyn>);
    )*};
    (@each $($ty:ty),*) => {$(
        impl TimelineEvent for $ty {
            fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent> {
                (**self).event_input()
            }

            fn templates() -> Vec<EventTemplate> {
                Vec::new()
            }
        }
    )*};
}

dyn_pointers!(
    dyn TimelineEvent + '_,
    dyn TimelineEvent + Send + '_,
    dyn TimelineEvent + Sync + '_,
    dyn TimelineEvent + Send + Sync + '_
);
