use timeline_core::TimelineEvent;

struct Adopted;

#[derive(TimelineEvent)]
enum Event {
    Adopted(Adopted),
    Returned(String),
}

fn main() {}
