use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Plan {
    Free,
    Pro,
    Enterprise {},
}

fn main() {}
