use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
fn event() {}

fn main() {}
