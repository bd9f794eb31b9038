//! What the status of an answer means, whatever was asked for. No other file tells statuses apart.

use super::answer::Answer;

/// What an answer means by its status, and by HubSpot's marks where the status alone does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// What it says of events stands in its content.
    Success,
    /// The access token is not taken.
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
    /// HubSpot failed, and may have got as far as to do what was asked for; or it has not answered yet.
    Failed,
    /// A refusal without its end, which might have told whether HubSpot wrote it.
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
            // An answer that is none yet says nothing.
            ..200 | 408 | 421 | 425 | 499 | 500..=520 | 524 | 527.. => Meaning::Failed,
            521 | 522 | 523 | 525 | 526 => Meaning::Unavailable,
            // These are never about an event.
            405 | 407 | 410 => Meaning::NoSuchPath,
            // HubSpot's marks may have been in the rest.
            400.. if self.is_cut() => Meaning::CutOff,
            400.. if self.is_hubspots_error() => Meaning::Refused,
            // What bears none of HubSpot's marks comes from a gateway that does not serve the path, or not to us.
            _ => Meaning::NoSuchPath,
        }
    }
}
