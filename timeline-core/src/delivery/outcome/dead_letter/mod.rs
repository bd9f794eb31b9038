//! Dead letters: undelivered events as JSON Lines, one event in each line. `write` has the format, `read` takes it in again.

pub(in crate::delivery) mod read;
pub(in crate::delivery) mod write;
