use timeline_core::TimelineEvent;

enum Plan {
    Free,
    Paid,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    plan: Plan,
}

fn main() {}
