use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "{order}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(tokn = "number")]
    order: u64,
}

fn main() {}
