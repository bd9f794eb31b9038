use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Plan {
    name: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(flatten, utk)]
    a: Plan,
    #[timeline(token = "b", flatten)]
    b: Plan,
    #[timeline(flatten, with = "f")]
    c: Plan,
    #[timeline(flatten, skip)]
    d: Plan,
    #[timeline(flatten, label = "E")]
    e: Plan,
    #[timeline(flatten, type = "date")]
    f: Plan,
}

fn main() {}
