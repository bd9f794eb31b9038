use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Adopted {
    name: String,
}

#[derive(TimelineEvent)]
enum Event {
    Adopted(Adopted),
}

fn main() {
    let name = String::new();
    let _ = Event::Adopted(Adopted { name }).event_input();
}
