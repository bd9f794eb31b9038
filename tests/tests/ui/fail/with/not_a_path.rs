use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(with = "|x| x + 1")]
    a: u8,
    #[timeline(with = "")]
    b: u8,
    #[timeline(with = "f(x)")]
    c: u8,
}

fn main() {}
