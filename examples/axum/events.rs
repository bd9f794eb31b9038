//! What the service tells HubSpot. The body of a request is the event itself.
//!
//! `template_id` is for v3, and `type_name` for app events: a service that uses one API alone needs one of them.

use serde::Deserialize;
use timeline_core::{TimelineEvent, TokenEnum};

/// A user signed up. Posted twice, it is on the timeline once: its id follows from the user's.
///
/// It has no `timestamp`, so it has the time at which it is recorded first. With the time of its request, the event
/// would have another time at each request. Two times under one id are two events, of which the second one is refused.
#[derive(Deserialize, TimelineEvent)]
#[serde(rename_all = "camelCase")]
#[timeline(
    template_id = "1001298",
    type_name = "signed_up",
    rename_all = "camelCase",
    header = "Signed up for {{plan}}",
    detail = "{{#if referrer}}Came from {{referrer}}{{/if}}"
)]
pub(crate) struct SignedUp {
    #[timeline(email)]
    email: String,
    #[timeline(key)]
    user_id: String,
    plan: Plan,
    referrer: Option<String>,
}

#[derive(Deserialize, TokenEnum)]
#[serde(rename_all = "camelCase")]
#[timeline(rename_all = "camelCase")]
pub(crate) enum Plan {
    Free,
    #[timeline(label = "Pro (yearly)")]
    ProYearly,
}

/// An order was placed. Its number is the key and a token, too.
#[derive(Deserialize, TimelineEvent)]
#[serde(rename_all = "camelCase")]
#[timeline(
    template_id = "1001299",
    type_name = "order_placed",
    rename_all = "camelCase",
    header = "Ordered for {{amount}} {{currency}}",
    detail = "Order {{order}}"
)]
pub(crate) struct OrderPlaced {
    #[timeline(email)]
    email: String,
    #[timeline(key, token = "order")]
    order: u64,
    amount: f64,
    currency: String,
}
