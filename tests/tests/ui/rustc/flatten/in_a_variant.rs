use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    address: String,
    name: String,
}

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(flatten)]
        customer: Customer,
        name: String,
    },
    #[timeline(template_id = "1001299")]
    Returned {
        #[timeline(flatten)]
        customer: Customer,
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
