use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Adopted {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
enum Event {
    #[timeline(name = "Pet adopted")]
    Adopted(Adopted),
    Returned(#[timeline(email)] Adopted),
}

fn main() {}
