use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", rename_all = "camelCase")]
struct Event {
    #[timeline(email)]
    owner: String,
    _log: u8,
    __: u8,
}

fn main() {}
