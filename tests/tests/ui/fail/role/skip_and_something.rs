use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(skip, token = "a")]
    a: u8,
    #[timeline(utk, skip)]
    b: u8,
    #[timeline(skip, with = "f")]
    c: u8,
    #[timeline(skip, label = "D")]
    d: u8,
}

fn main() {}
