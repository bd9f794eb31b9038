//! The window that an event can open inside HubSpot.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::invalid::Kind;
use crate::limits;

/// A link on the event that opens a page of yours in a window inside HubSpot.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineIFrame<'a> {
    /// The text of the link.
    pub link_label: Cow<'a, str>,
    /// The window's title.
    pub header_label: Cow<'a, str>,
    /// The page.
    pub url: Cow<'a, str>,
    /// The window's width in pixels, at most [`limits::IFRAME_PIXELS`](crate::limits::IFRAME_PIXELS).
    pub width: u32,
    /// The window's height in pixels, at most [`limits::IFRAME_PIXELS`](crate::limits::IFRAME_PIXELS).
    pub height: u32,
}

/// Shows the size alone: the URL and the labels may hold personal data.
impl fmt::Debug for TimelineIFrame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimelineIFrame")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

impl TimelineIFrame<'_> {
    /// Checks the sizes.
    pub(super) fn check(&self) -> Result<(), Kind> {
        let sizes = [("width", self.width), ("height", self.height)];
        let wrong = sizes
            .iter()
            .find(|(_, pixels)| *pixels > limits::IFRAME_PIXELS);
        match wrong {
            Some((side, pixels)) => Err(Kind::IFrameTooLarge(side, *pixels)),
            None => Ok(()),
        }
    }

    pub(super) fn reborrow(&self) -> TimelineIFrame<'_> {
        TimelineIFrame {
            link_label: Cow::Borrowed(&self.link_label),
            header_label: Cow::Borrowed(&self.header_label),
            url: Cow::Borrowed(&self.url),
            width: self.width,
            height: self.height,
        }
    }
}

/// What can be an event's iframe: a [`TimelineIFrame`], a reference to one, a `Box` of one, or an `Option` of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `TimelineIFrame`",
    label = "expected a `TimelineIFrame`",
    note = "make it one with `#[timeline(iframe, with = \"path::to::function\")]`"
)]
pub trait IFrameValue {
    /// The iframe, if there is one, borrowing its texts.
    fn to_iframe(&self) -> Option<TimelineIFrame<'_>>;

    /// The iframe of a value that is passed by value.
    fn into_iframe<'v>(self) -> Option<TimelineIFrame<'v>>
    where
        Self: Sized + 'v;
}

impl IFrameValue for TimelineIFrame<'_> {
    fn to_iframe(&self) -> Option<TimelineIFrame<'_>> {
        Some(self.reborrow())
    }

    fn into_iframe<'v>(self) -> Option<TimelineIFrame<'v>>
    where
        Self: 'v,
    {
        Some(self)
    }
}

impl<T: IFrameValue> IFrameValue for &T {
    fn to_iframe(&self) -> Option<TimelineIFrame<'_>> {
        T::to_iframe(self)
    }

    fn into_iframe<'v>(self) -> Option<TimelineIFrame<'v>>
    where
        Self: 'v,
    {
        T::to_iframe(self)
    }
}

impl<T: IFrameValue> IFrameValue for Option<T> {
    fn to_iframe(&self) -> Option<TimelineIFrame<'_>> {
        self.as_ref().and_then(T::to_iframe)
    }

    fn into_iframe<'v>(self) -> Option<TimelineIFrame<'v>>
    where
        Self: 'v,
    {
        self.and_then(T::into_iframe)
    }
}

impl<T: IFrameValue> IFrameValue for Box<T> {
    fn to_iframe(&self) -> Option<TimelineIFrame<'_>> {
        T::to_iframe(self)
    }

    fn into_iframe<'v>(self) -> Option<TimelineIFrame<'v>>
    where
        Self: 'v,
    {
        T::into_iframe(*self)
    }
}
