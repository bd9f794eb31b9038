use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email, label = "Owner")]
    owner: String,
    #[timeline(key, property = "shop")]
    shop: String,
    #[timeline(extra_data, label = "Data")]
    data: u8,
}

fn main() {}
