use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
union Event {
    #[timeline(object_id)]
    id: u64,
}

fn main() {}
