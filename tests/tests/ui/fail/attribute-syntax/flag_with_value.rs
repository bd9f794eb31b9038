use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email = "x")]
    owner: String,
    #[timeline(skip = true)]
    row: u64,
    #[timeline(utk("x"))]
    cookie: String,
    #[timeline(key())]
    key: String,
}

fn main() {}
