use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Plan {
    name: String,
}

#[derive(TimelineFields)]
struct Shop {
    shop: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(flatten = true)]
    plan: Plan,
    #[timeline(flatten("shop_"))]
    shop: Shop,
}

fn main() {}
