use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
enum Customer {
    Known { address: String },
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(flatten)]
    customer: Customer,
    name: String,
}

fn main() {
    let _ = Event::templates();
}
