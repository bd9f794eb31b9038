use timeline_core::{TimelineEvent, TimelineFields, TokenEnum};

#[derive(TimelineEvent)]
struct Event {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineFields)]
struct Fields;

#[derive(TimelineFields)]
struct More {}

#[derive(TokenEnum)]
enum Plan {
    Fr
}

fn main() {}
