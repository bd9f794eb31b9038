use timeline_core::{TimelineEvent, TimelineIFrame};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(detail = "{{page}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(iframe)]
    page: TimelineIFrame<'static>,
}

fn main() {}
