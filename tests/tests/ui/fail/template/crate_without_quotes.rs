use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", crate = timeline_core)]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn sends(event: &Event) {
    let _ = event.event_input();
}

fn main() {}
