use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(id = "order-{oder}")]
enum Event {
    #[timeline(template_id = "1001298")]
    A {
        #[timeline(email)]
        owner: String,
        order: u64,
    },
    #[timeline(template_id = "1001299")]
    B {
        #[timeline(email)]
        owner: String,
        order: u64,
    },
}

fn main() {}
