use timeline_core::{TimelineEvent, TokenEnum};

#[derive(TokenEnum)]
enum Plan {
    Free,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event<'a> {
    #[timeline(email)]
    owner: String,
    #[timeline(type = "number")]
    vaccinated: bool,
    #[timeline(type = "date")]
    plan: Option<&'a Plan>,
}

fn main() {}
