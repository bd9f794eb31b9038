use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    Adopted,
}

fn sends<E: TimelineEvent>(event: &E) {
    let _ = event.event_input();
    let _ = E::templates();
}

fn main() {
    sends(&Event::Adopted);
}
