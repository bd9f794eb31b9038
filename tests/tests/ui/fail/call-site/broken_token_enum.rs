use timeline_core::{TimelineEvent, TokenEnum, TokenValue};

#[derive(TokenEnum)]
enum Plan {
    Free,
    Paid(u32),
}

#[derive(TokenEnum)]
struct Colour;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    plan: Plan,
    other: Option<Plan>,
    colour: Colour,
}

fn main() {
    let event = Event {
        owner: String::new(),
        plan: Plan::Free,
        other: Some(Plan::Paid(1)),
        colour: Colour,
    };
    let _ = event.event_input();
    let _ = Plan::options();
    let _ = Plan::Free.into_token();
}
