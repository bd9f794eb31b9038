use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(emial)]
    owner: String,
    #[timeline(token = "pet name")]
    name: String,
}

fn sends<E: TimelineEvent>(event: &E) {
    let _ = event.event_input();
    let _ = E::templates();
}

fn main() {
    let event = Event {
        owner: String::new(),
        name: String::new(),
    };
    sends(&event);
    sends(&[&event][0]);
    let _: Box<dyn TimelineEvent> = Box::new(event);
}
