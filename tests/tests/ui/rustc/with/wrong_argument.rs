use timeline_core::TimelineEvent;

fn half(age: &u8) -> u8 {
    age / 2
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(with = "half")]
    name: String,
}

fn main() {}
