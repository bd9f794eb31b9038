use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Pet<'a> {
    name: &'a str,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event<'a> {
    #[timeline(email)]
    owner: &'a str,
    name: &'a str,
    #[timeline(flatten)]
    pet: &'a Pet<'a>,
}

fn main() {}
