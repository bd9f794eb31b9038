use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Adopted {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
enum Event<T> {
    #[timeline(name = "Adopted")]
    Adopted(Adopted),
    #[timeline(skip)]
    Other(T),
    #[timeline(template_id = "1001299")]
    Returned {
        #[timeline(email)]
        owner: T,
    },
}

fn main() {
    let event: Event<String> = Event::Other(String::new());
    let _ = event.event_input();
    let _ = Event::<u8>::templates();
}
