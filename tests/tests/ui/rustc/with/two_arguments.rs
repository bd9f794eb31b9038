use timeline_core::TimelineEvent;

fn add(a: &u8, b: u8) -> u8 {
    a + b
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(with = "add")]
    age: u8,
}

fn main() {}
