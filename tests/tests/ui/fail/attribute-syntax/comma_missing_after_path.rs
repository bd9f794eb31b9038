use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = ids::PET object_type = "deals")]
struct Event {
    #[timeline(object_id)]
    id: u64,
}

fn main() {}
