use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "pet name", type = "text", label = "", colour)]
    name: String,
}

fn main() {}
