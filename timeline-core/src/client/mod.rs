//! The client: credentials, one HTTP call with its caps and time limits, the pacer, the retry policy.

mod clock;

pub use self::clock::Clock;
