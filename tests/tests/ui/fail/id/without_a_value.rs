use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id)]
struct Event {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = )]
struct Typing {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "")]
struct Empty {
    #[timeline(email)]
    owner: String,
}

fn main() {}
