use timeline_core::TimelineEvent;

struct NotAToken;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event<T> {
    #[timeline(email)]
    owner: String,
    value: T,
}

fn sends<E: TimelineEvent>(event: &E) {
    let _ = event.event_input();
    let _ = E::templates();
}

fn main() {
    sends(&Event {
        owner: String::new(),
        value: NotAToken,
    });
}
