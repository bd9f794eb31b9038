use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = , header = , detail =)]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(type = )]
    age: u8,
    #[timeline(flatten = )]
    plan: u8,
}

fn main() {}
