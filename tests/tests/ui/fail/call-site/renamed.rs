use timeline_core::TimelineEvent;

mod toolkit {
    pub(crate) use timeline_core::*;
}

#[derive(TimelineEvent)]
#[timeline(crate = "crate::toolkit")]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn sends<E: TimelineEvent>(event: &E) {
    let _ = event.event_input();
    let _ = E::templates();
}

fn main() {
    sends(&Event {
        owner: String::new(),
    });
}
