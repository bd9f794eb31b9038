use timeline_core::TimelineEvent;

mod shop {
    pub struct Order<T>(pub T);
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "order")]
    first_order: shop::Order<u8>,
}

fn main() {}
