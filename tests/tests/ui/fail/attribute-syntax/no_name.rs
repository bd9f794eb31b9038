use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline("1001298")]
struct Event {
    #[timeline(email, 7)]
    owner: String,
    #[timeline(= "name")]
    name: String,
    #[timeline({})]
    age: u8,
}

fn main() {}
