use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "{{uuid}}")]
struct Event {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "{order_id}-{{uuid}}")]
struct Other {
    #[timeline(email)]
    owner: String,
    order_id: u64,
}

fn main() {}
