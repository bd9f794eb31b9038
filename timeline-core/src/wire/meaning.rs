//! What the status of an answer means in general. The verdict looks further into 404, 409 and 413; the token endpoint has
//! its own rules.

use super::answer::Answer;

/// What an answer means by its status, and by HubSpot's marks where the status alone does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The content has what the answer says of events.
    Success,
    /// The access token is refused.
    Unauthorized,
    /// The access token may not do this.
    Forbidden,
    /// The record is locked for a moment.
    Locked,
    /// The account has used up its limit.
    Limited,
    /// The request is refused for what is in it.
    Refused,
    /// The request has not got to HubSpot: a gateway in front of it says so.
    Unavailable,
    /// HubSpot failed, and may have done what was asked for; or it has not answered yet.
    Failed,
    /// A refusal that was cut off. The missing part might have shown whether HubSpot wrote it.
    CutOff,
    /// There is no such path, or not for this client.
    NoSuchPath,
}

impl Answer {
    pub(crate) fn means(&self) -> Meaning {
        match self.status {
            200..=299 => Meaning::Success,
            401 => Meaning::Unauthorized,
            403 => Meaning::Forbidden,
            423 => Meaning::Locked,
            429 | 477 => Meaning::Limited,
            400 | 409 | 413 | 415 | 422 => Meaning::Refused,
            // A status below 200 is no final answer, so it says nothing.
            ..200 | 408 | 421 | 425 | 499 | 500..=520 | 524 | 527.. => Meaning::Failed,
            521 | 522 | 523 | 525 | 526 => Meaning::Unavailable,
            // These are never about an event.
            405 | 407 | 410 => Meaning::NoSuchPath,
            // HubSpot's marks may have been in the missing part.
            400.. if self.is_cut() => Meaning::CutOff,
            400.. if self.is_hubspots_error() => Meaning::Refused,
            // An error without HubSpot's marks comes from a gateway that does not serve the path, or does not serve it to
            // this client.
            _ => Meaning::NoSuchPath,
        }
    }
}
