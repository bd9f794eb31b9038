use timeline_core::{EventInput, TimelineEvent};

#[derive(TimelineEvent)]
enum Event<'a> {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(emial)]
        owner: &'a str,
    },
    #[timeline(template_id = "1001299")]
    Returned(#[timeline(email)] &'a str),
}

fn sends<E: TimelineEvent>(event: &E) {
    let _: Option<EventInput<'_>> = event.event_input().ok();
    let _ = E::templates();
}

fn main() {
    sends(&Event::Adopted { owner: "" });
    sends(&[Event::Returned("")][0]);
    let _: Box<dyn TimelineEvent> = Box::new(Event::Returned(""));
}
