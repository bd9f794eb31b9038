use timeline_core::TimelineEvent;

struct Event;

fn sends<E: TimelineEvent>(event: &E) {
    let _ = event.event_input();
    let _ = E::templates();
}

fn main() {
    sends(&Event);
}
