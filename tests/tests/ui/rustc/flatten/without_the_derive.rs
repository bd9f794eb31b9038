use timeline_core::TimelineEvent;

struct Plan {
    name: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(flatten)]
    plan: Plan,
}

fn main() {
    let plan = Plan { name: String::new() };
    let _ = plan.name;
}
