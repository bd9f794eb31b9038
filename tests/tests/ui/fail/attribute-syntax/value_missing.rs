use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id)]
#[timeline(name)]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token)]
    name: String,
    #[timeline(label)]
    age: u8,
    #[timeline(with)]
    list: Vec<u8>,
}

fn main() {}
