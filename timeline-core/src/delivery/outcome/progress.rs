//! How far a call has come.

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Events that are on HubSpot.
    pub delivered: usize,
    /// Events that ended otherwise: rejected, not sent or unknown.
    pub undelivered: usize,
    /// How many events there are in all, if the input knows.
    pub expected: Option<usize>,
}
