use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event<T> {
    #[timeline(email)]
    owner: String,
    #[timeline(extra_data)]
    items: [T; N],
}

#[derive(TimelineFields)]
struct Shared<'a, T> {
    #[timeline(extra_data)]
    cities: &'a [T; CITIES],
}

fn main() {}
