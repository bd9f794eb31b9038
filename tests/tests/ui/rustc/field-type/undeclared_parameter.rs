use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: T,
    #[timeline(with = "Option::is_some")]
    name: Option<U>,
    #[timeline(extra_data)]
    lines: [u8; N],
}

#[derive(TimelineFields)]
struct Shared {
    city: V,
    street: Option<Box<Street>>,
}

fn main() {}
