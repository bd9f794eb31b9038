use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{oder}")]
struct Event {
    #[timeline(email)]
    owner: String,
    order: u64,
}

fn main() {}
