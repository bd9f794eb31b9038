use timeline_core::{TimelineEvent, TokenEnum};

#[derive(TokenEnum)]
enum Plan {
    Free,
}

#[derive(TimelineEvent)]
enum Event {
    Plan(Plan),
}

fn main() {}
