use timeline_core::TimelineEvent;

struct Plan;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event<'a> {
    #[timeline(email)]
    owner: &'a [u8],
    plan: &'a Plan,
    #[timeline(flatten)]
    shared: &'a Plan,
}

#[derive(TimelineEvent)]
enum Events<'a> {
    Plan(&'a Plan),
}

fn main() {}
