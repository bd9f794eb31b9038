use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    Adopted(#[timeline(email)] String),
}

fn main() {}
