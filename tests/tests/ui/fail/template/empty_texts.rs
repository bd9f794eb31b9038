use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template = "")]
#[timeline(name = " ")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(label = "")]
    name: String,
    #[timeline(property = "")]
    age: u8,
}

fn main() {}
