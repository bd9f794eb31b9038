use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "pet name")]
    a: u8,
    #[timeline(token = "")]
    b: u8,
    #[timeline(token = "{{x}}")]
    c: u8,
    #[timeline(token = "größe")]
    d: u8,
}

fn main() {}
