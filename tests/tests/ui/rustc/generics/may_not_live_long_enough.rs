use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event<T> {
    #[timeline(email)]
    owner: &'static T,
}

#[derive(TimelineFields)]
struct Shared<T> {
    #[timeline(extra_data)]
    cities: Option<&'static [T]>,
}

fn main() {}
