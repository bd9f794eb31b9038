use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = ids::PET)]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
