use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{oder}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(type = "int")]
    order: u64,
    #[timeline(email)]
    payer: String,
    #[timeline(token = "log")]
    lines: String,
}

fn main() {}
