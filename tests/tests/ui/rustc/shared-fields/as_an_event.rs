use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    address: String,
}

fn send<E: TimelineEvent>(event: &E) {
    let _ = event.event_input();
}

fn main() {
    send(&Customer {
        address: String::new(),
    });
}
