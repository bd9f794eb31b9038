#![allow(non_snake_case)]

use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", rename_all = "camelCase")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(key)]
    shop_id: u8,
    #[timeline(key)]
    shopId: u8,
}

fn main() {}
