//! The limits that HubSpot documents, and limits of this crate where HubSpot documents none.
//!
//! KB and MB are 1,000 and 1,000,000 bytes of encoded JSON. This is an assumption: HubSpot does not say which kilobyte it
//! means, and this reading is the stricter one.

/// Bytes in an event id, at most (documented since March 2025).
pub const EVENT_ID_BYTES: usize = 500;

/// Bytes in one token's value, at most, as they stand between the quotes of the JSON (documented since March 2025).
pub const TOKEN_BYTES: usize = 510_000;

/// Bytes in one event with its id, at most (documented since March 2025).
pub const EVENT_BYTES: usize = 1_000_000;

/// Tokens in one event template, at most (documented).
pub const TOKENS_PER_TEMPLATE: usize = 500;

/// Event templates in one app, at most (documented).
pub const TEMPLATES_PER_APP: usize = 750;

/// Pixels in the width and in the height of an event's iframe, at most: HubSpot's specification has signed 32-bit integers.
pub const IFRAME_PIXELS: u32 = 2_147_483_647;

/// Events in one batch.
///
/// An assumption: HubSpot documents no figure for the v3 call; its predecessor and the CRM's batches take 100.
pub const EVENTS_PER_BATCH: usize = 100;

/// Events in one batch of app events. Seen in HubSpot's answers; its specification has no figure.
pub const APP_EVENTS_PER_BATCH: usize = 500;

/// Characters in the name of an event type of app events, at most (documented).
pub const EVENT_TYPE_NAME: usize = 50;

/// Characters in the header of an event type of app events, at most (documented).
pub const EVENT_TYPE_HEADER: usize = 1_000;

/// Characters in the detail of an event type of app events, at most (documented).
pub const EVENT_TYPE_DETAIL: usize = 10_000;

/// Bytes in one request's body, at most.
///
/// An assumption: HubSpot documents no figure; four of the largest events fit.
pub const REQUEST_BYTES: usize = 4_000_000;

/// Bytes of a successful answer that are read. After a longer answer, the events of its batch are asked for in smaller
/// batches; one event alone ends as `Unknown`.
pub const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of a listing of templates that are read: 750 templates of 500 tokens take some 60 MB, and options come on top.
pub const TEMPLATES_BYTES: usize = 256 * 1024 * 1024;

/// Bytes of an error's body that are read; the rest is ignored.
pub const ERROR_BYTES: usize = 64 * 1024;
