//! The window that an event can open inside HubSpot.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A link on the event that opens a page of yours in a window inside HubSpot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineIFrame<'a> {
    /// The text of the link.
    pub link_label: Cow<'a, str>,
    /// The window's title.
    pub header_label: Cow<'a, str>,
    /// The page.
    pub url: Cow<'a, str>,
    /// The window's width in pixels.
    pub width: u32,
    /// The window's height in pixels.
    pub height: u32,
}

impl TimelineIFrame<'_> {
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

/// What can be an event's iframe: a [`TimelineIFrame`], a reference to one, or an `Option` of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `TimelineIFrame`",
    label = "expected a `TimelineIFrame`",
    note = "make it one with `#[timeline(iframe, with = \"path::to::function\")]`"
)]
pub trait IFrameValue<'a> {
    /// The iframe, if there is one.
    fn into_iframe(self) -> Option<TimelineIFrame<'a>>;
}

impl<'a> IFrameValue<'a> for TimelineIFrame<'a> {
    fn into_iframe(self) -> Option<TimelineIFrame<'a>> {
        Some(self)
    }
}

impl<'a> IFrameValue<'a> for &'a TimelineIFrame<'_> {
    fn into_iframe(self) -> Option<TimelineIFrame<'a>> {
        Some(self.reborrow())
    }
}

impl<'a, T: IFrameValue<'a>> IFrameValue<'a> for Option<T> {
    fn into_iframe(self) -> Option<TimelineIFrame<'a>> {
        self.and_then(T::into_iframe)
    }
}

impl<'a, T> IFrameValue<'a> for &'a Option<T>
where
    &'a T: IFrameValue<'a>,
{
    fn into_iframe(self) -> Option<TimelineIFrame<'a>> {
        self.as_ref().and_then(IFrameValue::into_iframe)
    }
}

impl<'a, T> IFrameValue<'a> for &'a Box<T>
where
    &'a T: IFrameValue<'a>,
{
    fn into_iframe(self) -> Option<TimelineIFrame<'a>> {
        (&**self).into_iframe()
    }
}
