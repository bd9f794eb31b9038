use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = if true { "1001298" } else { "1001299" }, header = format!("Adopted"))]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
